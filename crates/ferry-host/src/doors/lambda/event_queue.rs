//! Asynchronous invocations: accepted events, run until they succeed or are given up.
//!
//! As on AWS: a function error is retried up to `MaximumRetryAttempts` times, a minute and then two later; a throttle or a
//! fault of the host puts the event back, with growing pauses, for up to `MaximumEventAgeInSeconds`. An accepted event ends
//! in exactly one way: an invocation without error, or a [`DroppedEvent`] told to the host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ferry_template::Function;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::error::{ApiError, ThrottleReason};
use crate::doors::facts::{DropReason, DroppedEvent, HostFacts};
use crate::doors::limits::{EVENT_CONCURRENCY_MAX, EVENT_QUEUE_BYTES_MAX, EVENT_QUEUE_EVENTS_MAX};
use crate::invoke::{Invoke, InvokeAnswer, InvokeError, InvokeRequest, Payload, StreamPart};

/// An event as it was accepted.
#[derive(Debug, Clone)]
pub(super) struct QueuedEvent {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    pub(super) trace_id: Option<String>,
}

/// When a failed event is tried again.
#[derive(Debug, Clone, Copy)]
pub(in crate::doors) struct RetrySchedule {
    /// After the first and the second function error.
    pub(in crate::doors) retry_delays: [Duration; 2],
    /// First and longest pause after a throttle or a fault of the host; each one doubles.
    pub(in crate::doors) throttle_delays: [Duration; 2],
}

pub(in crate::doors) struct EventQueue {
    invoke: Arc<dyn Invoke>,
    facts: Arc<dyn HostFacts>,
    schedule: RetrySchedule,
    events: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    /// Who may run, by function name.
    lanes: Mutex<HashMap<String, Arc<Semaphore>>>,
    tasks: Mutex<JoinSet<()>>,
    stopping: watch::Sender<bool>,
}

