//! The invocation under way: what its caller asked and what is ready for them.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::streaming::StreamAnswer;
use super::{Lease, Work};
use crate::invoke::{InvokeAnswer, InvokeError, InvokeRequest, Metrics};

pub(super) type Caller = oneshot::Sender<Result<InvokeAnswer, InvokeError>>;

pub(super) struct InFlight {
    pub(super) request: InvokeRequest,
    pub(super) trace_id: String,
    /// Comes back to the pool when the sandbox is ready again.
    pub(super) lease: Option<Lease>,
    pub(super) started: bool,
    /// Until they have been answered.
    caller: Option<Caller>,
    /// What they will be answered: at once, or after the REPORT if they asked for the log's tail.
    ready: Option<Result<InvokeAnswer, InvokeError>>,
    stream: Option<StreamAnswer>,
}

impl InFlight {
    pub(super) fn new(work: Work, lease: Lease, trace_id: String) -> Self {
        let Work { request, caller } = work;
        Self { request, trace_id, lease: Some(lease), started: false, caller: Some(caller), ready: None, stream: None }
    }

    pub(super) fn answer(&mut self, answer: Result<InvokeAnswer, InvokeError>) {
        self.ready = Some(answer);
    }

    /// The answer is a stream, and its head is all that its caller waits for.
    pub(super) fn answer_stream(&mut self, head: InvokeAnswer, stream: StreamAnswer) {
        self.stream = Some(stream);
        self.ready = Some(Ok(head));
    }

    pub(super) fn end_stream(&mut self, error: Option<(String, String)>) {
        if let Some(stream) = &mut self.stream {
            stream.end(error);
            if !self.request.tail
                && let Some(stream) = self.stream.take()
            {
                stream.complete(None);
            }
        }
    }

    /// Hands over what is ready. Callers who want the tail wait for [`Self::finish`], except for a stream's head.
    pub(super) fn flush(&mut self) {
        if (!self.request.tail || self.stream.is_some())
            && let (Some(_), Some(_)) = (&self.ready, &self.caller)
        {
            self.send();
        }
    }

    /// The invocation is over.
    pub(super) fn finish(mut self, log_tail: Option<Bytes>, metrics: Option<Metrics>) {
        if let Some(stream) = self.stream.take() {
            self.send();
            stream.complete(log_tail);
            return;
        }
        if let Some(Ok(answer)) = &mut self.ready {
            answer.log_tail = log_tail;
            answer.metrics = metrics;
        }
        self.send();
    }

    fn send(&mut self) {
        if let (Some(answer), Some(caller)) = (self.ready.take(), self.caller.take()) {
            // A caller who has gone away does not want it.
            let _ = caller.send(answer);
        }
    }
}
