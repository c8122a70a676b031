//! Many starts leave nothing: no process, cgroup, mount, descriptor, thread.

use std::fs;
use std::path::Path;
use std::sync::PoisonError;
use std::time::Instant;

use ferry_host::kernel::KernelSettings;

use crate::fixture::{ALONE, Fixture, exit, until};

const STARTS: usize = 200;

#[derive(Debug, PartialEq, Eq)]
struct Open {
    descriptors: usize,
    children: usize,
    cgroups: usize,
    mounts: usize,
    threads: usize,
}

fn open() -> Open {
    let count = |path: &str| fs::read_dir(path).unwrap().count();
    let threads = count("/proc/self/task");
    let children = fs::read_dir("/proc/self/task").unwrap().flatten();
    let children = children.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    Open {
        descriptors: count("/proc/self/fd"),
        children: children.map(|list| list.split_whitespace().count()).sum(),
        cgroups: cgroups(Path::new("/sys/fs/cgroup"), &format!("ferry-{}-", std::process::id()), 6),
        mounts: fs::read_to_string("/proc/self/mountinfo").unwrap().lines().count(),
        threads,
    }
}

/// What is open once nothing changes any more: removal goes on for a while after a drop, and so does making of stock.
fn settled() -> Open {
    let mut last = open();
    let mut same = 0;
    until("what is open to settle", || {
        let now = open();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        same == 100
    });
    last
}

/// Folders of this test process's hosts and below.
fn cgroups(folder: &Path, name: &str, depth: u32) -> usize {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders
        .map(|entry| {
            let own = entry.file_name().to_string_lossy().starts_with(name);
            let below =
                if own { fs::read_dir(entry.path()).into_iter().flatten().flatten().filter(|e| e.path().is_dir()).count() } else { 0 };
            usize::from(own) + below + if depth > 0 && !own { cgroups(&entry.path(), name, depth - 1) } else { 0 }
        })
        .sum()
}

#[test]
fn starts_leave_nothing_behind() {
    let _alone = ALONE.write().unwrap_or_else(PoisonError::into_inner);
    let nothing = settled();
    let Some(fixture) = Fixture::alone(&KernelSettings::default()).unless_missing(&["mounts", "memory", "freeze"]) else { return };
    // The first start brings what stays for good, such as namespaces in stock.
    drop(fixture.start(&["sleep"]));
    let before = settled();
    assert_eq!(before.children, 0);
    let mut started_us = Vec::new();
    for number in 0..STARTS {
        let start = Instant::now();
        let process = fixture.start(if number % 4 == 0 { &["child", "sleep"] } else { &["sleep"] });
        started_us.push(start.elapsed().as_micros());
        match number % 4 {
            0 => {}
            1 => process.freeze().unwrap(),
            2 => process.kill(),
            _ => {
                process.terminate();
                exit(&process);
            }
        }
    }
    assert_eq!(settled(), before);
    started_us.sort_unstable();
    eprintln!("start(): median {} µs, p95 {} µs, n = {STARTS}", started_us[STARTS / 2], started_us[STARTS * 95 / 100]);
    drop(fixture);
    assert_eq!(settled(), nothing);
}

#[test]
fn many_threads_start_at_once() {
    const THREADS: usize = 8;
    const EACH: usize = 5;
    let Some(fixture) = Fixture::new(&["mounts", "network", "freeze"]) else { return };
    fn shared<T: Send + Sync>(value: &T) -> &T {
        value
    }
    let fixture_kernel = shared(&fixture.kernel);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let specs: Vec<_> = (0..EACH).map(|_| fixture.spec(&["sleep"])).collect();
                let running: Vec<_> = specs.iter().map(|spec| fixture_kernel.start(spec).unwrap()).collect();
                for process in shared(&running) {
                    assert_eq!(process.try_wait().unwrap(), None);
                    process.freeze().unwrap();
                    process.kill();
                    assert_eq!(exit(process).signal, Some(9));
                }
            });
        }
    });
}

#[test]
fn a_dead_hosts_leftovers_are_removed() {
    let Some(fixture) = Fixture::new(&["memory", "freeze"]) else { return };
    // A host whose pid cannot be: its cgroup holds a frozen process.
    let dead = KernelSettings { cgroup_parent: "ferry-4294967295-dead".into(), ..KernelSettings::default() };
    let host = ferry_host::kernel::Kernel::open(dead);
    let process = host.start(&fixture.spec(&["spin"])).unwrap();
    process.freeze().unwrap();
    let _later = ferry_host::kernel::Kernel::open(KernelSettings {
        cgroup_parent: format!("ferry-{}-later", std::process::id()),
        ..KernelSettings::default()
    });
    assert_eq!(exit(&process).signal, Some(9));
    assert_eq!(cgroups(Path::new("/sys/fs/cgroup"), "ferry-4294967295-dead", 6), 0);
}
