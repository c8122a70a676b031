//! CPU, memory and freezer.

use std::time::{Duration, Instant};

use ferry_host::kernel::{KernelSettings, Process};

use crate::fixture::{Fixture, exit, first_line, pause, until};

/// Share of one CPU that was used in about `window`, and the share of periods in which the quota was hit.
fn cpu_share(process: &Process, window: Duration, period_us: u64) -> (f64, f64) {
    let (start, before) = (Instant::now(), process.usage());
    pause(window);
    let (wall, after) = (start.elapsed(), process.usage());
    let wall_us = wall.as_secs_f64() * 1e6;
    let periods = wall_us / period_us as f64;
    ((after.cpu_us - before.cpu_us) as f64 / wall_us, (after.throttled_periods - before.throttled_periods) as f64 / periods)
}

/// A quota is a bound from above; from below it holds when the program hit it nearly always.
fn quota_holds(vcpus: f64) {
    let Some(fixture) = Fixture::new(&["cpu"]) else { return };
    let process = fixture.start(&["spin"]);
    process.set_cpu_limit(Some(vcpus)).unwrap();
    let (share, throttled) = cpu_share(&process, Duration::from_secs(1), fixture.enforcement().cpu_period_us);
    eprintln!("quota {vcpus}: used {share:.4}, throttled in {:.0} % of periods", throttled * 100.0);
    assert!(share < vcpus * 1.15, "{share}");
    assert!(throttled < 0.9 || share > vcpus * 0.85, "{share}");
    assert!(throttled < 0.5 || process.usage().throttled_us > 0);
}

#[test]
fn a_quarter_of_a_cpu_holds() {
    quota_holds(0.25);
}

#[test]
fn the_smallest_memory_size_gets_its_share() {
    quota_holds(0.07);
}

#[test]
fn a_quota_can_be_lifted_and_another_period_be_chosen() {
    let settings = KernelSettings { cpu_period_us: 50_000, ..KernelSettings::default() };
    let Some(fixture) = Fixture::with(&settings, &["cpu"]) else { return };
    let process = fixture.start(&["spin"]);
    process.set_cpu_limit(Some(0.05)).unwrap();
    let (limited, _) = cpu_share(&process, Duration::from_millis(500), 50_000);
    process.set_cpu_limit(None).unwrap();
    // The quota that was used up before holds until its period ends.
    pause(Duration::from_millis(100));
    let before = process.usage().throttled_periods;
    let (unlimited, _) = cpu_share(&process, Duration::from_millis(500), 50_000);
    assert!(limited < 0.08, "{limited}");
    assert!(unlimited > limited * 2.0, "{limited} {unlimited}");
    assert_eq!(process.usage().throttled_periods, before);
}

#[test]
fn too_much_memory_kills() {
    let Some(fixture) = Fixture::new(&["memory"]) else { return };
    let process = fixture.start(&["eat", "200"]);
    let exit = exit(&process);
    assert_eq!((exit.code, exit.signal, exit.oom), (None, Some(9), true));
    let usage = process.usage();
    assert!(usage.oom_kills > 0);
    assert_eq!(usage.peak_memory_bytes, 128 << 20);
}

#[test]
fn memory_within_the_limit_is_counted_by_what_is_resident() {
    let Some(fixture) = Fixture::new(&["memory"]) else { return };
    let mut process = fixture.start(&["eat", "60"]);
    assert_eq!(first_line(&mut process), "ate 62914560 bytes");
    let peak = process.usage().peak_memory_bytes;
    assert!((60 << 20..70 << 20).contains(&peak), "{peak}");
    process.kill();
    exit(&process);
    assert!(process.usage().peak_memory_bytes >= peak, "the dead keep their peak");
}

#[test]
fn a_child_out_of_memory_takes_the_whole_sandbox_with_it() {
    let Some(fixture) = Fixture::new(&["memory"]) else { return };
    let process = fixture.start(&["child", "eat", "200"]);
    let exit = exit(&process);
    assert_eq!((exit.signal, exit.oom), (Some(9), true));
}

#[test]
fn a_frozen_program_stops_and_goes_on() {
    let Some(fixture) = Fixture::new(&["freeze", "cpu"]) else { return };
    let process = fixture.start(&["spin"]);
    let used = || process.usage().cpu_us;
    until("the program to run", || used() > 5_000);
    for _ in 0..20 {
        process.freeze().unwrap();
        let frozen = used();
        pause(Duration::from_millis(20));
        // The kernel says FROZEN before it has put the last microseconds on the account.
        assert!(used() - frozen < 1_000, "a spinning program, frozen, uses under 1 ms in 20 ms");
        process.thaw().unwrap();
        until("the program to go on", || used() > frozen + 1_000);
    }
}
