//! The first process of a sandbox. It stays a zombie until the sandbox is removed, so that its pid, which is also the
//! id of its process group, can never come to mean another process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid};

#[derive(Debug)]
pub(super) struct MainProcess {
    pid: Pid,
    /// Readable once the process has exited.
    exited: OwnedFd,
}

impl MainProcess {
    /// `pid` is a child of ours that nobody else waits for and that leads its own process group.
    pub(super) fn new(pid: Pid, exited: OwnedFd) -> Self {
        Self { pid, exited }
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn exited(&self) -> BorrowedFd<'_> {
        self.exited.as_fd()
    }

    /// Exit code and signal, as soon as there is one of them; asking does not reap.
    pub(super) fn status(&self) -> io::Result<Option<(Option<i32>, Option<i32>)>> {
        let status = self.wait(WaitIdOptions::NOWAIT)?;
        Ok(status.map(|status| (status.exit_status(), status.terminating_signal())))
    }

    /// Whether the process is gone for good. From then on its pid may be another's.
    pub(super) fn reap(&self) -> bool {
        // An error means that there is no such child any more.
        self.wait(WaitIdOptions::empty()).map_or(true, |status| status.is_some())
    }

    /// To the process group. That nobody is left to get it is no error.
    pub(super) fn signal_group(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
    }

    fn wait(&self, options: WaitIdOptions) -> io::Result<Option<WaitIdStatus>> {
        let options = options | WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        Ok(rustix::io::retry_on_intr(|| waitid(WaitId::Pid(self.pid), options))?)
    }
}
