//! Progress on stderr.

use std::io::{self, IsTerminal, Write};

use router::build::Progress;

/// One line on a terminal, rewritten; silent elsewhere.
pub(crate) struct ProgressLine {
    total_bytes: u64,
    on: bool,
}

impl ProgressLine {
    pub(crate) fn new(total_bytes: u64) -> Self {
        Self { total_bytes, on: io::stderr().is_terminal() }
    }

    pub(crate) fn reading(&self, at: Progress) {
        let percent = (at.bytes_read * 100 / self.total_bytes.max(1)).min(100);
        self.say(&format!("reading {} {percent} %", at.stage));
    }

    pub(crate) fn say(&self, what: &str) {
        if self.on {
            let _ = write!(io::stderr(), "\r\x1b[Krouter-build: {what}");
        }
    }

    pub(crate) fn end(&self) {
        if self.on {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
