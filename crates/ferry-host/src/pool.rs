//! All sandboxes of one function: who is idle, who waits, how many there may be.
//!
//! A sandbox runs one invocation at a time. An invocation takes the sandbox that became idle last, or else starts a
//! new one, up to the function's reserved concurrency or else the host's. A sandbox between its answer and its `next`
//! is *settling*: an invocation that would need a new sandbox waits for a settling one first, for a few milliseconds,
//! because a client in a loop comes back before the runtime does.

mod membership;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ferry_template::Function;
use http::HeaderValue;
use tokio::sync::{Notify, oneshot};

use crate::build::BuiltFunction;
use crate::invoke::{ConfigurationChange, InvokeAnswer, InvokeError, InvokeRequest};
use crate::limits::{SETTLE_WAIT, SETTLE_WAIT_AT_LIMIT};
use crate::sandbox::{self, Command, Deployment, Lease, Shared, Work};

pub(crate) use membership::Membership;
pub(crate) use state::HostSlots;
use state::{Handover, Place, State, Wait};

#[derive(Debug)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
    state: Mutex<State>,
    /// A sandbox has ended.
    ended: Notify,
}

impl Pool {
    pub(crate) fn new(shared: Arc<Shared>, slots: Arc<HostSlots>, built: BuiltFunction) -> Arc<Self> {
        let function = Arc::clone(&built.function);
        let deployment = deployment(&shared, built, function, 0);
        Arc::new(Self { shared, state: Mutex::new(State::new(deployment, slots)), ended: Notify::new() })
    }

    pub(crate) fn function(&self) -> Arc<Function> {
        Arc::clone(&self.lock().deployment.function)
    }

    /// The build that the next invocation runs.
    pub(crate) fn built(&self) -> BuiltFunction {
        self.lock().deployment.built.clone()
    }

    pub(crate) async fn invoke(self: &Arc<Self>, request: InvokeRequest) -> Result<InvokeAnswer, InvokeError> {
        let (caller, answer) = oneshot::channel();
        let work = Box::new(Work { request, caller });
        let mut lease = None;
        for (wait, limit) in [(Wait::ForAny, SETTLE_WAIT), (Wait::AtLimit, SETTLE_WAIT_AT_LIMIT)] {
            let place = self.lock().place(wait)?;
            let Place::Wait(handover) = place else {
                self.run_at(work, place);
                return self.answer(answer).await;
            };
            if let Ok(Ok(mut handover)) = tokio::time::timeout(limit, handover).await {
                lease = handover.lease.take();
                break;
            }
        }
        self.send(work, lease);
        self.answer(answer).await
    }

    async fn answer(&self, answer: oneshot::Receiver<Result<InvokeAnswer, InvokeError>>) -> Result<InvokeAnswer, InvokeError> {
        let lost = |_| {
            if self.lock().closed {
                InvokeError::ShuttingDown
            } else {
                InvokeError::Service("the sandbox ended without an answer".to_owned())
            }
        };
        answer.await.map_err(lost)?
    }

    /// Runs `work` now or answers why not.
    fn dispatch(self: &Arc<Self>, work: Box<Work>) {
        let place = self.lock().place(Wait::No);
        match place {
            Ok(place) => self.run_at(work, place),
            Err(error) => drop(work.caller.send(Err(error))),
        }
    }

    fn run_at(self: &Arc<Self>, work: Box<Work>, place: Place) {
        match place {
            Place::Warm(lease) => self.send(work, Some(lease)),
            Place::Cold(id) => self.start(work, id),
            // Given only to those who asked for it, and they have dealt with it.
            Place::Wait(_) => {}
        }
    }

    /// Without a lease, what was waited for did not come.
    fn send(self: &Arc<Self>, work: Box<Work>, lease: Option<Lease>) {
        let Some(lease) = lease else { return self.dispatch(work) };
        let commands = lease.commands.clone();
        let refused = commands.try_send(Command::Invoke(work, lease)).map_err(tokio::sync::mpsc::error::TrySendError::into_inner);
        // Its process died while it was idle, and the pool has not heard of it yet.
        if let Err(Command::Invoke(work, lease)) = refused {
            self.lock().forget(lease.id);
            self.free(false);
            self.dispatch(work);
        }
    }

