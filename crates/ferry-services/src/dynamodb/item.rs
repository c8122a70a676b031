//! Operations on one item, and those that read many of one table.

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::actions::update_item::UpdateItemRequest;
use dynoxide::types::{ConsumedCapacity, item_size, read_capacity_units_with_consistency, write_capacity_units};
use dynoxide::{Database, DynoxideError};
use serde::Serialize;

use super::capacity::{Side, Units};
use super::consumption::{Admitted, Asked, settle_one};
use super::operations::{Done, Tables};
use super::page;
use super::throttle;
use super::wire::{self, Refusal};

pub(super) fn put(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: PutItemRequest = wire::read("PutItem", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let cost = Units::new(write_capacity_units(item_size(&request.item)));
    let call = One { operation: "PutItem", table: request.table_name.clone(), side: Side::Write, cost, asked };
    call.run(tables, |db| db.put_item(request), |answer| &mut answer.consumed_capacity)
}

/// What an update or a delete costs is known only after it: at least one unit.
pub(super) fn update(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: UpdateItemRequest = wire::read("UpdateItem", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let call = One { operation: "UpdateItem", table: request.table_name.clone(), side: Side::Write, cost: Units::ONE, asked };
    call.run(tables, |db| db.update_item(request), |answer| &mut answer.consumed_capacity)
}

pub(super) fn delete(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: DeleteItemRequest = wire::read("DeleteItem", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let call = One { operation: "DeleteItem", table: request.table_name.clone(), side: Side::Write, cost: Units::ONE, asked };
    call.run(tables, |db| db.delete_item(request), |answer| &mut answer.consumed_capacity)
}

pub(super) fn get(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: GetItemRequest = wire::read("GetItem", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let cost = least_read(request.consistent_read);
    let call = One { operation: "GetItem", table: request.table_name.clone(), side: Side::Read, cost, asked };
    call.run(tables, |db| db.get_item(request), |answer| &mut answer.consumed_capacity)
}

pub(super) fn query(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: QueryRequest = wire::read("Query", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let cost = least_read(request.consistent_read);
    let call = One { operation: "Query", table: request.table_name.clone(), side: Side::Read, cost, asked };
    let (limit, consumed) = (request.limit, request.return_consumed_capacity.clone());
    let mut read = Some(request);
    let mut page = |db: &Database, limit| {
        let mut request = read.take().map_or_else(|| page::read_again(body), Ok)?;
        (request.limit, request.return_consumed_capacity) = (limit, consumed.clone());
        db.query(request)
    };
    call.run(tables, |db| page::read(limit, |limit| page(db, limit)), |answer| &mut answer.consumed_capacity)
}

pub(super) fn scan(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: ScanRequest = wire::read("Scan", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let cost = least_read(request.consistent_read);
    let call = One { operation: "Scan", table: request.table_name.clone(), side: Side::Read, cost, asked };
    let (limit, consumed) = (request.limit, request.return_consumed_capacity.clone());
    let mut read = Some(request);
    let mut page = |db: &Database, limit| {
        let mut request = read.take().map_or_else(|| page::read_again(body), Ok)?;
        (request.limit, request.return_consumed_capacity) = (limit, consumed.clone());
        db.scan(request)
    };
    call.run(tables, |db| page::read(limit, |limit| page(db, limit)), |answer| &mut answer.consumed_capacity)
}

/// What a read costs at least.
pub(super) fn least_read(consistent: Option<bool>) -> Units {
    Units::new(read_capacity_units_with_consistency(0, consistent.unwrap_or(false)))
}

/// A call on one table.
struct One {
    operation: &'static str,
    table: String,
    side: Side,
    /// Known beforehand.
    cost: Units,
    asked: Asked,
}

impl One {
    fn run<A: Serialize>(
        self,
        tables: &Tables,
        act: impl FnOnce(&Database) -> dynoxide::Result<A>,
        consumed: impl FnOnce(&mut A) -> &mut Option<ConsumedCapacity>,
    ) -> Result<Done, Refusal> {
        let Self { operation, table, side, cost, asked } = self;
        if tables.book.admit(&table, side, [cost]) == 0 {
            tables.check_exists(operation, &table)?;
            tables.book.count_throttled_call(&table);
            return Err(throttle::refusal(tables.book.mode(&table), side, &tables.arns.table(&table), 1));
        }
        let admitted = Admitted { table, side, units: cost };
        let mut answer = act(&tables.db.0).map_err(|error| {
            // A write whose condition fails is charged as if it had not.
            if matches!(error, DynoxideError::ConditionalCheckFailedException(..)) {
                tables.book.settle(&admitted.table, side, cost, cost);
            } else {
                admitted.refund(&tables.book);
            }
            Refusal::of(operation, error)
        })?;
        let consumed = consumed(&mut answer);
        *consumed = settle_one(&tables.book, &admitted, asked, consumed.take());
        Done::of(&answer)
    }
}
