//! A kernel with a package to run in it, and what tests ask of a running process.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use ferry_host::kernel::{Enforcement, Exit, Kernel, KernelSettings, Process, SandboxSpec};
use ferry_template::Network;

/// Held for reading by every test and for writing by the one that counts what the whole test process has open.
pub(crate) static ALONE: RwLock<()> = RwLock::new(());
static COUNT: AtomicU32 = AtomicU32::new(0);
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Fixture {
    pub(crate) kernel: Kernel,
    pub(crate) task: tempfile::TempDir,
    _shared: Option<RwLockReadGuard<'static, ()>>,
}

impl Fixture {
    /// None, loudly, where one of these parts is not enforced.
    pub(crate) fn new(needs: &[&str]) -> Option<Self> {
        Self::with(&KernelSettings::default(), needs)
    }

    pub(crate) fn with(settings: &KernelSettings, needs: &[&str]) -> Option<Self> {
        let shared = ALONE.read().unwrap_or_else(PoisonError::into_inner);
        Self { _shared: Some(shared), ..Self::alone(settings) }.unless_missing(needs)
    }

    /// For the holder of [`ALONE`].
    pub(crate) fn alone(settings: &KernelSettings) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let cgroup_parent = format!("ferry-{}-{number}", std::process::id());
        let kernel = Kernel::open(KernelSettings { cgroup_parent, ..settings.clone() });
        let task = tempfile::tempdir().unwrap();
        fs::set_permissions(task.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(probe(), task.path().join("bootstrap")).unwrap();
        Self { kernel, task, _shared: None }
    }

    pub(crate) fn unless_missing(self, needs: &[&str]) -> Option<Self> {
        for (name, status) in self.kernel.enforcement().parts() {
            if needs.contains(&name) && !status.is_enforced() {
                eprintln!("SKIPPED: {name} is not enforced here: {status:?}");
                return None;
            }
        }
        Some(self)
    }

    pub(crate) fn spec(&self, args: &[&str]) -> SandboxSpec {
        SandboxSpec {
            id: format!("s{}", COUNT.fetch_add(1, Ordering::Relaxed)),
            program: "/var/task/bootstrap".into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: vec![("LANG".into(), "en_US.UTF-8".into())],
            task_root: self.task.path().to_owned(),
            layers: Vec::new(),
            runtime_dir: None,
            language_root: None,
            memory_mib: 128,
            tmp_mib: 16,
            network: Network::Private,
            further_port: None,
        }
    }

    pub(crate) fn start(&self, args: &[&str]) -> Process {
        self.kernel.start(&self.spec(args)).unwrap()
    }

    /// What a program that ends by itself printed.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        self.run_spec(&self.spec(args))
    }

    pub(crate) fn run_spec(&self, spec: &SandboxSpec) -> String {
        let mut process = self.kernel.start(spec).unwrap();
        let text = read_until(&mut process, |_, ended| ended);
        let exit = exit(&process);
        assert_eq!(exit, Exit { code: Some(0), signal: None, oom: false }, "{text}");
        text.trim_end().to_owned()
    }

    pub(crate) fn enforcement(&self) -> &Enforcement {
        self.kernel.enforcement()
    }
}

/// Built by `cargo test` beside the tests.
fn probe() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let probe = exe.ancestors().nth(2).unwrap().join("examples/kernel_probe");
    assert!(probe.exists(), "{} is not built: cargo build --release -p ferry-host --example kernel_probe", probe.display());
    probe
}

/// The first line of output of a program that goes on.
pub(crate) fn first_line(process: &mut Process) -> String {
    read_until(process, |text, _| text.contains('\n')).lines().next().unwrap().to_owned()
}

/// Reads until `enough` says so of the text and of whether it has ended.
fn read_until(process: &mut Process, enough: impl Fn(&str, bool) -> bool) -> String {
    let mut output = fs::File::from(process.take_output());
    let mut text = String::new();
    let mut bytes = [0; 4096];
    until("output", || {
        let read = output.read(&mut bytes);
        text.push_str(std::str::from_utf8(&bytes[..*read.as_ref().unwrap_or(&0)]).unwrap());
        enough(&text, read.is_ok_and(|length| length == 0))
    });
    text
}

pub(crate) fn exit(process: &Process) -> Exit {
    let mut found = None;
    until("the exit", || {
        found = process.try_wait().unwrap();
        found.is_some()
    });
    found.unwrap()
}

pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        pause(Duration::from_millis(1));
    }
}

#[expect(clippy::disallowed_methods, reason = "these tests wait for real processes")]
pub(crate) fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Ids of all processes that run this file, zombies left out.
pub(crate) fn running(program: &Path) -> Vec<u32> {
    let wanted = fs::metadata(program).ok();
    let pids = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| same_file(fs::metadata(format!("/proc/{pid}/exe")).ok(), wanted.as_ref())).collect()
}

fn same_file(one: Option<fs::Metadata>, other: Option<&fs::Metadata>) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.zip(other).is_some_and(|(one, other)| (one.dev(), one.ino()) == (other.dev(), other.ino()))
}
