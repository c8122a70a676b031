//! Removes what is left of sandboxes, away from the thread that dropped them: kills again what is still there,
//! reaps the main process, removes the cgroup, frees the user id.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use super::limits;
use super::process::Body;

#[derive(Debug)]
pub(super) struct Reaper {
    remains: Mutex<Option<Sender<Body>>>,
    thread: Option<JoinHandle<()>>,
}

impl Reaper {
    pub(super) fn new() -> Self {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new().name("ferry-reaper".into()).spawn(move || run(&receiver)).ok();
        Self { remains: Mutex::new(thread.is_some().then_some(sender)), thread }
    }

    /// Takes over a sandbox that has been sent SIGKILL.
    pub(super) fn take(&self, body: Body) {
        let refused = match &*self.remains.lock().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Some(sender) => sender.send(body).map_err(|error| error.0).err(),
            None => Some(body),
        };
        if let Some(body) = refused {
            Pending::new(body).finish();
        }
    }
}

impl Drop for Reaper {
    /// Waits for the rest, at most [`limits::REAP_WAIT`] for each sandbox, all at the same time.
    fn drop(&mut self) {
        drop(self.remains.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Pending {
    body: Body,
    since: Instant,
    reaped: bool,
}

impl Pending {
    fn new(body: Body) -> Self {
        Self { body, since: Instant::now(), reaped: false }
    }

    /// One look. True when nothing is left, or when the time for it is up.
    fn look(&mut self) -> bool {
        let gone = self.body.is_empty();
        if !gone {
            self.body.kill();
        }
        // The zombie is kept until the others are gone, because its pid names the process group that is killed.
        self.reaped = self.reaped || (gone && self.body.main.reap());
        (self.reaped && self.body.remove_cgroup()) || self.since.elapsed() >= limits::REAP_WAIT
    }

    fn finish(mut self) {
        while !self.look() {
            super::pause::pause(limits::REAP_TICK);
        }
    }
}

fn run(receiver: &Receiver<Body>) {
    let mut pending: Vec<Pending> = Vec::new();
    loop {
        let next = if pending.is_empty() {
            receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            receiver.recv_timeout(limits::REAP_TICK)
        };
        match next {
            Ok(body) => pending.push(Pending::new(body)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        pending.retain_mut(|one| !one.look());
    }
    pending.into_iter().for_each(Pending::finish);
}
