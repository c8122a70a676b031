//! One running sandbox.

use std::fmt;
use std::io;
use std::net::TcpListener;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::Signal;

use super::layers::Merged;
use super::machine::Machine;
use super::main_process::MainProcess;
use super::spec::{Exit, Usage};
use super::sys;

/// A process inside its limits, with everything that it started. Dropping it kills all of them at once and leaves the
/// removal of their cgroup to a thread, so that it never blocks for long.
pub struct Process {
    /// Taken by `drop` only.
    body: Option<Body>,
    listener: Option<TcpListener>,
    further_listener: Option<TcpListener>,
    runtime_api: String,
    output: Option<OwnedFd>,
    door: sys::Door,
    machine: Arc<Machine>,
}

/// What must be cleaned up when a sandbox ends. The order of the fields is the order in which they are dropped.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) main: MainProcess,
    pub(super) cgroup: Option<Arc<sys::Cgroup>>,
    /// Held for what their end does: the merged folder is removed, the user id is free again.
    pub(super) _held: (Option<Merged>, Option<sys::User>),
    /// The limit, which is the peak once it has been hit.
    pub(super) memory_bytes: u64,
    pub(super) peak_bytes: AtomicU64,
    pub(super) cpu_us: AtomicU64,
}

/// The ends of a new process that the host holds.
pub(super) struct Ends {
    pub(super) listener: TcpListener,
    pub(super) further_listener: Option<TcpListener>,
    pub(super) runtime_api: String,
    pub(super) output: OwnedFd,
    pub(super) door: sys::Door,
}

impl Process {
    pub(super) fn new(body: Body, ends: Ends, machine: Arc<Machine>) -> Self {
        let Ends { listener, further_listener, runtime_api, output, door } = ends;
        Self { body: Some(body), listener: Some(listener), further_listener, runtime_api, output: Some(output), door, machine }
    }

    /// The Runtime API's socket, listening and nonblocking. The host opened it where the process will look for it, so
    /// that a private network has this one door.
    ///
    /// # Panics
    /// When it was taken before.
    #[expect(clippy::expect_used, reason = "taking twice is a mistake in the caller, documented above")]
    pub fn take_listener(&mut self) -> TcpListener {
        self.listener.take().expect("the listener is taken once")
    }

    /// The nonblocking socket on [`SandboxSpec::further_port`]. None in the machine's network, when none was asked for, and
    /// when it was taken before.
    ///
    /// [`SandboxSpec::further_port`]: super::SandboxSpec::further_port
    pub fn take_further_listener(&mut self) -> Option<TcpListener> {
        self.further_listener.take()
    }

    /// Address of the Runtime API as the process knows it: `127.0.0.1:9001` in a private network.
    pub fn runtime_api(&self) -> &str {
        &self.runtime_api
    }

    /// A further nonblocking socket of the host on 127.0.0.1 inside the sandbox's network; port 0 takes any.
    pub fn listen(&self, port: u16) -> io::Result<TcpListener> {
        let listener = self.door.listen(port)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    /// The read end, nonblocking, of the pipe that is standard output and standard error.
    ///
    /// # Panics
    /// When it was taken before.
    #[expect(clippy::expect_used, reason = "taking twice is a mistake in the caller, documented above")]
    pub fn take_output(&mut self) -> OwnedFd {
        self.output.take().expect("the output is taken once")
    }

    /// Readable once the main process has exited, and from then on for as long as this value lives.
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.body().main.exited()
    }

    /// Process id of the main process on this machine; its process group has the same.
    pub fn pid(&self) -> i32 {
        self.body().main.pid().as_raw_nonzero().get()
    }

    /// How the main process ended, if it did. May be asked any number of times.
    pub fn try_wait(&self) -> io::Result<Option<Exit>> {
        let status = self.body().main.status()?;
        Ok(status.map(|(code, signal)| Exit { code, signal, oom: self.body().oom_kills() > 0 }))
    }

    /// SIGTERM to the process group, which is thawed first.
    pub fn terminate(&self) {
        // A sandbox that cannot be thawed gets its signal when it is.
        let _ = self.thaw();
        self.body().main.signal_group(Signal::TERM);
    }

    /// SIGKILL to everything in the sandbox, frozen or not, in the process group or not.
    pub fn kill(&self) {
        self.body().kill();
    }

    /// Stops all processes and waits until they are stopped. Does nothing where the freezer is not enforced.
    pub fn freeze(&self) -> io::Result<()> {
        self.body().cgroup.as_ref().map_or(Ok(()), |cgroup| cgroup.freeze())
    }

    /// Lets them run again. Does nothing where the freezer is not enforced.
    pub fn thaw(&self) -> io::Result<()> {
        self.body().cgroup.as_ref().map_or(Ok(()), |cgroup| cgroup.thaw())
    }

    /// CPUs' worth of time from now on, at least the kernel's minimum of 1 ms per period; `None` is no limit.
    /// Does nothing where the quota is not enforced.
    pub fn set_cpu_limit(&self, vcpus: Option<f64>) -> io::Result<()> {
        self.body().cgroup.as_ref().map_or(Ok(()), |cgroup| cgroup.set_cpu_limit(vcpus))
    }

    /// Some tens of µs per process: it reads each one's peak.
    pub fn usage(&self) -> Usage {
        self.body().usage()
    }

    #[expect(clippy::expect_used, reason = "only drop takes the body, and nobody asks after that")]
    fn body(&self) -> &Body {
        self.body.as_ref().expect("the body is there until drop")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            body.kill();
            self.machine.reaper().take(body);
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("pid", &self.pid()).field("runtime_api", &self.runtime_api).finish_non_exhaustive()
    }
}

impl Body {
    pub(super) fn kill(&self) {
        match &self.cgroup {
            Some(cgroup) if cgroup.kill() => {}
            Some(_) | None => self.main.signal_group(Signal::KILL),
        }
    }

    /// Whether nothing runs any more; the main process may still be a zombie.
    pub(super) fn is_empty(&self) -> bool {
        let main_exited = self.main.status().map_or(true, |status| status.is_some());
        main_exited && self.cgroup.as_ref().is_none_or(|cgroup| cgroup.is_empty())
    }

    pub(super) fn remove_cgroup(&self) -> bool {
        self.cgroup.as_ref().is_none_or(|cgroup| cgroup.remove())
    }

    fn oom_kills(&self) -> u64 {
        self.cgroup.as_ref().map_or(0, |cgroup| cgroup.oom_kills())
    }

    fn usage(&self) -> Usage {
        let mut usage = Usage { oom_kills: self.oom_kills(), ..Usage::default() };
        let cgroup = self.cgroup.as_ref();
        let counted = cgroup.and_then(|cgroup| cgroup.cpu());
        match counted {
            Some(cpu) => {
                usage.cpu_us = cpu.used_us;
                usage.throttled_us = cpu.throttled_us;
                usage.throttled_periods = cpu.throttled_periods;
            }
            None => usage.cpu_us = keep_max(&self.cpu_us, sys::cpu_us(self.main.pid())),
        }
        let pids = cgroup.and_then(|cgroup| cgroup.processes()).unwrap_or_else(|| vec![self.main.pid()]);
        let seen = if usage.oom_kills > 0 { self.memory_bytes } else { sys::peak_resident_bytes(&pids) };
        usage.peak_memory_bytes = keep_max(&self.peak_bytes, seen);
        usage
    }
}

/// What was seen before stays true when the processes that showed it are gone.
fn keep_max(so_far: &AtomicU64, seen: u64) -> u64 {
    so_far.fetch_max(seen, Ordering::Relaxed).max(seen)
}
