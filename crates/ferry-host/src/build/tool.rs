//! Runs cargo, pip or npm: its lines are passed on as they come, the last ones stand in the error.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::error::StepError;
use super::limits::{LINE_BYTES_MAX, LINES_QUEUED_MAX, PIPE_GRACE, TAIL_BYTES_MAX, TOOL_TIME_MAX};

/// How often a silent tool is checked for having ended.
const POLL: Duration = Duration::from_millis(50);

/// One line that the tool printed.
pub(crate) enum Line {
    Stdout(String),
    Stderr(String),
}

/// A command that is about to run, and what to advise when it is not installed.
pub(crate) struct Tool {
    command: Command,
    remedy: &'static str,
}

impl Tool {
    pub(crate) fn new(program: impl AsRef<OsStr>, remedy: &'static str) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, remedy }
    }

    /// The command, to be given its arguments, folder and environment.
    pub(crate) fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Runs to the end; every line goes to `each`.
    pub(crate) fn run(mut self, mut each: impl FnMut(&Line)) -> Result<(), StepError> {
        let described = self.describe();
        let started = Instant::now();
        let mut child = self.command.spawn().map_err(|error| self.cannot_start(error))?;
        let lines = forward_lines(&mut child);
        let mut tail = Tail::default();
        let status = loop {
            match lines.recv_timeout(POLL) {
                Ok(line) => {
                    tail.push(&line);
                    each(&line);
                }
                Err(RecvTimeoutError::Disconnected) => break child.wait(),
                Err(RecvTimeoutError::Timeout) => match child.try_wait() {
                    Ok(None) if started.elapsed() < TOOL_TIME_MAX => {}
                    Ok(None) => return Err(stop(&mut child, described, &tail)),
                    Ok(Some(status)) => break Ok(drain(&lines, status, &mut tail, &mut each)),
                    Err(error) => break Err(error),
                },
            }
        };
        let status = status.map_err(|source| StepError::Io { act: "wait for", path: described.clone().into(), source })?;
        if status.success() {
            return Ok(());
        }
        Err(StepError::ToolFailed { command: described, status: status.to_string(), tail: tail.text() })
    }

    /// The command line as a person would type it, long ones cut.
    fn describe(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let line = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        if line.chars().count() <= 300 { line } else { line.chars().take(297).chain("...".chars()).collect() }
    }

    fn cannot_start(&self, source: io::Error) -> StepError {
        let tool = self.command.get_program().to_string_lossy().into_owned();
        if source.kind() == io::ErrorKind::NotFound {
            return StepError::ToolMissing { tool, remedy: self.remedy.to_owned() };
        }
        StepError::Io { act: "start", path: tool.into(), source }
    }
}

fn stop(child: &mut Child, command: String, tail: &Tail) -> StepError {
    // Both fail only for a process that has just ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    StepError::ToolTimedOut { command, minutes: TOOL_TIME_MAX.as_secs() / 60, tail: tail.text() }
}

/// What is still in the pipes of a tool that has ended, unless a daemon of its holds them open.
fn drain(lines: &Receiver<Line>, status: ExitStatus, tail: &mut Tail, each: &mut impl FnMut(&Line)) -> ExitStatus {
    while let Ok(line) = lines.recv_timeout(PIPE_GRACE) {
        tail.push(&line);
        each(&line);
    }
    status
}

fn forward_lines(child: &mut Child) -> Receiver<Line> {
    let (sender, receiver) = sync_channel(LINES_QUEUED_MAX);
    if let Some(stdout) = child.stdout.take() {
        let sender = sender.clone();
        thread::spawn(move || read_lines(stdout, &sender, Line::Stdout));
    }
    if let Some(stderr) = child.stderr.take() {
        thread::spawn(move || read_lines(stderr, &sender, Line::Stderr));
    }
    receiver
}

fn read_lines(pipe: impl Read, sender: &SyncSender<Line>, wrap: fn(String) -> Line) {
    let mut reader = BufReader::new(pipe);
    let mut bytes = Vec::new();
    while matches!((&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes), Ok(read) if read > 0) {
        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        if sender.send(wrap(text)).is_err() {
            return;
        }
        bytes.clear();
    }
}

/// The last lines of stderr, or of stdout where stderr stays empty (npm and pip write some errors there).
#[derive(Default)]
struct Tail {
    stdout: VecDeque<String>,
    stderr: VecDeque<String>,
}

impl Tail {
    fn push(&mut self, line: &Line) {
        let (lines, text) = match line {
            Line::Stdout(text) => (&mut self.stdout, text),
            Line::Stderr(text) => (&mut self.stderr, text),
        };
        lines.push_back(text.clone());
        while lines.len() > 1 && lines.iter().map(|line| line.len() + 1).sum::<usize>() > TAIL_BYTES_MAX {
            lines.pop_front();
        }
    }

    fn text(&self) -> String {
        let lines = if self.stderr.iter().all(|line| line.trim().is_empty()) { &self.stdout } else { &self.stderr };
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Tool {
        let mut tool = Tool::new("sh", "install a POSIX shell");
        tool.command().args(["-c", script]);
        tool
    }

    #[test]
    fn passes_every_line_on() {
        let mut seen = Vec::new();
        shell("echo one; echo two >&2; printf three")
            .run(|line| {
                seen.push(match line {
                    Line::Stdout(text) => format!("out {text}"),
                    Line::Stderr(text) => format!("err {text}"),
                });
            })
            .unwrap();
        seen.sort();
        assert_eq!(seen, ["err two", "out one", "out three"]);
    }

    #[test]
    fn a_failure_carries_the_command_its_status_and_its_last_words() {
        let error = shell("for i in $(seq 2000); do echo line $i >&2; done; echo the reason >&2; exit 3").run(|_| {}).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("`sh -c for i in"), "{text}");
        assert!(text.contains("exit status: 3"), "{text}");
        assert!(text.ends_with("\n    the reason"), "{text}");
        assert!(text.len() < 3 * TAIL_BYTES_MAX, "{}", text.len());
    }

    #[test]
    fn a_missing_tool_is_named_with_its_remedy() {
        let error = Tool::new("ferry-no-such-tool", "install it").run(|_| {}).unwrap_err();
        assert_eq!(error.to_string(), "ferry-no-such-tool was not found on PATH: install it");
    }

    #[test]
    fn a_daemon_that_holds_the_pipe_does_not_hold_the_build() {
        let started = Instant::now();
        shell("sleep 20 & echo done").run(|_| {}).unwrap();
        assert!(started.elapsed() < Duration::from_secs(15));
    }
}
