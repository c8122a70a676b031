//! The bounds of the host: AWS's own where AWS has one, ours where something queues, waits or is kept.

use std::time::Duration;

// AWS's.

/// A buffered response: 6 MiB and the room Lambda leaves for its own envelope. Messages quote this number.
pub const RESPONSE_BYTES_MAX: usize = 6_291_556;
/// A streamed response.
pub const STREAMED_RESPONSE_BYTES_MAX: usize = 200 * 1024 * 1024;
/// INIT; what takes longer is done again inside the first invocation.
pub const INIT_CAP: Duration = Duration::from_secs(10);
/// The end of an invocation's log that `LogType=Tail` returns.
pub const LOG_TAIL_BYTES: usize = 4096;
/// Memory that is worth one vCPU.
pub const MEMORY_MIB_PER_VCPU: f64 = 1769.0;

// Ours.

/// Invocations under way at once on this host, of the functions without reserved concurrency.
pub const CONCURRENCY: u32 = 100;
/// How long a sandbox that waits for work stays unfrozen, so that invocations in a row need no thaw.
pub const FREEZE_LINGER: Duration = Duration::from_millis(3);
/// How long an idle sandbox lives.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
/// How long an invocation waits for a sandbox that has answered but not yet asked for its next invocation, before a
/// new one is started: a client in a loop comes back sooner than the runtime does.
/// Longer than a period of the CPU quota, which may hold the runtime back just then.
pub const SETTLE_WAIT: Duration = Duration::from_millis(30);
/// The same when no new sandbox may be started, before the invocation is refused.
pub const SETTLE_WAIT_AT_LIMIT: Duration = Duration::from_secs(1);
/// How long a shutdown of the host waits for its sandboxes to be gone.
pub const SHUTDOWN_WAIT: Duration = Duration::from_secs(10);

/// Connections to one Runtime API. A runtime needs one or two; more wait in the socket's backlog.
pub(crate) const RUNTIME_CONNECTIONS_MAX: usize = 64;
/// What is read and thrown away of a response that is too large, so that the runtime can read its 413.
pub(crate) const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Parts of a streamed response between the runtime and a caller that reads slowly.
pub(crate) const STREAM_PARTS_MAX: usize = 16;
/// Orders that a sandbox has not looked at: one invocation and one shutdown.
pub(crate) const COMMANDS_MAX: usize = 2;
/// How long the last words of a process that has exited are waited for: what stands in its sockets.
pub(crate) const LAST_WORDS_WAIT: Duration = Duration::from_millis(100);
/// Pause between two looks at a process that is ending.
pub(crate) const EXIT_LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A line of a log, as of a CloudWatch event. Longer ones are cut into several.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 256 * 1024;
/// What is read of a process's output before other work gets its turn.
pub(crate) const LOG_READ_BYTES_MAX: usize = 256 * 1024;
/// How old the peak memory in a REPORT may be when no caller asked for its tail. Reading it takes some system calls,
/// which at thousands of invocations per second would be felt.
pub(crate) const USAGE_AGE_MAX: Duration = Duration::from_millis(50);
