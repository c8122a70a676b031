//! SQS: standard queues, in memory or in a data folder.
//!
//! A request's way: [`Sqs::call`] reads the body; [`operations`] reads the request and works on the [`book`] of all queues under one
//! lock; each queue is a state machine over a given time ([`queue`]); what changed is kept ([`store`]) before the lock is given back
//! and the answer made. Nothing of that waits, so that a client that leaves takes no message with it: a message goes into flight in the
//! same step that makes its answer. Only ReceiveMessage waits, outside of the lock, until a message may have come.

mod attributes;
mod book;
mod checks;
mod error;
mod handle;
mod limits;
mod message;
mod operations;
mod queue;
mod redrive;
mod store;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header::HOST;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use self::attributes::Attributes;
use self::book::{Book, check_name};
use self::error::{Code, NAMESPACE, SqsError};
use self::operations::receive::Receive;
use self::operations::{RECEIVE, Site};
use self::store::Store;
pub(crate) use self::store::StoreError;
use crate::body::{RequestBody, ResponseBody, collect};
use crate::front::error::{FrontError, FrontErrorKind};
use crate::front::wire::{JSON_1_0, answer, json_error, query_error};
use crate::resource::{Resource, ResourceError};
use crate::service::{Call, Service};
use crate::settings::ServicesSettings;

const TARGET: &str = "AmazonSQS.";
const QUERY_NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";
const QUERY_REFUSED: &str = "SQS is served by AWS JSON 1.0 here (X-Amz-Target: AmazonSQS.SendMessage), and this request has no such \
    target: it is of the older query protocol. Update the client: AWS's SDKs and CLI speak JSON to SQS since November 2023 (boto3 1.28.82)";

/// The queues, behind the front.
#[derive(Debug)]
pub(crate) struct Sqs {
    book: Mutex<Book>,
    /// One permit for each receiver that waits.
    polls: Semaphore,
    endpoint: String,
}

impl Sqs {
    /// Opens the queues of the data folder, or none in memory where there is no folder.
    pub(crate) fn open(settings: &ServicesSettings) -> Result<Self, StoreError> {
        let (region, account_id) = (&settings.region, &settings.account_id);
        let book = match &settings.data_dir {
            Some(folder) => Book::open(region, account_id, Store::open(&folder.join("sqs"))?)?,
            None => Book::new(region, account_id),
        };
        let polls = Semaphore::new(limits::LONG_POLLS_MAX);
        Ok(Self { book: Mutex::new(book), polls, endpoint: format!("http://{}", settings.addr) })
    }

    async fn respond(&self, request: Request<RequestBody>, call: &Call) -> Response<ResponseBody> {
        let (head, body) = request.into_parts();
        let body = match collect(body, limits::REQUEST_BYTES_MAX).await {
            Ok(body) => body,
            Err(error) => return self.error(&call.body_error(error)),
        };
        let Some(target) = target_of(&head) else {
            return query_error(&call.error(FrontErrorKind::NotImplemented(QUERY_REFUSED.to_owned())), QUERY_NAMESPACE);
        };
        let done = match operations::find(target) {
            None => Err(SqsError::new(Code::UnknownOperation, format!("SQS has no operation {target}"))),
            Some(RECEIVE) => self.receive(&body).await,
            Some(operation) => self.run(operation, &body, &self.site(&head, call)),
        };
        match done {
            Ok(told) => answer(StatusCode::OK, JSON_1_0, told.to_string()),
            Err(error) => error.response(),
        }
    }

    fn run(&self, operation: &str, body: &[u8], site: &Site) -> Result<Value, SqsError> {
        let mut book = self.book();
        let done = operations::run(&mut book, operation, body, site);
        book.commit()?;
        done
    }

