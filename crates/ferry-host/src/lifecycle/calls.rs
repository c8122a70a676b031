//! The Runtime API's side of the machine: which call is right in which phase.

use std::time::Instant;

use super::action::{Action, InitReport, InitStatus, Outcome, Reply, Status};
use super::event::{Call, Ending, Ids, ResponseBody};
use super::failure::Failure;
use super::{Lifecycle, Phase, Progress};

/// Names of AWS's own states, which its 403 quotes.
mod aws_state {
    pub(super) const STARTED: &str = "Started";
    pub(super) const INIT_ERROR: &str = "InitError";
    pub(super) const READY: &str = "Ready";
    pub(super) const RUNNING: &str = "Running";
    pub(super) const RESPONSE: &str = "InvocationResponse";
    pub(super) const ERROR_RESPONSE: &str = "InvocationErrorResponse";
    pub(super) const RESPONSE_SENT: &str = "ResponseSent";
}

impl Lifecycle {
    pub(super) fn call(&mut self, now: Instant, call: Call<'_>, actions: &mut Vec<Action>) {
        match call {
            Call::Next => self.next(now, actions),
            Call::Response { ids, body } => match self.refusal(ids, aws_state::RESPONSE) {
                Some(refusal) => actions.push(Action::Reply(refusal)),
                None => self.response(body, actions),
            },
            Call::Error { ids, error_type } => match self.refusal(ids, aws_state::ERROR_RESPONSE) {
                Some(refusal) => actions.push(Action::Reply(refusal)),
                None => {
                    self.answer(Outcome::ReportedError(error_type), actions);
                    actions.push(Action::Reply(Reply::Accepted));
                }
            },
            Call::StreamEnd { ids, ending } => self.stream_end(ids, ending, actions),
            Call::InitError { error_type } => self.init_error(now, error_type, actions),
        }
    }

    fn next(&mut self, now: Instant, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Init { since, suppressed } => {
                let duration = now - since;
                actions.extend([Action::InitReport(InitReport { duration, suppressed, status: InitStatus::Success }), Action::Park]);
                if let Some(invocation) = &mut self.invocation {
                    invocation.init = (!suppressed).then_some(duration);
                    self.deliver(now, actions);
                } else {
                    self.ready(now, actions);
                }
            }
            Phase::Invoking => match self.invocation.as_ref().map(|invocation| &invocation.progress) {
                Some(Progress::Answered(status)) => {
                    let status = status.clone();
                    self.report(now, status, actions);
                    actions.push(Action::Park);
                    self.ready(now, actions);
                }
                // A runtime that asks again before it has answered gets the same invocation again.
                Some(Progress::Running | Progress::Waiting) => actions.extend([Action::Park, Action::Deliver]),
                Some(Progress::Streaming) | None => {
                    actions.push(Action::Reply(Reply::InvalidTransition { from: aws_state::RESPONSE, to: aws_state::READY }));
                }
            },
            // Held until the process is gone; its connection ends with it.
            Phase::Cold | Phase::Starting { .. } | Phase::Ready { .. } | Phase::Stopping { .. } | Phase::Ended => {
                actions.push(Action::Park)
            }
        }
    }

    fn ready(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.phase = Phase::Ready { since: now, frozen: false };
        actions.push(Action::Release);
    }

    fn response(&mut self, body: ResponseBody, actions: &mut Vec<Action>) {
        let (outcome, reply) = match body {
            ResponseBody::Complete => (Outcome::Response, Reply::Accepted),
            ResponseBody::Stream => {
                if let Some(invocation) = &mut self.invocation {
                    invocation.progress = Progress::Streaming;
                    actions.extend([Action::Answer(Outcome::Response), Action::Reply(Reply::Continue)]);
                }
                return;
            }
            ResponseBody::TooLarge => (Outcome::Failed(Failure::ResponseTooLarge), Reply::TooLarge),
            ResponseBody::Truncated => (Outcome::Failed(Failure::TruncatedResponse), Reply::Truncated),
            ResponseBody::InvalidMode => (Outcome::Failed(Failure::InvalidResponseMode), Reply::InvalidResponseMode),
        };
        self.answer(outcome, actions);
        actions.push(Action::Reply(reply));
    }

    fn stream_end(&mut self, ids: Ids<'_>, ending: Ending, actions: &mut Vec<Action>) {
        let current = self
            .invocation
            .as_mut()
            .filter(|invocation| invocation.progress == Progress::Streaming && invocation.request_id == ids.request_id);
        let Some(invocation) = current else {
            // The invocation ended under the stream: by its timeout, as a crash takes the connection along.
            actions.push(Action::Reply(Reply::InvokeTimeout));
            return;
        };
        let (status, reply) = match ending {
            Ending::Complete => (Status::Success, Reply::Accepted),
            Ending::Error => (Status::Failed(Failure::Midstream), Reply::Accepted),
            Ending::TooLarge => (Status::Failed(Failure::ResponseTooLarge), Reply::TooLarge),
            Ending::Truncated => (Status::Failed(Failure::TruncatedResponse), Reply::Truncated),
        };
        invocation.progress = Progress::Answered(status);
        actions.extend([Action::EndStream(Ok(ending)), Action::Reply(reply)]);
    }

    fn init_error(&mut self, now: Instant, error_type: String, actions: &mut Vec<Action>) {
        if let Phase::Init { since, suppressed } = self.phase {
            actions.push(Action::Reply(Reply::Accepted));
            self.init_failed(now, since, suppressed, &Failure::InitError(error_type), false, actions);
        } else {
            actions.push(Action::Reply(Reply::InvalidTransition { from: self.aws_state(), to: aws_state::INIT_ERROR }));
        }
    }

    /// Why an answer for `ids` is not taken; none when it is.
    fn refusal(&self, ids: Ids<'_>, to: &'static str) -> Option<Reply> {
        if let Some(invocation) = self.invocation.as_ref().filter(|_| self.phase == Phase::Invoking) {
            if invocation.request_id != ids.request_id {
                return Some(self.stale(ids));
            }
            // The same request id under another invocation id: the answer to an earlier try of the same request.
            if ids.invocation_id.is_some_and(|id| id != Some(self.invocations)) {
                return Some(Reply::InvokeTimeout);
            }
            return (invocation.progress != Progress::Running).then(|| Reply::InvalidTransition { from: self.aws_state(), to });
        }
        match &self.last {
            Some(last) if last.request_id == ids.request_id && !last.timed_out => {
                Some(Reply::InvalidTransition { from: self.aws_state(), to })
            }
            _ => Some(self.stale(ids)),
        }
    }

    fn stale(&self, ids: Ids<'_>) -> Reply {
        match &self.last {
            Some(last) if last.timed_out && last.request_id == ids.request_id => Reply::InvokeTimeout,
            _ => Reply::InvalidRequestId,
        }
    }

    fn aws_state(&self) -> &'static str {
        match (&self.phase, self.invocation.as_ref().map(|invocation| &invocation.progress)) {
            (Phase::Ready { .. }, _) => aws_state::READY,
            (Phase::Invoking, Some(Progress::Streaming)) => aws_state::RESPONSE,
            (Phase::Invoking, Some(Progress::Answered(_))) => aws_state::RESPONSE_SENT,
            (Phase::Invoking, _) => aws_state::RUNNING,
            _ => aws_state::STARTED,
        }
    }
}
