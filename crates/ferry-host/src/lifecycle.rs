//! The life of one sandbox as a pure state machine: events in, actions out, no IO, no clock.
//!
//! ```text
//!                    Invoke          Started          Next
//!            Cold ──────────> Starting ──────> Init ──────────> Invoking ──────┐
//!                               ^               │ fails          ^   │ Next     │ exit, timeout,
//!                      (retry   │ Exited        │ (first time)   │   v          │ shutdown
//!                       inside  └── Stopping <──┘          Invoke│  Ready       v
//!                       invoke)                                  └───┘       Stopping ──Exited──> Ended
//! ```
//!
//! INIT runs from the process's start to its first `next`. When it fails, exits or outlasts its cap it is done once
//! more inside the invocation, under the function's own timeout ("suppressed init"), as on AWS. An invocation runs
//! from its delivery to the `next` after its answer, and its caller is answered exactly once. After a crash or a
//! timeout the sandbox is over; the next invocation gets a new one.
//!
//! The driver (`sandbox`) carries bytes, processes and timers; here is only what may happen when. Where AWS's
//! documentation is silent, the answers are those of AWS's own emulator (RIE), read from its state table.

mod action;
mod calls;
mod event;
mod failure;
#[cfg(test)]
mod model;
mod phase;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub(crate) use action::{Action, InitReport, InitStatus, Outcome, Reply, Report, Status};
pub(crate) use event::{Call, Ending, Event, Ids, ResponseBody};
pub(crate) use failure::{Failure, error_type_of_header};
use phase::{Invocation, Last, Phase, Progress};

/// Waits that the machine itself imposes; the function's timeout comes with each invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) init_cap: Duration,
    /// How long `Ready` stays unfrozen; none when nothing is to be frozen.
    pub(crate) freeze_linger: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Lifecycle {
    timing: Timing,
    phase: Phase,
    /// Set from `Invoke` to its `Report` or to the end.
    invocation: Option<Invocation>,
    /// The last invocation that is over, for what a runtime says too late.
    last: Option<Last>,
    /// Invocations so far; the current one's number is its `Lambda-Runtime-Invocation-Id`.
    invocations: u64,
}

impl Lifecycle {
    pub(crate) fn new(timing: Timing) -> Self {
        Self { timing, phase: Phase::Cold, invocation: None, last: None, invocations: 0 }
    }

    /// The one door: what happened, and when. What is to be done about it is appended to `actions`, in order.
    pub(crate) fn handle(&mut self, now: Instant, event: Event<'_>, actions: &mut Vec<Action>) {
        match event {
            Event::Invoke { request_id, timeout } => self.invoke(now, request_id, timeout, actions),
            Event::Started => self.started(now, actions),
            Event::StartFailed => self.start_failed(actions),
            Event::Call(call) => self.call(now, call, actions),
            Event::Exited(exit) => self.exited(now, &Failure::of_exit(exit), actions),
            Event::Tick => self.tick(now, actions),
            Event::Shutdown => self.shutdown(actions),
        }
    }

