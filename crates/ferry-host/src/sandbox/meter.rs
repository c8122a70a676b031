//! What the sandbox uses: differences over an invocation, and the peak memory, read no oftener than it is needed.

use std::time::Instant;

use crate::kernel::{Process, Usage};
use crate::limits::USAGE_AGE_MAX;

const BYTES_PER_MIB: u64 = 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Meter {
    /// At the beginning of the invocation, if its caller wants to know.
    begin: Usage,
    /// CPU time of INIT, until the invocation that pays for it takes it.
    init_cpu_us: Option<u64>,
    last: Usage,
    last_at: Option<Instant>,
}

/// The differences over one invocation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) cpu_us: u64,
    pub(super) throttled_us: u64,
    pub(super) init_cpu_us: Option<u64>,
}

impl Meter {
    /// A new process begins at nothing.
    pub(super) fn process_started(&mut self) {
        *self = Self::default();
    }

    /// INIT has ended well, before the invocation: its CPU time is its own.
    pub(super) fn init_done(&mut self, now: Instant, process: &Process) {
        self.read(now, process);
        self.begin = self.last;
        self.init_cpu_us = Some(self.last.cpu_us);
    }

    /// An invocation of a warm sandbox begins, whose caller wants to know what it uses.
    pub(super) fn begin(&mut self, now: Instant, process: &Process) {
        self.read(now, process);
        self.begin = self.last;
    }

    /// The process is gone; what can still be known of it.
    pub(super) fn exited(&mut self, now: Instant, process: &Process) {
        self.read(now, process);
    }

    /// What the invocation that began last has used until now.
    pub(super) fn used(&mut self, now: Instant, process: Option<&Process>) -> Used {
        if let Some(process) = process {
            self.read(now, process);
        }
        Used {
            cpu_us: self.last.cpu_us.saturating_sub(self.begin.cpu_us),
            throttled_us: self.last.throttled_us.saturating_sub(self.begin.throttled_us),
            init_cpu_us: self.init_cpu_us.take(),
        }
    }

    /// Peak memory since the start of the process, rounded up: exact if `used` was asked just now, else at most
    /// [`USAGE_AGE_MAX`] old.
    pub(super) fn max_memory_mib(&mut self, now: Instant, process: Option<&Process>) -> u32 {
        if let Some(process) = process
            && self.last_at.is_none_or(|at| now.duration_since(at) > USAGE_AGE_MAX)
        {
            self.read(now, process);
        }
        u32::try_from(self.last.peak_memory_bytes.div_ceil(BYTES_PER_MIB)).unwrap_or(u32::MAX)
    }

    fn read(&mut self, now: Instant, process: &Process) {
        self.last = process.usage();
        self.last_at = Some(now);
    }
}
