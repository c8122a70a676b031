//! What the machine wants done.

use std::time::Duration;

use super::failure::Failure;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Start a process. Answered by `Started` or `StartFailed`.
    Start,
    /// INIT is over, well or not.
    InitReport(InitReport),
    /// Answer the call that was the event.
    Reply(Reply),
    /// Hold the `next` that was the event until `Deliver`. One that was held before is refused.
    Park,
    /// Hand the invocation to the held `next`.
    Deliver,
    /// Answer the caller. Exactly once for each invocation.
    Answer(Outcome),
    /// End the stream that was the caller's answer: well, with the failure that cut it, or by a shutdown (`Err(None)`).
    EndStream(Result<Ending, Option<Failure>>),
    /// The invocation is over. Exactly once, unless the host shuts down or the process cannot start.
    Report(Report),
    /// The sandbox is ready for another invocation.
    Release,
    Freeze,
    Thaw,
    /// Kill the process and all its children. Answered by `Exited`.
    Kill,
    /// The pool broke its promise: this sandbox cannot take an invocation now.
    Refuse,
    /// Nothing is left, and nothing will happen any more.
    End,
}

use super::event::Ending;

/// Answers of the Runtime API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// 202
    Accepted,
    /// The head of a stream is accepted, its body may follow.
    Continue,
    /// 400: not the id of the current invocation.
    InvalidRequestId,
    /// 400
    InvalidResponseMode,
    /// 400
    Truncated,
    /// 403, with the names of AWS's states.
    InvalidTransition { from: &'static str, to: &'static str },
    /// 410: the answer to an invocation that has timed out.
    InvokeTimeout,
    /// 413
    TooLarge,
}

/// What the caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The response that was the event: its body, or the stream that it is the head of.
    Response,
    /// The error that was the event, with its type.
    ReportedError(String),
    Failed(Failure),
    /// The process could not be started: the host's fault.
    NotStarted,
    ShutDown,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InitReport {
    pub(crate) duration: Duration,
    /// Whether this INIT was done inside an invocation.
    pub(crate) suppressed: bool,
    pub(crate) status: InitStatus,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InitStatus {
    Success,
    Failed(Failure),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) duration: Duration,
    /// INIT that is billed with this invocation.
    pub(crate) init: Option<Duration>,
    pub(crate) status: Status,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    /// The runtime reported an error of this type and lives on.
    HandledError(String),
    Failed(Failure),
    Timeout,
}
