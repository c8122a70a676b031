//! Which puts a `BatchWriteItem` answer gave back.

use std::collections::HashMap;

use serde::Deserialize;

use crate::batch::{KeyHash, key_hash};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchAnswer {
    #[serde(default)]
    unprocessed_items: HashMap<String, Vec<Write>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Write {
    put_request: PutRequest,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRequest {
    item: Key,
}

#[derive(Deserialize)]
struct Key {
    registration_id: Text,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// The keys that were not written; `None` when the answer is no answer to a batch of ours.
pub(super) fn keys(body: &[u8]) -> Option<Vec<KeyHash>> {
    let answer: BatchAnswer = serde_json::from_slice(body).ok()?;
    let back = answer.unprocessed_items.into_values().flatten();
    Some(back.map(|write| key_hash(&write.put_request.item.registration_id.text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_what_came_back() {
        assert_eq!(keys(b"{}"), Some(vec![]));
        assert_eq!(keys(br#"{"UnprocessedItems":{}}"#), Some(vec![]));
        let back = br#"{"UnprocessedItems":{"T":[{"PutRequest":{"Item":{"venue":{"S":"v"},"registration_id":{"S":"a\"b"}}}}]}}"#;
        assert_eq!(keys(back), Some(vec![key_hash("a\"b")]));
        assert_eq!(keys(b"<html>"), None);
    }
}
