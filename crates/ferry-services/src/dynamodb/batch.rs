//! Batches: what the capacity of their tables allows is done, in order, and the rest handed back.

use std::collections::HashMap;

use dynoxide::DynoxideError;
use dynoxide::actions::batch_get_item::{BatchGetItemRequest, KeysAndAttributes};
use dynoxide::actions::batch_write_item::WriteRequest;
use dynoxide::types::{item_size, write_capacity_units};
use serde_json::{Map, Value, json};

use super::capacity::{Side, Units};
use super::consumption::{Admitted, Asked, settle_many};
use super::item::least_read;
use super::limits::{BATCH_GET_KEYS_MAX, BATCH_WRITE_ITEMS_MAX};
use super::load;
use super::operations::{Done, Tables};
use super::read_batch::read_batch;
use super::sound::{keys_are_sound, writes_are_sound};
use super::throttle;
use super::wire::{self, Refusal};

pub(super) fn write(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    const OPERATION: &str = "BatchWriteItem";
    let mut request = read_batch(body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let mut share = Share::default();
    let count: usize = request.request_items.values().map(Vec::len).sum();
    if tables.book.limits_any() && (1..=BATCH_WRITE_ITEMS_MAX).contains(&count) {
        let costs = request.request_items.iter().map(|(table, writes)| (table.as_str(), writes.iter().map(cost).collect()));
        share = Share::admit(tables, Side::Write, costs);
        if share.is_partial() && !writes_are_sound(tables, &request) {
            share.give_back(tables);
        }
        share.refuse_if_empty(tables, Side::Write)?;
    }
    if !tables.book.limits_any() && load::is_load(tables, &request, asked) {
        return load::write(tables, request);
    }
    let rest = share.hold_back(tables, &mut request.request_items, |writes, from| writes.split_off(from));
    let mut answer = tables.db.0.batch_write_item(request).map_err(|error| share.refund(tables, OPERATION, error))?;
    answer.consumed_capacity = settle_many(&tables.book, &share.admitted, Side::Write, asked, answer.consumed_capacity.take());
    let throttled = rest.values().map(|writes| writes.len() as u64).sum();
    for (table, writes) in rest {
        answer.unprocessed_items.insert(table, writes.into_iter().map(write_as_sent).collect());
    }
    Ok(Done { throttled, ..Done::of(&answer)? })
}

pub(super) fn get(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    const OPERATION: &str = "BatchGetItem";
    let mut request: BatchGetItemRequest = wire::read(OPERATION, body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let mut share = Share::default();
    let count: usize = request.request_items.values().map(|keys| keys.keys.len()).sum();
    if tables.book.limits_any() && (1..=BATCH_GET_KEYS_MAX).contains(&count) {
        let costs = request.request_items.iter().map(|(table, keys)| {
            let cost = least_read(keys.consistent_read);
            (table.as_str(), keys.keys.iter().map(|_| cost).collect())
        });
        share = Share::admit(tables, Side::Read, costs);
        if share.is_partial() && !keys_are_sound(tables, &request) {
            share.give_back(tables);
        }
        share.refuse_if_empty(tables, Side::Read)?;
    }
    let rest = share.hold_back(tables, &mut request.request_items, split_keys);
    let mut answer = tables.db.0.batch_get_item(request).map_err(|error| share.refund(tables, OPERATION, error))?;
    answer.consumed_capacity = settle_many(&tables.book, &share.admitted, Side::Read, asked, answer.consumed_capacity.take());
    let throttled = rest.values().map(|keys| keys.keys.len() as u64).sum();
    for (table, keys) in rest {
        answer.responses.entry(table.clone()).or_default();
        let unprocessed = answer.unprocessed_keys.entry(table).or_insert_with(|| keys_as_sent(&keys));
        // An answer that is full (16 MB) hands keys back too: they came before these.
        if let Some(Value::Array(listed)) = unprocessed.get_mut("Keys")
            && listed.len() < keys.keys.len()
        {
            listed.extend(keys.keys.iter().map(|key| json!(key)));
        }
    }
    Ok(Done { throttled, ..Done::of(&answer)? })
}

/// Which part of a batch may be carried out.
#[derive(Default)]
struct Share {
    admitted: Vec<Admitted>,
    /// By table: how many of how many. Empty when everything may be.
    counts: HashMap<String, (usize, usize)>,
}

impl Share {
    fn admit<'a>(tables: &Tables, side: Side, costs: impl Iterator<Item = (&'a str, Vec<Units>)>) -> Self {
        let mut share = Self::default();
        for (table, costs) in costs {
            let count = tables.book.admit(table, side, costs.iter().copied()).min(costs.len());
            let units = costs[..count].iter().copied().sum();
            share.admitted.push(Admitted { table: table.to_owned(), side, units });
            share.counts.insert(table.to_owned(), (count, costs.len()));
        }
        share
    }

    fn is_partial(&self) -> bool {
        self.counts.values().any(|(count, of)| count < of)
    }

    /// The batch is to be carried out whole, so that it is refused whole.
    fn give_back(&mut self, tables: &Tables) {
        for admitted in std::mem::take(&mut self.admitted) {
            admitted.refund(&tables.book);
        }
        self.counts.clear();
    }

    /// The error of a batch of which nothing fits.
    fn refuse_if_empty(&self, tables: &Tables, side: Side) -> Result<(), Refusal> {
        if self.counts.is_empty() || self.counts.values().any(|&(count, _)| count > 0) {
            return Ok(());
        }
        for (table, &(_, of)) in &self.counts {
            tables.book.count_throttled_call(table);
            tables.book.count_unprocessed(table, of);
        }
        let throttled = self.counts.values().map(|&(_, of)| of as u64).sum();
        let table = self.counts.keys().min().map_or("", String::as_str);
        Err(throttle::refusal(tables.book.mode(table), side, &tables.arns.table(table), throttled))
    }

    /// Takes what does not fit out of the request, by table.
    fn hold_back<T>(
        &self,
        tables: &Tables,
        request: &mut HashMap<String, T>,
        split_off: impl Fn(&mut T, usize) -> T,
    ) -> HashMap<String, T> {
        let mut rest = HashMap::new();
        for (table, &(count, of)) in self.counts.iter().filter(|(_, (count, of))| count < of) {
            tables.book.count_unprocessed(table, of - count);
            let Some(work) = request.get_mut(table) else { continue };
            rest.insert(table.clone(), split_off(work, count));
            if count == 0 {
                request.remove(table);
            }
        }
        rest
    }

    fn refund(&self, tables: &Tables, operation: &str, error: DynoxideError) -> Refusal {
        for admitted in &self.admitted {
            admitted.refund(&tables.book);
        }
        Refusal::of(operation, error)
    }
}

