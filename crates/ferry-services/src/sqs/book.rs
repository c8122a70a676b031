//! All queues by name, with what goes between them (dead letters) and what is kept of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

use super::attributes::{Attributes, FIFO_REFUSED};
use super::checks::is_name;
use super::error::{Code, SqsError};
use super::limits::{MESSAGES_BYTES_MAX, MESSAGES_MAX, NAME_CHARS_MAX, PURGE_INTERVAL_MS, QUEUES_MAX, TAGS_MAX};
use super::message::Message;
use super::queue::{Delivery, Entry, Queue};
use super::redrive::RedrivePolicy;
use super::store::{Store, StoreError};

#[derive(Debug)]
pub(super) struct Book {
    region: String,
    account_id: String,
    queues: BTreeMap<String, Standing>,
    /// Deleted queues that the store still has.
    deleted: Vec<Uuid>,
    store: Option<Store>,
}

/// A queue, and what is known of it beside its messages.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) queue: Queue,
    pub(super) attributes: Attributes,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created_ms: u64,
    pub(super) modified_ms: u64,
    purged_ms: Option<u64>,
    /// Wakes receivers that wait.
    pub(super) arrivals: Arc<Notify>,
    /// The store has not seen the definition yet.
    redefined: bool,
}

/// What the store keeps of a queue, beside id, name and messages.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Definition {
    attributes: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    created_ms: u64,
    modified_ms: u64,
}

/// A queue as the store has it.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) definition: Definition,
    pub(super) entries: Vec<(u64, Entry)>,
}

impl Standing {
    fn new(id: Uuid, attributes: Attributes, tags: BTreeMap<String, String>, now_ms: u64) -> Self {
        Self {
            queue: Queue::new(id, u64::from(attributes.retention_s) * 1000),
            attributes,
            tags,
            created_ms: now_ms,
            modified_ms: now_ms,
            purged_ms: None,
            arrivals: Arc::default(),
            redefined: true,
        }
    }

    /// What the store has not seen yet.
    pub(super) fn new_definition(&self) -> Option<Definition> {
        self.redefined.then(|| Definition {
            attributes: self.attributes.told(),
            tags: self.tags.clone(),
            created_ms: self.created_ms,
            modified_ms: self.modified_ms,
        })
    }

    pub(super) fn is_changed(&self) -> bool {
        self.redefined || self.queue.changes().next().is_some()
    }

    pub(super) fn set_attributes(&mut self, attributes: Attributes, now_ms: u64) {
        self.queue.retention_ms = u64::from(attributes.retention_s) * 1000;
        self.attributes = attributes;
        self.modified_ms = now_ms;
        self.redefined = true;
    }

    pub(super) fn tag(&mut self, tags: BTreeMap<String, String>) -> Result<(), SqsError> {
        let mut all = self.tags.clone();
        all.extend(tags);
        if all.len() > TAGS_MAX {
            return Err(SqsError::invalid(format_args!("Too many tags added for queue: at most {TAGS_MAX}.")));
        }
        self.tags = all;
        self.redefined = true;
        Ok(())
    }

    pub(super) fn untag(&mut self, keys: &[String]) {
        self.tags.retain(|key, _| !keys.contains(key));
        self.redefined = true;
    }

    pub(super) fn purge(&mut self, name: &str, now_ms: u64) -> Result<(), SqsError> {
        if self.purged_ms.is_some_and(|purged_ms| now_ms.saturating_sub(purged_ms) < PURGE_INTERVAL_MS) {
            let message = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
            return Err(SqsError::new(Code::PurgeQueueInProgress, message));
        }
        self.purged_ms = Some(now_ms);
        self.queue.purge();
        Ok(())
    }
}

impl Book {
    pub(super) fn new(region: &str, account_id: &str) -> Self {
        Self { region: region.to_owned(), account_id: account_id.to_owned(), queues: BTreeMap::new(), deleted: Vec::new(), store: None }
    }

    /// With everything that the store has, and will have from now on.
    pub(super) fn open(region: &str, account_id: &str, mut store: Store) -> Result<Self, StoreError> {
        let mut book = Self::new(region, account_id);
        for Stored { id, name, definition, entries } in store.load()? {
            let refused = |error: SqsError| store.refused(&name, error.message);
            let attributes = Attributes::default().with(&definition.attributes).map_err(refused)?;
            let mut standing = Standing::new(id, attributes, definition.tags, definition.created_ms);
            standing.modified_ms = definition.modified_ms;
            standing.redefined = false;
            for (sequence, entry) in entries {
                standing.queue.restore(sequence, entry);
            }
            book.queues.insert(name, standing);
        }
        book.store = Some(store);
        Ok(book)
    }

    pub(super) fn account_id(&self) -> &str {
        &self.account_id
    }

