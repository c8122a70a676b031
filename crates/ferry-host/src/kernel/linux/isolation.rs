//! Starts a process inside namespaces of its own, as an unprivileged user of its own.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::super::enforcement::{Enforcement, Status};
use super::super::error::KernelError;
use super::super::layers::Merged;
use super::super::limits;
use super::super::machine::{Machine, Output, listen, memory_bytes};
use super::super::process::{Body, Ends};
use super::super::spec::SandboxSpec;
use super::cgroup::Cgroup;
use super::child::{self, Join, Plan};
use super::network::{Door, Networks};
use super::users::{User, Users};
use super::{mounts, root};

/// The shared root, and the stock of what each sandbox gets one of.
#[derive(Debug)]
pub(super) struct Isolation {
    root: OwnedFd,
    users: Users,
    networks: Option<Networks>,
    null: File,
}

/// A detached mount and where it goes inside.
pub(super) type Mount = (OwnedFd, &'static CStr);

impl Isolation {
    /// None without root or without mounts of our own: a process that sees the machine's files must also be the
    /// machine's user, or it could not read them.
    pub(super) fn open(enforcement: &mut Enforcement) -> Option<Self> {
        let opened = Self::try_open();
        match &opened {
            Ok(isolation) => {
                enforcement.mounts = Status::enforced("private mount namespace, read-only root");
                enforcement.user = Status::enforced("own user id for each sandbox, no_new_privs");
                enforcement.network = match &isolation.networks {
                    Some(_) => Status::enforced("private network namespace"),
                    None => Status::unenforced("no network namespace can be made here"),
                };
            }
            Err(reason) => {
                for status in [&mut enforcement.mounts, &mut enforcement.user, &mut enforcement.network] {
                    *status = Status::unenforced(reason.clone());
                }
            }
        }
        opened.ok()
    }

    fn try_open() -> Result<Self, String> {
        if !super::clone::SUPPORTED {
            return Err(format!("needs x86-64 or arm64; this is {}", std::env::consts::ARCH));
        }
        if !rustix::process::geteuid().is_root() {
            return Err("needs root: run the host with sudo".into());
        }
        let users = Users::new();
        let root = root::build(&users.passwd(), &users.group()).map_err(|error| {
            format!("cannot build a private root file system ({error}): needs CAP_SYS_ADMIN (in a container: --privileged) and Linux 5.12")
        })?;
        let null = File::open("/dev/null").map_err(|error| format!("cannot open /dev/null ({error})"))?;
        Ok(Self { root, users, networks: Networks::open().ok(), null })
    }

    pub(super) fn has_networks(&self) -> bool {
        self.networks.is_some()
    }

    /// `folder` is a name that no other start of this host has.
    pub(super) fn start(
        &self,
        spec: &SandboxSpec,
        folder: &str,
        machine: &Machine,
        cgroup: Option<Arc<Cgroup>>,
    ) -> Result<(Body, Ends), KernelError> {
        let user = self.users.take().ok_or(KernelError::TooMany { max: limits::SANDBOXES_MAX })?;
        let (mounts, layers) = prepare_mounts(spec, folder, machine)?;
        let (door, listener, runtime_api) = self.prepare_network(spec)?;
        let further_listener = match (&door, spec.further_port) {
            (Door::Private(_), Some(port)) => Some(listen(&door, port, &spec.id)?.0),
            (Door::Private(_), None) | (Door::Machine, _) => None,
        };
        let Output { read, write } = Output::new(&spec.id)?;
        let plan = Plan {
            cgroup: cgroup.as_ref().map_or(Join::Write(Vec::new()), |cgroup| cgroup.join()),
            network: door.namespace(),
            root: self.root.as_fd(),
            mounts: &mounts,
            tmp: tmp_options(spec, &user),
            user: user.id(),
            input: self.null.as_fd(),
            output: write.as_fd(),
            program: text(spec, "the program", &spec.program)?,
            args: arguments(spec)?,
            env: environment(spec, &runtime_api)?,
        };
        let main = child::start(&plan).map_err(|failure| failure.explain(spec))?;
        drop(plan);
        let body = Body {
            main,
            cgroup,
            _held: (layers, Some(user)),
            memory_bytes: memory_bytes(spec),
            peak_bytes: AtomicU64::new(0),
            cpu_us: AtomicU64::new(0),
        };
        Ok((body, Ends { listener, further_listener, runtime_api, output: read, door }))
    }

    fn prepare_network(&self, spec: &SandboxSpec) -> Result<(Door, std::net::TcpListener, String), KernelError> {
        match &self.networks {
            Some(networks) if spec.network == ferry_template::Network::Private => {
                let network = networks.take().map_err(|source| KernelError::Network { id: spec.id.clone(), source })?;
                let address = network.listener.set_nonblocking(true).and_then(|()| network.listener.local_addr());
                let address = address.map_err(|source| KernelError::Listen { id: spec.id.clone(), source })?;
                Ok((Door::Private(network.namespace), network.listener, address.to_string()))
            }
            Some(_) | None => {
                let (listener, address) = listen(&Door::Machine, 0, &spec.id)?;
                Ok((Door::Machine, listener, address))
            }
        }
    }
}

fn prepare_mounts(spec: &SandboxSpec, folder: &str, machine: &Machine) -> Result<(Vec<Mount>, Option<Merged>), KernelError> {
    let failed = |path: &std::path::Path, target: &'static str, source: io::Error| KernelError::Mount {
        id: spec.id.clone(),
        path: path.to_owned(),
        target,
        source,
    };
    let mut mounts = Vec::new();
    let folders = [
        (Some(&spec.task_root), c"/var/task", "/var/task"),
        (spec.runtime_dir.as_ref(), c"/var/runtime", "/var/runtime"),
        (spec.language_root.as_ref(), c"/var/lang", "/var/lang"),
    ];
    for (path, target, name) in folders {
        if let Some(path) = path {
            mounts.push((mounts::read_only(path).map_err(|source| failed(path, name, source))?, target));
        }
    }
    let mut merged = None;
    match spec.layers.as_slice() {
        [] => {}
        [layer] => mounts.push((mounts::read_only(layer).map_err(|source| failed(layer, "/opt", source))?, c"/opt")),
        layers => match mounts::overlay(layers) {
            Ok(mount) => mounts.push((mount, c"/opt")),
            // No overlayfs here, or not over these file systems.
            Err(_) => {
                let folder = merged.insert(machine.merge_layers(spec, folder)?).path();
                mounts.push((mounts::read_only(folder).map_err(|source| failed(folder, "/opt", source))?, c"/opt"));
            }
        },
    }
    Ok((mounts, merged))
}

fn tmp_options(spec: &SandboxSpec, user: &User) -> CString {
    let options = format!("size={}m,mode=1777,uid={id},gid={id}", spec.tmp_mib, id = user.id());
    CString::new(options).unwrap_or_default()
}

fn arguments(spec: &SandboxSpec) -> Result<Vec<CString>, KernelError> {
    std::iter::once(&spec.program).chain(&spec.args).map(|arg| text(spec, "an argument", arg)).collect()
}

fn environment(spec: &SandboxSpec, runtime_api: &str) -> Result<Vec<CString>, KernelError> {
    let given = spec.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all = given.filter(|(name, _)| *name != "AWS_LAMBDA_RUNTIME_API").chain([("AWS_LAMBDA_RUNTIME_API", runtime_api)]);
    all.map(|(name, value)| text(spec, &format!("environment variable {name:?}"), &format!("{name}={value}"))).collect()
}

fn text(spec: &SandboxSpec, what: &str, value: &str) -> Result<CString, KernelError> {
    CString::new(value).map_err(|_| KernelError::Nul { id: spec.id.clone(), what: what.to_owned() })
}
