//! The loop: wait for the next thing to happen, tell the state machine, do what it wants.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

use super::in_flight::InFlight;
use super::journal::Journal;
use super::last_moments::LastMoments;
use super::meter::Meter;
use super::running::Running;
use super::start::describe;
use super::{Command, Deployment, Lease, Shared, Work};
use crate::invoke::Metrics;
use crate::kernel::{Exit, KernelError, Process};
use crate::lifecycle::{Action, Event, Lifecycle, Timing};
use crate::limits::RUNTIME_CONNECTIONS_MAX;
use crate::pool::Membership;
use crate::runtime_api::{ApiReply, Content, Message, StreamDoor};

pub(crate) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) deployment: Arc<Deployment>,
    pub(super) membership: Membership,
    pub(super) machine: Lifecycle,
    orders: mpsc::Receiver<Command>,
    /// Set when the pool and everybody else has let go of this sandbox.
    orders_closed: bool,
    messages: mpsc::Receiver<Message>,
    messages_in: mpsc::Sender<Message>,
    pub(super) starting: Option<JoinHandle<(Instant, Result<Process, KernelError>)>>,
    pub(super) running: Option<Running>,
    last: LastMoments,
    timer: Pin<Box<Sleep>>,
    /// When the timer goes off, which may be earlier than anybody needs: moving it at every invocation costs more
    /// than a false alarm now and then.
    timer_at: Option<Instant>,
    pub(super) journal: Journal,
    pub(super) meter: Meter,
    pub(super) in_flight: Option<InFlight>,
    /// The `next` that waits for an invocation.
    pub(super) parked: Option<oneshot::Sender<ApiReply>>,
    pub(super) calling: Calling,
    pub(super) init_error_body: Bytes,
    pub(super) begun_at: Instant,
    pub(super) starts: u32,
    pub(super) host_start_us: Option<u64>,
    pub(super) not_started: Option<String>,
    /// What the end of the invocation brings its caller.
    pub(super) closing: (Option<Bytes>, Option<Metrics>),
    pub(super) after: After,
    actions: Vec<Action>,
}

/// The call of the Runtime API that is being dealt with.
#[derive(Default)]
pub(super) struct Calling {
    pub(super) reply: Option<oneshot::Sender<ApiReply>>,
    pub(super) content: Content,
    pub(super) is_stream: bool,
    pub(super) door: Option<StreamDoor>,
    /// Of the trailers at the end of a stream.
    pub(super) stream_error: Option<(String, String)>,
}

/// What the actions of one event leave to be done when all of them are done.
#[derive(Default)]
pub(super) struct After {
    pub(super) answered: bool,
    pub(super) release: bool,
    pub(super) ended: bool,
}

pub(super) enum Wake {
    Message(Message),
    Order(Command),
    /// Nobody can give this sandbox another invocation.
    OrdersClosed,
    /// And when its start was done.
    Started(Instant, Result<Process, String>),
    Output,
    Exited(Exit),
    Timer,
}

impl Driver {
    pub(crate) fn new(shared: Arc<Shared>, deployment: Arc<Deployment>, membership: Membership, orders: mpsc::Receiver<Command>) -> Self {
        let now = shared.clock.now();
        let timing = Timing { init_cap: shared.settings.init_cap, freeze_linger: shared.settings.freeze_linger };
        let (messages_in, messages) = mpsc::channel(RUNTIME_CONNECTIONS_MAX);
        Self {
            journal: Journal::new(Arc::clone(&shared), Arc::clone(&deployment.function), now),
            machine: Lifecycle::new(timing),
            shared,
            deployment,
            membership,
            orders,
            orders_closed: false,
            messages,
            messages_in,
            starting: None,
            running: None,
            last: LastMoments::default(),
            timer: Box::pin(tokio::time::sleep_until(now.into())),
            timer_at: None,
            meter: Meter::default(),
            in_flight: None,
            parked: None,
            calling: Calling::default(),
            init_error_body: Bytes::new(),
            begun_at: now,
            starts: 0,
            host_start_us: None,
            not_started: None,
            closing: (None, None),
            after: After::default(),
            actions: Vec::new(),
        }
    }

    /// Until the sandbox is over.
    pub(crate) async fn run(mut self, work: Box<Work>, lease: Lease) {
        self.accept(*work, lease);
        while !self.after.ended {
            let wake = poll_fn(|cx| self.poll_wake(cx)).await;
            self.wake(wake);
        }
        // An invocation that was on its way while the idle process died has lost nothing yet.
        self.orders.close();
        while let Ok(order) = self.orders.try_recv() {
            if let Command::Invoke(work, _) = order {
                self.membership.pass_on(work);
            }
        }
    }

