//! On a machine that allows nothing, everything still runs, and says so.

use std::fs;

use ferry_host::kernel::{Exit, KernelSettings};

use crate::fixture::{Fixture, exit, first_line, running, until};

fn unenforced() -> Fixture {
    Fixture::with(&KernelSettings { force_unenforced: true, ..KernelSettings::default() }, &[]).unwrap()
}

#[test]
fn says_that_nothing_is_enforced() {
    let fixture = unenforced();
    assert!(fixture.enforcement().parts().iter().all(|(_, status)| !status.is_enforced()));
    assert_eq!(fixture.enforcement().cgroup_version, None);
}

#[test]
fn paths_of_lambda_become_those_of_the_machine() {
    let fixture = unenforced();
    let task = fixture.task.path().display().to_string();
    let layer = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    fs::write(layer.path().join("a"), "low").unwrap();
    fs::write(other.path().join("a"), "high").unwrap();
    let mut spec = fixture.spec(&["env"]);
    spec.env = vec![("LAMBDA_TASK_ROOT".into(), "/var/task".into()), ("PATH".into(), "/usr/bin:/opt/bin:/var/taskX".into())];
    spec.layers = vec![layer.path().to_owned()];
    let output = fixture.run_spec(&spec);
    let mut lines: Vec<&str> = output.lines().collect();
    lines.sort_unstable();
    assert!(lines[0].starts_with("AWS_LAMBDA_RUNTIME_API=127.0.0.1:"), "{output}");
    let path = format!("PATH=/usr/bin:{}/bin:/var/taskX", layer.path().display());
    assert_eq!(lines[1..], [format!("LAMBDA_TASK_ROOT={task}"), path]);

    spec.layers.push(other.path().to_owned());
    spec.args = vec!["read".into(), "/opt/a".into()];
    assert_eq!(fixture.run_spec(&spec), "Ok(\"high\")");
    spec.args = vec!["read".into(), "/proc/self/cwd/../nothing".into()];
    assert!(fixture.run_spec(&spec).starts_with("Err"));
}

#[test]
fn no_descriptor_of_the_host_is_open() {
    let fixture = unenforced();
    let inherited = fs::File::open("/dev/zero").unwrap();
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
    let output = fixture.run(&["fds"]);
    assert!(output.lines().count() <= 4 && !output.contains("/dev/zero"), "{output}");
}

#[test]
fn runs_talks_counts_and_ends() {
    let fixture = unenforced();
    let mut process = fixture.start(&["eat", "20"]);
    assert_eq!(first_line(&mut process), "ate 20971520 bytes");
    process.set_cpu_limit(Some(0.1)).unwrap();
    process.freeze().unwrap();
    process.thaw().unwrap();
    let usage = process.usage();
    assert!(usage.cpu_us > 0 && usage.peak_memory_bytes > 20 << 20, "{usage:?}");
    assert!(process.listen(0).is_ok());
    assert_eq!(process.take_listener().local_addr().unwrap().to_string(), process.runtime_api());
    process.terminate();
    assert_eq!(exit(&process), Exit { code: None, signal: Some(15), oom: false });
    assert!(process.usage().cpu_us >= usage.cpu_us);
}

#[test]
fn the_process_group_dies_with_it() {
    let fixture = unenforced();
    let program = fixture.task.path().join("bootstrap");
    let process = fixture.start(&["child", "sleep"]);
    until("the child to run", || running(&program).len() == 2);
    drop(process);
    until("both to die", || running(&program).is_empty());
}

#[test]
fn a_missing_program_is_named() {
    let fixture = unenforced();
    let mut spec = fixture.spec(&[]);
    spec.program = "/var/task/missing".into();
    let message = fixture.kernel.start(&spec).unwrap_err().to_string();
    assert_eq!(message, format!("sandbox {} could not start /var/task/missing", spec.id));
}

/// Runs this test again as an ordinary user, who finds out by himself what he may not.
#[test]
fn without_root_everything_still_runs() {
    use std::os::unix::process::CommandExt;
    if rustix::process::geteuid().is_root() {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "unenforced::without_root_everything_still_runs", "--nocapture"]).uid(65_534).gid(65_534);
        let output = match again.output() {
            Ok(output) => output,
            Err(error) => return eprintln!("SKIPPED: user 65534 cannot run {}: {error}", again.get_program().display()),
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let fixture = Fixture::with(&KernelSettings::default(), &[]).unwrap();
    let reasons: Vec<String> = fixture.enforcement().parts().iter().map(|(name, status)| format!("{name}: {status:?}")).collect();
    assert!(!fixture.enforcement().mounts.is_enforced() && !fixture.enforcement().user.is_enforced(), "{reasons:?}");
    assert!(reasons.iter().all(|reason| reason.contains("Enforced {") || reason.contains("sudo")), "{reasons:?}");
    assert_eq!(fixture.run(&["list", "/proc/self/task"]).split(' ').count(), 1);
    let process = fixture.start(&["sleep"]);
    process.kill();
    assert_eq!(exit(&process), Exit { code: None, signal: Some(9), oom: false });
}
