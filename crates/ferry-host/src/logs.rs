//! The log of a sandbox: the function's own lines and Lambda's platform lines, in one order, to two places: a
//! [`LogSink`] that `ferry up` prints from, and the 4 KB tail of the invocation that asked for it.

mod lines;
mod platform;
mod tail;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use lines::LineSplitter;
pub(crate) use platform::{Platform, ReportLine};
pub(crate) use tail::Tail;

/// Where log lines go as they appear. Called from the sandboxes' own tasks: it must not block.
pub trait LogSink: Send + Sync + 'static {
    fn write(&self, line: &LogLine<'_>);
}

/// One line of a log, or one part of a line beyond 256 KB.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    /// Unix time.
    pub time: Duration,
    /// `Function::name`.
    pub function: &'a str,
    /// `2026/01/31/[$LATEST]…`: one per sandbox.
    pub log_stream: &'a str,
    pub origin: LogOrigin,
    /// Without the newline. Whatever bytes the function wrote.
    pub text: &'a [u8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOrigin {
    /// START, END, REPORT and their like.
    Platform,
    /// The function's standard output and error.
    Function,
}

/// An optional sink; most tests and measurements have none.
#[derive(Clone, Default)]
pub struct SinkRef(pub Option<Arc<dyn LogSink>>);

impl fmt::Debug for SinkRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "SinkRef(set)" } else { "SinkRef(none)" })
    }
}
