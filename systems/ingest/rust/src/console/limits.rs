//! Bounds of Console.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Memory sizes that the page may ask for, MB: the seed's page offers these as its ends.
pub const MEMORY_MB: RangeInclusive<u32> = 128..=3008;
/// A message from the page. API Gateway lets through 128 KB; the longest that means anything has some 80 bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024;
/// Invocations of one run, the first and those that go on from its checkpoint.
pub const INVOCATIONS_MAX: u32 = 20;
/// A changed configuration is in place within this, or the run fails.
pub const UPDATE_WAIT_MAX: Duration = Duration::from_secs(60);
/// Between looks at whether it is: the first, doubled up to the last.
pub const UPDATE_POLL_FIRST: Duration = Duration::from_millis(50);
pub const UPDATE_POLL_MAX: Duration = Duration::from_secs(1);
/// How long the lease of a conductor that fell silent keeps others out, and how often one that lives renews it.
pub const LEASE_MS: u64 = 60_000;
pub const LEASE_RENEWAL: Duration = Duration::from_secs(15);
/// Times that the lease is asked for when others change it at the same moment.
pub const LEASE_TRIES: u32 = 5;
/// An invocation that the conductor waits for: the loaders' timeout in the template, and a little for the answer to arrive.
pub const INVOKE_TIMEOUT: Duration = Duration::from_secs(860);
/// Tries of an invocation that is refused as too fast.
pub const THROTTLED_TRIES: u32 = 8;
