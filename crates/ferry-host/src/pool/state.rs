//! The book that a pool keeps, behind its lock.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::Pool;
use crate::invoke::InvokeError;
use crate::sandbox::{Command, Deployment, Lease};

/// Invocations that wait for their answer, of all functions without reserved concurrency, and the ids of sandboxes.
#[derive(Debug)]
pub(crate) struct HostSlots {
    busy: AtomicU32,
    max: u32,
    sandboxes: AtomicU64,
}

impl HostSlots {
    pub(crate) fn new(max: u32) -> Self {
        Self { busy: AtomicU32::new(0), max, sandboxes: AtomicU64::new(0) }
    }
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) deployment: Arc<Deployment>,
    slots: Arc<HostSlots>,
    /// Last in, first out: the rest stay idle and are reaped.
    pub(super) idle: Vec<Lease>,
    /// Never more than there are settling sandboxes.
    pub(super) waiting: VecDeque<oneshot::Sender<Handover>>,
    /// All sandboxes, from their start to their end.
    pub(super) live: HashMap<u64, mpsc::WeakSender<Command>>,
    /// Invocations under way.
    busy: u32,
    /// Those of `busy` that are answered already.
    pub(super) settling: u32,
    pub(super) closed: bool,
}

/// Where an invocation runs.
pub(super) enum Place {
    Warm(Lease),
    /// In a new sandbox with this id.
    Cold(u64),
    Wait(oneshot::Receiver<Handover>),
}

/// Whether an invocation waits for a settling sandbox.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// Rather than to start one.
    ForAny,
    /// Rather than to be refused.
    AtLimit,
    No,
}

/// A lease on its way to one who waits. It goes back to the pool if they have gone away.
#[derive(Debug)]
pub(super) struct Handover {
    pub(super) lease: Option<Lease>,
    pub(super) pool: Arc<Pool>,
}

impl Drop for Handover {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            self.pool.release(lease, false);
        }
    }
}

impl State {
    pub(super) fn new(deployment: Arc<Deployment>, slots: Arc<HostSlots>) -> Self {
        Self { deployment, slots, idle: Vec::new(), waiting: VecDeque::new(), live: HashMap::new(), busy: 0, settling: 0, closed: false }
    }

    /// Finds a place for one invocation and counts it, unless it is one to wait at.
    pub(super) fn place(&mut self, wait: Wait) -> Result<Place, InvokeError> {
        if self.closed {
            return Err(InvokeError::ShuttingDown);
        }
        let may_wait = match wait {
            Wait::No => false,
            Wait::ForAny => true,
            Wait::AtLimit => !self.has_room(),
        };
        if may_wait && self.idle.is_empty() && self.waiting.len() < self.settling as usize {
            let (waiter, handover) = oneshot::channel();
            self.waiting.push_back(waiter);
            return Ok(Place::Wait(handover));
        }
        if !self.try_enter() {
            return Err(InvokeError::TooManyRequests);
        }
        Ok(match self.idle.pop() {
            Some(lease) => Place::Warm(lease),
            None => Place::Cold(self.slots.sandboxes.fetch_add(1, Ordering::Relaxed)),
        })
    }

    /// Whether one more invocation may run. The host's limit is for functions without a share of their own.
    fn has_room(&self) -> bool {
        match self.deployment.function.reserved_concurrency {
            Some(reserved) => self.busy < reserved,
            None => self.slots.busy.load(Ordering::Relaxed) < self.slots.max,
        }
    }

    /// An invocation begins if it may. Other pools take slots at the same time.
    fn try_enter(&mut self) -> bool {
        let slots = &self.slots;
        let more = |busy| (busy < slots.max).then_some(busy + 1);
        let entered = match self.deployment.function.reserved_concurrency {
            Some(reserved) => self.busy < reserved,
            None => slots.busy.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok(),
        };
        self.busy += u32::from(entered);
        entered
    }

    /// An invocation takes the place of one that has just left.
    pub(super) fn enter(&mut self) {
        self.busy += 1;
        if self.uses_host_slots() {
            self.slots.busy.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// It is answered. To the function's reserved concurrency it still counts, because its process is at work; to the
    /// host's limit it does not, so that whoever has all answers is never refused.
    pub(super) fn settle(&mut self) {
        self.settling += 1;
        if self.uses_host_slots() {
            self.slots.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// It is over.
    pub(super) fn leave(&mut self, settling: bool) {
        self.busy -= 1;
        if settling {
            self.settling -= 1;
        } else if self.uses_host_slots() {
            self.slots.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn uses_host_slots(&self) -> bool {
        self.deployment.function.reserved_concurrency.is_none()
    }

    /// Idle sandboxes end, because their leases do; those at work end when they have finished.
    pub(super) fn redeploy(&mut self, deployment: Arc<Deployment>) {
        let reserved = |deployment: &Deployment| deployment.function.reserved_concurrency.is_some();
        match (reserved(&self.deployment), reserved(&deployment)) {
            (false, true) => drop(self.slots.busy.fetch_sub(self.busy - self.settling, Ordering::Relaxed)),
            (true, false) => drop(self.slots.busy.fetch_add(self.busy - self.settling, Ordering::Relaxed)),
            _ => {}
        }
        self.deployment = deployment;
        self.idle.clear();
    }

    /// The sandbox is no more.
    pub(super) fn forget(&mut self, id: u64) {
        self.live.remove(&id);
        self.idle.retain(|lease| lease.id != id);
    }
}
