//! The state machine of one standard queue: which messages may be received now, which are delayed or in flight, and which have
//! become too old. It knows no clock; each call is told the time, in milliseconds.
//!
//! A message is in [`State::Visible`], [`State::Delayed`] or [`State::InFlight`]. Three ordered sets of (time, sequence number) find
//! the next one to be received, to become visible, and to expire, so that every step costs the logarithm of the queue's length:
//! `visible` and `hidden` (delayed or in flight) hold each message exactly once between them, `by_age` holds all.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::handle::ReceiptHandle;
use super::limits::{IN_FLIGHT_MAX, VISIBILITY_S};
use super::message::Message;

const VISIBILITY_MS_MAX: u64 = *VISIBILITY_S.end() as u64 * 1000;

/// Where a message is. The times are those at which it came there or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Visible { since_ms: u64 },
    Delayed { until_ms: u64 },
    InFlight { since_ms: u64, until_ms: u64 },
}

/// What changes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) state: State,
    pub(super) receive_count: u32,
    pub(super) first_received_ms: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    pub(super) progress: Progress,
}

/// What a store has to do about a message since it was last asked. One that is gone from the queue is to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    New,
    Progressed,
    Gone,
}

/// A received message.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) handle: ReceiptHandle,
    pub(super) message: Arc<Message>,
    pub(super) first_received_ms: u64,
}

/// What a receive took out: for the receiver, and for the dead-letter queue.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) dead: Vec<Arc<Message>>,
}

/// Why a visibility timeout was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VisibilityError {
    /// Deleted, expired, purged or dead-lettered.
    Gone,
    /// Not in flight, or in flight for a later receive.
    NotInFlight,
    /// Longer than twelve hours since it was received.
    TooLong,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) visible: usize,
    pub(super) in_flight: usize,
    pub(super) delayed: usize,
}

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) id: Uuid,
    pub(super) retention_ms: u64,
    next_sequence: u64,
    entries: HashMap<u64, Entry>,
    visible: BTreeSet<(u64, u64)>,
    hidden: BTreeSet<(u64, u64)>,
    by_age: BTreeSet<(u64, u64)>,
    in_flight: usize,
    bytes: usize,
    changes: BTreeMap<u64, Change>,
}

impl Queue {
    pub(super) fn new(id: Uuid, retention_ms: u64) -> Self {
        Self {
            id,
            retention_ms,
            next_sequence: 0,
            entries: HashMap::new(),
            visible: BTreeSet::new(),
            hidden: BTreeSet::new(),
            by_age: BTreeSet::new(),
            in_flight: 0,
            bytes: 0,
            changes: BTreeMap::new(),
        }
    }

    /// Puts a stored message back where it was.
    pub(super) fn restore(&mut self, sequence: u64, entry: Entry) {
        self.next_sequence = self.next_sequence.max(sequence + 1);
        self.insert(sequence, entry);
    }

    pub(super) fn send(&mut self, now_ms: u64, message: Message, delay_ms: u64) {
        let state = if delay_ms == 0 { State::Visible { since_ms: now_ms } } else { State::Delayed { until_ms: now_ms + delay_ms } };
        let progress = Progress { state, receive_count: 0, first_received_ms: None };
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.insert(sequence, Entry { message: Arc::new(message), progress });
        self.changes.insert(sequence, Change::New);
    }

    /// Takes up to `max` visible messages into flight. With a `receive_count_max`, messages that were received so often already leave
    /// the queue instead.
    pub(super) fn receive(&mut self, now_ms: u64, max: usize, visibility_ms: u64, receive_count_max: Option<u32>) -> Received {
        self.advance(now_ms);
        let mut received = Received::default();
        // A timeout of zero leaves a message visible: it goes back only when all are taken, lest one receive takes it twice.
        let mut taken = Vec::new();
        while received.deliveries.len() < max && self.in_flight + taken.len() < IN_FLIGHT_MAX {
            let Some((_, sequence)) = self.visible.pop_first() else { break };
            let Some(entry) = self.entries.get_mut(&sequence) else { continue };
            if receive_count_max.is_some_and(|most| entry.progress.receive_count >= most) {
                received.dead.extend(self.remove(sequence));
                continue;
            }
            let progress = &mut entry.progress;
            progress.receive_count = progress.receive_count.saturating_add(1);
            let first_received_ms = *progress.first_received_ms.get_or_insert(now_ms);
            let message = Arc::clone(&entry.message);
            let receive_count = progress.receive_count;
            let handle = ReceiptHandle { queue: self.id, message: message.id, sequence, receive_count };
            received.deliveries.push(Delivery { handle, message, first_received_ms });
            taken.push(sequence);
        }
        for sequence in taken {
            self.go(sequence, hidden_for(now_ms, now_ms, visibility_ms));
        }
        received
    }

    /// Whether nothing more may be received before something in flight is deleted or comes back.
    pub(super) fn is_full_in_flight(&self) -> bool {
        self.in_flight >= IN_FLIGHT_MAX
    }

