//! Time as an input: tests of budgets and of client-observed times do not wait.

use std::fmt::Debug;
use std::time::{Duration, Instant};

pub trait Clock: Debug + Send + Sync {
    /// Monotonic time since some fixed origin.
    fn now(&self) -> Duration;

    fn wait(&self, duration: Duration);
}

#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the one real wait, behind the clock that tests replace")]
    fn wait(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
