//! How much a table takes: a pure state machine (time is handed in), and the book of all tables around it.
//!
//! Rules, and where they are from (Amazon DynamoDB Developer Guide unless said otherwise):
//! - A write costs one unit for each started KB of the larger of the item before and after it; a read one for each started 4 KB,
//!   half of that when eventually consistent; within a transaction twice ("Provisioned capacity mode", "Read and write operations").
//!   The figures are dynoxide's, which also answers them as `ConsumedCapacity`.
//! - Capacity flows in continuously into a token bucket and what is not used is kept for a while: up to five minutes' worth on the
//!   real service ("Burst and adaptive capacity"); here for `burst_s` seconds. A fresh bucket holds no such savings.
//! - What an operation really costs is known only after it (the size of the replaced item, of the items read): it is admitted by
//!   what is known before, and the rest is a debt that later operations wait for (M. Elhemali et al., "Amazon DynamoDB", USENIX ATC
//!   2022, section 4: admission control by token buckets).
//! - An on-demand table takes up to double its previous peak, and starts as if that had been 2,000 write or 6,000 read units; a new
//!   peak counts as previous after 30 minutes ("On-demand capacity mode: initial throughput and scaling").
//! - `BatchWriteItem` and `BatchGetItem` do what the capacity allows and hand the rest back; they fail only when nothing fits
//!   (API reference of both).
//! - Refused requests cost nothing; a write whose condition fails costs as much as if it had not ("Condition expressions").
//!
//! Not modelled: capacity of global secondary indexes (they take what comes), and of single partitions.

mod book;
mod bucket;
mod growth;
mod meter;
mod units;

pub(super) use book::Book;
pub use book::TableReport;
pub(super) use units::Units;

/// What an operation takes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Read,
    Write,
}
