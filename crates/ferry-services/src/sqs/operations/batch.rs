//! Requests about one message, and what all batches of them have in common: their entries' number and ids, and an answer that tells of
//! each.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::sqs::checks::is_name;
use crate::sqs::error::{Code, SqsError};
use crate::sqs::limits::BATCH_ENTRIES_MAX;

const ID_LETTERS: &str =
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct One<E> {
    pub(super) queue_url: Option<String>,
    #[serde(flatten)]
    pub(super) entry: E,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<E> {
    pub(super) queue_url: Option<String>,
    pub(super) entries: Option<Vec<E>>,
}

/// The entries with their ids, checked. `request` is SQS's name of such an entry.
pub(super) fn entries<E>(entries: Option<Vec<E>>, request: &str, id: impl Fn(&E) -> Option<&str>) -> Result<Vec<(String, E)>, SqsError> {
    let entries = entries.unwrap_or_default();
    if entries.is_empty() {
        let told = format!("There should be at least one {request} in the request.");
        return Err(SqsError::new(Code::EmptyBatchRequest, told));
    }
    if entries.len() > BATCH_ENTRIES_MAX {
        let told = format!("Maximum number of entries per request are {BATCH_ENTRIES_MAX}. You have sent {}.", entries.len());
        return Err(SqsError::new(Code::TooManyEntriesInBatchRequest, told));
    }
    let mut seen = HashSet::new();
    for entry in &entries {
        let id = id(entry).ok_or_else(|| SqsError::missing(&format!("{request}.Id")))?;
        if !is_name(id) {
            return Err(SqsError::new(Code::InvalidBatchEntryId, ID_LETTERS));
        }
        if !seen.insert(id.to_owned()) {
            return Err(SqsError::new(Code::BatchEntryIdsNotDistinct, format!("Id {id} repeated.")));
        }
    }
    Ok(entries.into_iter().map(|entry| (id(&entry).unwrap_or_default().to_owned(), entry)).collect())
}

/// Does each entry's work; one that fails does not hinder the others.
pub(super) fn each<E>(entries: Vec<(String, E)>, mut work: impl FnMut(E) -> Result<Map<String, Value>, SqsError>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, entry) in entries {
        match work(entry) {
            Ok(mut done) => {
                done.insert("Id".to_owned(), id.into());
                successful.push(Value::Object(done));
            }
            Err(error) => failed.push(error.entry(&id)),
        }
    }
    let told = [("Successful", successful), ("Failed", failed)];
    told.into_iter().filter(|(_, entries)| !entries.is_empty()).map(|(name, entries)| (name.to_owned(), Value::Array(entries))).collect()
}
