//! A sandbox's side of its pool: it says where its invocation stands, and the book is right whatever becomes of it.

use std::sync::Arc;
use std::time::Instant;

use super::Pool;
use crate::sandbox::{Lease, Work};

#[derive(Debug)]
pub(crate) struct Membership {
    pool: Arc<Pool>,
    id: u64,
    /// An invocation of this sandbox is counted as under way.
    held: bool,
    /// It is answered.
    settling: bool,
}

impl Membership {
    pub(super) fn new(pool: Arc<Pool>, id: u64) -> Self {
        Self { pool, id, held: false, settling: false }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The sandbox has taken over an invocation, which the pool has counted when it gave the place.
    pub(crate) fn hold(&mut self) {
        self.held = true;
    }

    /// The invocation is answered; the runtime has yet to ask for its next.
    pub(crate) fn settling(&mut self) {
        if self.held && !self.settling {
            self.settling = true;
            self.pool.lock().settle();
        }
    }

    /// The invocation is over and the sandbox ready for another.
    pub(crate) fn release(&mut self, mut lease: Lease, now: Instant) {
        lease.idle_since = now;
        self.held = false;
        self.pool.release(lease, std::mem::take(&mut self.settling));
    }

    /// The invocation is over and the sandbox with it.
    pub(crate) fn free(&mut self) {
        if std::mem::take(&mut self.held) {
            self.pool.free(std::mem::take(&mut self.settling));
        }
    }

    /// An invocation that came too late for this sandbox finds another place.
    pub(crate) fn pass_on(&mut self, work: Box<Work>) {
        self.pool.lock().forget(self.id);
        self.pool.free(false);
        self.pool.dispatch(work);
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.free();
        self.pool.lock().forget(self.id);
        self.pool.ended.notify_waiters();
    }
}
