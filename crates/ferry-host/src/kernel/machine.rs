//! What `open` found on the machine, shared by all processes started on it.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ferry_template::Network;
use rustix::pipe::{PipeFlags, pipe_with};

use super::enforcement::Enforcement;
use super::error::KernelError;
use super::layers::Merged;
use super::main_process::MainProcess;
use super::paths::PathMap;
use super::process::{Body, Ends, Process};
use super::reaper::Reaper;
use super::spec::{KernelSettings, SandboxSpec};
use super::{plain, sys};

/// The reaper goes first: it still removes cgroups that lie under those of `parts`.
#[derive(Debug)]
pub(super) struct Machine {
    reaper: Reaper,
    parts: sys::Parts,
    name: String,
    started: AtomicU64,
}

/// A pipe that becomes a process's standard output and standard error.
pub(super) struct Output {
    pub(super) read: OwnedFd,
    pub(super) write: OwnedFd,
}

impl Machine {
    pub(super) fn open(settings: KernelSettings) -> (Self, Enforcement) {
        let (parts, enforcement) = sys::Parts::open(&settings);
        (Self { reaper: Reaper::new(), parts, name: settings.cgroup_parent, started: AtomicU64::new(0) }, enforcement)
    }

    /// Whether a process that asks for this network gets one of its own.
    pub(super) fn makes_private(&self, network: Network) -> bool {
        network == Network::Private && self.parts.has_networks()
    }

    pub(super) fn reaper(&self) -> &Reaper {
        &self.reaper
    }

    /// [`KernelSettings::cgroup_parent`]: names what this host alone may have.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn start(machine: &Arc<Self>, spec: &SandboxSpec) -> Result<Process, KernelError> {
        if spec.id.is_empty() || !spec.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(KernelError::Id { id: spec.id.clone() });
        }
        // What is left of a sandbox with the same id may still be on its way out.
        let folder = format!("{}-{}", spec.id, machine.started.fetch_add(1, Ordering::Relaxed));
        let (body, ends) = if machine.parts.isolates() {
            machine.parts.start_isolated(spec, &folder, machine)?
        } else {
            machine.start_plain(spec, &folder)?
        };
        Ok(Process::new(body, ends, Arc::clone(machine)))
    }

    /// A plain child, in a cgroup of its own where there is one.
    fn start_plain(&self, spec: &SandboxSpec, folder: &str) -> Result<(Body, Ends), KernelError> {
        let layers = if spec.layers.len() > 1 { Some(self.merge_layers(spec, folder)?) } else { None };
        let opt = layers.as_ref().map(Merged::path).or(spec.layers.first().map(PathBuf::as_path));
        let door = sys::Door::machine();
        let (listener, runtime_api) = listen(&door, 0, &spec.id)?;
        let output = Output::new(&spec.id)?;
        let cgroup = self.parts.new_cgroup(spec, folder)?;
        let pid = plain::spawn(spec, &PathMap::new(spec, opt), &runtime_api, output.write, cgroup.as_deref())?;
        let exited = sys::exit_fd(pid).map_err(|source| KernelError::Clone { id: spec.id.clone(), source })?;
        let body = Body {
            main: MainProcess::new(pid, exited),
            cgroup,
            _held: (layers, None),
            memory_bytes: memory_bytes(spec),
            peak_bytes: AtomicU64::new(0),
            cpu_us: AtomicU64::new(0),
        };
        Ok((body, Ends { listener, further_listener: None, runtime_api, output: output.read, door }))
    }

    /// The layers as one folder in the temporary folder of this machine.
    pub(super) fn merge_layers(&self, spec: &SandboxSpec, folder: &str) -> Result<Merged, KernelError> {
        let path = std::env::temp_dir().join(format!("{}-{folder}-opt", self.name));
        Merged::new(path.clone(), &spec.layers).map_err(|source| KernelError::Layers { id: spec.id.clone(), path, source })
    }
}

impl Output {
    /// Closed on exec at both ends; the read end is nonblocking.
    pub(super) fn new(id: &str) -> Result<Self, KernelError> {
        let make = || {
            let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
            rustix::io::ioctl_fionbio(&read, true)?;
            Ok::<_, rustix::io::Errno>(Self { read, write })
        };
        make().map_err(|errno| KernelError::Output { id: id.to_owned(), source: errno.into() })
    }
}

/// A nonblocking listening socket and its address.
pub(super) fn listen(door: &sys::Door, port: u16, id: &str) -> Result<(TcpListener, String), KernelError> {
    let open = || {
        let listener = door.listen(port)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?.to_string();
        Ok((listener, address))
    };
    open().map_err(|source| KernelError::Listen { id: id.to_owned(), source })
}

pub(super) fn memory_bytes(spec: &SandboxSpec) -> u64 {
    u64::from(spec.memory_mib) * 1024 * 1024
}
