//! Work in pieces, a thread each.

use std::panic::resume_unwind;
use std::thread::{Scope, ScopedJoinHandle};

/// Does `work` on each of `pieces` at the same time; the results in the same order.
pub(super) fn each<P: Send, R: Send>(pieces: impl IntoIterator<Item = P>, work: impl Fn(P) -> R + Sync) -> Vec<R> {
    let work = &work;
    std::thread::scope(|scope: &Scope<'_, '_>| {
        let running: Vec<ScopedJoinHandle<'_, R>> = pieces.into_iter().map(|piece| scope.spawn(move || work(piece))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Takes the first `count` elements off `rest`; all there are, if there are fewer.
pub(super) fn take<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (taken, left) = std::mem::take(rest).split_at_mut_checked(count).unwrap_or_default();
    *rest = left;
    taken
}
