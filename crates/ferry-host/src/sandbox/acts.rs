//! What the state machine wants, done.

use std::io;
use std::time::Instant;

use super::answer::{self, billed_ms, failure_json};
use super::driver::{Calling, Driver, micros};
use super::streaming::StreamAnswer;
use crate::invoke::{InvokeError, Metrics, Payload};
use crate::kernel::Process;
use crate::lifecycle::{Action, Call, Ending, Event, Failure, Ids, InitReport, InitStatus, Outcome, Reply, Report, ResponseBody};
use crate::logs::{Platform, ReportLine};
use crate::runtime_api::{ApiCall, ApiReply, Content, InvocationHead, Message, Target, next_response};

impl Driver {
    pub(super) fn message(&mut self, now: Instant, message: Message) {
        if self.journal.is_read() {
            self.read_output(now);
        }
        let Message { call, reply } = message;
        self.calling = Calling { reply: Some(reply), ..Calling::default() };
        match call {
            ApiCall::Next => self.tell(now, Event::Call(Call::Next)),
            ApiCall::Response { target, body, content } => {
                self.calling.content = content;
                self.tell(now, Event::Call(Call::Response { ids: ids(&target), body }));
            }
            ApiCall::StreamHead { target, content_type } => {
                if !self.in_flight.as_ref().is_some_and(|in_flight| in_flight.request.streaming) {
                    return self.reply(ApiReply::Collect);
                }
                self.calling.content = Content { content_type, ..Content::default() };
                self.calling.is_stream = true;
                self.tell(now, Event::Call(Call::Response { ids: ids(&target), body: ResponseBody::Stream }));
            }
            ApiCall::StreamEnd { target, ending, error } => {
                self.calling.stream_error = error;
                self.tell(now, Event::Call(Call::StreamEnd { ids: ids(&target), ending }));
            }
            ApiCall::Error { target, error_type, content } => {
                self.calling.content = content;
                self.tell(now, Event::Call(Call::Error { ids: ids(&target), error_type }));
            }
            ApiCall::InitError { error_type, body } => {
                self.init_error_body = body;
                self.tell(now, Event::Call(Call::InitError { error_type }));
            }
        }
    }

    pub(super) fn act(&mut self, now: Instant, action: Action) {
        match action {
            Action::Start => self.start(now),
            Action::InitReport(report) => self.init_report(now, &report),
            Action::Reply(Reply::Continue) => {
                if let Some(door) = self.calling.door.take() {
                    self.reply(ApiReply::Forward(door));
                }
            }
            Action::Reply(reply) => self.reply(ApiReply::Respond(reply)),
            Action::Park => {
                let newest = self.calling.reply.take();
                if let Some(older) = std::mem::replace(&mut self.parked, newest) {
                    // Most likely its connection is gone, and that is why the runtime asks again.
                    let refusal = Reply::InvalidTransition { from: "Ready", to: "Ready" };
                    let _ = older.send(ApiReply::Respond(refusal));
                }
            }
            Action::Deliver => self.deliver(now),
            Action::Answer(outcome) => self.answer(outcome),
            Action::EndStream(how) => self.end_stream(how),
            Action::Report(report) => self.report(now, &report),
            Action::Release => self.after.release = true,
            // Where the freezer fails, the sandbox runs on: `ferry doctor` measures whether freezing works.
            Action::Freeze => self.process_act(Process::freeze),
            // A sandbox that cannot be thawed times out, and that ends it.
            Action::Thaw => self.process_act(Process::thaw),
            Action::Kill => {
                if let Some(running) = &self.running {
                    running.process.kill();
                }
            }
            Action::Refuse => {
                if let Some(in_flight) = &mut self.in_flight {
                    in_flight.answer(Err(InvokeError::ShuttingDown));
                }
            }
            Action::End => self.after.ended = true,
        }
    }

    fn process_act(&self, act: impl Fn(&Process) -> io::Result<()>) {
        if let Some(running) = &self.running {
            let _ = act(&running.process);
        }
    }

    fn init_report(&mut self, now: Instant, report: &InitReport) {
        self.journal.platform(now, &Platform::InitReport(report));
        if report.status == InitStatus::Success
            && let Some(running) = &self.running
        {
            self.limit_cpu(&running.process);
            if !report.suppressed {
                self.meter.init_done(now, &running.process);
            }
        }
    }

