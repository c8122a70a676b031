//! Nothing is left behind: no process, cgroup or descriptor, however the host ends.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_host::build::BuiltFunction;
use ferry_host::host::LocalLambda;
use ferry_host::invoke::Invoke;
use ferry_host::kernel::{Kernel, KernelSettings};
use ferry_host::settings::HostSettings;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::aws::Services;
use crate::fixture::{PATIENCE, changed, guest, request};

#[test]
fn no_end_of_a_host_leaves_anything() {
    alone("leaks::in_a_process_of_its_own");
}

#[test]
#[ignore = "run by the test above, alone in its process, so that descriptors can be counted"]
fn in_a_process_of_its_own() {
    let (_package, built) = own_guest();
    // Each sandbox holds a connection to the services from its first moment.
    let built = changed(built, |function| {
        function.environment.insert("GUEST_INIT".into(), "aws".into());
    });
    let services = Arc::new(Services::default());
    let start = |kernel, runtime: &Runtime| {
        let _entered = runtime.enter();
        let settings = HostSettings { aws: services.doors(), ..HostSettings::default() };
        let lambda = Arc::new(LocalLambda::new(kernel, vec![built.clone()], settings));
        for _ in 0..3 {
            let lambda = Arc::clone(&lambda);
            runtime.spawn(async move { lambda.invoke(request(r#"{"do":"hang"}"#)).await });
        }
        runtime.block_on(lambda.invoke(request(r#"{"do":"children","n":2}"#))).unwrap();
        lambda
    };
    leaves_nothing(&built, |kernel, runtime| {
        let lambda = start(kernel, runtime);
        assert!(runtime.block_on(lambda.shutdown()));
    });
    // The runtime goes with everything still at work.
    leaves_nothing(&built, |kernel, runtime| drop(start(kernel, runtime)));
    leaves_nothing(&built, |kernel, runtime| {
        let lambda = start(kernel, runtime);
        let panicked = runtime.block_on(runtime.spawn(async move {
            let _held = lambda;
            panic!("as a front door might");
        }));
        assert!(panicked.is_err());
    });
}

/// Runs an ignored test of this program in a process of its own.
pub(crate) fn alone(test: &str) {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args(["--exact", test, "--ignored", "--nocapture"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test} failed:\n{}{said}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{said}");
}

/// The guest as a file of this test's own, so that processes can be told from those of other tests.
pub(crate) fn own_guest() -> (TempDir, BuiltFunction) {
    let mut built = guest();
    let package = tempfile::tempdir().unwrap();
    fs::set_permissions(package.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(built.task_root.join("bootstrap"), package.path().join("bootstrap")).unwrap();
    built.task_root = package.path().to_owned();
    (package, built)
}

/// A host with a kernel and a runtime of its own; when both are gone, so is everything else.
pub(crate) fn leaves_nothing(built: &BuiltFunction, live: impl FnOnce(Kernel, &Runtime)) {
    let program = built.task_root.join("bootstrap");
    let cgroup_parent = format!("ferry-{}-alone", std::process::id());
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // The first runtime of a process opens what tokio keeps for all of them.
    drop(runtime());
    let before = descriptors();
    let runtime = runtime();
    live(Kernel::open(KernelSettings { cgroup_parent: cgroup_parent.clone(), ..KernelSettings::default() }), &runtime);
    drop(runtime);
    let start = Instant::now();
    loop {
        let mut left: Vec<String> = processes(&program);
        left.extend(cgroups(Path::new("/sys/fs/cgroup"), &cgroup_parent, 0));
        left.extend(descriptors().difference(&before).cloned());
        if left.is_empty() {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "left behind: {left:?}");
        pause();
    }
}

/// Those that run the guest of this very package.
fn processes(program: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let wanted = fs::metadata(program).map(|file| (file.dev(), file.ino())).ok();
    let runs = |pid: &str| fs::metadata(format!("/proc/{pid}/exe")).map(|file| (file.dev(), file.ino())).ok() == wanted;
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()) && runs(pid)).map(|pid| format!("process {pid}")).collect()
}

/// The host's own and those of its sandboxes, at whatever depth the controllers have them.
fn cgroups(folder: &Path, name: &str, depth: u32) -> Vec<String> {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut found = Vec::new();
    for entry in folders {
        if entry.file_name() == name {
            found.push(entry.path().display().to_string());
        } else if depth < 4 {
            found.extend(cgroups(&entry.path(), name, depth + 1));
        }
    }
    found
}

/// Open descriptors of this process, files and terminals apart. Numbers are used again, so what they stand for counts.
pub(crate) fn descriptors() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        if let Ok(target) = fs::read_link(entry.path()) {
            let target = target.display().to_string();
            if target.contains(':') || target.starts_with("/sys/fs/cgroup") {
                found.insert(target);
            }
        }
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "waits for real processes")]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}
