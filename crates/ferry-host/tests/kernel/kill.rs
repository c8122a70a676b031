//! Nothing outlives its sandbox.

use rustix::event::{PollFd, PollFlags, poll};

use crate::fixture::{Fixture, exit, first_line, pause, running, until};

fn killable() -> Option<Fixture> {
    Fixture::new(&["freeze", "mounts"])
}

fn readable(process: &ferry_host::kernel::Process) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(process.pidfd(), PollFlags::IN)];
    poll(&mut fds, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
}

#[test]
fn terminate_is_sigterm_and_the_descriptor_tells_the_end() {
    let Some(fixture) = killable() else { return };
    let process = fixture.start(&["sleep"]);
    assert!(!readable(&process));
    assert_eq!(process.try_wait().unwrap(), None);
    process.freeze().unwrap();
    process.terminate();
    let ended = exit(&process);
    assert_eq!((ended.code, ended.signal, ended.oom), (None, Some(15), false));
    assert!(readable(&process));
    assert_eq!(process.try_wait().unwrap(), Some(ended), "may be asked again");
}

#[test]
fn a_frozen_sandbox_can_be_killed() {
    let Some(fixture) = killable() else { return };
    let process = fixture.start(&["spin"]);
    process.freeze().unwrap();
    process.kill();
    assert_eq!(exit(&process).signal, Some(9));
}

#[test]
fn a_daemon_that_left_the_process_group_is_killed_too() {
    let Some(fixture) = killable() else { return };
    let program = fixture.task.path().join("bootstrap");
    let mut process = fixture.start(&["orphan", "sleep"]);
    let line = first_line(&mut process);
    let pid: u32 = line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or_else(|_| panic!("{line}"));
    until("the daemon to run", || running(&program).contains(&pid));
    assert_ne!(process_group(pid), process.pid().to_string());
    process.kill();
    exit(&process);
    until("the daemon to die", || running(&program).is_empty());
}

/// The fifth field of `/proc/<pid>/stat`; no name in these tests holds a space.
fn process_group(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().split(' ').nth(4).unwrap().to_owned()
}

#[test]
fn a_fork_bomb_is_bounded_and_killed() {
    let Some(fixture) = killable() else { return };
    let program = fixture.task.path().join("bootstrap");
    let mut spec = fixture.spec(&["fork-bomb"]);
    spec.memory_mib = 2_048;
    let process = fixture.kernel.start(&spec).unwrap();
    process.set_cpu_limit(Some(0.5)).unwrap();
    until("the bomb to go off", || running(&program).len() > 50);
    pause(std::time::Duration::from_millis(100));
    assert!(running(&program).len() <= 1_024);
    process.kill();
    exit(&process);
    until("all of them to die", || running(&program).is_empty());
}

#[test]
fn dropping_kills_at_once() {
    let Some(fixture) = killable() else { return };
    let process = fixture.start(&["child", "spin"]);
    let program = fixture.task.path().join("bootstrap");
    until("the child to run", || running(&program).len() == 2);
    process.freeze().unwrap();
    drop(process);
    until("both to die", || running(&program).is_empty());
}
