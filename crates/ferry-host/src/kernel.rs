//! The one module that touches the operating system: cgroups, namespaces, processes.
//!
//! Blocking, synchronous and without policy: [`Kernel`] starts a process inside limits, [`Process`] reads and
//! changes those limits. What the machine does not allow is said in [`Enforcement`], and the rest still works:
//! a process without isolation is a plain child, with the paths that Lambda has mapped to where the files lie.
//!
//! The map: `machine` holds what was found at open, `process` is one running sandbox, `plain` starts a process
//! without isolation, `linux` has cgroups, namespaces and the isolated start, `reaper` removes what is left of a
//! sandbox, `self_test` measures whether the limits hold. Only here stand `unsafe` and `cfg(target_os)`.

mod enforcement;
mod error;
mod layers;
mod limits;
#[cfg(target_os = "linux")]
mod linux;
mod machine;
mod main_process;
mod paths;
mod pause;
mod plain;
#[cfg(any(not(target_os = "linux"), test))]
#[cfg_attr(test, expect(dead_code, reason = "compiled in tests so that it type-checks on Linux too"))]
mod portable;
mod process;
mod reaper;
mod self_test;
mod spec;

use std::sync::Arc;

use ferry_template::Network;

pub use enforcement::{Enforcement, Status};
pub use error::KernelError;
pub use process::Process;
pub use spec::{Exit, KernelSettings, SandboxSpec, Usage};

#[cfg(target_os = "linux")]
use linux as sys;
#[cfg(not(target_os = "linux"))]
use portable as sys;

/// The machine, opened once per host. Cheap to share in an `Arc`; every method may be called from any thread.
#[derive(Debug)]
pub struct Kernel {
    machine: Arc<machine::Machine>,
    enforcement: Enforcement,
}

impl Kernel {
    /// Probes the machine and cleans up after hosts that died. Never fails: what cannot be enforced is said in
    /// [`Kernel::enforcement`].
    pub fn open(settings: KernelSettings) -> Self {
        let (machine, enforcement) = machine::Machine::open(settings);
        Self { machine: Arc::new(machine), enforcement }
    }

    /// What is enforced: as probed by [`Kernel::open`], or as measured once [`Kernel::self_test`] has run.
    pub fn enforcement(&self) -> &Enforcement {
        &self.enforcement
    }

    /// Starts one process inside fresh limits and namespaces. Blocks for about a millisecond. The CPU is not
    /// limited until [`Process::set_cpu_limit`].
    pub fn start(&self, spec: &SandboxSpec) -> Result<Process, KernelError> {
        machine::Machine::start(&self.machine, spec)
    }

    /// Whether a sandbox that asks for this network gets one of its own, with no way out but the host's sockets in it.
    pub fn makes_private(&self, network: Network) -> bool {
        self.machine.makes_private(network)
    }

    /// Measures on real processes that what [`Kernel::open`] believes to be enforced is: the CPU quota within 5 %,
    /// the memory kill, the freezer, the namespaces. Takes about a second. What failed becomes unenforced, here and in
    /// the answer.
    pub fn self_test(&mut self) -> Enforcement {
        self.enforcement = self_test::run(self);
        self.enforcement.clone()
    }
}
