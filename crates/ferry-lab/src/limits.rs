//! Every bound of the lab, named.

use std::time::Duration;

/// Lambda's own limit for a synchronous request is 6 MB; anything above could not be sent.
pub const EVENT_BYTES_MAX: u64 = 6 * 1024 * 1024;
pub const EVENTS_MAX: usize = 10_000;
/// Lambda's own limit for a synchronous answer is 6 MB, plus the error text and envelope a target may add.
pub const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The longest function timeout on Lambda is 900 s; INIT and the way there and back come on top.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(960);
/// How long a configuration update may stay `InProgress`.
pub const UPDATE_WAIT_MAX: Duration = Duration::from_secs(60);
pub const UPDATE_POLL: Duration = Duration::from_millis(200);

/// Rounds that run however little of the time budget is left.
pub const ROUNDS_MIN: u32 = 3;
/// Below six samples not even (minimum, maximum) covers the median in 95 % of cases: 1 - 2 * 0.5^5 = 93.75 %.
pub const INTERVAL_SAMPLES_MIN: usize = 6;
pub const BOOTSTRAP_RESAMPLES: usize = 2_000;

/// Differing values, error messages and event lists are shown up to here.
pub const SHOWN_CHARS_MAX: usize = 200;
pub const DIFFERING_EVENTS_MAX: usize = 100;
pub const TABLE_WIDTH_MAX: usize = 110;