    fn start(self: &Arc<Self>, work: Box<Work>, id: u64) {
        let mut state = self.lock();
        if state.closed {
            state.leave(false);
            drop(work.caller.send(Err(InvokeError::ShuttingDown)));
            return;
        }
        // The sandbox cannot end before it stands in the book: its membership waits for this lock.
        let deployment = Arc::clone(&state.deployment);
        let orders = sandbox::spawn(&self.shared, deployment, Membership::new(Arc::clone(self), id), work);
        state.live.insert(id, orders);
    }

    /// From now on `built` is what runs, configured as it says. Invocations under way end on the build that they began
    /// on.
    pub(crate) fn replace(&self, built: BuiltFunction) {
        let mut state = self.lock();
        let function = Arc::clone(&built.function);
        let generation = state.deployment.generation + 1;
        state.redeploy(deployment(&self.shared, built, function, generation));
    }

    pub(crate) fn update_configuration(&self, change: &ConfigurationChange) -> Result<Arc<Function>, InvokeError> {
        within("memorySize", change.memory_mib, 128, 10_240)?;
        within("timeout", change.timeout_s, 1, 900)?;
        let mut state = self.lock();
        let old = Arc::clone(&state.deployment);
        let mut function = Function::clone(&old.function);
        function.memory_mib = change.memory_mib.unwrap_or(function.memory_mib);
        function.timeout_s = change.timeout_s.unwrap_or(function.timeout_s);
        if let Some(environment) = &change.environment {
            function.environment.clone_from(environment);
        }
        let function = Arc::new(function);
        state.redeploy(deployment(&self.shared, old.built.clone(), Arc::clone(&function), old.generation + 1));
        Ok(function)
    }

    /// Ends the sandboxes that have been idle for too long.
    pub(crate) fn reap(&self, now: Instant, idle_timeout: Duration) {
        self.lock().idle.retain(|lease| now.duration_since(lease.idle_since) < idle_timeout);
    }

    /// Takes no more invocations and ends all sandboxes, those at work too.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.idle.clear();
        state.waiting.clear();
        for orders in state.live.values() {
            // One that nobody can reach any more ends by itself.
            if let Some(orders) = orders.upgrade() {
                let _ = orders.try_send(Command::Shutdown);
            }
        }
    }

    /// Returns when no sandbox is left. To be called after [`Self::close`].
    pub(crate) async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.lock().live.is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// A sandbox is ready for another invocation.
    fn release(self: &Arc<Self>, lease: Lease, settling: bool) {
        let mut state = self.lock();
        state.leave(settling);
        if state.closed || lease.generation != state.deployment.generation {
            drop(state);
            return drop(lease);
        }
        let mut lease = Some(lease);
        while let Some(waiter) = state.waiting.pop_front() {
            state.enter();
            match waiter.send(Handover { lease: lease.take(), pool: Arc::clone(self) }) {
                Ok(()) => return,
                // This waiter has gone away.
                Err(mut handover) => {
                    state.leave(false);
                    lease = handover.lease.take();
                }
            }
        }
        state.idle.extend(lease);
    }

    /// An invocation is over, and its sandbox will take no other.
    fn free(self: &Arc<Self>, settling: bool) {
        let mut state = self.lock();
        state.leave(settling);
        // Whoever waits for one that does not come starts a sandbox of their own.
        if state.waiting.len() > state.settling as usize {
            state.waiting.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn deployment(shared: &Shared, built: BuiltFunction, function: Arc<Function>, generation: u64) -> Arc<Deployment> {
    let settings = &shared.settings;
    let arn = format!("arn:aws:lambda:{}:{}:function:{}", settings.region, settings.account_id, function.name);
    let arn = HeaderValue::from_str(&arn).unwrap_or_else(|_| HeaderValue::from_static(""));
    Arc::new(Deployment { built, function, arn, generation })
}

/// The message is AWS's.
fn within(name: &str, value: Option<u32>, min: u32, max: u32) -> Result<(), InvokeError> {
    let bound = match value {
        Some(value) if value < min => format!("greater than or equal to {min}"),
        Some(value) if value > max => format!("less than or equal to {max}"),
        _ => return Ok(()),
    };
    let value = value.unwrap_or_default();
    Err(InvokeError::InvalidParameter(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must have value {bound}"
    )))
}
