//! Rows into batches: the part of a load between the source's bytes and the outbox.

use std::time::Duration;

use tokio::time::Instant;

use super::LoadError;
use crate::batch::{Added, Batch};
use crate::checkpoint::{Durable, SpanId};
use crate::dead_letter::DeadLetters;
use crate::limits::SEALED_BATCHES_MAX;
use crate::message::Counts;
use crate::outbox::Outbox;
use crate::record::BadRow;
use crate::rows::{Parser, Row, Step};

/// Parses, and fills the batch that is being written.
pub(super) struct Reader {
    pub(super) parser: Parser,
    pub(super) letters: DeadLetters,
    /// Why nothing is read any more, although there may be more.
    pub(super) failure: Option<LoadError>,
    pub(super) parse_time: Duration,
    table: String,
    filling: Filling,
    done: bool,
}

/// The span of the file that the next batch covers.
struct Filling {
    batch: Batch<SpanId>,
    counts: Counts,
    end: u64,
    /// Rows before the span.
    rows_before: u64,
}

impl Reader {
    pub(super) fn new(parser: Parser, letters: DeadLetters, table: &str, rows_before: u64, offset: u64) -> Self {
        let filling = Filling { batch: Batch::new(table, 0), counts: Counts::default(), end: offset, rows_before };
        Self { parser, letters, failure: None, parse_time: Duration::ZERO, table: table.to_owned(), filling, done: false }
    }

    /// Every row that can be read is in a batch.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Makes batches as long as few wait to be sent. Whether a further piece of the source is needed for more.
    pub(super) fn fill(&mut self, durable: &mut Durable, outbox: &mut Outbox) -> bool {
        if self.done || outbox.sealed() >= SEALED_BATCHES_MAX {
            return false;
        }
        let began = Instant::now();
        let wants_part = self.fill_on(durable, outbox);
        self.parse_time += began.elapsed();
        wants_part
    }

    fn fill_on(&mut self, durable: &mut Durable, outbox: &mut Outbox) -> bool {
        while outbox.sealed() < SEALED_BATCHES_MAX {
            match self.parser.step() {
                Ok(Step::Row(row)) => {
                    if let Err(over) = self.filling.add(&row, durable.next_id(), &mut self.letters) {
                        self.failure = Some(over);
                    }
                }
                Ok(Step::More) => return true,
                Ok(Step::End) => self.done = true,
                Err(error) => self.failure = Some(LoadError::Source(error)),
            }
            self.done |= self.failure.is_some();
            if self.done || self.filling.batch.is_full() {
                self.seal(durable, outbox);
            }
            if self.done {
                break;
            }
        }
        false
    }

    /// Hands the batch on and begins the next, of about the same length.
    fn seal(&mut self, durable: &mut Durable, outbox: &mut Outbox) {
        let Filling { counts, end, rows_before, ref batch } = self.filling;
        let next = Filling {
            batch: Batch::new(&self.table, batch.bytes() + batch.bytes() / 8),
            counts: Counts::default(),
            end,
            rows_before: rows_before + counts.records,
        };
        let filled = std::mem::replace(&mut self.filling, next);
        let counts = Counts { written: filled.batch.len() as u64, ..counts };
        durable.open(end, counts);
        if !filled.batch.is_empty() {
            outbox.push(filled.batch);
        }
    }
}

impl Filling {
    fn add(&mut self, row: &Row<'_>, span: SpanId, letters: &mut DeadLetters) -> Result<(), LoadError> {
        self.counts.records += 1;
        self.end = row.end;
        match &row.record {
            Ok(record) => match record.check() {
                Ok(amount) => {
                    if self.batch.add(record, amount, span) == Added::Replaced {
                        self.counts.duplicates += 1;
                    }
                    Ok(())
                }
                Err(reason) => self.reject(row, &reason, letters),
            },
            Err(reason) => self.reject(row, reason, letters),
        }
    }

    fn reject(&mut self, row: &Row<'_>, reason: &BadRow, letters: &mut DeadLetters) -> Result<(), LoadError> {
        self.counts.rejected += 1;
        letters.add(self.rows_before + self.counts.records, row.offset, row.raw, reason).map_err(LoadError::Quota)
    }
}
