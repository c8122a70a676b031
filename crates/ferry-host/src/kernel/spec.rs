//! What goes into the kernel module and what comes out, as plain values.

use std::path::PathBuf;

use ferry_template::Network;

/// How the host uses the machine.
#[derive(Debug, Clone)]
pub struct KernelSettings {
    /// Name of the host's own cgroup, unique per host process: `ferry-<pid>` or `ferry-<pid>-<anything>`. The pid lets
    /// a later host see that this one is dead and clean up.
    pub cgroup_parent: String,
    /// Period of the CPU quota in µs. The kernel allows 1,000 to 1,000,000.
    pub cpu_period_us: u64,
    /// Behave as on a machine that allows nothing: every process is a plain child.
    pub force_unenforced: bool,
}

impl Default for KernelSettings {
    fn default() -> Self {
        Self { cgroup_parent: format!("ferry-{}", std::process::id()), cpu_period_us: 20_000, force_unenforced: false }
    }
}

/// One process to start, described as it sees itself: program, arguments and environment use the paths inside.
#[derive(Debug, Clone)]
pub struct SandboxSpec {
    /// Unique among the live sandboxes of this host; letters, digits and `-` (it names cgroup folders).
    pub id: String,
    /// Absolute path inside the sandbox, such as `/var/task/bootstrap` or `/var/lang/bin/python3`.
    pub program: String,
    /// Without the program's own name, which becomes `argv[0]`.
    pub args: Vec<String>,
    /// The whole environment, to which only `AWS_LAMBDA_RUNTIME_API` is added.
    pub env: Vec<(String, String)>,
    /// Becomes `/var/task`, read-only. Its files must be readable for others, as in a Lambda package.
    pub task_root: PathBuf,
    /// Become `/opt`, read-only, later ones over earlier ones.
    pub layers: Vec<PathBuf>,
    /// Becomes `/var/runtime`, read-only.
    pub runtime_dir: Option<PathBuf>,
    /// The interpreter's prefix; becomes `/var/lang`, read-only.
    pub language_root: Option<PathBuf>,
    pub memory_mib: u32,
    /// Size of the private `/tmp`. Its pages count as memory of the sandbox while they are in use.
    pub tmp_mib: u32,
    pub network: Network,
    /// In a private network, a port of the host's besides the Runtime API's: [`Process::take_further_listener`] listens there
    /// from before the process starts.
    ///
    /// [`Process::take_further_listener`]: super::Process::take_further_listener
    pub further_port: Option<u16>,
}

/// How the main process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Set when it exited by itself.
    pub code: Option<i32>,
    /// Set when a signal killed it.
    pub signal: Option<i32>,
    /// Whether the sandbox ran out of memory.
    pub oom: bool,
}

/// What the sandbox has used since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// CPU time of all its processes, dead ones included.
    pub cpu_us: u64,
    /// Time in which the CPU quota held it back, summed over its CPUs.
    pub throttled_us: u64,
    pub throttled_periods: u64,
    /// The most resident memory seen, summed over its processes: from the processes and not from the cgroup, whose
    /// count leaves out pages of libraries that another sandbox touched first.
    pub peak_memory_bytes: u64,
    /// Processes that were killed for want of memory.
    pub oom_kills: u64,
}
