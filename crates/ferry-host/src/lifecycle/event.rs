//! What can happen to a sandbox.

use std::time::Duration;

use crate::kernel::Exit;

#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// The pool hands over an invocation.
    Invoke {
        request_id: String,
        timeout: Duration,
    },
    /// The process that `Action::Start` asked for runs.
    Started,
    StartFailed,
    /// The runtime calls its API; answered by one `Action::Reply` now, or by `Action::Park` and a later delivery.
    Call(Call<'a>),
    /// The process is gone, and everything it had said before has been handed in.
    Exited(Exit),
    /// The time of `Lifecycle::wake_at` has come.
    Tick,
    Shutdown,
}

/// One request to the Runtime API, read and checked as far as it can be without the sandbox's state.
#[derive(Debug)]
pub(crate) enum Call<'a> {
    /// `GET /runtime/invocation/next`
    Next,
    /// `POST /runtime/invocation/{id}/response`
    Response { ids: Ids<'a>, body: ResponseBody },
    /// The end of a response that was [`ResponseBody::Stream`].
    StreamEnd { ids: Ids<'a>, ending: Ending },
    /// `POST /runtime/invocation/{id}/error`
    Error { ids: Ids<'a>, error_type: String },
    /// `POST /runtime/init/error`
    InitError { error_type: String },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids<'a> {
    pub(crate) request_id: &'a str,
    /// `Lambda-Runtime-Invocation-Id`, echoed by newer runtimes; a number that is none of ours is `Some(None)`.
    pub(crate) invocation_id: Option<Option<u64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseBody {
    Complete,
    /// Streamed to a caller that reads it as it comes: the head is there, the body follows.
    Stream,
    TooLarge,
    /// The connection broke before the announced end.
    Truncated,
    /// `Lambda-Runtime-Function-Response-Mode` is not `streaming`.
    InvalidMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    /// The runtime said in its trailers that the function failed midstream.
    Error,
    TooLarge,
    Truncated,
}
