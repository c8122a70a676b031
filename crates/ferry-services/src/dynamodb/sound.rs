//! Whether a batch is certain not to be refused: capacity is not looked at before a request is found valid, and the quick way of
//! [`super::load`] is for valid requests only. What is not sound here, dynoxide judges, in DynamoDB's words.

use dynoxide::actions::batch_get_item::BatchGetItemRequest;
use dynoxide::actions::batch_write_item::{BatchWriteItemRequest, WriteRequest};
use dynoxide::types::{MAX_ITEM_SIZE, item_size};
use dynoxide::validation::validate_item_attribute_values;
use dynoxide::{AttributeValue, Item};

use super::operations::Tables;

pub(super) fn writes_are_sound(tables: &Tables, request: &BatchWriteItemRequest) -> bool {
    request.request_items.iter().all(|(table, writes)| {
        let Some(schema) = tables.schemas.get(&tables.db.0, table) else { return false };
        writes.iter().all(is_sound) && schema.keys_are_sound(writes.iter().filter_map(key_holder))
    })
}

pub(super) fn keys_are_sound(tables: &Tables, request: &BatchGetItemRequest) -> bool {
    request.request_items.iter().all(|(table, keys)| {
        let Some(schema) = tables.schemas.get(&tables.db.0, table) else { return false };
        schema.keys_are_sound(keys.keys.iter())
    })
}

fn is_sound(write: &WriteRequest) -> bool {
    match (&write.put_request, &write.delete_request) {
        (Some(put), _) => {
            item_size(&put.item) <= MAX_ITEM_SIZE && are_named(&put.item) && validate_item_attribute_values(&put.item).is_ok()
        }
        (None, Some(delete)) => are_named(&delete.key),
        (None, None) => false,
    }
}

fn key_holder(write: &WriteRequest) -> Option<&Item> {
    write.put_request.as_ref().map(|put| &put.item).or(write.delete_request.as_ref().map(|delete| &delete.key))
}

/// Whether every attribute has a name, at any depth.
fn are_named(item: &Item) -> bool {
    item.iter().all(|(name, value)| !name.is_empty() && holds_named(value))
}

fn holds_named(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::M(map) => are_named(map),
        AttributeValue::L(list) => list.iter().all(holds_named),
        _ => true,
    }
}
