//! A small model of a sandbox's surroundings: the process, the runtime's `next`, the caller. It knows the rules as a
//! reader of AWS's documentation would put them, and checks every action against them. It is the slow twin of the
//! machine: facts in plain variables, no phases.

use std::collections::HashMap;

use super::{Action, Call, Ending, Failure, Ids, Outcome, Reply, ResponseBody, Status};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    None,
    Requested,
    Alive,
    Killed,
}

#[derive(Debug)]
pub(super) struct Current {
    pub(super) request_id: String,
    pub(super) number: u64,
    pub(super) delivered: bool,
    pub(super) answered: bool,
    pub(super) streaming: bool,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) process: Process,
    pub(super) inited: bool,
    pub(super) parked: bool,
    pub(super) frozen: bool,
    pub(super) ready: bool,
    pub(super) ended: bool,
    pub(super) current: Option<Current>,
    /// The last invocation that is over, and whether it timed out.
    pub(super) last: Option<(String, bool)>,
    pub(super) number: u64,
    /// Answers, ends of streams and reports, by invocation.
    pub(super) answers: HashMap<u64, u32>,
    pub(super) stream_ends: HashMap<u64, u32>,
    pub(super) reports: HashMap<u64, u32>,
}

/// What the rules say a call is answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Held, or answered with the invocation.
    Held,
    Status(u16),
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            process: Process::None,
            inited: false,
            parked: false,
            frozen: false,
            ready: false,
            ended: false,
            current: None,
            last: None,
            number: 0,
            answers: HashMap::new(),
            stream_ends: HashMap::new(),
            reports: HashMap::new(),
        }
    }

    /// Before the first start, or when the sandbox said that it is ready.
    pub(super) fn may_invoke(&self) -> bool {
        self.current.is_none() && !self.ended && (self.ready || (self.number == 0 && self.process == Process::None))
    }

    pub(super) fn invoked(&mut self, request_id: &str) {
        self.number += 1;
        self.ready = false;
        self.current =
            Some(Current { request_id: request_id.to_owned(), number: self.number, delivered: false, answered: false, streaming: false });
    }

    pub(super) fn expected(&self, call: &Call<'_>) -> Expected {
        match call {
            Call::Next => match &self.current {
                Some(current) if current.streaming && !current.answered_whole() => Expected::Status(403),
                _ => Expected::Held,
            },
            Call::InitError { .. } if self.process == Process::Alive && !self.inited => Expected::Status(202),
            Call::InitError { .. } => Expected::Status(403),
            Call::Response { ids, body } => Expected::Status(self.refusal(*ids).unwrap_or(match body {
                ResponseBody::Complete | ResponseBody::Stream => 202,
                ResponseBody::TooLarge => 413,
                ResponseBody::Truncated | ResponseBody::InvalidMode => 400,
            })),
            Call::Error { ids, .. } => Expected::Status(self.refusal(*ids).unwrap_or(202)),
            Call::StreamEnd { ids, ending } => match &self.current {
                Some(current) if current.streaming && current.request_id == ids.request_id => Expected::Status(match ending {
                    Ending::Complete | Ending::Error => 202,
                    Ending::TooLarge => 413,
                    Ending::Truncated => 400,
                }),
                _ => Expected::Status(410),
            },
        }
    }

    fn refusal(&self, ids: Ids<'_>) -> Option<u16> {
        if let Some(current) = self.current.as_ref().filter(|current| current.delivered && self.process == Process::Alive)
            && current.request_id == ids.request_id
        {
            if ids.invocation_id.is_some_and(|id| id != Some(current.number)) {
                return Some(410);
            }
            return (current.answered || current.streaming).then_some(403);
        }
        let in_flight = self.current.as_ref().is_some_and(|current| current.delivered && self.process == Process::Alive);
        match &self.last {
            Some((id, true)) if id == ids.request_id => Some(410),
            Some((id, false)) if id == ids.request_id && !in_flight => Some(403),
            _ => Some(400),
        }
    }

    /// Checks one action and learns from it. `reply` collects what the call under way is answered.
    pub(super) fn observe(&mut self, action: &Action, reply: &mut Option<u16>) {
        assert!(!self.ended, "{action:?} after the end");
        match action {
            Action::Start => {
                assert_eq!(self.process, Process::None, "started twice");
                assert!(self.current.is_some(), "started for nobody");
                self.process = Process::Requested;
                self.inited = false;
            }
            Action::Kill => {
                assert_eq!(self.process, Process::Alive, "killed what does not live");
                self.process = Process::Killed;
                self.ready = false;
            }
            Action::InitReport(_) => assert!(!self.inited, "INIT reported after it was over"),
            Action::Park => self.parked = true,
            Action::Reply(answer) => assert!(reply.replace(status(*answer)).is_none(), "replied twice"),
            Action::Deliver => self.delivered(),
            Action::Answer(outcome) => self.answered(outcome),
            Action::EndStream(_) => {
                let current = self.current.as_mut().expect("a stream ends in an invocation");
                assert!(current.streaming, "no stream to end");
                current.streaming = false;
                *self.stream_ends.entry(current.number).or_default() += 1;
            }
            Action::Report(report) => {
                let current = self.current.take().expect("a report is of an invocation");
                assert!(current.answered, "reported before the caller was answered");
                assert!(!current.streaming, "reported before the stream was ended");
                *self.reports.entry(current.number).or_default() += 1;
                self.last = Some((current.request_id, report.status == Status::Timeout));
            }
            Action::Release => {
                assert!(self.current.is_none() && self.parked && self.process == Process::Alive, "released though not ready");
                self.ready = true;
            }
            Action::Freeze => {
                assert!(self.ready && !self.frozen, "froze at work");
                self.frozen = true;
            }
            Action::Thaw => assert!(std::mem::take(&mut self.frozen), "thawed though not frozen"),
            Action::Refuse => panic!("refused an invocation that it may have"),
            Action::End => {
                assert_eq!(self.process, Process::None, "ended with a process");
                assert!(self.current.take().is_none_or(|current| current.answered_whole()), "ended with a caller waiting");
                self.ended = true;
            }
        }
    }

    fn delivered(&mut self) {
        assert!(!self.frozen, "delivered to a frozen process");
        assert_eq!(self.process, Process::Alive, "delivered to nobody");
        assert!(std::mem::take(&mut self.parked), "delivered without a `next`");
        let current = self.current.as_mut().expect("something to deliver");
        assert!(!current.answered, "delivered after its answer");
        current.delivered = true;
        self.inited = true;
    }

    fn answered(&mut self, outcome: &Outcome) {
        let current = self.current.as_mut().expect("an answer is to an invocation");
        assert!(!current.answered, "answered twice");
        if matches!(outcome, Outcome::Response | Outcome::ReportedError(_)) {
            assert!(current.delivered, "the runtime answered what it never got");
        }
        if *outcome == Outcome::Failed(Failure::InvalidResponseMode) {
            assert!(current.delivered);
        }
        current.answered = true;
        *self.answers.entry(current.number).or_default() += 1;
    }
}

impl Current {
    fn answered_whole(&self) -> bool {
        self.answered && !self.streaming
    }
}

fn status(reply: Reply) -> u16 {
    match reply {
        Reply::Accepted | Reply::Continue => 202,
        Reply::InvalidRequestId | Reply::InvalidResponseMode | Reply::Truncated => 400,
        Reply::InvalidTransition { .. } => 403,
        Reply::InvokeTimeout => 410,
        Reply::TooLarge => 413,
    }
}
