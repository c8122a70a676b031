//! Every bound and default of ingest, by name.

use std::time::Duration;

/// Establishing a connection, one try.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// One try of a call that names no other timeout.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Answers longer than this are refused: the longest of AWS's own are 6 MB (Lambda) and 16 MB (BatchGetItem).
pub const ANSWER_BYTES_MAX: usize = 17 * 1024 * 1024;
/// Idle connections kept to one endpoint.
pub const IDLE_CONNECTIONS_MAX: usize = 64;
/// An idle connection older than this is not used again: AWS's own servers close theirs after 20 seconds or more.
pub const IDLE_CONNECTION_AGE_MAX: Duration = Duration::from_secs(15);

/// Tries of one call that is not a batch write.
pub const ATTEMPTS_MAX: u32 = 6;
/// The wait before try n + 1 is drawn from 0 to `BASE * 2^n`, at most `CAP` (full jitter).
pub const BACKOFF_BASE: Duration = Duration::from_millis(25);
pub const BACKOFF_CAP: Duration = Duration::from_secs(2);
/// What retries may cost in all: a retry takes [`RETRY_COST`] tokens, a success gives one back. A service that fails now and then never empties it; one that is down does, and the load ends.
pub const RETRY_TOKENS: u32 = 500;
pub const RETRY_COST: u32 = 5;
