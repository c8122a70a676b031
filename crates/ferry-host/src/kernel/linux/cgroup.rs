//! Cgroups of either version behind one type.
//!
//! Version 1 has a folder for each controller, version 2 has one for all. Both are written and read through
//! descriptors that stay open, because freezing and thawing lies on the path of every invocation.

mod discover;
mod file;
mod leftovers;
mod oom;
mod v1;
mod v2;

use std::fmt::Debug;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::super::enforcement::Enforcement;
use super::super::error::KernelError;
use super::super::limits;
use super::super::pause::{pause, wait_until};
use super::super::spec::KernelSettings;
use super::child::Join;
use discover::Found;
use oom::OomWatch;

/// CPU time of a cgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::kernel) struct CpuUse {
    pub(in crate::kernel) used_us: u64,
    pub(in crate::kernel) throttled_us: u64,
    pub(in crate::kernel) throttled_periods: u64,
}

/// One sandbox's limits as one version of cgroups has them. A part that the machine lacks is no error: it does
/// nothing, or counts nothing.
trait Group: Debug + Send + Sync {
    /// Files in which a written "0" moves the writer into the group.
    fn joins(&self) -> Vec<BorrowedFd<'_>>;
    /// The folder in which a new process can begin; none in version 1.
    fn folder(&self) -> Option<BorrowedFd<'_>>;
    fn processes(&self) -> io::Result<Vec<Pid>>;
    /// Asks for the change without waiting for it. False where there is no freezer.
    fn set_frozen(&self, frozen: bool) -> io::Result<bool>;
    fn is_frozen(&self) -> bool;
    /// `None` is no limit.
    fn set_cpu_quota(&self, quota_us: Option<u64>) -> io::Result<()>;
    fn cpu(&self) -> Option<CpuUse>;
    fn oom_kills(&self) -> u64;
    /// Readable when the group has run out of memory; none where the kernel then kills all of it by itself.
    fn oom_event(&self) -> Option<BorrowedFd<'_>>;
    /// Kills everything in one act; false where the kernel cannot.
    fn kill_at_once(&self) -> bool;
    /// Removes the folders; an error as long as there are processes.
    fn remove(&self) -> io::Result<()>;
}

/// Where this host's cgroups lie.
trait Parent: Debug + Send + Sync {
    fn create(&self, name: &str, memory_bytes: u64) -> Result<Box<dyn Group>, KernelError>;
    /// Removes the host's own folder, when it is empty.
    fn remove(&self);
}

/// The cgroups of one host.
#[derive(Debug)]
pub(in crate::kernel) struct Cgroups {
    parent: Box<dyn Parent>,
    oom: Option<OomWatch>,
    period_us: u64,
}

/// The cgroup of one sandbox; removed when dropped, if it was not before.
#[derive(Debug)]
pub(in crate::kernel) struct Cgroup {
    group: Box<dyn Group>,
    period_us: u64,
    ran_out_of_memory: AtomicBool,
    removed: AtomicBool,
}

impl Cgroups {
    /// Cleans up after dead hosts, then says in `enforcement` what there is.
    pub(in crate::kernel) fn open(settings: &KernelSettings, enforcement: &mut Enforcement) -> Option<Self> {
        let found = Found::read();
        if found.version_2_has_controllers() || !found.has_version_1() {
            return Self::open_version_2(settings, enforcement);
        }
        let parent = Box::new(v1::Host::open(&found, settings, enforcement)?);
        Some(Self { parent, oom: OomWatch::start().ok(), period_us: settings.cpu_period_us })
    }

    /// The kernel itself kills a whole group of version 2, so that nobody needs to watch.
    pub(super) fn open_version_2(settings: &KernelSettings, enforcement: &mut Enforcement) -> Option<Self> {
        let parent = Box::new(v2::Host::open(&Found::read(), settings, enforcement)?);
        Some(Self { parent, oom: None, period_us: settings.cpu_period_us })
    }

    pub(in crate::kernel) fn create(&self, name: &str, memory_bytes: u64) -> Result<Arc<Cgroup>, KernelError> {
        let cgroup = Arc::new(Cgroup::new(self.parent.create(name, memory_bytes)?, self.period_us));
        if let Some(watch) = &self.oom {
            watch.add(&cgroup);
        }
        Ok(cgroup)
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        self.parent.remove();
    }
}

impl Cgroup {
    fn new(group: Box<dyn Group>, period_us: u64) -> Self {
        Self { group, period_us, ran_out_of_memory: AtomicBool::new(false), removed: AtomicBool::new(false) }
    }

