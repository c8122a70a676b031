//! A hostile guest: a Lambda runtime in the standard library alone that does what its payload says, however rude.
//!
//! `{"do":"sleep","n":50}` sleeps 50 ms and echoes its payload. `GUEST_INIT` says how it behaves before its first
//! `next`: `error`, `exit`, `hang`, `slow:MS`, `log`. It speaks raw HTTP, so that it can say what no client library would.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what the tests read in the log")]
#![expect(clippy::exit, reason = "leaving at the wrong moment is its trade")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

fn main() {
    if std::env::args().nth(1).as_deref() == Some("child") {
        pause(600_000);
    }
    let api = env("AWS_LAMBDA_RUNTIME_API");
    init(&api);
    let mut http = Http::connect(&api);
    let mut count = 0u32;
    loop {
        let invocation = http.request("GET", "/2018-06-01/runtime/invocation/next", &[], b"");
        count += 1;
        invoked(&mut http, &invocation, count);
    }
}

fn init(api: &str) {
    let how = env("GUEST_INIT");
    let (how, n) = how.split_once(':').unwrap_or((&how, "0"));
    match how {
        "error" => {
            let body = br#"{"errorMessage":"no module","errorType":"Runtime.ImportModuleError","stackTrace":[]}"#;
            let header = [("Lambda-Runtime-Function-Error-Type", "Runtime.ImportModuleError")];
            Http::connect(api).request("POST", "/2018-06-01/runtime/init/error", &header, body);
            exit(1);
        }
        "exit" => {
            eprintln!("leaving before next");
            exit(7);
        }
        "hang" => pause(600_000),
        "slow" => pause(n.parse().unwrap_or(0)),
        "log" => println!("hello from init"),
        "aws" => drop(aws()),
        _ => {}
    }
}

fn invoked(http: &mut Http, invocation: &Response, count: u32) {
    let payload = Payload(String::from_utf8_lossy(&invocation.body).into_owned());
    let id = invocation.header("lambda-runtime-aws-request-id");
    let n = payload.number("n");
    match payload.text("do").as_str() {
        "sleep" => pause(n),
        "spin" => spin(n),
        "hang" => pause(600_000),
        "exit" => exit(i32::try_from(n).unwrap_or(1)),
        "abort" => std::process::abort(),
        "segv" => segfault(),
        "oom" => eat(),
        "memory" => drop(touched(n)),
        "children" => children(n),
        "log" => (0..n).for_each(|line| println!("line {line}")),
        "spam" => spam(n),
        "partial" => print!("no newline at the end"),
        "truncated" => return truncated(http, &id),
        "reconnect" => *http = Http::connect(&http.api.clone()),
        "stderr" => eprintln!("to stderr"),
        other => return polite_or_not(other, http, invocation, &payload, count),
    }
    http.respond(&id, &[], &invocation.body);
}

