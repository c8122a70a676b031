//! CPU time of the services' threads, from the kernel's account of each thread.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The threads of the services' runtime: they enter themselves when they start, and leave their time behind when they end.
#[derive(Debug, Clone, Default)]
pub(crate) struct CpuMeter(Arc<Mutex<Threads>>);

#[derive(Debug, Default)]
struct Threads {
    alive: BTreeSet<i32>,
    ended_ns: u64,
    /// Subtracted: what had been used at the last reset.
    reset_ns: u64,
}

impl CpuMeter {
    /// Called by a thread when it starts.
    pub(crate) fn enter(&self) {
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        threads.alive.insert(current_thread());
    }

    /// Called by a thread before it ends.
    pub(crate) fn leave(&self) {
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = current_thread();
        threads.alive.remove(&thread);
        threads.ended_ns += thread_cpu_ns(thread).unwrap_or(0);
    }

    /// Since the start or the last reset. `None` off Linux.
    pub(crate) fn cpu_us(&self) -> Option<u64> {
        let threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(threads.total_ns()?.saturating_sub(threads.reset_ns) / 1_000)
    }

    pub(crate) fn reset(&self) {
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        threads.reset_ns = threads.total_ns().unwrap_or(0);
    }
}

impl Threads {
    fn total_ns(&self) -> Option<u64> {
        self.alive.iter().try_fold(self.ended_ns, |sum, &thread| Some(sum + thread_cpu_ns(thread)?))
    }
}

#[cfg(target_os = "linux")]
fn current_thread() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Nanoseconds on a CPU: the first number of the thread's schedstat (its stat counts in steps of 10 ms).
#[cfg(target_os = "linux")]
fn thread_cpu_ns(thread: i32) -> Option<u64> {
    let schedstat = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).ok()?;
    schedstat.split(' ').next()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn current_thread() -> i32 {
    0
}

#[cfg(not(target_os = "linux"))]
fn thread_cpu_ns(_thread: i32) -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn threads_alive_and_ended_are_counted_until_a_reset() {
        let meter = CpuMeter::default();
        let worker = meter.clone();
        std::thread::spawn(move || {
            worker.enter();
            // schedstat is brought up to date at least at every tick of the scheduler.
            let mut spin = 0_u64;
            while worker.cpu_us().unwrap() < 20_000 {
                spin = std::hint::black_box(spin + 1);
            }
            worker.leave();
        })
        .join()
        .unwrap();
        assert!(meter.cpu_us().unwrap() >= 20_000);
        meter.reset();
        assert_eq!(meter.cpu_us(), Some(0));
    }
}