    /// The next thing that happened. The order is part of the design: what the runtime says comes before its exit,
    /// and its output before both is read when a message is dealt with.
    fn poll_wake(&mut self, cx: &mut Context<'_>) -> Poll<Wake> {
        let quiet = match &mut self.running {
            Some(running) => running.poll_api(cx, &self.messages_in),
            None => true,
        };
        if let Poll::Ready(Some(message)) = self.messages.poll_recv(cx) {
            return Poll::Ready(Wake::Message(message));
        }
        if !self.orders_closed
            && let Poll::Ready(order) = self.orders.poll_recv(cx)
        {
            self.orders_closed = order.is_none();
            return Poll::Ready(order.map_or(Wake::OrdersClosed, Wake::Order));
        }
        if let Some(starting) = &mut self.starting
            && let Poll::Ready(result) = Pin::new(starting).poll(cx)
        {
            self.starting = None;
            let (at, result) = match result {
                Ok((at, result)) => (at, result.map_err(|error| describe(&error))),
                Err(aborted) => (self.shared.clock.now(), Err(aborted.to_string())),
            };
            return Poll::Ready(Wake::Started(at, result));
        }
        if let Some(running) = &mut self.running {
            if running.poll_output(cx).is_ready() {
                return Poll::Ready(Wake::Output);
            }
            if running.poll_exit(cx).is_ready() {
                let now = self.shared.clock.now();
                let in_silence = quiet || !self.machine.awaits_answer();
                if let Some(exit) = self.last.moments(now, in_silence, &running.process) {
                    return Poll::Ready(Wake::Exited(exit));
                }
            }
        }
        ready!(self.poll_timer(cx));
        Poll::Ready(Wake::Timer)
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let wake_at = [self.machine.wake_at(), self.last.look_again_at];
        let Some(wanted) = wake_at.into_iter().flatten().min() else { return Poll::Pending };
        if self.timer_at.is_none_or(|at| at > wanted) {
            self.timer.as_mut().reset(wanted.into());
            self.timer_at = Some(wanted);
        }
        ready!(self.timer.as_mut().poll(cx));
        self.timer_at = None;
        Poll::Ready(())
    }

    fn wake(&mut self, wake: Wake) {
        let now = self.shared.clock.now();
        match wake {
            Wake::Message(message) => self.message(now, message),
            Wake::Order(Command::Invoke(work, lease)) => self.accept(*work, lease),
            Wake::Order(Command::Shutdown) | Wake::OrdersClosed => self.tell(now, Event::Shutdown),
            Wake::Started(at, result) => self.started(at, result),
            Wake::Output => self.read_output(now),
            Wake::Exited(exit) => self.exited(now, exit),
            Wake::Timer => self.tell(now, Event::Tick),
        }
    }

    fn accept(&mut self, work: Work, lease: Lease) {
        let now = self.shared.clock.now();
        self.membership.hold();
        let trace_id = work.request.trace_id.clone().unwrap_or_else(|| new_trace_id(self.shared.clock.epoch(now)));
        let request_id = work.request.request_id.clone();
        if work.request.tail {
            self.journal.begin_tail();
            if let Some(running) = &self.running {
                self.meter.begin(now, &running.process);
            }
        }
        self.in_flight = Some(InFlight::new(work, lease, trace_id));
        let timeout = std::time::Duration::from_secs(self.deployment.function.timeout_s.into());
        self.tell(self.shared.clock.now(), Event::Invoke { request_id, timeout });
    }

    fn exited(&mut self, now: Instant, exit: Exit) {
        self.read_output(now);
        self.journal.output_ended(now);
        self.last = LastMoments::default();
        self.parked = None;
        if let Some(running) = self.running.take() {
            // Read while the process is still known: what it used is part of the REPORT.
            self.meter.exited(now, &running.process);
        }
        self.tell(now, Event::Exited(exit));
    }

    pub(super) fn read_output(&mut self, now: Instant) {
        if let Some(running) = &mut self.running {
            running.read_output(|bytes| self.journal.output(now, bytes));
        }
    }

    /// Tells the machine what happened and does what it wants.
    pub(super) fn tell(&mut self, now: Instant, event: Event<'_>) {
        let mut actions = std::mem::take(&mut self.actions);
        self.machine.handle(now, event, &mut actions);
        for action in actions.drain(..) {
            self.act(now, action);
        }
        self.actions = actions;
        self.settle_up(now);
    }

    /// Callers are answered last, when the pool knows already what their next invocation will find.
    fn settle_up(&mut self, now: Instant) {
        let answered = std::mem::take(&mut self.after.answered);
        let release = std::mem::take(&mut self.after.release);
        if self.machine.has_invocation() {
            if let Some(in_flight) = &mut self.in_flight {
                if answered {
                    self.membership.settling();
                }
                in_flight.flush();
            }
        } else if let Some(mut in_flight) = self.in_flight.take() {
            let lease = in_flight.lease.take().filter(|_| release);
            match lease {
                Some(lease) => self.membership.release(lease, now),
                None => self.membership.free(),
            }
            let (log_tail, metrics) = std::mem::take(&mut self.closing);
            in_flight.finish(log_tail, metrics);
        }
    }
}

pub(super) fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// As X-Ray makes them, never sampled.
fn new_trace_id(epoch: std::time::Duration) -> String {
    let low = |number: u128| number & ((1 << 96) - 1);
    format!("Root=1-{:08x}-{:024x};Parent={:016x};Sampled=0", epoch.as_secs(), low(fastrand::u128(..)), fastrand::u64(..))
}