    /// Lets a message in flight become visible so long after now, at once with zero.
    pub(super) fn change_visibility(&mut self, now_ms: u64, handle: &ReceiptHandle, timeout_ms: u64) -> Result<(), VisibilityError> {
        self.advance(now_ms);
        let entry = self.entry_of(handle).ok_or(VisibilityError::Gone)?;
        let State::InFlight { since_ms, .. } = entry.progress.state else { return Err(VisibilityError::NotInFlight) };
        if entry.progress.receive_count != handle.receive_count {
            return Err(VisibilityError::NotInFlight);
        }
        if now_ms.saturating_sub(since_ms) + timeout_ms > VISIBILITY_MS_MAX {
            return Err(VisibilityError::TooLong);
        }
        self.go(handle.sequence, hidden_for(now_ms, since_ms, timeout_ms));
        Ok(())
    }

    /// Deletes the message if this is its newest handle; whether it did.
    pub(super) fn delete(&mut self, handle: &ReceiptHandle) -> bool {
        let newest = self.entry_of(handle).is_some_and(|entry| entry.progress.receive_count == handle.receive_count);
        newest && self.remove(handle.sequence).is_some()
    }

    pub(super) fn purge(&mut self) {
        let all: Vec<u64> = self.entries.keys().copied().collect();
        for sequence in all {
            self.remove(sequence);
        }
    }

    /// Brings the queue to this time: what is too old is gone, and what was hidden until now is visible.
    pub(super) fn advance(&mut self, now_ms: u64) {
        while let Some(&(sent_ms, sequence)) = self.by_age.first()
            && sent_ms.saturating_add(self.retention_ms) <= now_ms
        {
            self.remove(sequence);
        }
        while let Some(&(until_ms, sequence)) = self.hidden.first()
            && until_ms <= now_ms
        {
            self.go(sequence, State::Visible { since_ms: until_ms });
        }
    }

    /// When [`Self::advance`] would make the next message visible.
    pub(super) fn next_visible_ms(&self) -> Option<u64> {
        self.hidden.first().map(|(until_ms, _)| *until_ms)
    }

    pub(super) fn counts(&self) -> Counts {
        Counts { visible: self.visible.len(), in_flight: self.in_flight, delayed: self.hidden.len() - self.in_flight }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Of all messages' bodies and attributes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What happened since [`Self::forget_changes`], by sequence number.
    pub(super) fn changes(&self) -> impl Iterator<Item = (u64, Change, Option<&Entry>)> {
        self.changes.iter().map(|(sequence, change)| (*sequence, *change, self.entries.get(sequence)))
    }

    pub(super) fn forget_changes(&mut self) {
        self.changes.clear();
    }

    fn entry_of(&self, handle: &ReceiptHandle) -> Option<&Entry> {
        self.entries.get(&handle.sequence).filter(|entry| entry.message.id == handle.message)
    }

    fn insert(&mut self, sequence: u64, entry: Entry) {
        self.bytes += entry.message.bytes();
        self.by_age.insert((entry.message.sent_ms, sequence));
        self.place(sequence, entry.progress.state);
        self.entries.insert(sequence, entry);
    }

    fn remove(&mut self, sequence: u64) -> Option<Arc<Message>> {
        let Entry { message, progress } = self.entries.remove(&sequence)?;
        self.displace(sequence, progress.state);
        self.by_age.remove(&(message.sent_ms, sequence));
        self.bytes -= message.bytes();
        // What no store has seen yet needs no forgetting.
        if self.changes.insert(sequence, Change::Gone) == Some(Change::New) {
            self.changes.remove(&sequence);
        }
        Some(message)
    }

    fn go(&mut self, sequence: u64, state: State) {
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        let left = std::mem::replace(&mut entry.progress.state, state);
        self.displace(sequence, left);
        self.place(sequence, state);
        self.changes.entry(sequence).or_insert(Change::Progressed);
    }

    fn place(&mut self, sequence: u64, state: State) {
        match state {
            State::Visible { since_ms } => self.visible.insert((since_ms, sequence)),
            State::Delayed { until_ms } => self.hidden.insert((until_ms, sequence)),
            State::InFlight { until_ms, .. } => {
                self.in_flight += 1;
                self.hidden.insert((until_ms, sequence))
            }
        };
    }

    fn displace(&mut self, sequence: u64, state: State) {
        match state {
            State::Visible { since_ms } => self.visible.remove(&(since_ms, sequence)),
            State::Delayed { until_ms } => self.hidden.remove(&(until_ms, sequence)),
            State::InFlight { until_ms, .. } => {
                self.in_flight -= 1;
                self.hidden.remove(&(until_ms, sequence))
            }
        };
    }
}

fn hidden_for(now_ms: u64, since_ms: u64, timeout_ms: u64) -> State {
    match timeout_ms {
        0 => State::Visible { since_ms: now_ms },
        _ => State::InFlight { since_ms, until_ms: now_ms + timeout_ms },
    }
}
