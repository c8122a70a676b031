//! Progress on standard error: a line that is rewritten on a terminal, plain lines where it is not one.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How often a step that goes on is said again where standard error is no terminal (CI logs).
const REPEAT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Progress {
    terminal: bool,
    open_line: bool,
    said: Option<Instant>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), open_line: false, said: None }
    }

    /// Something that changes often: the terminal's last line, or now and then a line.
    pub(crate) fn now(&mut self, text: &str) {
        if self.terminal {
            // A failed write to standard error has nowhere to be reported.
            write!(std::io::stderr(), "\r\x1b[K{text}").ok();
            self.open_line = true;
        } else if self.said.is_none_or(|said| said.elapsed() >= REPEAT) {
            writeln!(std::io::stderr(), "{text}").ok();
            self.said = Some(Instant::now());
        }
    }

    /// Something that stays.
    pub(crate) fn line(&mut self, text: &str) {
        self.clear();
        writeln!(std::io::stderr(), "{text}").ok();
    }

    pub(crate) fn clear(&mut self) {
        if self.open_line {
            write!(std::io::stderr(), "\r\x1b[K").ok();
            self.open_line = false;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