impl EventQueue {
    pub(in crate::doors) fn new(invoke: Arc<dyn Invoke>, facts: Arc<dyn HostFacts>, schedule: RetrySchedule) -> Self {
        Self {
            invoke,
            facts,
            schedule,
            events: Arc::new(Semaphore::new(EVENT_QUEUE_EVENTS_MAX)),
            bytes: Arc::new(Semaphore::new(EVENT_QUEUE_BYTES_MAX)),
            lanes: Mutex::default(),
            tasks: Mutex::default(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Takes an event over; throttled when the queue is full.
    pub(super) fn accept(&self, event: QueuedEvent, function: &Function) -> Result<(), ApiError> {
        let full = || ApiError::TooManyRequests { reason: ThrottleReason::CallerRateLimitExceeded };
        let bytes = u32::try_from(event.payload.len()).map_err(|_| full())?;
        let places = [
            Arc::clone(&self.events).try_acquire_owned().map_err(|_| full())?,
            Arc::clone(&self.bytes).try_acquire_many_owned(bytes).map_err(|_| full())?,
        ];
        let pending = Pending {
            event,
            policy: Policy::of(function, self.schedule),
            function: function.name.clone(),
            accepted: Instant::now(),
            history: History::default(),
            facts: Arc::clone(&self.facts),
            lost: Some(DropReason::ShuttingDown),
            _places: places,
        };
        let run = pending.settle(Arc::clone(&self.invoke), self.lane(function), self.stopping.subscribe());
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(run);
        Ok(())
    }

    fn lane(&self, function: &Function) -> Arc<Semaphore> {
        let width =
            function.reserved_concurrency.map_or(EVENT_CONCURRENCY_MAX, |reserved| EVENT_CONCURRENCY_MAX.min(reserved.max(1) as usize));
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(function.name.clone()).or_insert_with(|| Arc::new(Semaphore::new(width))))
    }

    /// Gives up the events that wait, and lets those that run end within the drain time.
    pub(in crate::doors) async fn close(&self, drain: Duration) {
        let _ = self.stopping.send(true);
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = tokio::time::timeout(drain, async { while tasks.join_next().await.is_some() {} }).await;
        tasks.shutdown().await;
    }
}

/// An accepted event. Dropping it unsettled, for whatever cause, tells the host that it is lost.
struct Pending {
    event: QueuedEvent,
    function: String,
    policy: Policy,
    accepted: Instant,
    history: History,
    facts: Arc<dyn HostFacts>,
    /// Why it is lost if it is dropped now; `None` once it succeeded.
    lost: Option<DropReason>,
    _places: [OwnedSemaphorePermit; 2],
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(reason) = self.lost.take() {
            self.facts.event_dropped(&DroppedEvent {
                function: std::mem::take(&mut self.function),
                request_id: std::mem::take(&mut self.event.request_id),
                reason,
                attempts: self.history.attempts,
                age: self.accepted.elapsed(),
            });
        }
    }
}

impl Pending {
    async fn settle(mut self, invoke: Arc<dyn Invoke>, lane: Arc<Semaphore>, mut stopping: watch::Receiver<bool>) {
        loop {
            let place = tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return,
                place = lane.acquire() => place,
            };
            let outcome = outcome(invoke.invoke(self.request()).await).await;
            drop(place);
            let delay = match self.policy.decide(&mut self.history, outcome, self.accepted.elapsed()) {
                Verdict::Settled => {
                    self.lost = None;
                    return;
                }
                Verdict::Lost(reason) => {
                    self.lost = Some(reason);
                    return;
                }
                Verdict::Again(delay) => delay,
            };
            tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    /// Every attempt has the same request id, as on AWS; asynchronous invocations carry no client context.
    fn request(&self) -> InvokeRequest {
        InvokeRequest {
            function: self.function.clone(),
            request_id: self.event.request_id.clone(),
            payload: self.event.payload.clone(),
            client_context: None,
            cognito_identity: None,
            trace_id: self.event.trace_id.clone(),
            tail: false,
            streaming: false,
        }
    }
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Succeeded,
    FunctionError,
    Throttled,
    /// A fault of the host that may pass.
    Fault,
    Refused(String),
    ShuttingDown,
}

async fn outcome(result: Result<InvokeAnswer, InvokeError>) -> Outcome {
    match result {
        Ok(InvokeAnswer { function_error: Some(_), .. }) => Outcome::FunctionError,
        Ok(InvokeAnswer { payload: Payload::Streamed(mut parts), .. }) => loop {
            match parts.recv().await {
                Some(StreamPart::Chunk(_)) => {}
                Some(StreamPart::Complete { error: None, .. }) => break Outcome::Succeeded,
                Some(StreamPart::Complete { error: Some(_), .. }) | None => break Outcome::FunctionError,
            }
        },
        Ok(_) => Outcome::Succeeded,
        Err(InvokeError::TooManyRequests) => Outcome::Throttled,
        Err(InvokeError::Service(_)) => Outcome::Fault,
        Err(InvokeError::ShuttingDown) => Outcome::ShuttingDown,
        Err(error @ (InvokeError::NotFound { .. } | InvokeError::InvalidParameter(_))) => Outcome::Refused(error.to_string()),
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct History {
    /// Invocations that ran and ended in a function error or success.
    attempts: u32,
    /// Throttles and faults in a row.
    setbacks: u32,
}

/// What becomes of an event, decided without IO or clock.
#[derive(Debug, Clone, Copy)]
struct Policy {
    retries_max: u32,
    age_max: Duration,
    reserved_none: bool,
    schedule: RetrySchedule,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Settled,
    Lost(DropReason),
    Again(Duration),
}

impl Policy {
    fn of(function: &Function, schedule: RetrySchedule) -> Self {
        Self {
            retries_max: function.max_retry_attempts,
            age_max: Duration::from_secs(u64::from(function.max_event_age_s)),
            reserved_none: function.reserved_concurrency == Some(0),
            schedule,
        }
    }

    /// An event that would be too old at its next attempt is given up now.
    fn decide(&self, history: &mut History, outcome: Outcome, age: Duration) -> Verdict {
        let delay = match outcome {
            Outcome::Refused(why) => return Verdict::Lost(DropReason::Refused(why)),
            Outcome::ShuttingDown => return Verdict::Lost(DropReason::ShuttingDown),
            Outcome::Throttled if self.reserved_none => return Verdict::Lost(DropReason::ZeroReservedConcurrency),
            Outcome::Throttled | Outcome::Fault => {
                let [first, longest] = self.schedule.throttle_delays;
                let doubled = first.saturating_mul(1 << history.setbacks.min(20));
                history.setbacks += 1;
                doubled.min(longest)
            }
            Outcome::Succeeded => {
                history.attempts += 1;
                return Verdict::Settled;
            }
            Outcome::FunctionError => {
                let retry = history.attempts.min(1) as usize;
                history.attempts += 1;
                history.setbacks = 0;
                if history.attempts > self.retries_max {
                    return Verdict::Lost(DropReason::RetriesExhausted);
                }
                self.schedule.retry_delays[retry]
            }
        };
        if age.saturating_add(delay) > self.age_max {
            return Verdict::Lost(DropReason::EventAgeExceeded);
        }
        Verdict::Again(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn policy(retries_max: u32, age_max: Duration) -> Policy {
        let schedule = RetrySchedule { retry_delays: [60 * S, 120 * S], throttle_delays: [S, 300 * S] };
        Policy { retries_max, age_max, reserved_none: false, schedule }
    }

    #[test]
    fn a_function_error_is_tried_three_times() {
        let (policy, mut history) = (policy(2, 21_600 * S), History::default());
        let mut decide = |outcome| policy.decide(&mut history, outcome, S);
        assert_eq!(decide(Outcome::FunctionError), Verdict::Again(60 * S));
        assert_eq!(decide(Outcome::FunctionError), Verdict::Again(120 * S));
        assert_eq!(decide(Outcome::FunctionError), Verdict::Lost(DropReason::RetriesExhausted));
    }

    #[test]
    fn without_retries_the_first_error_is_the_last() {
        assert_eq!(policy(0, S).decide(&mut History::default(), Outcome::FunctionError, S), Verdict::Lost(DropReason::RetriesExhausted));
    }

    #[test]
    fn throttles_cost_no_attempt_and_pause_ever_longer() {
        let (policy, mut history) = (policy(0, 21_600 * S), History::default());
        let pauses: Vec<Verdict> = (0..11).map(|_| policy.decide(&mut history, Outcome::Throttled, S)).collect();
        let wanted = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map(|s| Verdict::Again(s * S));
        assert_eq!(pauses, wanted);
        assert_eq!(history.attempts, 0);
    }

    #[test]
    fn an_old_event_is_given_up() {
        let lost = Verdict::Lost(DropReason::EventAgeExceeded);
        assert_eq!(policy(2, 60 * S).decide(&mut History::default(), Outcome::Fault, 60 * S), lost);
        assert_eq!(policy(2, 60 * S).decide(&mut History::default(), Outcome::FunctionError, S), lost, "the retry would come too late");
    }

    #[test]
    fn zero_reserved_concurrency_discards() {
        let policy = Policy { reserved_none: true, ..policy(2, 60 * S) };
        assert_eq!(policy.decide(&mut History::default(), Outcome::Throttled, S), Verdict::Lost(DropReason::ZeroReservedConcurrency));
    }
}
