//! What a sandbox sees, and what it does not.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use ferry_template::Network;

use crate::fixture::{Fixture, exit, first_line};

fn isolated() -> Option<Fixture> {
    Fixture::new(&["mounts", "user", "network"])
}

#[test]
fn the_environment_is_exactly_what_was_given() {
    let Some(fixture) = isolated() else { return };
    assert_eq!(fixture.run(&["env"]), "LANG=en_US.UTF-8\nAWS_LAMBDA_RUNTIME_API=127.0.0.1:9001");
}

#[test]
fn only_the_standard_three_descriptors_are_open() {
    let Some(fixture) = isolated() else { return };
    // One of the host's that is not closed on exec, as a parent of the host may have left it.
    let inherited = fs::File::open("/dev/zero").unwrap();
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
    let output = fixture.run(&["fds"]);
    let fds: Vec<&str> = output.lines().collect();
    assert_eq!(fds[0], "0 /dev/null");
    assert!(fds[1].starts_with("1 pipe:") && fds[2].starts_with("2 pipe:"), "{output}");
    assert!(fds.len() == 3 || (fds.len() == 4 && fds[3].contains("/fd")), "{output}");
}

#[test]
fn the_user_is_unprivileged_and_stays_so() {
    let Some(fixture) = isolated() else { return };
    // The shell, because a Rust program ignores SIGPIPE by itself.
    let mut spec = fixture.spec(&["-c", "while read -r line; do echo \"$line\"; done < /proc/self/status"]);
    spec.program = "/bin/sh".into();
    let status = fixture.run_spec(&spec);
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let uids: Vec<u32> = field("Uid:").split_whitespace().map(|uid| uid.parse().unwrap()).collect();
    assert!(uids.iter().all(|uid| *uid == uids[0] && *uid >= 0x7000_0000), "{uids:?}");
    assert_eq!((field("NoNewPrivs:"), field("Groups:")), ("1".into(), String::new()));
    assert_eq!((field("CapEff:"), field("CapPrm:")), ("0000000000000000".into(), "0000000000000000".into()));
    assert_eq!((field("SigBlk:"), field("SigIgn:")), ("0000000000000000".into(), "0000000000000000".into()));
    assert!(fixture.run(&["read", "/etc/passwd"]).contains(&format!("sbx_user1051:x:{}:", uids[0])));
}

#[test]
fn two_sandboxes_are_two_users() {
    let Some(fixture) = isolated() else { return };
    let (one, two) = (fixture.start(&["sleep"]), fixture.start(&["sleep"]));
    let uid =
        |pid: i32| fs::read_to_string(format!("/proc/{pid}/status")).unwrap().lines().find(|l| l.starts_with("Uid:")).unwrap().to_owned();
    assert_ne!(uid(one.pid()), uid(two.pid()));
    let seen = fixture.run(&["list", "/proc"]);
    let pids: Vec<&str> = seen.split(' ').filter(|name| name.parse::<u32>().is_ok()).collect();
    assert_eq!(pids.len(), 1, "only itself: {pids:?}");
}

#[test]
fn the_file_system_is_lambdas() {
    let Some(fixture) = isolated() else { return };
    assert_eq!(fixture.run(&["list", "/var/task"]), "bootstrap");
    assert_eq!(fixture.run(&["list", "/dev"]), "fd full null random stderr stdin stdout urandom zero");
    assert_eq!(fixture.run(&["write", "/dev/null"]), "Ok(())");
    for path in ["/var/task/x", "/opt/x", "/x", "/etc/hosts", "/usr/x", "/var/tmp/x"] {
        assert_eq!(fixture.run(&["write", path]), "Err(ReadOnlyFilesystem)", "{path}");
    }
    assert_eq!(fixture.run(&["list", "/root"]), "", "nothing of the machine's own");
    assert!(fixture.run(&["read", "/etc/hosts"]).contains("sandbox.localdomain"));
    assert_eq!(fixture.run(&["read", "/proc/sys/kernel/hostname"]), "Ok(\"sandbox\\n\")");
}

#[test]
fn tmp_is_private_and_has_its_size() {
    let Some(fixture) = isolated() else { return };
    fs::write(std::env::temp_dir().join("ferry-kernel-test"), "x").unwrap();
    assert_eq!(fixture.run(&["list", "/tmp"]), "");
    fs::remove_file(std::env::temp_dir().join("ferry-kernel-test")).unwrap();
    assert_eq!(fixture.run(&["fill", "/tmp/x", "15"]), "Ok(())");
    assert_eq!(fixture.run(&["fill", "/tmp/x", "17"]), "Err(StorageFull)");
}

