//! Whether the limits hold, measured on real processes of the machine's own shell: a controller may be there and yet
//! do nothing (a container's file system that only looks like cgroups, a kernel built without bandwidth control).

use std::fs;
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::enforcement::{Enforcement, Status};
use super::error::KernelError;
use super::pause::{pause, wait_until};
use super::process::Process;
use super::spec::{SandboxSpec, Usage};
use super::{Kernel, limits};
use ferry_template::Network;

/// The quota that is tried, in CPUs, and how far from it the measurement may be.
const QUOTA_VCPUS: f64 = 0.25;
const QUOTA_TOLERANCE: f64 = 0.05;

/// Length of one measurement of the quota, and how many may be disturbed by a busy machine.
const QUOTA_WINDOW: Duration = Duration::from_millis(400);
const QUOTA_TRIES: u32 = 3;

/// How long a program of the test may take for what takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_micros(200);

const MEMORY_MIB: u32 = 64;
const SPIN: &str = "while :; do :; done";
/// Doubles a string until it no longer fits.
const EAT: &str = "x=0123456789abcdef; while :; do x=$x$x; done";
/// Says what it sees, by the shell alone.
const LOOK: &str = "while read -r key rest; do case $key in Uid:|NoNewPrivs:) echo \"$key $rest\";; esac; done < /proc/self/status
while read -r name rest; do case $name in *:*) echo \"interface $name\";; esac; done < /proc/net/dev
(: > /var/task/probe) 2>/dev/null && echo \"writable /var/task\"
(: > /tmp/probe) 2>/dev/null && echo \"writable /tmp\"
echo end";

/// What was found wrong, in words for `ferry doctor`.
type Verdict = Result<String, String>;

pub(super) fn run(kernel: &Kernel) -> Enforcement {
    let mut enforcement = kernel.enforcement().clone();
    let package = match Package::new(kernel) {
        Ok(package) => package,
        Err(reason) => return Enforcement::none(&reason, enforcement.cpu_period_us),
    };
    let tests = Tests { kernel, package };
    judge(&mut enforcement.cpu, || tests.quota());
    judge(&mut enforcement.memory, || tests.memory());
    judge(&mut enforcement.freeze, || tests.freeze());
    if [&enforcement.mounts, &enforcement.user, &enforcement.network].iter().any(|status| status.is_enforced()) {
        let seen = tests.look();
        let part = |check: fn(&str) -> Verdict| seen.as_deref().map_err(Clone::clone).and_then(check);
        judge(&mut enforcement.mounts, || part(mounts_hold));
        judge(&mut enforcement.user, || part(user_holds));
        judge(&mut enforcement.network, || part(network_holds));
    }
    enforcement
}

/// Only what is believed to be enforced is tried.
fn judge(status: &mut Status, test: impl FnOnce() -> Verdict) {
    if let Status::Enforced { detail } = status {
        *status = match test() {
            Ok(measured) => Status::enforced(format!("{detail}; self-test: {measured}")),
            Err(reason) => Status::unenforced(format!("self-test: {reason}")),
        };
    }
}

/// An empty folder for `/var/task`.
struct Package(PathBuf);

impl Package {
    fn new(kernel: &Kernel) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("{}-self-test", kernel.machine.name()));
        let made = fs::DirBuilder::new().mode(0o755).create(&path);
        made.map_err(|error| format!("cannot make {} for the self-test ({error})", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Tests<'a> {
    kernel: &'a Kernel,
    package: Package,
}

impl Tests<'_> {
    fn start(&self, id: &str, script: &str) -> Result<Process, String> {
        let spec = SandboxSpec {
            id: format!("self-test-{id}"),
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: Vec::new(),
            task_root: self.package.0.clone(),
            layers: Vec::new(),
            runtime_dir: None,
            language_root: None,
            memory_mib: MEMORY_MIB,
            tmp_mib: 1,
            network: Network::Private,
            further_port: None,
        };
        self.kernel.start(&spec).map_err(|error| with_source(&error))
    }

    /// A quota is a bound from above. From below it is missed without fault when the machine is too busy to hand it
    /// out, which shows in periods that were never throttled.
    fn quota(&self) -> Verdict {
        let process = self.start("cpu", SPIN)?;
        process.set_cpu_limit(Some(QUOTA_VCPUS)).map_err(|error| format!("the quota cannot be set ({error})"))?;
        let mut worst = String::new();
        for _ in 0..QUOTA_TRIES {
            let measured = measure(&process, self.kernel.enforcement().cpu_period_us);
            let Some((share, throttled)) = measured else { return Err("a quota of 0.25 vCPU never throttled".into()) };
            if (share / QUOTA_VCPUS - 1.0).abs() <= QUOTA_TOLERANCE {
                return Ok(format!("{share:.3} of {QUOTA_VCPUS} vCPU used"));
            }
            if share < QUOTA_VCPUS && throttled < 0.95 {
                return Ok(format!("{share:.3} of {QUOTA_VCPUS} vCPU used on a busy machine"));
            }
            worst = format!("{share:.3} vCPU used under a quota of {QUOTA_VCPUS}");
        }
        Err(worst)
    }

    fn memory(&self) -> Verdict {
        let process = self.start("memory", EAT)?;
        let mut exit = None;
        wait_until(PATIENCE, TICK, || {
            exit = process.try_wait().ok().flatten();
            exit.is_some()
        });
        match exit {
            Some(exit) if exit.oom => Ok(format!("killed at {MEMORY_MIB} MiB")),
            Some(_) => Err(format!("a program that outgrew {MEMORY_MIB} MiB ended without a kill")),
            None => Err(format!("a program outgrew {MEMORY_MIB} MiB and lives")),
        }
    }

    fn freeze(&self) -> Verdict {
        let process = self.start("freeze", SPIN)?;
        let used = || process.usage().cpu_us;
        let moves = |from: u64| wait_until(PATIENCE, TICK, || used() > from + 1_000);
        if !moves(0) {
            return Err("the program to freeze did not run".into());
        }
        let start = Instant::now();
        process.freeze().map_err(|error| error.to_string())?;
        let took_us = start.elapsed().as_micros();
        let frozen = used();
        pause(Duration::from_millis(20));
        // It counts as frozen a moment before its processor leaves it, and is charged for that moment.
        if used() - frozen >= 1_000 {
            return Err("a frozen program went on".into());
        }
        process.thaw().map_err(|error| error.to_string())?;
        if moves(frozen) { Ok(format!("frozen in {took_us} µs")) } else { Err("a thawed program did not go on".into()) }
    }

    /// What a sandbox sees of itself.
    fn look(&self) -> Result<String, String> {
        let mut process = self.start("look", LOOK)?;
        let mut output = fs::File::from(process.take_output());
        let mut text = String::new();
        let ended = wait_until(PATIENCE, TICK, || {
            let mut bytes = [0; 1024];
            let length = output.read(&mut bytes).unwrap_or(0);
            text.push_str(&String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()));
            text.lines().any(|line| line == "end")
        });
        let network = own_network(Path::new("/proc/self")).zip(own_network(Path::new(&format!("/proc/{}", process.pid()))));
        // A program that has ended has no namespace any more; then what it saw has to do.
        if network.is_some_and(|(host, inside)| host == inside) {
            text.push_str("\nshared network");
        }
        if ended { Ok(text) } else { Err(format!("the shell did not run in the sandbox: {text:?}")) }
    }
}

