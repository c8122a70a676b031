//! What `ferry doctor` prints, and what the host's own share of a cold start is made of.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use ferry_host::kernel::KernelSettings;

use crate::fixture::{ALONE, Fixture, exit, pause};

#[test]
fn what_is_enforced_here_is_measured() {
    let Some(mut fixture) = Fixture::new(&["cpu", "memory", "freeze", "mounts", "network", "user"]) else { return };
    let start = Instant::now();
    let enforcement = fixture.kernel.self_test();
    eprintln!("self_test(): {} ms", start.elapsed().as_millis());
    for (name, status) in enforcement.parts() {
        eprintln!("  {name}: {status:?}");
    }
    assert!(enforcement.all_enforced());
    assert_eq!(fixture.kernel.enforcement(), &enforcement);
}

#[test]
fn what_is_not_enforced_stays_so() {
    let settings = KernelSettings { force_unenforced: true, ..KernelSettings::default() };
    let mut fixture = Fixture::with(&settings, &[]).unwrap();
    let before = fixture.enforcement().clone();
    assert_eq!(fixture.kernel.self_test(), before);
}

/// Prints figures and asserts none: other work on the machine decides over them.
#[test]
fn times_of_the_hosts_own_share() {
    const STARTS: usize = 100;
    let _alone = ALONE.write().unwrap_or_else(PoisonError::into_inner);
    let Some(fixture) = Fixture::alone(&KernelSettings::default()).unless_missing(&["mounts", "memory", "freeze"]) else { return };
    let start = Instant::now();
    drop(Fixture::alone(&KernelSettings::default()));
    eprintln!("open and close: {} µs", start.elapsed().as_micros());
    let (mut start_us, mut freeze_us, mut thaw_us, mut drop_us) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let timed = |times: &mut Vec<u128>, act: &mut dyn FnMut()| {
        let start = Instant::now();
        act();
        times.push(start.elapsed().as_micros());
    };
    for _ in 0..STARTS {
        let mut process = None;
        timed(&mut start_us, &mut || process = Some(fixture.start(&["sleep"])));
        let process = process.take().unwrap();
        pause(Duration::from_millis(5));
        timed(&mut freeze_us, &mut || process.freeze().unwrap());
        timed(&mut thaw_us, &mut || process.thaw().unwrap());
        process.kill();
        exit(&process);
        let mut process = Some(process);
        timed(&mut drop_us, &mut || drop(process.take()));
        pause(Duration::from_millis(5));
    }
    for (name, mut times) in [("start", start_us), ("freeze", freeze_us), ("thaw", thaw_us), ("drop", drop_us)] {
        times.sort_unstable();
        eprintln!("{name}: median {} µs, p95 {} µs, n = {STARTS}", times[STARTS / 2], times[STARTS * 95 / 100]);
    }
}
