//! Version 2 on this machine, as far as it goes without controllers: beginning in a cgroup, freezing, killing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::super::enforcement::Enforcement;
use super::super::machine::Machine;
use super::super::pause::{pause, wait_until};
use super::super::spec::{KernelSettings, SandboxSpec};
use super::cgroup::Cgroups;
use super::isolation::Isolation;

const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(1);
/// Long enough that two spinning processes, not frozen, would use many milliseconds even on a busy machine.
const PAUSE: Duration = Duration::from_millis(20);

fn spinning_shell(id: &str) -> SandboxSpec {
    SandboxSpec {
        id: id.into(),
        program: "/bin/sh".into(),
        args: vec!["-c".into(), "(setsid sh -c 'while :; do :; done') & while :; do :; done".into()],
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        task_root: PathBuf::from("/usr"),
        layers: Vec::new(),
        runtime_dir: None,
        language_root: None,
        memory_mib: 128,
        tmp_mib: 1,
        network: ferry_template::Network::Private,
        further_port: None,
    }
}

#[test]
fn begins_freezes_thaws_and_kills_in_version_2() {
    let name = format!("ferry-{}-v2", std::process::id());
    let settings = KernelSettings { cgroup_parent: name, ..KernelSettings::default() };
    let mut enforcement = Enforcement::none("not opened", 20_000);
    let Some(cgroups) = Cgroups::open_version_2(&settings, &mut enforcement) else {
        return eprintln!("SKIPPED: no cgroup v2 here: {:?}", enforcement.freeze);
    };
    let Some(isolation) = Isolation::open(&mut enforcement) else {
        return eprintln!("SKIPPED: no isolation here: {:?}", enforcement.mounts);
    };
    assert_eq!(enforcement.cgroup_version, Some(2));
    let (machine, _) = Machine::open(KernelSettings { force_unenforced: true, ..settings });
    let cgroup = cgroups.create("s1", 128 << 20).unwrap();
    let (body, _ends) = isolation.start(&spinning_shell("s1"), "s1", &machine, Some(Arc::clone(&cgroup))).unwrap();
    assert!(cgroup.processes().unwrap().contains(&body.main.pid()));
    let used = || cgroup.cpu().unwrap().used_us;
    assert!(wait_until(PATIENCE, TICK, || used() > 10_000 && cgroup.processes().unwrap().len() == 2));
    for _ in 0..10 {
        cgroup.freeze().unwrap();
        let frozen = used();
        pause(PAUSE);
        // A task counts as frozen a moment before its processor leaves it, and is charged for that moment.
        assert!(used() - frozen < 1_000, "two spinning processes, frozen, use under 1 ms in {PAUSE:?}");
        cgroup.thaw().unwrap();
        assert!(wait_until(PATIENCE, TICK, || used() > frozen + 1_000));
    }
    cgroup.freeze().unwrap();
    assert!(body.is_empty() == cgroup.is_empty() && !body.is_empty());
    body.kill();
    assert!(wait_until(PATIENCE, TICK, || body.is_empty()), "both die, frozen and out of the process group");
    assert!(body.main.reap() && body.remove_cgroup());
}