#[test]
fn layers_runtime_and_language_are_where_lambda_has_them() {
    let Some(fixture) = isolated() else { return };
    let root = tempfile::tempdir().unwrap();
    let folder = |name: &str, file: &str, text: &str| -> PathBuf {
        let folder = root.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), text).unwrap();
        folder
    };
    let mut spec = fixture.spec(&["list", "/opt"]);
    spec.runtime_dir = Some(folder("runtime", "bootstrap.mjs", "r"));
    spec.language_root = Some(folder("lang", "node", "l"));
    assert_eq!(fixture.run_spec(&spec), "");
    let low = folder("low:er", "a", "low");
    fs::write(low.join("b"), "low").unwrap();
    spec.layers = vec![low];
    let again = |spec: &ferry_host::kernel::SandboxSpec, n: &str, args: [&str; 2]| {
        let args = args.map(str::to_owned).to_vec();
        fixture.run_spec(&ferry_host::kernel::SandboxSpec { id: format!("layers-{n}"), args, ..spec.clone() })
    };
    assert_eq!(again(&spec, "1", ["list", "/opt"]), "a b");
    spec.layers.push(folder("high", "a", "high"));
    assert_eq!(again(&spec, "2", ["list", "/opt"]), "a b");
    assert_eq!(again(&spec, "3", ["read", "/opt/a"]), "Ok(\"high\")");
    assert_eq!(again(&spec, "4", ["read", "/opt/b"]), "Ok(\"low\")");
    assert_eq!(again(&spec, "5", ["list", "/var/runtime"]), "bootstrap.mjs");
    assert_eq!(again(&spec, "6", ["list", "/var/lang"]), "node");
}

#[test]
fn the_network_is_lo_and_the_hosts_doors() {
    let Some(fixture) = isolated() else { return };
    assert!(fixture.run(&["read", "/proc/net/dev"]).matches(':').count() == 1, "lo alone");
    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = outside.local_addr().unwrap().to_string();
    assert_eq!(fixture.run(&["connect", &address]), "Err(ConnectionRefused)");
    assert_eq!(fixture.run(&["connect", "192.0.2.1:80"]), "Err(NetworkUnreachable)");

    let mut process = fixture.start(&["connect", "127.0.0.1:9001"]);
    let door = process.take_listener();
    assert_eq!(process.runtime_api(), "127.0.0.1:9001");
    assert_eq!(first_line(&mut process), "Ok(())");
    door.accept().unwrap();
}

#[test]
fn the_host_opens_further_doors() {
    let Some(fixture) = isolated() else { return };
    let process = fixture.start(&["sleep"]);
    let door = process.listen(4243).unwrap();
    assert_eq!(door.local_addr().unwrap().to_string(), "127.0.0.1:4243");
    assert_eq!(process.listen(4243).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    assert_eq!(process.listen(9001).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn two_sandboxes_take_the_same_port() {
    let Some(fixture) = isolated() else { return };
    let (mut one, mut two) = (fixture.start(&["bind", "8080"]), fixture.start(&["bind", "8080"]));
    assert_eq!((first_line(&mut one), first_line(&mut two)), ("Ok(())".into(), "Ok(())".into()));
}

#[test]
fn the_machines_network_when_asked_for() {
    let Some(fixture) = isolated() else { return };
    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut spec = fixture.spec(&["connect", &outside.local_addr().unwrap().to_string()]);
    spec.network = Network::Host;
    assert_eq!(fixture.run_spec(&spec), "Ok(())");
    spec.id = "again".into();
    spec.args = vec!["env".into()];
    let mut process = fixture.kernel.start(&spec).unwrap();
    let address = process.runtime_api().to_owned();
    assert_ne!(address, "127.0.0.1:9001");
    assert_eq!(process.take_listener().local_addr().unwrap().to_string(), address);
}

#[test]
fn what_cannot_start_says_which_step_failed_and_leaves_nothing() {
    let Some(fixture) = isolated() else { return };
    let mut spec = fixture.spec(&[]);
    spec.program = "/var/task/missing".into();
    let message = fixture.kernel.start(&spec).unwrap_err().to_string();
    assert_eq!(message, format!("sandbox {} could not execute /var/task/missing", spec.id));
    // The same id again: the cgroup of the failed start is gone.
    spec.program = "/var/task".into();
    let message = fixture.kernel.start(&spec).unwrap_err().to_string();
    assert!(message.contains("execute /var/task (its files must be readable for others"), "{message}");
    spec.task_root = "/nonexistent".into();
    let message = fixture.kernel.start(&spec).unwrap_err().to_string();
    assert!(message.contains("cannot mount /nonexistent at /var/task"), "{message}");
    spec.id = "../escape".into();
    assert!(fixture.kernel.start(&spec).unwrap_err().to_string().contains("letters"));
}

#[test]
fn a_program_that_is_still_being_written_starts_when_it_is_done() {
    let Some(fixture) = isolated() else { return };
    let program = fixture.task.path().join("bootstrap");
    let writer = fs::OpenOptions::new().append(true).open(program).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            crate::fixture::pause(std::time::Duration::from_millis(10));
            drop(writer);
        });
        assert_eq!(fixture.run(&["list", "/opt"]), "");
    });
}

#[test]
fn a_shell_of_the_machine_runs() {
    let Some(fixture) = isolated() else { return };
    let mut spec = fixture.spec(&[]);
    spec.program = "/bin/sh".into();
    spec.args = vec!["-c".into(), "kill -TERM $$".into()];
    let exit = exit(&fixture.kernel.start(&spec).unwrap());
    assert_eq!((exit.code, exit.signal, exit.oom), (None, Some(15), false));
}
