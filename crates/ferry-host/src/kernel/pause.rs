//! The one place that sleeps: short waits for the kernel to finish what it was asked, always within a limit.

use std::time::{Duration, Instant};

/// Asks `done` until it says yes, with `tick` between two questions. False when `limit` has passed.
pub(super) fn wait_until(limit: Duration, tick: Duration, mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if done() {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        pause(tick);
    }
}

#[expect(clippy::disallowed_methods, reason = "the kernel has no clock to inject: this waits for its own work")]
pub(super) fn pause(length: Duration) {
    std::thread::sleep(length);
}