    fn deliver(&mut self, now: Instant) {
        let (Some(in_flight), Some(parked)) = (&mut self.in_flight, self.parked.take()) else { return };
        if !in_flight.started {
            in_flight.started = true;
            self.journal.platform(now, &Platform::Start { request_id: &in_flight.request.request_id });
        }
        let head = InvocationHead {
            invocation_id: self.machine.invocation_id(),
            deadline_ms: self.shared.clock.epoch_ms(self.machine.deadline().unwrap_or(now)),
            function_arn: &self.deployment.arn,
            trace_id: &in_flight.trace_id,
        };
        // A runtime that has hung up asks again, and gets the same invocation again.
        let _ = parked.send(ApiReply::Deliver(next_response(&in_flight.request, &head)));
    }

    fn answer(&mut self, outcome: Outcome) {
        let Some(in_flight) = &mut self.in_flight else { return };
        let content = std::mem::take(&mut self.calling.content);
        self.after.answered = true;
        let answer = match outcome {
            Outcome::Response if self.calling.is_stream => {
                self.after.answered = false;
                let Some((stream, door, parts)) = StreamAnswer::open() else { return };
                self.calling.door = Some(door);
                let head = answer::answer(Payload::Streamed(parts), None, content.content_type);
                return in_flight.answer_stream(head, stream);
            }
            Outcome::Response => Ok(answer::success(content)),
            Outcome::ReportedError(_) => Ok(answer::reported_error(content)),
            Outcome::Failed(Failure::InitError(_)) if !self.init_error_body.is_empty() => {
                Ok(answer::failure(std::mem::take(&mut self.init_error_body)))
            }
            Outcome::Failed(failure) => {
                let timeout_s = f64::from(self.deployment.function.timeout_s);
                Ok(answer::failure(failure_json(&failure, &in_flight.request.request_id, timeout_s).into()))
            }
            Outcome::NotStarted => {
                let why = self.not_started.take().unwrap_or_default();
                Err(InvokeError::Service(format!("Function {} cannot be started: {why}", self.deployment.function.name)))
            }
            Outcome::ShutDown => Err(InvokeError::ShuttingDown),
        };
        in_flight.answer(answer);
    }

    fn end_stream(&mut self, how: Result<Ending, Option<Failure>>) {
        let Some(in_flight) = &mut self.in_flight else { return };
        self.after.answered = true;
        let failure = match how {
            Ok(Ending::Complete) => return in_flight.end_stream(None),
            Ok(Ending::Error) => return in_flight.end_stream(self.calling.stream_error.take()),
            Ok(Ending::TooLarge) => Failure::ResponseTooLarge,
            Ok(Ending::Truncated) => Failure::TruncatedResponse,
            Err(Some(failure)) => failure,
            Err(None) => return in_flight.end_stream(Some(("ServiceException".to_owned(), InvokeError::ShuttingDown.to_string()))),
        };
        let timeout_s = f64::from(self.deployment.function.timeout_s);
        let body = failure_json(&failure, &in_flight.request.request_id, timeout_s);
        in_flight.end_stream(Some((failure.error_type().to_owned(), body)));
    }

    /// The invocation is over: what it used, its REPORT, its tail.
    fn report(&mut self, now: Instant, report: &Report) {
        let Some(in_flight) = &mut self.in_flight else { return };
        let tail = in_flight.request.tail;
        if !tail && !self.journal.is_read() {
            return;
        }
        let request_id = &in_flight.request.request_id;
        if !in_flight.started {
            in_flight.started = true;
            self.journal.platform(now, &Platform::Start { request_id });
        }
        let process = self.running.as_ref().map(|running| &running.process);
        let used = tail.then(|| self.meter.used(now, process));
        let max_memory_mib = self.meter.max_memory_mib(now, process);
        let billed_ms = billed_ms(report);
        let line = ReportLine {
            request_id,
            report,
            billed_ms,
            memory_mib: self.deployment.function.memory_mib,
            max_memory_mib,
            timeout_s: f64::from(self.deployment.function.timeout_s),
        };
        self.journal.platform(now, &Platform::Report(&line));
        let metrics = used.map(|used| Metrics {
            init_us: report.init.map(micros),
            duration_us: micros(report.duration),
            billed_ms,
            cpu_us: used.cpu_us,
            init_cpu_us: used.init_cpu_us,
            throttled_us: used.throttled_us,
            max_memory_mib,
            host_start_us: report.init.and(self.host_start_us),
        });
        self.closing = (self.journal.take_tail().map(|tail| tail.into_bytes()), metrics);
    }

    fn reply(&mut self, reply: ApiReply) {
        if let Some(waiting) = self.calling.reply.take() {
            // A runtime that has hung up does not want it.
            let _ = waiting.send(reply);
        }
    }
}

fn ids(target: &Target) -> Ids<'_> {
    Ids { request_id: &target.request_id, invocation_id: target.invocation_id }
}
