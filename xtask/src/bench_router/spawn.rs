//! From spawning the function's process to its first answer, at full CPU: the smallest Runtime API there is, one request, and what the kernel counted.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use ferry_lab::Distribution;
use rustix::fs::{Advice, fadvise};
use serde_json::{Value, json};

use crate::client::read_chunks;
use crate::driver::{Resident, resident};
use crate::metro::Metro;
use crate::pairs::Pair;
use crate::tools::program;

/// A function that has not answered by then will not.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Of each kind.
const STARTS: usize = 20;

/// One cold start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spawned {
    /// From before the process was started to the last byte of its answer.
    pub(super) answer_ms: f64,
    pub(super) resident: Resident,
    /// Pages that had to come from disk.
    pub(super) major_faults: f64,
}

/// Cold starts to the answer of a question of some 100 miles.
pub(super) struct Starts {
    miles: f64,
    /// Files in the page cache, as after the first cold start on a machine.
    pub(super) cached: Vec<Spawned>,
    /// City and program evicted before each, as after a deployment.
    pub(super) evicted: Vec<Spawned>,
}

pub(super) fn measure(root: &Path, metro: &Metro, question: Pair) -> Result<Starts> {
    eprintln!("spawning the function {STARTS} times with the page cache and without");
    let (function, city) = (program(root, "router"), metro.city());
    let event = super::functions::event(root, &question)?;
    let mut starts = Starts { miles: question.miles(), cached: Vec::new(), evicted: Vec::new() };
    spawn(&function, &city, &event)?;
    for _ in 0..STARTS {
        starts.cached.push(spawn(&function, &city, &event)?);
    }
    for _ in 0..STARTS {
        evict(&city)?;
        evict(&function)?;
        starts.evicted.push(spawn(&function, &city, &event)?);
    }
    Ok(starts)
}

impl Starts {
    pub(super) fn to_json(&self) -> Value {
        let figures = |starts: &[Spawned]| {
            let of = |what: fn(&Spawned) -> f64| Distribution::of(starts.iter().map(what));
            json!({"answer_ms": of(|one| one.answer_ms), "resident_mib": of(|one| one.resident.now_mib), "major_faults": of(|one| one.major_faults)})
        };
        json!({"miles": self.miles, "cached": figures(&self.cached), "evicted": figures(&self.evicted)})
    }
}

/// The median of a figure.
pub(super) fn median(starts: &[Spawned], what: fn(&Spawned) -> f64) -> Option<f64> {
    Distribution::of(starts.iter().map(what)).p50
}

/// Starts the function on a city, asks it one question, and ends it.
fn spawn(function: &Path, city: &Path, event: &Value) -> Result<Spawned> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (answered, answers) = channel();
    let event = event.to_string();
    // Ends with the process: its connections close, and nobody accepts another.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (event, answered) = (event.clone(), answered.clone());
            std::thread::spawn(move || serve(stream, &event, &answered));
        }
    });
    let started = Instant::now();
    let mut function = Function(start(function, city, address)?);
    let (at, answer) = answers.recv_timeout(ANSWER_MAX).context("the function did not answer")?;
    let answer: Value = serde_json::from_slice(&answer).context("the function's answer is not JSON")?;
    ensure!(answer["statusCode"] == 200, "the function answered {answer}");
    let pid = function.0.id();
    let found = Spawned { answer_ms: (at - started).as_secs_f64() * 1e3, resident: resident(pid)?, major_faults: major_faults(pid)? };
    function.0.kill().ok();
    Ok(found)
}

/// Asks the kernel to forget a file that nobody has mapped, so that the next reader finds it on disk.
fn evict(path: &Path) -> Result<()> {
    let file = File::open(path)?;
    file.sync_all()?;
    fadvise(&file, 0, None, Advice::DontNeed).with_context(|| format!("{} could not be evicted", path.display()))
}

/// Kills it when dropped.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(function: &Path, city: &Path, address: SocketAddr) -> Result<Child> {
    Command::new(function)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "RouterRust")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
        .env("ROUTER_GRAPH", city)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("{} did not start", function.display()))
}

/// One connection of the function's: the event to whoever asks for the next, and word of what is answered.
fn serve(stream: TcpStream, event: &str, answered: &Sender<(Instant, Vec<u8>)>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let path = line.split(' ').nth(1).context("the connection was closed")?.to_owned();
        let body = read_body(&mut stream)?;
        if path.ends_with("/invocation/next") {
            let head = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n\
                Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:RouterRust\r\nContent-Type: application/json\r\n";
            write!(stream.get_mut(), "{head}Content-Length: {}\r\n\r\n{event}", event.len())?;
        } else if path.ends_with("/response") {
            answered.send((Instant::now(), body))?;
            // No word back: it waits, its memory as it is, until it is killed.
            stream.read_to_end(&mut Vec::new()).ok();
            return Ok(());
        } else {
            bail!("the function asked for {path}");
        }
    }
}

fn read_body(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let (mut length, mut chunked, mut body) = (0, false, Vec::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "transfer-encoding" => chunked = value.trim() == "chunked",
            _ => {}
        }
    }
    if chunked {
        read_chunks(stream, &mut body)?;
    } else {
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
    }
    Ok(body)
}

fn major_faults(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_major_faults(&stat).with_context(|| format!("/proc/{pid}/stat is not as documented"))
}

/// The 12th field; the second, the name in parentheses, may hold anything.
fn parse_major_faults(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(9)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twelfth_field_is_found_behind_any_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 500 0 53 0 7 2 0 0 20 0 1 0 1 1 1";
        assert_eq!(parse_major_faults(stat), Some(53.0));
        assert_eq!(parse_major_faults("42 (x"), None);
    }

    /// The function's own program may not be built where this runs: a shell speaks its part over the kernel's TCP, which `bash` opens as a file.
    #[test]
    fn the_first_answer_is_timed_and_the_process_ended() {
        let script = std::env::temp_dir().join(format!("xtask-spawn-{}.sh", std::process::id()));
        let text = r#"#!/bin/bash
            exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"
            printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n' >&3
            while read -r line <&3 && [ "${#line}" -gt 1 ]; do :; done
            printf 'POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n{"statusCode": 200\r\n1\r\n}\r\n0\r\n\r\n' >&3
            read -r line <&3
        "#;
        std::fs::write(&script, text).unwrap();
        let mut permissions = std::fs::metadata(&script).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
        std::fs::set_permissions(&script, permissions).unwrap();
        let spawned = spawn(&script, Path::new("no.city"), &serde_json::json!({}));
        std::fs::remove_file(&script).unwrap();
        let spawned = spawned.unwrap();
        assert!(spawned.answer_ms > 0.0 && spawned.resident.peak_mib > 0.0);
    }
}