    /// When the machine next wants a `Tick`.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Init { since, suppressed: false } => Some(since + self.timing.init_cap),
            Phase::Ready { since, frozen: false } => self.timing.freeze_linger.map(|linger| since + linger),
            Phase::Init { suppressed: true, .. }
            | Phase::Starting { suppressed: true, stop: false }
            | Phase::Stopping { restart: true }
            | Phase::Invoking => self.deadline(),
            Phase::Cold | Phase::Starting { .. } | Phase::Ready { .. } | Phase::Stopping { .. } | Phase::Ended => None,
        }
    }

    /// When the current invocation times out. None while its time does not run.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let invocation = self.invocation.as_ref()?;
        Some(invocation.started? + invocation.timeout)
    }

    /// Whether an invocation is under way: from `Invoke` to its `Report`, or to the shutdown.
    pub(crate) fn has_invocation(&self) -> bool {
        self.invocation.is_some()
    }

    /// Whether what the runtime says still matters to a caller.
    pub(crate) fn awaits_answer(&self) -> bool {
        self.phase == Phase::Invoking
            && self.invocation.as_ref().is_some_and(|invocation| matches!(invocation.progress, Progress::Running | Progress::Streaming))
    }

    /// `Lambda-Runtime-Invocation-Id` of the current invocation.
    pub(crate) fn invocation_id(&self) -> u64 {
        self.invocations
    }

    fn invoke(&mut self, now: Instant, request_id: String, timeout: Duration, actions: &mut Vec<Action>) {
        let ready = match self.phase {
            Phase::Cold => false,
            Phase::Ready { frozen, .. } => {
                if frozen {
                    actions.push(Action::Thaw);
                }
                true
            }
            _ => return actions.push(Action::Refuse),
        };
        self.invocations += 1;
        self.invocation = Some(Invocation { request_id, timeout, started: None, init: None, progress: Progress::Waiting });
        if ready {
            self.deliver(now, actions);
        } else {
            self.phase = Phase::Starting { suppressed: false, stop: false };
            actions.push(Action::Start);
        }
    }

    fn deliver(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let Some(invocation) = &mut self.invocation else { return };
        invocation.started.get_or_insert(now);
        invocation.progress = Progress::Running;
        self.phase = Phase::Invoking;
        actions.push(Action::Deliver);
    }

    fn started(&mut self, now: Instant, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Starting { stop: true, .. } => self.kill(false, actions),
            Phase::Starting { suppressed, stop: false } => self.phase = Phase::Init { since: now, suppressed },
            _ => {}
        }
    }

    fn start_failed(&mut self, actions: &mut Vec<Action>) {
        if matches!(self.phase, Phase::Starting { .. }) {
            self.answer(Outcome::NotStarted, actions);
            self.end(actions);
        }
    }

    fn exited(&mut self, now: Instant, failure: &Failure, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Init { since, suppressed } => self.init_failed(now, since, suppressed, failure, true, actions),
            Phase::Stopping { restart: true } => self.restart(actions),
            Phase::Invoking => {
                self.fail(now, failure, actions);
                self.end(actions);
            }
            Phase::Ready { .. } | Phase::Stopping { restart: false } => self.end(actions),
            Phase::Cold | Phase::Starting { .. } | Phase::Ended => {}
        }
    }

    fn tick(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.wake_at().is_none_or(|at| now < at) {
            return;
        }
        match self.phase {
            Phase::Init { since, suppressed } => self.init_failed(now, since, suppressed, &Failure::TimedOut, false, actions),
            Phase::Invoking => {
                self.fail(now, &Failure::TimedOut, actions);
                self.kill(false, actions);
            }
            Phase::Starting { suppressed, .. } => {
                self.fail(now, &Failure::TimedOut, actions);
                self.phase = Phase::Starting { suppressed, stop: true };
            }
            Phase::Stopping { .. } => {
                self.fail(now, &Failure::TimedOut, actions);
                self.phase = Phase::Stopping { restart: false };
            }
            Phase::Ready { since, .. } => {
                self.phase = Phase::Ready { since, frozen: true };
                actions.push(Action::Freeze);
            }
            Phase::Cold | Phase::Ended => {}
        }
    }

    fn shutdown(&mut self, actions: &mut Vec<Action>) {
        self.answer(Outcome::ShutDown, actions);
        self.invocation = None;
        match self.phase {
            Phase::Cold => self.end(actions),
            Phase::Starting { suppressed, .. } => self.phase = Phase::Starting { suppressed, stop: true },
            Phase::Init { .. } | Phase::Ready { .. } | Phase::Invoking => self.kill(false, actions),
            Phase::Stopping { .. } => self.phase = Phase::Stopping { restart: false },
            Phase::Ended => {}
        }
    }

    /// INIT did not come to its `next`. The first time it is done again inside the invocation, whose time begins to
    /// run now; the second time the invocation has failed. `gone`: the process has already exited.
    fn init_failed(&mut self, now: Instant, since: Instant, suppressed: bool, failure: &Failure, gone: bool, actions: &mut Vec<Action>) {
        let status = InitStatus::Failed(failure.clone());
        actions.push(Action::InitReport(InitReport { duration: now - since, suppressed, status }));
        if suppressed {
            self.fail(now, failure, actions);
        } else if let Some(invocation) = &mut self.invocation {
            invocation.started = Some(now);
        }
        let restart = self.invocation.is_some();
        match (gone, restart) {
            (true, true) => self.restart(actions),
            (true, false) => self.end(actions),
            (false, _) => self.kill(restart, actions),
        }
    }

    fn restart(&mut self, actions: &mut Vec<Action>) {
        self.phase = Phase::Starting { suppressed: true, stop: false };
        actions.push(Action::Start);
    }

    fn kill(&mut self, restart: bool, actions: &mut Vec<Action>) {
        self.phase = Phase::Stopping { restart };
        actions.push(Action::Kill);
    }

    /// The invocation fails: its caller hears so, unless it already has its answer, and it is over.
    fn fail(&mut self, now: Instant, failure: &Failure, actions: &mut Vec<Action>) {
        self.answer(Outcome::Failed(failure.clone()), actions);
        let status = if *failure == Failure::TimedOut { Status::Timeout } else { Status::Failed(failure.clone()) };
        self.report(now, status, actions);
    }

    /// Answers the caller, or ends the stream that it is reading. Nothing when it has been answered.
    fn answer(&mut self, outcome: Outcome, actions: &mut Vec<Action>) {
        let Some(invocation) = &mut self.invocation else { return };
        let status = match &outcome {
            Outcome::Failed(failure) => Status::Failed(failure.clone()),
            Outcome::ReportedError(error_type) => Status::HandledError(error_type.clone()),
            Outcome::Response | Outcome::NotStarted | Outcome::ShutDown => Status::Success,
        };
        match invocation.progress {
            Progress::Waiting | Progress::Running => actions.push(Action::Answer(outcome)),
            Progress::Streaming => actions.push(Action::EndStream(match outcome {
                Outcome::Failed(failure) => Err(Some(failure)),
                _ => Err(None),
            })),
            Progress::Answered(_) => return,
        }
        invocation.progress = Progress::Answered(status);
    }

    /// The invocation is over.
    fn report(&mut self, now: Instant, status: Status, actions: &mut Vec<Action>) {
        let Some(invocation) = self.invocation.take() else { return };
        let timed_out = status == Status::Timeout;
        let duration = match invocation.started {
            // A timer fires late by up to a millisecond; the invocation was cut at its limit all the same.
            Some(_) if timed_out => invocation.timeout,
            Some(started) => now - started,
            None => Duration::ZERO,
        };
        self.last = Some(Last { request_id: invocation.request_id, timed_out });
        actions.push(Action::Report(Report { duration, init: invocation.init, status }));
    }

    fn end(&mut self, actions: &mut Vec<Action>) {
        self.invocation = None;
        self.phase = Phase::Ended;
        actions.push(Action::End);
    }
}
