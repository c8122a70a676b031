//! Bounds of everything that waits, retries or is kept in stock.

use std::time::Duration;

/// Sandboxes alive at once; each has a user id of its own, and all of them stand in `/etc/passwd` inside.
pub(super) const SANDBOXES_MAX: usize = 1_024;

/// Processes and threads in a sandbox, as on Lambda.
pub(super) const PIDS_MAX: u64 = 1_024;

/// Open files of a process, as on Lambda.
pub(super) const OPEN_FILES_MAX: u64 = 1_024;

/// The smallest CPU quota that the kernel takes, in µs.
pub(super) const QUOTA_MIN_US: u64 = 1_000;

/// How long a freeze may take. Ordinary ones take under a millisecond; a process in uninterruptible IO holds it up.
pub(super) const FREEZE_WAIT: Duration = Duration::from_millis(200);

/// How long one round of a kill waits for the freeze that stops a fork bomb from outrunning it.
pub(super) const KILL_FREEZE_WAIT: Duration = Duration::from_millis(20);

/// Rounds of a kill. One is enough when the freeze holds.
pub(super) const KILL_ROUNDS_MAX: u32 = 20;

/// How long the remains of one sandbox are looked after before they are given up (and found by the next host).
pub(super) const REAP_WAIT: Duration = Duration::from_secs(10);

/// Pause between two looks at remains.
pub(super) const REAP_TICK: Duration = Duration::from_millis(2);

/// Pause between two looks at a freeze.
pub(super) const FREEZE_TICK: Duration = Duration::from_micros(50);

/// Network namespaces kept ready: making one takes about a millisecond, more than the rest of a start.
pub(super) const NETWORKS_READY: usize = 2;

/// How often a program is tried that is busy being written, a millisecond apart.
pub(super) const EXECUTE_TRIES_MAX: u32 = 100;
