//! Where a sandbox stands, and its invocation.

use std::time::{Duration, Instant};

use super::action::Status;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Cold,
    /// `Start` was asked for. `stop`: it is no longer wanted, kill it when it is there.
    Starting {
        suppressed: bool,
        stop: bool,
    },
    Init {
        since: Instant,
        suppressed: bool,
    },
    Ready {
        since: Instant,
        frozen: bool,
    },
    Invoking,
    /// Killed, not yet gone. `restart`: INIT is to be done again inside the invocation.
    Stopping {
        restart: bool,
    },
    Ended,
}

#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) request_id: String,
    pub(super) timeout: Duration,
    /// When its time began to run: at delivery, or at the start of a suppressed INIT.
    pub(super) started: Option<Instant>,
    /// INIT that it is billed for: none when warm, and when INIT was suppressed (then it is part of the duration).
    pub(super) init: Option<Duration>,
    pub(super) progress: Progress,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    Waiting,
    /// Delivered, not answered.
    Running,
    /// The head of a streamed response came; the caller has its answer, the body is under way.
    Streaming,
    /// Answered; the runtime has yet to ask for `next`.
    Answered(Status),
}

#[derive(Debug)]
pub(super) struct Last {
    pub(super) request_id: String,
    pub(super) timed_out: bool,
}
