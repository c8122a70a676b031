//! User ids for sandboxes. Each live sandbox has one that no other process on the machine has, because a process may
//! signal and trace all others of its user, and there is no process namespace in between.
//!
//! They are taken from 1879048192 to 2147483647 (0x7000_0000 to 0x7FFF_FFFF), which neither distributions nor systemd
//! nor container managers give out. A host takes one block of [`limits::SANDBOXES_MAX`] of them at random.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::limits;

const FIRST: u32 = 0x7000_0000;
const BLOCKS: u32 = 0x1000_0000 / BLOCK;
#[expect(clippy::cast_possible_truncation, reason = "1,024")]
const BLOCK: u32 = limits::SANDBOXES_MAX as u32;

#[derive(Debug)]
pub(in crate::kernel) struct Users {
    first: u32,
    free: Arc<Mutex<Vec<u32>>>,
}

/// One user id, free again when dropped. The group id is the same number.
#[derive(Debug)]
pub(in crate::kernel) struct User {
    id: u32,
    free: Arc<Mutex<Vec<u32>>>,
}

impl Users {
    pub(in crate::kernel) fn new() -> Self {
        let first = FIRST + fastrand::u32(..BLOCKS) * BLOCK;
        Self { first, free: Arc::new(Mutex::new((first..first + BLOCK).rev().collect())) }
    }

    /// None when all are taken.
    pub(in crate::kernel) fn take(&self) -> Option<User> {
        let id = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(User { id, free: Arc::clone(&self.free) })
    }

    /// `/etc/passwd`: every id has Lambda's name, so that a program finds itself whichever it got.
    pub(in crate::kernel) fn passwd(&self) -> String {
        let lines = (self.first..self.first + BLOCK).map(|id| format!("sbx_user1051:x:{id}:{id}::/home/sbx_user1051:/sbin/nologin\n"));
        "root:x:0:0:root:/root:/sbin/nologin\n".chars().chain(lines.collect::<String>().chars()).collect()
    }

    /// `/etc/group`.
    pub(in crate::kernel) fn group(&self) -> String {
        let lines = (self.first..self.first + BLOCK).map(|id| format!("sbx_user1051:x:{id}:\n"));
        "root:x:0:\n".chars().chain(lines.collect::<String>().chars()).collect()
    }
}

impl User {
    pub(in crate::kernel) fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_each_id_once_and_takes_it_back() {
        let users = Users::new();
        let mut taken: Vec<User> = std::iter::from_fn(|| users.take()).collect();
        assert_eq!(taken.len(), limits::SANDBOXES_MAX);
        let ids: std::collections::BTreeSet<u32> = taken.iter().map(User::id).collect();
        assert_eq!(ids.len(), limits::SANDBOXES_MAX);
        assert!(ids.iter().all(|id| (FIRST..0x8000_0000).contains(id)));
        let last = taken.pop().unwrap().id();
        assert_eq!(users.take().map(|user| user.id()), Some(last));
        assert!(users.passwd().contains(&format!(":{last}:{last}:")));
    }
}