pub(super) fn cost(write: &WriteRequest) -> Units {
    let size = write.put_request.as_ref().map_or(0, |put| item_size(&put.item));
    Units::new(write_capacity_units(size))
}

fn split_keys(keys: &mut KeysAndAttributes, from: usize) -> KeysAndAttributes {
    KeysAndAttributes {
        keys: keys.keys.split_off(from),
        projection_expression: keys.projection_expression.clone(),
        expression_attribute_names: keys.expression_attribute_names.clone(),
        consistent_read: keys.consistent_read,
        attributes_to_get: keys.attributes_to_get.clone(),
    }
}

fn write_as_sent(write: WriteRequest) -> Value {
    match (write.put_request, write.delete_request) {
        (Some(put), _) => json!({ "PutRequest": { "Item": put.item } }),
        (None, Some(delete)) => json!({ "DeleteRequest": { "Key": delete.key } }),
        (None, None) => json!({}),
    }
}

fn keys_as_sent(keys: &KeysAndAttributes) -> Value {
    let mut sent = Map::new();
    sent.insert("Keys".to_owned(), json!(keys.keys));
    let others = [
        ("ProjectionExpression", keys.projection_expression.as_ref().map(|expression| json!(expression))),
        ("ExpressionAttributeNames", keys.expression_attribute_names.as_ref().map(|names| json!(names))),
        ("ConsistentRead", keys.consistent_read.map(Value::from)),
        ("AttributesToGet", keys.attributes_to_get.as_ref().map(|names| json!(names))),
    ];
    for (name, value) in others {
        if let Some(value) = value {
            sent.insert(name.to_owned(), value);
        }
    }
    sent.into()
}
