//! How much of itself the table service gives away. The limits of requests and items are DynamoDB's, and dynoxide's to keep.

use std::time::Duration;

/// A request, as DynamoDB has it.
pub(super) const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Operations at work at once; the others wait in the order they came. SQLite takes one at a time, but reading requests and writing
/// answers go on beside it.
pub(super) const OPERATIONS_MAX: usize = 4;
/// Items of a `BatchWriteItem`, and keys of a `BatchGetItem`.
pub(super) const BATCH_WRITE_ITEMS_MAX: usize = 25;
pub(super) const BATCH_GET_KEYS_MAX: usize = 100;
/// Between two looks for items whose time to live is over. The real service takes up to a few days.
pub(super) const TTL_SWEEP_INTERVAL: Duration = Duration::from_secs(60);