    /// Receives at once or as soon as there is something, until the time that the request or else the queue waits is over.
    async fn receive(&self, body: &[u8]) -> Result<Value, SqsError> {
        let request = Receive::read(body)?;
        let start = Instant::now();
        let mut permit = None;
        loop {
            let (arrivals, deadline, next_visible_ms, now_ms) = {
                let mut book = self.book();
                let now_ms = now_ms();
                let deliveries = request.take(&mut book, now_ms)?;
                book.commit()?;
                let standing = book.get(&request.queue)?;
                let wait_s = request.wait_s(standing);
                // As documented, a receiver that waits is told nothing of this.
                if deliveries.is_empty() && wait_s == 0 && standing.queue.is_full_in_flight() {
                    return Err(SqsError::new(Code::OverLimit, "Too many messages in flight: delete those that are done."));
                }
                let deadline = start + Duration::from_secs(wait_s.into());
                if !deliveries.is_empty() || Instant::now() >= deadline {
                    return Ok(request.tell(&deliveries));
                }
                // Made under the lock: no message that is sent after this look is missed.
                (Arc::clone(&standing.arrivals).notified_owned(), deadline, standing.queue.next_visible_ms(), now_ms)
            };
            if permit.is_none() {
                let throttled = |_| {
                    let told = format!("{} receivers wait already: wait with fewer, or for less long", limits::LONG_POLLS_MAX);
                    SqsError::new(Code::RequestThrottled, told)
                };
                permit = Some(self.polls.try_acquire().map_err(throttled)?);
            }
            let visible = next_visible_ms.map(|at_ms| Instant::now() + Duration::from_millis(at_ms.saturating_sub(now_ms).max(1)));
            let _ = timeout_at(visible.map_or(deadline, |visible| visible.min(deadline)), arrivals).await;
        }
    }

    fn site(&self, head: &Parts, call: &Call) -> Site {
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        let url = host.map_or_else(|| self.endpoint.clone(), |host| format!("http://{host}"));
        let sender_id = call.access_key.clone().unwrap_or_else(|| self.book().account_id().to_owned());
        Site { url, sender_id, now_ms: now_ms() }
    }

    /// A template's queue. Its dead-letter queue may come later in the template, so the policy's target is not asked for.
    fn create_queue(&self, name: &str, wanted: &BTreeMap<String, String>) -> Result<Vec<String>, SqsError> {
        check_name(name)?;
        let attributes = Attributes::default().with(wanted)?;
        let mut book = self.book();
        if let Some(standing) = book.find(name) {
            let differs = standing.attributes.difference(wanted)?;
            let told = |attribute| format!("the queue {name} exists already with another {attribute}, and is left as it is");
            return Ok(differs.map(told).into_iter().collect());
        }
        book.create(name, attributes, BTreeMap::new(), now_ms())?;
        book.commit()?;
        Ok(Vec::new())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Sqs {
    fn name(&self) -> &'static str {
        "sqs"
    }

    fn operation(&self, head: &Parts) -> Cow<'static, str> {
        target_of(head).and_then(operations::find).unwrap_or("Unknown").into()
    }

    fn call<'a>(&'a self, request: Request<RequestBody>, call: &'a Call) -> BoxFuture<'a, Response<ResponseBody>> {
        Box::pin(self.respond(request, call))
    }

    fn error(&self, error: &FrontError) -> Response<ResponseBody> {
        json_error(error, NAMESPACE)
    }

    fn create<'a>(&'a self, resource: &'a Resource) -> Option<BoxFuture<'a, Result<Vec<String>, ResourceError>>> {
        match resource {
            Resource::Queue { name, attributes } => {
                Some(Box::pin(async { self.create_queue(name, attributes).map_err(|error| ResourceError::new(resource, error)) }))
            }
            Resource::Bucket { .. } | Resource::Table { .. } => None,
        }
    }
}

fn target_of(head: &Parts) -> Option<&str> {
    head.headers.get("x-amz-target")?.to_str().ok()?.strip_prefix(TARGET)
}

#[expect(clippy::disallowed_methods, reason = "messages are of a time; this is where it enters")]
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