fn own_network(process: &Path) -> Option<u64> {
    fs::metadata(process.join("ns/net")).ok().map(|namespace| namespace.ino())
}

fn mounts_hold(seen: &str) -> Verdict {
    if seen.contains("writable /var/task") {
        return Err("/var/task can be written".into());
    }
    if seen.contains("writable /tmp") { Ok("/var/task read-only".into()) } else { Err("/tmp cannot be written".into()) }
}

fn user_holds(seen: &str) -> Verdict {
    let uid = seen.lines().find_map(|line| line.strip_prefix("Uid: ")?.split_whitespace().next()).unwrap_or("0");
    if uid == "0" || !seen.contains("NoNewPrivs: 1") {
        return Err(format!("the program runs as user {uid}, or may gain privileges"));
    }
    Ok(format!("uid {uid}"))
}

fn network_holds(seen: &str) -> Verdict {
    let interfaces: Vec<&str> = seen.lines().filter_map(|line| line.strip_prefix("interface ")).collect();
    match interfaces.as_slice() {
        ["lo:"] if !seen.contains("shared network") => Ok("only lo".into()),
        others => Err(format!("the sandbox sees {}", others.join(" "))),
    }
}

/// Share of a CPU used, and the share of periods that were throttled, between two moments at which the quota had just
/// run out: so the window holds whole periods. None when it never runs out.
fn measure(process: &Process, period_us: u64) -> Option<(f64, f64)> {
    let (start, before) = throttled_moment(process)?;
    pause(QUOTA_WINDOW);
    let (end, after) = throttled_moment(process)?;
    let wall_us = end.duration_since(start).as_secs_f64() * 1e6;
    Some((difference(after.cpu_us, before.cpu_us) / wall_us, {
        let periods = wall_us / difference(period_us, 0);
        difference(after.throttled_periods, before.throttled_periods) / periods
    }))
}

fn throttled_moment(process: &Process) -> Option<(Instant, Usage)> {
    let before = process.usage().throttled_periods;
    let mut found = None;
    wait_until(PATIENCE, limits::FREEZE_TICK, || {
        let usage = process.usage();
        found = (usage.throttled_periods > before).then(|| (Instant::now(), usage));
        found.is_some()
    });
    found
}

#[expect(clippy::cast_precision_loss, reason = "µs and periods of one second, far below 2^52")]
fn difference(after: u64, before: u64) -> f64 {
    after.saturating_sub(before) as f64
}

fn with_source(error: &KernelError) -> String {
    use std::error::Error;
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: &str = "Uid: 1879048193 1879048193\nNoNewPrivs: 1\ninterface lo:\nwritable /tmp\nend\n";

    #[test]
    fn a_sound_sandbox_passes() {
        assert!(mounts_hold(SEEN).is_ok() && user_holds(SEEN).is_ok() && network_holds(SEEN).is_ok());
    }

    #[test]
    fn each_hole_is_seen() {
        assert!(mounts_hold(&format!("{SEEN}writable /var/task")).is_err());
        assert!(mounts_hold(&SEEN.replace("writable /tmp", "")).is_err());
        assert!(user_holds(&SEEN.replace("1879048193", "0")).is_err());
        assert!(user_holds(&SEEN.replace("NoNewPrivs: 1", "NoNewPrivs: 0")).is_err());
        assert!(network_holds(&format!("{SEEN}interface eth0:")).is_err());
        assert!(network_holds(&format!("{SEEN}shared network")).is_err());
        assert!(user_holds("").is_err() && network_holds("").is_err() && mounts_hold("").is_err());
    }
}
