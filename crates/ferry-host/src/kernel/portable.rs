//! Machines other than Linux: nothing is enforced, everything runs.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::enforcement::Enforcement;
use super::error::KernelError;
use super::machine::Machine;
use super::process::{Body, Ends};
use super::spec::{KernelSettings, SandboxSpec};

#[derive(Debug)]
pub(super) struct Parts;

/// There is none.
#[derive(Debug)]
pub(super) enum Cgroup {}

/// There is none.
#[derive(Debug)]
pub(super) enum User {}

/// The machine's own network.
#[derive(Debug)]
pub(super) struct Door;

#[derive(Debug, Clone, Copy)]
pub(super) struct CpuUse {
    pub(super) used_us: u64,
    pub(super) throttled_us: u64,
    pub(super) throttled_periods: u64,
}

impl Parts {
    pub(super) fn open(settings: &KernelSettings) -> (Self, Enforcement) {
        let reason = format!("limits need Linux; this is {}", std::env::consts::OS);
        (Self, Enforcement::none(&reason, settings.cpu_period_us))
    }

    pub(super) fn isolates(&self) -> bool {
        false
    }

    pub(super) fn start_isolated(&self, spec: &SandboxSpec, _folder: &str, _machine: &Machine) -> Result<(Body, Ends), KernelError> {
        Err(KernelError::Clone { id: spec.id.clone(), source: io::ErrorKind::Unsupported.into() })
    }

    pub(super) fn has_networks(&self) -> bool {
        false
    }

    pub(super) fn new_cgroup(&self, _spec: &SandboxSpec, _folder: &str) -> Result<Option<Arc<Cgroup>>, KernelError> {
        Ok(None)
    }
}

impl Door {
    pub(super) fn machine() -> Self {
        Self
    }

    pub(super) fn listen(&self, port: u16) -> io::Result<TcpListener> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
    }
}

impl Cgroup {
    pub(super) fn joins(&self) -> Vec<BorrowedFd<'_>> {
        match *self {}
    }
    pub(super) fn freeze(&self) -> io::Result<()> {
        match *self {}
    }
    pub(super) fn thaw(&self) -> io::Result<()> {
        match *self {}
    }
    pub(super) fn set_cpu_limit(&self, _vcpus: Option<f64>) -> io::Result<()> {
        match *self {}
    }
    pub(super) fn kill(&self) -> bool {
        match *self {}
    }
    pub(super) fn is_empty(&self) -> bool {
        match *self {}
    }
    pub(super) fn remove(&self) -> bool {
        match *self {}
    }
    pub(super) fn oom_kills(&self) -> u64 {
        match *self {}
    }
    pub(super) fn cpu(&self) -> Option<CpuUse> {
        match *self {}
    }
    pub(super) fn processes(&self) -> Option<Vec<Pid>> {
        match *self {}
    }
}

/// A pipe that closes when the process has exited, which makes it readable.
pub(super) fn exit_fd(pid: Pid) -> io::Result<OwnedFd> {
    let (read, write) = rustix::pipe::pipe()?;
    rustix::io::fcntl_setfd(&read, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::fcntl_setfd(&write, rustix::io::FdFlags::CLOEXEC)?;
    std::thread::Builder::new().name("ferry-wait".into()).spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), options));
        drop(write);
    })?;
    Ok(read)
}

/// Not counted here.
pub(super) fn cpu_us(_pid: Pid) -> u64 {
    0
}

/// Not counted here.
pub(super) fn peak_resident_bytes(_pids: &[Pid]) -> u64 {
    0
}
