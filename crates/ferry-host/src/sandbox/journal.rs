//! The sandbox's log, written as things happen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shared;
use crate::clock::date_slashes;
use crate::logs::{LineSplitter, LogLine, LogOrigin, Platform, Tail};

pub(super) struct Journal {
    shared: Arc<Shared>,
    function: Arc<ferry_template::Function>,
    pub(super) stream: String,
    splitter: LineSplitter,
    /// Of the invocation under way, when its caller asked for it. INIT's lines are in the first invocation's tail.
    tail: Option<Tail>,
}

impl Journal {
    pub(super) fn new(shared: Arc<Shared>, function: Arc<ferry_template::Function>, now: Instant) -> Self {
        let date = date_slashes(shared.clock.epoch(now));
        let stream = format!("{date}/[$LATEST]{}", uuid::Uuid::new_v4().simple());
        Self { shared, function, stream, splitter: LineSplitter::default(), tail: None }
    }

    /// Whether anybody reads what is written. Nothing is formatted when not.
    pub(super) fn is_read(&self) -> bool {
        self.tail.is_some() || self.shared.settings.log_sink.0.is_some()
    }

    pub(super) fn begin_tail(&mut self) {
        self.tail = Some(Tail::default());
    }

    pub(super) fn take_tail(&mut self) -> Option<Tail> {
        self.tail.take()
    }

    pub(super) fn platform(&mut self, now: Instant, what: &Platform<'_>) {
        if !self.is_read() {
            return;
        }
        let time = self.shared.clock.epoch(now);
        for line in what.lines(self.function.log_format, time) {
            self.write(time, LogOrigin::Platform, line.as_bytes());
        }
    }

    /// Output of the function as it comes from the pipe.
    pub(super) fn output(&mut self, now: Instant, bytes: &[u8]) {
        let time = self.shared.clock.epoch(now);
        let mut splitter = std::mem::take(&mut self.splitter);
        splitter.push(bytes, |line| self.write(time, LogOrigin::Function, line));
        self.splitter = splitter;
    }

    /// The process is gone: what it began to write is a line too.
    pub(super) fn output_ended(&mut self, now: Instant) {
        let time = self.shared.clock.epoch(now);
        let mut splitter = std::mem::take(&mut self.splitter);
        splitter.finish(|line| self.write(time, LogOrigin::Function, line));
    }

    fn write(&mut self, time: Duration, origin: LogOrigin, text: &[u8]) {
        if let Some(tail) = &mut self.tail {
            tail.push_line(text);
        }
        if let Some(sink) = &self.shared.settings.log_sink.0 {
            sink.write(&LogLine { time, function: &self.function.name, log_stream: &self.stream, origin, text });
        }
    }
}
