//! SendMessage, SendMessageBatch.

use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::batch::{Batch, One};
use super::{Site, batch, bounded, ms, queue_name, required};
use crate::sqs::book::Book;
use crate::sqs::checks::{check_attributes, check_text};
use crate::sqs::error::{Code, SqsError};
use crate::sqs::limits::{BATCH_BYTES_MAX, DELAY_S, GROUP_ID_CHARS_MAX};
use crate::sqs::message::{Message, MessageAttributes, attributes_bytes, md5_of_attributes, md5_of_body};

const TRACE_HEADER: &str = "AWSTraceHeader";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Entry {
    id: Option<String>,
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    message_attributes: Option<MessageAttributes>,
    message_system_attributes: Option<MessageAttributes>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.message_body.as_ref().map_or(0, String::len) + self.message_attributes.as_ref().map_or(0, attributes_bytes)
    }
}

pub(super) fn one(book: &mut Book, request: One<Entry>, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    send(book, &name, request.entry, site).map(Value::Object)
}

pub(super) fn batch(book: &mut Book, request: Batch<Entry>, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    book.get(&name)?;
    let entries = batch::entries(request.entries, "SendMessageBatchRequestEntry", |entry: &Entry| entry.id.as_deref())?;
    let bytes: usize = entries.iter().map(|(_, entry)| entry.bytes()).sum();
    if bytes > BATCH_BYTES_MAX {
        let told = format!("Batch requests cannot be longer than {BATCH_BYTES_MAX} bytes. You have sent {bytes} bytes.");
        return Err(SqsError::new(Code::BatchRequestTooLong, told));
    }
    Ok(batch::each(entries, |entry| send(book, &name, entry, site)))
}

fn send(book: &mut Book, name: &str, entry: Entry, site: &Site) -> Result<Map<String, Value>, SqsError> {
    let attributes = &book.get(name)?.attributes;
    let bytes_max = attributes.message_bytes_max;
    let delay_s = bounded(entry.delay_seconds, &DELAY_S, "DelaySeconds")?.unwrap_or(attributes.delay_s);
    let bytes = entry.bytes();
    let body = required(entry.message_body.filter(|body| !body.is_empty()), "MessageBody")?;
    if entry.message_deduplication_id.is_some() {
        let told = "The request includes a parameter that is not valid for this queue type: it is a standard queue.";
        return Err(SqsError::value("given", "MessageDeduplicationId", told));
    }
    if entry.message_group_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > GROUP_ID_CHARS_MAX) {
        return Err(SqsError::value("given", "MessageGroupId", &format!("It must have 1 to {GROUP_ID_CHARS_MAX} characters.")));
    }
    check_text(&body)?;
    let attributes = entry.message_attributes.unwrap_or_default();
    check_attributes(&attributes)?;
    if bytes > usize::try_from(bytes_max).unwrap_or(usize::MAX) {
        return Err(SqsError::invalid(format_args!("Message must be shorter than {bytes_max} bytes.")));
    }
    let system = entry.message_system_attributes.unwrap_or_default();
    let trace_header = trace_header(&system)?;
    let message = Message {
        id: Uuid::new_v4(),
        body,
        attributes,
        sender_id: site.sender_id.clone(),
        sent_ms: site.now_ms,
        trace_header,
        group_id: entry.message_group_id,
        dead_letter_source: None,
    };
    let told = [
        ("MessageId", Some(message.id.to_string())),
        ("MD5OfMessageBody", Some(md5_of_body(&message.body))),
        ("MD5OfMessageAttributes", md5_of_attributes(&message.attributes)),
        ("MD5OfMessageSystemAttributes", md5_of_attributes(&system)),
    ];
    book.send(name, message, ms(delay_s))?;
    Ok(told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))).collect())
}

fn trace_header(system: &MessageAttributes) -> Result<Option<String>, SqsError> {
    check_attributes(system)?;
    if let Some(other) = system.keys().find(|name| *name != TRACE_HEADER) {
        return Err(SqsError::value(other, "MessageSystemAttributes", "Message system attribute is not supported: only AWSTraceHeader."));
    }
    let Some(header) = system.get(TRACE_HEADER) else { return Ok(None) };
    let text = header.string_value.clone().filter(|_| header.data_type == "String");
    text.map(Some).ok_or_else(|| SqsError::value(&header.data_type, TRACE_HEADER, "It must be of type String."))
}
