//! SQS's operations: which there are, how requests are read, and how each is carried out. Only ReceiveMessage may wait; see
//! [`receive`].

mod batch;
mod queues;
pub(super) mod receive;
mod send;
mod settle;

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::book::Book;
use super::error::{Code, SqsError};

pub(super) const RECEIVE: &str = "ReceiveMessage";

/// Of these the answer is that they are not served.
const NOT_SERVED: [&str; 5] =
    ["AddPermission", "CancelMessageMoveTask", "ListMessageMoveTasks", "RemovePermission", "StartMessageMoveTask"];
const SERVED: [&str; 18] = [
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "CreateQueue",
    "DeleteMessage",
    "DeleteMessageBatch",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListQueueTags",
    "ListQueues",
    "PurgeQueue",
    RECEIVE,
    "SendMessage",
    "SendMessageBatch",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
];

/// The operation of this name, if SQS has it.
pub(super) fn find(name: &str) -> Option<&'static str> {
    SERVED.iter().chain(&NOT_SERVED).find(|known| **known == name).copied()
}

/// What an operation knows of its request beside the body.
#[derive(Debug)]
pub(super) struct Site {
    /// `http://127.0.0.1:4566`, as the client called this endpoint: the URLs of queues begin with it.
    pub(super) url: String,
    pub(super) sender_id: String,
    pub(super) now_ms: u64,
}

impl Site {
    fn queue_url(&self, book: &Book, name: &str) -> String {
        format!("{}/{}/{name}", self.url, book.account_id())
    }
}

/// Carries out every operation but ReceiveMessage.
pub(super) fn run(book: &mut Book, operation: &str, body: &[u8], site: &Site) -> Result<Value, SqsError> {
    match operation {
        "CreateQueue" => queues::create(book, read(body)?, site),
        "DeleteQueue" => queues::delete(book, read(body)?),
        "GetQueueAttributes" => queues::attributes(book, read(body)?, site),
        "GetQueueUrl" => queues::url(book, read(body)?, site),
        "ListDeadLetterSourceQueues" => queues::sources(book, read(body)?, site),
        "ListQueueTags" => queues::tags(book, read(body)?),
        "ListQueues" => queues::list(book, read(body)?, site),
        "PurgeQueue" => queues::purge(book, read(body)?, site),
        "SetQueueAttributes" => queues::set_attributes(book, read(body)?, site),
        "TagQueue" => queues::tag(book, read(body)?),
        "UntagQueue" => queues::untag(book, read(body)?),
        "SendMessage" => send::one(book, read(body)?, site),
        "SendMessageBatch" => send::batch(book, read(body)?, site),
        "ChangeMessageVisibility" => settle::change_visibility(book, read(body)?, site),
        "ChangeMessageVisibilityBatch" => settle::change_visibility_batch(book, read(body)?, site),
        "DeleteMessage" => settle::delete(book, read(body)?),
        "DeleteMessageBatch" => settle::delete_batch(book, read(body)?),
        _ => Err(SqsError::new(Code::UnsupportedOperation, format!("{operation} is not served here"))),
    }
}

/// Reads a request. No body is that of a request without parameters.
pub(super) fn read<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, SqsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| SqsError::new(Code::SerializationException, error.to_string()))
}

fn required<T>(value: Option<T>, parameter: &str) -> Result<T, SqsError> {
    value.ok_or_else(|| SqsError::missing(parameter))
}

/// The queue's name: the last segment of its URL, whatever host and account stand before it. So one URL is good inside and outside
/// of a sandbox.
fn queue_name(url: Option<String>) -> Result<String, SqsError> {
    let url = required(url, "QueueUrl")?;
    match url.trim_end_matches('/').rsplit('/').next() {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(SqsError::new(Code::InvalidAddress, format!("The address {url} is not valid for this endpoint."))),
    }
}

fn bounded(value: Option<i64>, bounds: &RangeInclusive<u32>, parameter: &str) -> Result<Option<u32>, SqsError> {
    let Some(value) = value else { return Ok(None) };
    let within = u32::try_from(value).ok().filter(|value| bounds.contains(value));
    let refused = || SqsError::value(value, parameter, &format!("Must be between {} and {}, if provided.", bounds.start(), bounds.end()));
    within.map(Some).ok_or_else(refused)
}

fn ms(seconds: u32) -> u64 {
    u64::from(seconds) * 1000
}
