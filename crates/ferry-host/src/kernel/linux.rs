//! Linux: cgroups, and namespaces with an unprivileged user for each sandbox.

mod cgroup;
mod child;
mod clone;
mod isolation;
mod mounts;
mod network;
mod root;
mod stat;
mod users;
#[cfg(test)]
mod version_2_tests;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::process::{Pid, PidfdFlags, pidfd_open};

pub(super) use cgroup::{Cgroup, Cgroups};
pub(super) use network::Door;
pub(super) use stat::{cpu_us, peak_resident_bytes};
pub(super) use users::User;

use super::enforcement::Enforcement;
use super::error::KernelError;
use super::machine::Machine;
use super::process::{Body, Ends};
use super::spec::{KernelSettings, SandboxSpec};
use isolation::Isolation;

/// What this machine allows, each part on its own.
#[derive(Debug)]
pub(super) struct Parts {
    cgroups: Option<Cgroups>,
    isolation: Option<Isolation>,
}

impl Parts {
    pub(super) fn open(settings: &KernelSettings) -> (Self, Enforcement) {
        let mut enforcement = Enforcement::none("switched off by setting", settings.cpu_period_us);
        if settings.force_unenforced {
            return (Self { cgroups: None, isolation: None }, enforcement);
        }
        let cgroups = Cgroups::open(settings, &mut enforcement);
        let isolation = Isolation::open(&mut enforcement);
        (Self { cgroups, isolation }, enforcement)
    }

    pub(super) fn isolates(&self) -> bool {
        self.isolation.is_some()
    }

    pub(super) fn has_networks(&self) -> bool {
        self.isolation.as_ref().is_some_and(Isolation::has_networks)
    }

    pub(super) fn start_isolated(&self, spec: &SandboxSpec, folder: &str, machine: &Machine) -> Result<(Body, Ends), KernelError> {
        let Some(isolation) = &self.isolation else {
            return Err(KernelError::Clone { id: spec.id.clone(), source: io::ErrorKind::Unsupported.into() });
        };
        isolation.start(spec, folder, machine, self.new_cgroup(spec, folder)?)
    }

    pub(super) fn new_cgroup(&self, spec: &SandboxSpec, folder: &str) -> Result<Option<Arc<Cgroup>>, KernelError> {
        self.cgroups.as_ref().map(|cgroups| cgroups.create(folder, super::machine::memory_bytes(spec))).transpose()
    }
}

/// Readable when the process, a child of ours, has exited.
pub(super) fn exit_fd(pid: Pid) -> io::Result<OwnedFd> {
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}
