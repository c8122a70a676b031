//! What loads are made of: batches of puts into plain tables, of which nobody asks what they used.
//!
//! dynoxide's `BatchWriteItem` has SQLite parse two statements for each item and commit it on its own. Its import takes the same items
//! through prepared statements in one transaction, at a third of the CPU time, but leaves out the checks of a request and does not say
//! how large the replaced items were. So this way is for requests found sound beforehand, on tables without limits; the units it
//! counts are those of the new items.

use dynoxide::actions::batch_write_item::{BatchWriteItemRequest, BatchWriteItemResponse};
use dynoxide::{ImportOptions, Item};

use super::batch::cost;
use super::capacity::{Side, Units};
use super::consumption::Asked;
use super::operations::{Done, Tables};
use super::sound::writes_are_sound;
use super::wire::Refusal;

pub(super) fn is_load(tables: &Tables, request: &BatchWriteItemRequest, asked: Asked) -> bool {
    let is_plain = |table: &String| tables.schemas.get(&tables.db.0, table).is_some_and(|schema| schema.is_plain);
    asked == Asked::Nothing
        && request.return_item_collection_metrics.is_none()
        && (1..=super::limits::BATCH_WRITE_ITEMS_MAX).contains(&request.request_items.values().map(Vec::len).sum())
        && request.request_items.iter().all(|(table, writes)| {
            !writes.is_empty()
                && writes.iter().all(|write| write.put_request.is_some() && write.delete_request.is_none())
                && is_plain(table)
        })
        && writes_are_sound(tables, request)
}

pub(super) fn write(tables: &Tables, request: BatchWriteItemRequest) -> Result<Done, Refusal> {
    for (table, writes) in request.request_items {
        let units: Units = writes.iter().map(cost).sum();
        let items: Vec<Item> = writes.into_iter().filter_map(|write| Some(write.put_request?.item)).collect();
        let imported = tables.db.0.import_items(&table, items, ImportOptions::default());
        imported.map_err(|error| Refusal::of("BatchWriteItem", error))?;
        tables.book.settle(&table, Side::Write, Units::ZERO, units);
    }
    Done::of(&BatchWriteItemResponse::default())
}
