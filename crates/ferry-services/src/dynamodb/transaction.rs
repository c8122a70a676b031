//! Transactions: all of their capacity or none of them. Each operation costs twice what it costs alone.

use dynoxide::actions::transact_get_items::TransactGetItemsRequest;
use dynoxide::actions::transact_write_items::{TransactWriteItem, TransactWriteItemsRequest};
use dynoxide::types::{TRANSACTIONAL_CAPACITY_FACTOR, item_size, write_capacity_units};

use super::capacity::{Side, Units};
use super::consumption::{Admitted, Asked, settle_many};
use super::operations::{Done, Tables};
use super::throttle;
use super::wire::{self, Refusal};

pub(super) fn write(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    const OPERATION: &str = "TransactWriteItems";
    let mut request: TransactWriteItemsRequest = wire::read(OPERATION, body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let wanted: Vec<Admitted> = request.transact_items.iter().filter_map(wanted_by_write).collect();
    admit(tables, OPERATION, &wanted)?;
    let mut answer = tables.db.0.transact_write_items(request).map_err(|error| give_back(tables, OPERATION, &wanted, error))?;
    answer.consumed_capacity = settle_many(&tables.book, &wanted, Side::Write, asked, answer.consumed_capacity.take());
    Done::of(&answer)
}

pub(super) fn get(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    const OPERATION: &str = "TransactGetItems";
    let mut request: TransactGetItemsRequest = wire::read(OPERATION, body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let units = Units::new(TRANSACTIONAL_CAPACITY_FACTOR);
    let wanted: Vec<Admitted> =
        request.transact_items.iter().map(|item| Admitted { table: item.get.table_name.clone(), side: Side::Read, units }).collect();
    admit(tables, OPERATION, &wanted)?;
    let mut answer = tables.db.0.transact_get_items(request).map_err(|error| give_back(tables, OPERATION, &wanted, error))?;
    answer.consumed_capacity = settle_many(&tables.book, &wanted, Side::Read, asked, answer.consumed_capacity.take());
    Done::of(&answer)
}

/// What one operation of a writing transaction costs, as far as it is known beforehand.
fn wanted_by_write(item: &TransactWriteItem) -> Option<Admitted> {
    let (table, units) = if let Some(put) = &item.put {
        (&put.table_name, write_capacity_units(item_size(&put.item)))
    } else if let Some(update) = &item.update {
        (&update.table_name, write_capacity_units(0))
    } else if let Some(delete) = &item.delete {
        (&delete.table_name, write_capacity_units(0))
    } else {
        (&item.condition_check.as_ref()?.table_name, write_capacity_units(0))
    };
    Some(Admitted { table: table.clone(), side: Side::Write, units: Units::new(units * TRANSACTIONAL_CAPACITY_FACTOR) })
}

fn admit(tables: &Tables, operation: &str, wanted: &[Admitted]) -> Result<(), Refusal> {
    let taken: Vec<bool> = wanted.iter().map(|wanted| tables.book.admit(&wanted.table, wanted.side, [wanted.units]) > 0).collect();
    if taken.iter().all(|&taken| taken) {
        return Ok(());
    }
    for (wanted, _) in wanted.iter().zip(&taken).filter(|(_, taken)| **taken) {
        wanted.refund(&tables.book);
    }
    let mut refused = Vec::with_capacity(wanted.len());
    for (wanted, taken) in wanted.iter().zip(taken) {
        tables.check_exists(operation, &wanted.table)?;
        if !taken {
            tables.book.count_throttled_call(&wanted.table);
        }
        refused.push((!taken).then(|| tables.book.mode(&wanted.table)));
    }
    Err(throttle::cancellation(operation, &refused))
}

fn give_back(tables: &Tables, operation: &str, wanted: &[Admitted], error: dynoxide::DynoxideError) -> Refusal {
    for wanted in wanted {
        wanted.refund(&tables.book);
    }
    Refusal::of(operation, error)
}
