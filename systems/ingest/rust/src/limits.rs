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

/// DynamoDB's own: an item, its partition key, the digits and magnitude of a number, items of a batch.
pub const ITEM_BYTES_MAX: usize = 400 * 1024;
pub const KEY_BYTES_MAX: usize = 2048;
pub const DECIMAL_DIGITS_MAX: usize = 38;
pub const DECIMAL_EXPONENT_MIN: i64 = -130;
pub const DECIMAL_EXPONENT_MAX: i64 = 125;
pub const BATCH_ITEMS_MAX: usize = 25;
/// A batch's request takes no further item beyond this: a quarter of DynamoDB's 16 MB, because several are in memory at once. One item's JSON can have 2.5 MB.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Requests in memory in all, beyond the first: what the loader holds of a file of huge rows.
pub const IN_FLIGHT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Batches that wait for a call to be free. Parsing is faster than writing, so few are enough.
pub const SEALED_BATCHES_MAX: usize = 4;
/// A row longer than this is not kept: an item of 400 KB, every byte of it escaped to six.
pub const ROW_BYTES_MAX: usize = 3 * 1024 * 1024;
/// What is kept of a row that is not: for its dead letter.
pub const ROW_EXCERPT_BYTES: usize = 2 * 1024;

/// One ranged read of the source, and how many run at once. Both bound memory: 2 MB in flight.
pub const PART_BYTES: u64 = 512 * 1024;
pub const PARTS_AHEAD: usize = 4;
pub const PART_TIMEOUT: Duration = Duration::from_secs(10);

/// One try of a batch write.
pub const BATCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Calls to the table at once: at first, at most, at least. Latency of 6 ms and 32 calls are 133,000 items a second, more than any new table takes.
pub const WINDOW_START: f64 = 8.0;
pub const WINDOW_MAX: f64 = 32.0;
pub const WINDOW_MIN: f64 = 1.0;
/// What a failure, and a throttle, leaves of the window: at most once a round trip.
pub const WINDOW_AFTER_FAILURE: f64 = 0.5;
pub const WINDOW_AFTER_THROTTLE: f64 = 0.8;
/// After a throttle the rate stays this far below what the table took, ...
pub const RATE_AFTER_THROTTLE: f64 = 0.98;
/// ... is back there after this many seconds, and grows with the cube of the time from then on.
pub const RATE_PLATEAU_S: f64 = 1.0;
/// After so many changes within that time of one another, a table that takes this share of the items is not slowed down for until it is over.
pub const RATE_CHANGES_IN_VAIN: u32 = 8;
pub const RATE_SHARE_BORNE: f64 = 0.98;
/// The least that one throttle leaves of the rate: where the capacity is known, and where it is a guess.
pub const RATE_FACTOR_MIN: f64 = 0.9;
pub const RATE_FACTOR_MIN_SEARCHING: f64 = 0.5;
/// The capacity is known when at least this share of it was seen to flow in; a guess doubles in this time.
pub const RATE_FLOW_SHARE_MIN: f64 = 0.6;
pub const RATE_DOUBLE_S: f64 = 0.25;
pub const RATE_MIN: f64 = 1.0;
/// The share of taken items is judged over this long and this many items, twice.
pub const RATE_EPOCH: Duration = Duration::from_millis(100);
pub const RATE_EPOCH_ITEMS: usize = 8 * BATCH_ITEMS_MAX;
/// How much of a pause is made up for afterwards: some CPU periods of 20 ms. A table that saves up nothing at all would refuse what is made up.
pub const RATE_SLACK: Duration = Duration::from_millis(80);
/// Items that were given back wait for company no longer than this before they are sent again.
pub const GIVEN_BACK_WAIT: Duration = Duration::from_millis(50);
/// A table that takes nothing for so long ends the load.
pub const NO_PROGRESS_MAX: Duration = Duration::from_secs(60);

/// Bad rows of a run before it ends with an error, when `DEAD_LETTER_QUOTA` does not say otherwise; and the bytes of their object.
pub const DEAD_LETTER_QUOTA: u64 = 1_000;
pub const DEAD_LETTER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Written items from one progress message to the next.
pub const PROGRESS_EVERY: u64 = 1_000;
/// Progress messages that wait to be sent: the oldest goes.
pub const PROGRESS_QUEUE_MAX: usize = 64;
/// One message, and how many may fail one after the other before the page is given up.
pub const PROGRESS_TIMEOUT: Duration = Duration::from_secs(2);
pub const PROGRESS_FAILURES_MAX: u32 = 3;
/// How long the end of a load waits for its last message to be sent.
pub const PROGRESS_LAST_WAIT: Duration = Duration::from_secs(3);

/// A load stops this long before its deadline, or at this share of its time if that is less: calls in flight, dead letters and the next invocation fit in between.
pub const STOP_BEFORE_DEADLINE: Duration = Duration::from_secs(10);
pub const STOP_SHARE: f64 = 0.25;
/// Of that, what the calls in flight may take.
pub const DRAIN_SHARE: f64 = 0.5;
/// Invocations of one run: at 15 minutes each, a day.
pub const INVOCATIONS_MAX: u32 = 96;
