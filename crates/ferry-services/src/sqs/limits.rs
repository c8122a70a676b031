//! The bounds of queues: SQS's own, and ours where it has none.

use std::ops::RangeInclusive;

/// One request: 1 MiB of messages, each byte of which JSON may write as six.
pub(super) const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// All messages of one batch together.
pub(super) const BATCH_BYTES_MAX: usize = 1_048_576;
pub(super) const BATCH_ENTRIES_MAX: usize = 10;
/// Of queue names and of the ids of batch entries.
pub(super) const NAME_CHARS_MAX: usize = 80;

pub(super) const DELAY_S: RangeInclusive<u32> = 0..=900;
pub(super) const MESSAGE_BYTES: RangeInclusive<u32> = 1_024..=1_048_576;
pub(super) const RETENTION_S: RangeInclusive<u32> = 60..=1_209_600;
pub(super) const WAIT_S: RangeInclusive<u32> = 0..=20;
pub(super) const VISIBILITY_S: RangeInclusive<u32> = 0..=43_200;
pub(super) const RECEIVE_COUNT: RangeInclusive<u32> = 1..=1_000;
pub(super) const RECEIVED_MESSAGES: RangeInclusive<u32> = 1..=10;
pub(super) const LISTED: RangeInclusive<u32> = 1..=1_000;

/// Of one queue.
pub(super) const IN_FLIGHT_MAX: usize = 120_000;
pub(super) const PURGE_INTERVAL_MS: u64 = 60_000;
pub(super) const TAGS_MAX: usize = 50;
/// Queues that a `RedriveAllowPolicy` may name.
pub(super) const REDRIVE_SOURCES_MAX: usize = 10;

/// Of one message.
pub(super) const ATTRIBUTES_MAX: usize = 10;
pub(super) const ATTRIBUTE_NAME_CHARS_MAX: usize = 256;
pub(super) const ATTRIBUTE_TYPE_CHARS_MAX: usize = 256;
pub(super) const GROUP_ID_CHARS_MAX: usize = 128;

/// Ours: queues, and what all their messages together take. All of it is in memory, with and without a data folder.
pub(super) const QUEUES_MAX: usize = 1_000;
pub(super) const MESSAGES_MAX: usize = 1_000_000;
pub(super) const MESSAGES_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Ours: receivers that wait for a message at the same time; a further one is throttled. Each holds one of the endpoint's connections.
pub(super) const LONG_POLLS_MAX: usize = 512;
