//! Keeps a task's wakes of itself to itself.
//!
//! A driver polls its connections and answers their calls in one task, so nearly every step wakes the task that is
//! running just then. The scheduler would take each such wake for new work: put the task at the end of its queue and
//! call another thread to help, which costs two system calls and moves the task to a cold processor. Measured on two
//! cores, that was half of the host's share of a warm invocation. Here such a wake only makes the poll go round again.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// Nobody polls: a wake is for the scheduler.
const IDLE: u8 = 0;
const POLLING: u8 = 1;
/// Polling, and woken meanwhile.
const WOKEN: u8 = 2;

/// Rounds of one poll. Beyond, the task gives way to others, as tokio's own budget wants it to.
const ROUNDS_MAX: u32 = 8;

#[derive(Default)]
struct Gate {
    state: AtomicU8,
    task: AtomicWaker,
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let polled = self.state.compare_exchange(POLLING, WOKEN, Ordering::AcqRel, Ordering::Acquire);
        if polled == Err(IDLE) {
            self.task.wake();
        }
    }
}

pub(super) async fn kept_inside<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let gate = Arc::new(Gate::default());
    let waker = Waker::from(Arc::clone(&gate));
    poll_fn(|outer| {
        gate.task.register(outer.waker());
        for _ in 0..ROUNDS_MAX {
            gate.state.store(POLLING, Ordering::Release);
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(output);
            }
            if gate.state.compare_exchange(POLLING, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return Poll::Pending;
            }
        }
        gate.state.store(IDLE, Ordering::Release);
        outer.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Polls once; says how often the scheduler was woken and whether the future has ended.
    fn poll_once(future: impl Future) -> (u32, bool) {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let ended = pin!(kept_inside(future)).poll(&mut Context::from_waker(&waker)).is_ready();
        (count.0.load(Ordering::Relaxed), ended)
    }

    /// Wakes itself so many times before it ends.
    async fn self_waking(mut times: u32) {
        poll_fn(|cx| {
            if times == 0 {
                return Poll::Ready(());
            }
            times -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    #[test]
    fn wakes_from_inside_go_round_and_do_not_reach_the_scheduler() {
        assert_eq!(poll_once(self_waking(3)), (0, true));
    }

    #[test]
    fn endless_wakes_give_way_to_others() {
        assert_eq!(poll_once(self_waking(u32::MAX)), (1, false));
    }

    #[test]
    fn wakes_from_outside_reach_the_scheduler() {
        let count = Arc::new(Count::default());
        let inner: std::sync::Mutex<Option<Waker>> = std::sync::Mutex::new(None);
        let mut future = pin!(kept_inside(poll_fn(|cx| {
            *inner.lock().unwrap() = Some(cx.waker().clone());
            Poll::<()>::Pending
        })));
        let waker = Waker::from(Arc::clone(&count));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        inner.lock().unwrap().take().unwrap().wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }
}
