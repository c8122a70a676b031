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
use super::retry_policy::{History, Outcome, RetryPolicy, RetrySchedule, Verdict};
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
            policy: RetryPolicy::of(function, self.schedule),
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
    policy: RetryPolicy,
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
