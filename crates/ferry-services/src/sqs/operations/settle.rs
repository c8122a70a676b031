//! What a receiver does with a message afterwards: DeleteMessage and ChangeMessageVisibility, one or a batch.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::batch::{Batch, One};
use super::{Site, batch, bounded, ms, queue_name, required};
use crate::sqs::book::{Book, Standing};
use crate::sqs::error::{Code, SqsError};
use crate::sqs::handle::ReceiptHandle;
use crate::sqs::limits::VISIBILITY_S;
use crate::sqs::queue::VisibilityError;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Entry {
    id: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

pub(super) fn delete(book: &mut Book, request: One<Entry>) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    delete_message(book.get(&name)?, request.entry).map(Value::Object)
}

pub(super) fn delete_batch(book: &mut Book, request: Batch<Entry>) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    let standing = book.get(&name)?;
    let entries = batch::entries(request.entries, "DeleteMessageBatchRequestEntry", |entry: &Entry| entry.id.as_deref())?;
    Ok(batch::each(entries, |entry| delete_message(standing, entry)))
}

pub(super) fn change_visibility(book: &mut Book, request: One<Entry>, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    change_timeout(book.get(&name)?, request.entry, site).map(Value::Object)
}

pub(super) fn change_visibility_batch(book: &mut Book, request: Batch<Entry>, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    let standing = book.get(&name)?;
    let request_name = "ChangeMessageVisibilityBatchRequestEntry";
    let entries = batch::entries(request.entries, request_name, |entry: &Entry| entry.id.as_deref())?;
    Ok(batch::each(entries, |entry| change_timeout(standing, entry, site)))
}

/// As documented, an older handle than the newest, or one of a message that is gone, deletes nothing and is no error.
fn delete_message(standing: &mut Standing, entry: Entry) -> Result<Map<String, Value>, SqsError> {
    let handle = handle(standing, entry.receipt_handle)?;
    standing.queue.delete(&handle);
    Ok(Map::new())
}

fn change_timeout(standing: &mut Standing, entry: Entry, site: &Site) -> Result<Map<String, Value>, SqsError> {
    let timeout_s = required(entry.visibility_timeout, "VisibilityTimeout")?;
    let timeout_s = bounded(Some(timeout_s), &VISIBILITY_S, "VisibilityTimeout")?.unwrap_or_default();
    let text = entry.receipt_handle.clone().unwrap_or_default();
    let handle = handle(standing, entry.receipt_handle)?;
    let changed = standing.queue.change_visibility(site.now_ms, &handle, ms(timeout_s));
    standing.arrivals.notify_waiters();
    changed.map(|()| Map::new()).map_err(|error| match error {
        VisibilityError::Gone => {
            SqsError::value(text, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.")
        }
        VisibilityError::NotInFlight => SqsError::new(Code::MessageNotInflight, "The message referred to isn't in flight."),
        VisibilityError::TooLong => {
            let reason = format!("Total VisibilityTimeout for the message is beyond the limit [{} seconds]", VISIBILITY_S.end());
            SqsError::value(timeout_s, "VisibilityTimeout", &reason)
        }
    })
}

fn handle(standing: &Standing, text: Option<String>) -> Result<ReceiptHandle, SqsError> {
    let text = required(text, "ReceiptHandle")?;
    let handle = ReceiptHandle::read(&text).filter(|handle| handle.queue == standing.queue.id);
    let refused =
        || SqsError::new(Code::ReceiptHandleIsInvalid, format!("The input receipt handle {text:?} is not a valid receipt handle."));
    handle.ok_or_else(refused)
}
