//! A process without isolation: an ordinary child in its own process group, with Lambda's paths mapped to real ones.
#![expect(unsafe_code, reason = "pre_exec runs our code between fork and exec")]

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, setrlimit};

use super::error::KernelError;
use super::limits;
use super::paths::PathMap;
use super::pause::pause;
use super::spec::SandboxSpec;
use super::sys;

pub(super) fn spawn(
    spec: &SandboxSpec,
    paths: &PathMap,
    runtime_api: &str,
    output: OwnedFd,
    cgroup: Option<&sys::Cgroup>,
) -> Result<Pid, KernelError> {
    let failed = |source| KernelError::Step { id: spec.id.clone(), step: format!("start {}", spec.program), source };
    let joins: Vec<c_int> = cgroup.map(|cgroup| cgroup.joins().iter().map(AsRawFd::as_raw_fd).collect()).unwrap_or_default();
    let mut command = Command::new(paths.map(&spec.program));
    command
        .args(spec.args.iter().map(|arg| paths.map(arg)))
        .env_clear()
        .envs(spec.env.iter().map(|(name, value)| (name, paths.map(value))))
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .current_dir(&spec.task_root)
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(failed)?)
        .stderr(output)
        .process_group(0);
    // SAFETY: `settle` allocates nothing and takes no lock: it makes system calls only, on copies made before the
    // fork. The descriptors in `joins` are borrowed from `cgroup`, which outlives this function's `spawn`.
    unsafe { command.pre_exec(move || settle(&joins)) };
    let child = spawn_unless_busy(&mut command).map_err(failed)?;
    // A process id is positive and fits; dropping `Child` neither kills nor waits, so it is ours alone to reap.
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| failed(io::ErrorKind::InvalidData.into()))
}

/// A program that was just built is busy for as long as any process that another thread is starting has a copy of the
/// descriptor it was written through.
fn spawn_unless_busy(command: &mut Command) -> io::Result<Child> {
    for _ in 1..limits::EXECUTE_TRIES_MAX {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => pause(Duration::from_millis(1)),
            other => return other,
        }
    }
    command.spawn()
}

/// Runs in the child: limits, cgroups, and no descriptor of the host beyond the standard three.
fn settle(joins: &[c_int]) -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    for fd in joins {
        // SAFETY: one byte is read from a static string, and the descriptor is open: see `spawn`.
        if unsafe { libc::write(*fd, c"0".as_ptr().cast(), 1) } != 1 {
            return Err(io::Error::last_os_error());
        }
    }
    close_on_exec_from(3);
    let files = Some(limits::OPEN_FILES_MAX);
    // Fails where the host itself is allowed less, which then also holds for the child.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files, maximum: files });
    Ok(())
}

/// Marks rather than closes: the standard library reports a failed exec over a descriptor of its own.
fn close_on_exec_from(first: c_int) {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: takes three numbers; marking a descriptor that nobody has is no error.
        if unsafe { libc::syscall(libc::SYS_close_range, first, c_int::MAX, libc::CLOSE_RANGE_CLOEXEC) } == 0 {
            return;
        }
    }
    let end = rustix::process::getrlimit(Resource::Nofile).current.and_then(|end| c_int::try_from(end).ok());
    for fd in first..end.unwrap_or(c_int::from(u16::MAX)) {
        // SAFETY: takes numbers only; a descriptor that is not open is an error without effect.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}
