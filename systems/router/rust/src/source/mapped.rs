//! A mapped file and the router that borrows from it, in one value that can be moved and dropped.

#![expect(clippy::mem_forget, reason = "inside self_cell's macro, which forgets a guard that would free what it has just built")]

use memmap2::Mmap;
use self_cell::self_cell;

use crate::route::Router;

self_cell!(
    pub(super) struct Mapped {
        owner: Mmap,
        #[not_covariant]
        dependent: Router,
    }
);