    pub(super) fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account_id)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Standing> {
        self.queues.get(name)
    }

    pub(super) fn get(&mut self, name: &str) -> Result<&mut Standing, SqsError> {
        self.queues.get_mut(name).ok_or_else(SqsError::no_such_queue)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }

    /// Queues whose dead letters go to this one.
    pub(super) fn sources_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fails_here = move |standing: &Standing| standing.attributes.redrive.as_ref().is_some_and(|policy| policy.target() == name);
        self.queues.iter().filter(move |(_, standing)| fails_here(standing)).map(|(name, _)| name.as_str())
    }

    /// Makes a queue. There must be none of this name.
    pub(super) fn create(
        &mut self,
        name: &str,
        attributes: Attributes,
        tags: BTreeMap<String, String>,
        now_ms: u64,
    ) -> Result<(), SqsError> {
        check_name(name)?;
        if self.queues.len() >= QUEUES_MAX {
            return Err(SqsError::new(Code::OverLimit, format!("this endpoint holds at most {QUEUES_MAX} queues: delete some")));
        }
        let mut standing = Standing::new(Uuid::new_v4(), attributes, BTreeMap::new(), now_ms);
        standing.tag(tags)?;
        self.queues.insert(name.to_owned(), standing);
        Ok(())
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<(), SqsError> {
        let standing = self.queues.remove(name).ok_or_else(SqsError::no_such_queue)?;
        self.deleted.push(standing.queue.id);
        standing.arrivals.notify_waiters();
        Ok(())
    }

    /// Whether a queue may have this policy: its target exists, is of this account and region, and takes its dead letters.
    pub(super) fn check_redrive(&self, name: &str, policy: &RedrivePolicy) -> Result<(), SqsError> {
        let refused = |reason: &str| Err(SqsError::value(policy.write(), "RedrivePolicy", reason));
        let target = policy.target();
        if policy.dead_letter_target_arn != self.arn(target) {
            return refused(&format!("Dead letter target is no queue of this account and region, such as {}.", self.arn("name")));
        }
        let Some(standing) = self.queues.get(target) else { return refused("Dead letter target does not exist.") };
        let allows = standing.attributes.allow.as_ref().is_none_or(|allow| allow.allows(&self.arn(name)));
        if allows { Ok(()) } else { refused("The target's RedriveAllowPolicy does not allow this queue.") }
    }

    pub(super) fn send(&mut self, name: &str, message: Message, delay_ms: u64) -> Result<(), SqsError> {
        let (count, bytes) =
            self.queues.values().fold((0, 0), |(count, bytes), standing| (count + standing.queue.len(), bytes + standing.queue.bytes()));
        if count >= MESSAGES_MAX || bytes + message.bytes() > MESSAGES_BYTES_MAX {
            let told = format!("this endpoint holds at most {MESSAGES_MAX} messages of {MESSAGES_BYTES_MAX} bytes in all: purge a queue");
            return Err(SqsError::new(Code::OverLimit, told));
        }
        let standing = self.get(name)?;
        standing.queue.send(message.sent_ms, message, delay_ms);
        standing.arrivals.notify_waiters();
        Ok(())
    }

    /// Receives, and moves dead letters to their queue.
    pub(super) fn receive(&mut self, name: &str, now_ms: u64, max: usize, visibility_ms: u64) -> Result<Vec<Delivery>, SqsError> {
        let policy = self.get(name)?.attributes.redrive.clone();
        // Of a queue whose target was deleted no message is dead.
        let policy = policy.filter(|policy| self.queues.contains_key(policy.target()));
        let source = self.arn(name);
        let standing = self.get(name)?;
        let most = policy.as_ref().map(|policy| policy.max_receive_count);
        let received = standing.queue.receive(now_ms, max, visibility_ms, most);
        if let Some(target) = policy.and_then(|policy| self.queues.get_mut(policy.target())) {
            for message in received.dead {
                let mut message = Arc::unwrap_or_clone(message);
                message.dead_letter_source = Some(source.clone());
                target.queue.send(now_ms, message, 0);
                target.arrivals.notify_waiters();
            }
        }
        Ok(received.deliveries)
    }

    /// Keeps what changed. What could not be kept is tried again with the next change.
    pub(super) fn commit(&mut self) -> Result<(), SqsError> {
        if let Some(store) = &mut self.store {
            store.write(&self.deleted, &self.queues).map_err(|error| SqsError::new(Code::InternalFailure, crate::error::chain(&error)))?;
        }
        self.deleted.clear();
        for standing in self.queues.values_mut() {
            standing.redefined = false;
            standing.queue.forget_changes();
        }
        Ok(())
    }
}

pub(super) fn check_name(name: &str) -> Result<(), SqsError> {
    if name.ends_with(".fifo") {
        return Err(SqsError::invalid(FIFO_REFUSED));
    }
    if !is_name(name) {
        let told = format!("Can only include alphanumeric characters, hyphens, or underscores. 1 to {NAME_CHARS_MAX} in length");
        return Err(SqsError::new(Code::InvalidParameterValue, told));
    }
    Ok(())
}