/// Behaviour that is about the Runtime API itself.
fn polite_or_not(what: &str, http: &mut Http, invocation: &Response, payload: &Payload, count: u32) {
    let id = invocation.header("lambda-runtime-aws-request-id");
    let n = payload.number("n");
    let body: &[u8] = &invocation.body;
    match what {
        "plain" => drop(http.respond(&id, &[("Content-Type", "text/plain")], b"not json")),
        "oversize" => say(&http.respond(&id, &[], &vec![b' '; usize::try_from(n).unwrap_or(0)])),
        "answer_then_exit" => {
            http.respond(&id, &[], body);
            exit(1);
        }
        "answer_then_hang" => {
            http.respond(&id, &[], body);
            pause(600_000);
        }
        "answer_and_die" => {
            http.send("POST", &response_path(&id), &[], body);
            exit(1);
        }
        "twice" => {
            http.respond(&id, &[], body);
            say(&http.respond(&id, &[], b"\"second\""));
        }
        "wrong_id" => {
            say(&http.respond("00000000-0000-0000-0000-000000000000", &[], b"\"stolen\""));
            http.respond(&id, &[], body);
        }
        "stale" => {
            say(&http.respond(&id, &[("Lambda-Runtime-Invocation-Id", "0000000000ffffff")], b"\"stale\""));
            let own = invocation.header("lambda-runtime-invocation-id");
            http.respond(&id, &[("Lambda-Runtime-Invocation-Id", &own)], body);
        }
        "bad_mode" => say(&http.respond(&id, &[("Lambda-Runtime-Function-Response-Mode", "sideways")], body)),
        "error" => {
            let error_type = [("Lambda-Runtime-Function-Error-Type", "Function.Refused")];
            let path = format!("/2018-06-01/runtime/invocation/{id}/error");
            say(&http.request("POST", &path, &error_type, br#"{"errorType":"Refused","errorMessage":"no"}"#));
        }
        "init_error" => {
            say(&http.request("POST", "/2018-06-01/runtime/init/error", &[], b"{}"));
            http.respond(&id, &[], body);
        }
        "restore" => {
            say(&http.request("GET", "/2018-06-01/runtime/restore/next", &[], b""));
            say(&http.request("DELETE", "/2018-06-01/runtime/invocation/next", &[], b""));
            http.respond(&id, &[], body);
        }
        "next_again" => {
            let again = Http::connect(&http.api).request("GET", "/2018-06-01/runtime/invocation/next", &[], b"");
            println!("the same: {}", again.header("lambda-runtime-aws-request-id") == id);
            http.respond(&id, &[], body);
        }
        "aws" => drop(http.respond(&id, &[], &aws().request("GET", "/", &[], b"").body)),
        "env" => drop(http.respond(&id, &[], json(std::env::vars()).as_bytes())),
        "headers" => drop(http.respond(&id, &[], json(invocation.headers.clone()).as_bytes())),
        "count" => drop(http.respond(&id, &[], format!(r#"{{"count":{count},"pid":{}}}"#, std::process::id()).as_bytes())),
        "stream" => stream(http, &id, n, payload.number("ms"), ""),
        "stream_error" => {
            let trailers = "Lambda-Runtime-Function-Error-Type: Function.Midway\r\nLambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJNaWR3YXkifQ==\r\n";
            stream(http, &id, n, 0, trailers);
        }
        "stream_cut" => {
            begin_stream(http, &id);
            chunk(http, b"part 0\n");
            let _ = http.stream.shutdown(Shutdown::Both);
            *http = Http::connect(&http.api.clone());
        }
        _ => drop(http.respond(&id, &[], body)),
    }
}

/// The one connection to the local AWS services, kept from invocation to invocation.
fn aws() -> MutexGuard<'static, Http> {
    static CONNECTION: OnceLock<Mutex<Http>> = OnceLock::new();
    let connect = || Mutex::new(Http::connect(env("AWS_ENDPOINT_URL").trim_start_matches("http://")));
    CONNECTION.get_or_init(connect).lock().unwrap_or_else(PoisonError::into_inner)
}

fn response_path(id: &str) -> String {
    format!("/2018-06-01/runtime/invocation/{id}/response")
}

fn say(response: &Response) {
    println!("answered {}: {}", response.status, String::from_utf8_lossy(&response.body).trim_end());
}

fn spin(ms: u64) {
    let end = Instant::now() + Duration::from_millis(ms);
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

fn touched(mib: u64) -> Vec<u8> {
    std::hint::black_box(vec![1u8; usize::try_from(mib).unwrap_or(0) * 1024 * 1024])
}

fn eat() {
    let mut all = Vec::new();
    loop {
        all.push(touched(8));
    }
}

/// Children that outlive everything: of another process group, orphaned, holding the output and the sockets.
fn children(n: u64) {
    for _ in 0..n {
        let _ = Command::new("/proc/self/exe").arg("child").process_group(0).spawn();
    }
}

#[expect(unsafe_code, reason = "a segmentation fault is what is asked for")]
fn segfault() {
    // SAFETY: there is none, on purpose: nothing is mapped at this address, and the process dies of it.
    std::hint::black_box(unsafe { std::ptr::read_volatile(std::hint::black_box(8) as *const u64) });
}

fn spam(mib: u64) {
    let line = [b'x'; 1023];
    let mut out = std::io::stdout().lock();
    for _ in 0..mib * 1024 {
        let _ = out.write_all(&line).and_then(|()| out.write_all(b"\n"));
    }
}

/// Promises more than it sends.
fn truncated(http: &mut Http, id: &str) {
    let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{\"half\":", response_path(id));
    let _ = http.stream.write_all(head.as_bytes());
    let _ = http.stream.shutdown(Shutdown::Write);
    let _ = http.stream.read(&mut [0; 64]);
    *http = Http::connect(&http.api.clone());
}

fn stream(http: &mut Http, id: &str, chunks: u64, ms: u64, trailers: &str) {
    begin_stream(http, id);
    for number in 0..chunks {
        chunk(http, format!("part {number}\n").as_bytes());
        pause(ms);
    }
    let _ = http.stream.write_all(format!("0\r\n{trailers}\r\n").as_bytes());
    say(&http.read_response());
}

fn begin_stream(http: &mut Http, id: &str) {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: text/event-stream\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n\
         Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\nTransfer-Encoding: chunked\r\n\r\n",
        response_path(id)
    );
    let _ = http.stream.write_all(head.as_bytes());
}

fn chunk(http: &mut Http, bytes: &[u8]) {
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    let _ = http.stream.write_all(&framed);
}

/// The payload, looked at just well enough for the tests' own flat objects.
struct Payload(String);

impl Payload {
    fn after(&self, name: &str) -> &str {
        let key = format!("\"{name}\":");
        self.0.split_once(&key).map_or("", |(_, rest)| rest)
    }

    fn text(&self, name: &str) -> String {
        self.after(name).trim_start_matches('"').split('"').next().unwrap_or_default().to_owned()
    }

    fn number(&self, name: &str) -> u64 {
        let rest = self.after(name);
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().unwrap_or(0)
    }
}

fn json(pairs: impl IntoIterator<Item = (String, String)>) -> String {
    let sorted: BTreeMap<String, String> = pairs.into_iter().collect();
    let members: Vec<String> = sorted.iter().map(|(name, value)| format!("{name:?}:{value:?}")).collect();
    format!("{{{}}}", members.join(","))
}

/// One connection, kept alive.
struct Http {
    api: String,
    stream: TcpStream,
    buffer: Vec<u8>,
}

struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    fn header(&self, name: &str) -> String {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

impl Http {
    fn connect(api: &str) -> Self {
        let Ok(stream) = TcpStream::connect(api) else { exit(111) };
        let _ = stream.set_nodelay(true);
        Self { api: api.to_owned(), stream, buffer: Vec::new() }
    }

    fn respond(&mut self, id: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        self.request("POST", &response_path(id), headers, body)
    }

    fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        self.send(method, path, headers, body);
        self.read_response()
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", self.api, body.len());
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        if self.stream.write_all(&bytes).is_err() {
            exit(112);
        }
    }

    fn read_response(&mut self) -> Response {
        let head_end = self.read_until(|bytes| bytes.windows(4).position(|four| four == b"\r\n\r\n"));
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let headers: Vec<(String, String)> = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize =
            headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let end = self.read_until(|bytes| (bytes.len() >= head_end + 4 + length).then_some(head_end + 4 + length));
        let body = self.buffer[head_end + 4..end].to_vec();
        self.buffer.drain(..end);
        Response { status, headers, body }
    }

    fn read_until(&mut self, found: impl Fn(&[u8]) -> Option<usize>) -> usize {
        let mut bytes = [0; 16 * 1024];
        loop {
            if let Some(at) = found(&self.buffer) {
                return at;
            }
            match self.stream.read(&mut bytes) {
                Ok(length) if length > 0 => self.buffer.extend_from_slice(&bytes[..length]),
                _ => exit(113),
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a Lambda function reads its own environment")]
fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "idling is what the tests ask for")]
fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
