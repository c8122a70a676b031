//! A guest for the kernel module's tests: it does one thing that the limits should stop, or says what it sees.
#![expect(clippy::print_stdout, reason = "its output is what the tests read")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["env"] => std::env::vars().for_each(|(name, value)| println!("{name}={value}")),
        ["fds"] => fds(),
        ["read", path] => println!("{:?}", fs::read_to_string(path)),
        ["list", path] => list(path),
        ["write", path] => println!("{:?}", fs::write(path, b"x").map_err(|error| error.kind())),
        ["fill", path, mib] => println!("{:?}", fs::write(path, vec![7; mebibytes(mib)]).map_err(|error| error.kind())),
        ["connect", address] => println!("{:?}", TcpStream::connect(address).map(|_| ()).map_err(|error| error.kind())),
        ["bind", port] => bind(port),
        ["spin"] => loop {
            std::hint::spin_loop();
        },
        ["eat", mib] => eat(mib),
        ["child", rest @ ..] => child(rest),
        ["orphan", rest @ ..] => orphan(rest),
        ["fork-bomb"] => fork_bomb(),
        ["sleep"] => forever(),
        _ => println!("unknown: {args:?}"),
    }
}

fn fds() {
    // The listing itself opens one more, which is gone when it is asked about.
    for entry in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        if let Ok(target) = fs::read_link(entry.path()) {
            println!("{} {}", entry.file_name().display(), target.display());
        }
    }
}

fn list(path: &str) {
    let mut names: Vec<String> =
        fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name().display().to_string()).collect();
    names.sort();
    println!("{}", names.join(" "));
}

fn bind(port: &str) {
    let bound = TcpListener::bind(format!("127.0.0.1:{port}"));
    println!("{:?}", bound.as_ref().map(|_| ()).map_err(std::io::Error::kind));
    forever();
}

fn eat(mib: &str) {
    let bytes = vec![7_u8; mebibytes(mib)];
    println!("ate {} bytes", std::hint::black_box(&bytes).len());
    forever();
}

/// Runs the rest in a child and waits for ever, also when the child has died.
fn child(rest: &[&str]) {
    let started = Command::new("/proc/self/exe").args(rest).status();
    println!("child ended: {started:?}");
    forever();
}

/// Leaves the session and the process group, as a daemon does, and lets the rest run without a parent.
fn orphan(rest: &[&str]) {
    // By its path, because `/proc/self/exe` would be setsid there.
    let own = std::env::current_exe().unwrap_or_default();
    let started = Command::new("/usr/bin/setsid").arg(own).args(rest).spawn();
    println!("orphan {:?}", started.map(|child| child.id()));
    forever();
}

fn fork_bomb() {
    loop {
        // Each child is a bomb itself; at the limit, the failure is the point.
        let _ = Command::new("/proc/self/exe").arg("fork-bomb").spawn();
    }
}

fn mebibytes(text: &str) -> usize {
    text.parse::<usize>().unwrap_or(1) * 1024 * 1024
}

fn forever() -> ! {
    loop {
        std::thread::park_timeout(Duration::from_secs(3600));
    }
}