    pub(in crate::kernel) fn joins(&self) -> Vec<BorrowedFd<'_>> {
        self.group.joins()
    }

    pub(super) fn join(&self) -> Join<'_> {
        self.group.folder().map_or_else(|| Join::Write(self.joins()), Join::Begin)
    }

    pub(in crate::kernel) fn freeze(&self) -> io::Result<()> {
        if !self.group.set_frozen(true)? || self.wait_frozen(limits::FREEZE_WAIT) {
            return Ok(());
        }
        let limit_ms = limits::FREEZE_WAIT.as_millis();
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("the sandbox was not frozen within {limit_ms} ms")))
    }

    pub(in crate::kernel) fn thaw(&self) -> io::Result<()> {
        self.group.set_frozen(false).map(|_| ())
    }

    fn wait_frozen(&self, limit: Duration) -> bool {
        wait_until(limit, limits::FREEZE_TICK, || self.group.is_frozen())
    }

    pub(in crate::kernel) fn set_cpu_limit(&self, vcpus: Option<f64>) -> io::Result<()> {
        self.group.set_cpu_quota(vcpus.map(|vcpus| quota_us(vcpus, self.period_us)))
    }

    pub(in crate::kernel) fn cpu(&self) -> Option<CpuUse> {
        self.group.cpu()
    }

    pub(in crate::kernel) fn processes(&self) -> Option<Vec<Pid>> {
        self.group.processes().ok()
    }

    pub(in crate::kernel) fn oom_kills(&self) -> u64 {
        self.group.oom_kills().max(u64::from(self.ran_out_of_memory.load(Ordering::Acquire)))
    }

    pub(in crate::kernel) fn is_empty(&self) -> bool {
        self.removed.load(Ordering::Acquire) || self.processes().is_none_or(|processes| processes.is_empty())
    }

    /// False when the processes cannot be told. A freeze stops forks, so that one round gets them all; without it,
    /// rounds follow until none is left.
    pub(in crate::kernel) fn kill(&self) -> bool {
        if self.group.kill_at_once() {
            return true;
        }
        for _ in 0..limits::KILL_ROUNDS_MAX {
            match self.processes() {
                None => return false,
                Some(processes) if processes.is_empty() => return true,
                Some(_) => {}
            }
            let frozen = self.group.set_frozen(true).unwrap_or(false) && self.wait_frozen(limits::KILL_FREEZE_WAIT);
            for pid in self.processes().unwrap_or_default() {
                // One that is gone already needs none.
                let _ = kill_process(pid, Signal::KILL);
            }
            // Version 1 delivers the signal when the process is thawed.
            let _ = self.thaw();
            if frozen {
                return true;
            }
            pause(limits::FREEZE_TICK);
        }
        true
    }

    /// Called when the kernel says that the group is out of memory and is about to kill one process of it: on Lambda
    /// the whole sandbox goes.
    fn on_out_of_memory(&self) {
        // Removing a group also counts as an event.
        if !self.is_empty() {
            self.ran_out_of_memory.store(true, Ordering::Release);
            self.kill();
        }
    }

    /// True once the folders are gone.
    pub(in crate::kernel) fn remove(&self) -> bool {
        if !self.removed.load(Ordering::Acquire) && self.group.remove().is_ok() {
            self.removed.store(true, Ordering::Release);
        }
        self.removed.load(Ordering::Acquire)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        wait_until(limits::KILL_FREEZE_WAIT, limits::REAP_TICK, || self.remove());
    }
}

/// CPUs' worth of time as µs per period, within what the kernel takes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped first; a period is far below 2^52")]
#[expect(clippy::cast_precision_loss, reason = "a period is far below 2^52")]
fn quota_us(vcpus: f64, period_us: u64) -> u64 {
    let quota = (vcpus * period_us as f64).round().clamp(0.0, 1e12) as u64;
    quota.max(limits::QUOTA_MIN_US)
}

fn cgroup_error(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KernelError {
    let path = path.to_owned();
    move |source| KernelError::Cgroup { act, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_follow_the_memory_size_and_keep_to_the_minimum() {
        assert_eq!(quota_us(128.0 / 1769.0, 20_000), 1_447);
        assert_eq!(quota_us(1.0, 20_000), 20_000);
        assert_eq!(quota_us(10_240.0 / 1769.0, 20_000), 115_772);
        assert_eq!(quota_us(0.001, 20_000), limits::QUOTA_MIN_US);
        assert_eq!(quota_us(f64::NAN, 20_000), limits::QUOTA_MIN_US);
    }
}
