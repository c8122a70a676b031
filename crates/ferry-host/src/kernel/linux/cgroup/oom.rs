//! Version 1 kills one process of a group that is out of memory and goes on. Lambda ends the whole sandbox; so a
//! thread waits for the kernel's notice and kills the rest.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;

use rustix::event::epoll;
use rustix::event::{EventfdFlags, eventfd};

use super::Cgroup;

/// The event of the thread's own end.
const END: u64 = 0;

#[derive(Debug)]
pub(super) struct OomWatch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    epoll: OwnedFd,
    end: OwnedFd,
    watched: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    last: u64,
    cgroups: HashMap<u64, Weak<Cgroup>>,
}

impl OomWatch {
    pub(super) fn start() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let end = eventfd(0, EventfdFlags::CLOEXEC)?;
        epoll::add(&epoll, &end, epoll::EventData::new_u64(END), epoll::EventFlags::IN)?;
        let shared = Arc::new(Shared { epoll, end, watched: Mutex::default() });
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("ferry-oom".into()).spawn(move || own.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// From now until the group's descriptors are closed. Does nothing for groups that need no watching.
    pub(super) fn add(&self, cgroup: &Arc<Cgroup>) {
        let Some(event) = cgroup.group.oom_event() else { return };
        let mut watched = self.shared.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.cgroups.retain(|_, cgroup| cgroup.strong_count() > 0);
        watched.last += 1;
        let token = watched.last;
        watched.cgroups.insert(token, Arc::downgrade(cgroup));
        // Edge-triggered, so that the event need not be read to fall silent. A failure leaves the kernel's own kill.
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        let _ = epoll::add(&self.shared.epoll, event, epoll::EventData::new_u64(token), flags);
    }
}

impl Shared {
    fn run(&self) {
        let mut events = Vec::with_capacity(16);
        loop {
            events.clear();
            let waited = epoll::wait(self.epoll.as_fd(), rustix::buffer::spare_capacity(&mut events), None);
            match waited {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
            for event in &events {
                match event.data.u64() {
                    END => return,
                    token => self.out_of_memory(token),
                }
            }
        }
    }

    fn out_of_memory(&self, token: u64) {
        let cgroup = self.watched.lock().unwrap_or_else(PoisonError::into_inner).cgroups.get(&token).and_then(Weak::upgrade);
        if let Some(cgroup) = cgroup {
            cgroup.on_out_of_memory();
        }
    }
}

impl Drop for OomWatch {
    fn drop(&mut self) {
        let _ = rustix::io::write(&self.shared.end, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
