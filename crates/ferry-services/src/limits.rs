//! How much of itself the endpoint gives away: every queue, body, retry and wait.

use std::time::Duration;

/// Open connections, of all listeners together; further ones wait in the kernel's queue.
pub const CONNECTIONS_MAX: usize = 1_024;
/// A request's line and headers. S3 allows 2 KB of user metadata and 8 KB of headers; presigned URLs with a session token are long.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;
/// From a connection's opening or its last answer to the end of the next head: also how long a connection may idle.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(120);
/// Until a body that is read whole has arrived.
pub const BODY_READ_TIMEOUT: Duration = Duration::from_secs(60);
/// What is read of a body over its limit, so that its sender gets to read the refusal.
pub const OVERSIZE_DISCARD_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bodies of JSON and form services, as DynamoDB has it (16 MB in a batch, and what JSON adds to that).
pub const JSON_BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// STS takes forms of a few fields.
pub const STS_BODY_BYTES_MAX: usize = 64 * 1024;
/// A physics document.
pub const PHYSICS_BYTES_MAX: usize = 1024 * 1024;
/// After a failed accept (out of file descriptors), before the next.
pub const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);
/// What requests under way get when a listener closes.
pub const DRAIN: Duration = Duration::from_secs(2);
/// What the services' threads get at the end.
pub const RUNTIME_SHUTDOWN: Duration = Duration::from_secs(5);
/// The services' worker threads: fewer where the machine has fewer.
pub const WORKER_THREADS_MAX: usize = 4;
/// Until a neighbour on loopback accepts.
pub const NEIGHBOUR_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Rows of the report; operations beyond share the row "Other".
pub const METER_ROWS_MAX: usize = 512;
/// How far a request's time may be from ours, as AWS has it.
pub const CLOCK_SKEW_MINUTES: u64 = 15;
/// A request that meets the fault "timeout" is left without an answer for so long, then the connection closes.
pub const TIMEOUT_FAULT: Duration = Duration::from_secs(60);
