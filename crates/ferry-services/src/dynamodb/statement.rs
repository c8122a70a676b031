//! PartiQL. Which tables a statement is about is known only after it: statements are never refused for want of capacity, but what
//! they use is taken from it, as a debt that other operations wait for.

use dynoxide::actions::batch_execute_statement::BatchExecuteStatementRequest;
use dynoxide::actions::execute_statement::ExecuteStatementRequest;
use dynoxide::actions::execute_transaction::ExecuteTransactionRequest;

use super::capacity::{Side, Units};
use super::consumption::{Admitted, Asked, settle_many, settle_one};
use super::operations::{Done, Tables};
use super::wire::{self, Refusal};

pub(super) fn execute(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: ExecuteStatementRequest = wire::read("ExecuteStatement", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let side = side(&request.statement);
    let mut answer = tables.db.0.execute_statement(request).map_err(|error| Refusal::of("ExecuteStatement", error))?;
    let consumed = answer.consumed_capacity.take();
    let table = consumed.as_ref().map(|consumed| consumed.table_name.clone()).unwrap_or_default();
    answer.consumed_capacity = settle_one(&tables.book, &Admitted { table, side, units: Units::ZERO }, asked, consumed);
    Done::of(&answer)
}

pub(super) fn execute_batch(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: BatchExecuteStatementRequest = wire::read("BatchExecuteStatement", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    // A batch reads or writes; it may not mix both.
    let side = request.statements.first().map_or(Side::Read, |first| side(&first.statement));
    let mut answer = tables.db.0.batch_execute_statement(request).map_err(|error| Refusal::of("BatchExecuteStatement", error))?;
    answer.consumed_capacity = settle_many(&tables.book, &[], side, asked, answer.consumed_capacity.take());
    Done::of(&answer)
}

pub(super) fn execute_transaction(tables: &Tables, body: &str) -> Result<Done, Refusal> {
    let mut request: ExecuteTransactionRequest = wire::read("ExecuteTransaction", body)?;
    let asked = Asked::everything(&mut request.return_consumed_capacity);
    let side = request.transact_statements.first().map_or(Side::Read, |first| side(&first.statement));
    let mut answer = tables.db.0.execute_transaction(request).map_err(|error| Refusal::of("ExecuteTransaction", error))?;
    answer.consumed_capacity = settle_many(&tables.book, &[], side, asked, answer.consumed_capacity.take());
    Done::of(&answer)
}

fn side(statement: &str) -> Side {
    let verb = statement.trim_start().get(..6).unwrap_or_default();
    if verb.eq_ignore_ascii_case("select") { Side::Read } else { Side::Write }
}
