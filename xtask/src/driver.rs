//! One router in its own process, asked over a pipe: the same way for ours and for others.
//!
//! A driver prints `{"open_ns"}` when its index is open, then answers each line `{"engine"?, "pairs": [[lat, lon, lat, lon], ...]}` with one line `{"ns": [..], "length_m": [..],
//! "shape_bytes": [..]}`, one value a pair and `null` where there is no route. It takes the time itself, so the pipe is in no figure.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::pairs::Pair;

pub(crate) struct Driver {
    name: String,
    child: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
    /// From the decision to start it to its word that it is open.
    pub(crate) spawn_ms: f64,
    /// What opening the index took, by its own clock.
    pub(crate) open_ms: f64,
}

/// One answer that an engine gave, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Timed {
    pub(crate) ms: f64,
    pub(crate) length_m: f64,
    pub(crate) shape_bytes: u64,
}

#[derive(Deserialize)]
struct Reply {
    ns: Vec<Option<u64>>,
    length_m: Vec<Option<f64>>,
    shape_bytes: Vec<Option<u64>>,
}

/// Resident memory of a process, in MiB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resident {
    pub(crate) now_mib: f64,
    pub(crate) peak_mib: f64,
}

impl Driver {
    pub(crate) fn start(name: &str, command: &mut Command) -> Result<Self> {
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("{name} did not start: {command:?}"))?;
        let requests = child.stdin.take().context("no pipe to the driver")?;
        let replies = BufReader::new(child.stdout.take().context("no pipe from the driver")?);
        let mut driver = Self { name: name.to_owned(), child, requests: Some(requests), replies, spawn_ms: 0.0, open_ms: 0.0 };
        let ready: Value = driver.read()?;
        driver.spawn_ms = started.elapsed().as_secs_f64() * 1e3;
        driver.open_ms = ready["open_ns"].as_f64().with_context(|| format!("{name} is not open: {ready}"))? / 1e6;
        Ok(driver)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Answers to pairs, in order; `None` where there is no route.
    pub(crate) fn ask(&mut self, engine: &str, pairs: &[Pair]) -> Result<Vec<Option<Timed>>> {
        let places: Vec<_> = pairs.iter().map(Pair::places).collect();
        let reply: Reply = self.exchange(&json!({"engine": engine, "pairs": places}))?;
        let timed = reply.timed()?;
        ensure!(timed.len() == pairs.len(), "{} answered {} of {} pairs", self.name, timed.len(), pairs.len());
        Ok(timed)
    }

    pub(crate) fn exchange<T: for<'de> Deserialize<'de>>(&mut self, request: &Value) -> Result<T> {
        let requests = self.requests.as_mut().context("the driver was closed")?;
        writeln!(requests, "{request}").and_then(|()| requests.flush()).with_context(|| format!("{} takes no requests", self.name))?;
        self.read()
    }

    fn read<T: for<'de> Deserialize<'de>>(&mut self) -> Result<T> {
        let mut line = String::new();
        self.replies.read_line(&mut line).with_context(|| format!("{} is silent", self.name))?;
        ensure!(!line.is_empty(), "{} ended: what it said stands above", self.name);
        serde_json::from_str(&line).with_context(|| format!("{} printed something else: {}", self.name, line.trim_end()))
    }

    pub(crate) fn resident(&self) -> Result<Resident> {
        resident(self.child.id())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends when its requests do; whatever it says then, it has answered everything.
        self.requests.take();
        self.child.wait().ok();
    }
}

impl Reply {
    fn timed(self) -> Result<Vec<Option<Timed>>> {
        ensure!(
            self.ns.len() == self.length_m.len() && self.ns.len() == self.shape_bytes.len(),
            "a reply with columns of different lengths"
        );
        let columns = self.ns.into_iter().zip(self.length_m).zip(self.shape_bytes);
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of one answer stay far below 2^52")]
        let one = |((ns, length_m), shape_bytes): ((Option<u64>, _), _)| {
            Some(Timed { ms: ns? as f64 / 1e6, length_m: length_m?, shape_bytes: shape_bytes? })
        };
        Ok(columns.map(one).collect())
    }
}

/// From `/proc`: what the process has resident now, and had at most.
pub(crate) fn resident(pid: u32) -> Result<Resident> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    parse_resident(&status).with_context(|| format!("/proc/{pid}/status names no resident memory"))
}

fn parse_resident(status: &str) -> Option<Resident> {
    let mib = |field: &str| -> Option<f64> {
        let rest = status.lines().find_map(|line| line.strip_prefix(field))?;
        Some(rest.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
    };
    Some(Resident { now_mib: mib("VmRSS:")?, peak_mib: mib("VmHWM:")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::tests::sample;

    fn shell(script: &str) -> Result<Driver> {
        Driver::start("shell", Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn asks_and_reads_what_came_back() {
        let reply = r#"{"ns":[1500000,null],"length_m":[12.5,null],"shape_bytes":[7,null]}"#;
        let mut driver = shell(&format!(r#"echo '{{"open_ns":2000000}}'; read line; echo '{reply}'"#)).unwrap();
        assert_eq!(driver.open_ms, 2.0);
        assert!(driver.resident().unwrap().peak_mib > 0.0);
        let answers = driver.ask("route", &sample().bands[1].pairs).unwrap();
        assert_eq!(answers, [Some(Timed { ms: 1.5, length_m: 12.5, shape_bytes: 7 }), None]);
    }

    #[test]
    fn an_ended_or_chatty_driver_is_named() {
        let ended = shell("exit 3").err().unwrap().to_string();
        assert!(ended.contains("shell ended"), "{ended}");
        let chatty = shell("echo hello").err().unwrap().to_string();
        assert!(chatty.contains("hello"), "{chatty}");
        let mut short = shell(r#"echo '{"open_ns":1}'; read line; echo '{"ns":[1],"length_m":[1],"shape_bytes":[1]}'"#).unwrap();
        assert!(short.ask("route", &sample().bands[0].pairs).unwrap_err().to_string().contains("1 of 3"));
    }

    #[test]
    fn resident_memory_is_read_in_mib() {
        let status = "Name:\trouter\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(parse_resident(status), Some(Resident { now_mib: 1.0, peak_mib: 2.0 }));
        assert_eq!(parse_resident("Name:\tzombie\n"), None);
    }
}
