//! Functions' log lines on standard error, as `sam logs` shows them.

use std::io::Write as _;
use std::sync::Arc;

use ferry_host::logs::{LogLine, LogSink, SinkRef};

/// Lines go out through one thread, so that a slow terminal never holds up a sandbox.
#[derive(Debug)]
pub(crate) struct StandardError {
    lines: std::sync::mpsc::SyncSender<Vec<u8>>,
}

/// Lines that may wait for a slow terminal; beyond it they are dropped from the terminal (never from a tail).
const LINES_WAITING_MAX: usize = 10_000;

impl StandardError {
    pub(crate) fn sink() -> SinkRef {
        let (lines, waiting) = std::sync::mpsc::sync_channel::<Vec<u8>>(LINES_WAITING_MAX);
        std::thread::spawn(move || {
            for line in waiting {
                // A closed standard error has nowhere to be reported.
                std::io::stderr().write_all(&line).ok();
            }
        });
        SinkRef(Some(Arc::new(Self { lines })))
    }
}

impl LogSink for StandardError {
    fn write(&self, line: &LogLine<'_>) {
        let mut text = Vec::with_capacity(line.function.len() + line.text.len() + 4);
        text.extend_from_slice(line.function.as_bytes());
        text.extend_from_slice(b" | ");
        text.extend_from_slice(line.text.trim_ascii_end());
        text.push(b'\n');
        self.lines.try_send(text).ok();
    }
}
