//! A Lambda API in this process whose functions are scripts. Their times stand in REPORT lines and move the fake clock;
//! nobody waits.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use ferry_lab::{Clock, FunctionId, Pair, Target};
use ferry_template::EqualRule;
use serde_json::{Value, json};

/// What a script is told of an invocation.
pub(crate) struct Ask {
    pub event: Value,
    pub memory_mib: u32,
    pub cold: bool,
    /// Invocations of this function before.
    pub before: usize,
}

/// What it played.
#[derive(Clone)]
pub(crate) struct Played {
    /// An answer, or a function error's type and message.
    pub answer: Result<Value, (&'static str, &'static str)>,
    /// Reported as Init Duration when it was a cold start.
    pub init_ms: f64,
    pub duration_ms: f64,
    pub max_memory_mib: u32,
}

pub(crate) type Script = Box<dyn Fn(&Ask) -> Played + Send>;

pub(crate) struct Function {
    script: Script,
    pub memory_mib: u32,
    pub environment: BTreeMap<String, String>,
    warm: bool,
    invocations: usize,
    /// `InProgress` answers that are still to come before `Successful`.
    updating: u32,
}

/// One call of Invoke, as it came in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub function: String,
    pub event: Value,
    pub cold: bool,
    pub memory_mib: u32,
}

#[derive(Default)]
pub(crate) struct State {
    pub functions: BTreeMap<String, Function>,
    pub calls: Vec<Call>,
    pub connections: usize,
    /// Answers of `/_ferry/enforcement`; without it the target is no Ferry host.
    pub enforcement: Option<Value>,
    /// How many times an update stays in progress.
    pub updates_take: u32,
    /// REPORT lines in the JSON log format.
    pub json_logs: bool,
    pub without_report: bool,
}

pub(crate) struct Fake {
    pub endpoint: String,
    pub state: Arc<Mutex<State>>,
    pub clock: FakeClock,
    events: tempfile::TempDir,
}

/// Time that only scripts and waits move.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    fn advance_ms(&self, ms: f64) {
        let us = Duration::from_secs_f64(ms / 1_000.0).as_micros().try_into().unwrap();
        self.0.fetch_add(us, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn wait(&self, duration: Duration) {
        self.advance_ms(duration.as_secs_f64() * 1_000.0);
    }
}

impl Fake {
    /// `py` (the baseline) and `rs` (the candidate), asked these events.
    pub(crate) fn new(events: &[Value], py: Script, rs: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (at, event) in events.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{at:03}.json")), event.to_string()).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (state, clock) = (Arc::new(Mutex::new(State::default())), FakeClock::default());
        for (name, script) in [("py", py), ("rs", rs)] {
            let environment = BTreeMap::from([("OWN".to_owned(), "kept".to_owned())]);
            let function = Function { script, memory_mib: 200, environment, warm: false, invocations: 0, updating: 0 };
            state.lock().unwrap().functions.insert(name.to_owned(), function);
        }
        let fake = Self { endpoint, state: state.clone(), clock: clock.clone(), events: folder };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                state.lock().unwrap().connections += 1;
                let (state, clock) = (state.clone(), clock.clone());
                std::thread::spawn(move || serve(&stream.unwrap(), &state, &clock));
            }
        });
        fake
    }

    pub(crate) fn target(&self) -> Target {
        Target::with_clock(&self.endpoint, Box::new(self.clock.clone()))
    }

    pub(crate) fn pair(&self) -> Pair {
        let id = |logical_id: &str, name: &str| FunctionId { logical_id: logical_id.to_owned(), name: name.to_owned() };
        Pair {
            baseline: id("EchoPython", "py"),
            candidate: id("EchoRust", "rs"),
            events: self.events.path().to_owned(),
            equal: EqualRule::default(),
        }
    }

    pub(crate) fn with(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.lock().unwrap());
        self
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>, clock: &FakeClock) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let tail = lower.contains("x-amz-log-type: tail");
        let (status, headers, answer) = route(method, path, &body, tail, &mut state.lock().unwrap(), clock);
        let response = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n{headers}\r\n{answer}", answer.len());
        if (&*stream).write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}

type Response = (u16, String, String);

fn route(method: &str, path: &str, body: &[u8], tail: bool, state: &mut State, clock: &FakeClock) -> Response {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        ("POST", ["2015-03-31", "functions", name, "invocations"]) if state.functions.contains_key(*name) => {
            invoke(name, body, tail, state, clock)
        }
        ("PUT", ["2015-03-31", "functions", name, "configuration"]) => update(name, body, state),
        ("GET", ["2015-03-31", "functions", name, "configuration"]) => {
            let function = state.functions.get_mut(*name).unwrap();
            function.updating -= 1;
            ok(&configuration(name, function))
        }
        ("GET", ["2015-03-31", "functions", name]) if state.functions.contains_key(*name) => {
            ok(&json!({"Configuration": configuration(name, &state.functions[*name]), "Code": {"Location": "x"}}))
        }
        ("GET", ["_ferry", "enforcement"]) if state.enforcement.is_some() => ok(state.enforcement.as_ref().unwrap()),
        ("GET", ["_ferry", "functions"]) if state.enforcement.is_some() => {
            let package = |zip: u64| json!({"zip_bytes": zip, "unzipped_bytes": zip * 3, "code_sha256": "x"});
            ok(&json!({"functions": [
                {"name": "py", "runtime_used": "python3.11", "package": package(66_000_000), "routes": [],
                 "warnings": ["python3.13 is not installed here: python3.11 runs it"]},
                {"name": "rs", "runtime_used": "provided.al2023", "package": package(2_000_000), "routes": [], "warnings": []},
            ]}))
        }
        _ => (404, "x-amzn-errortype: ResourceNotFoundException\r\n".to_owned(), json!({"Message": "Function not found"}).to_string()),
    }
}

fn ok(value: &Value) -> Response {
    (200, String::new(), value.to_string())
}

fn configuration(name: &str, function: &Function) -> Value {
    json!({
        "FunctionName": name, "Runtime": "provided.al2023", "MemorySize": function.memory_mib, "CodeSize": 1_000,
        "Environment": {"Variables": function.environment},
        "LastUpdateStatus": if function.updating > 0 { "InProgress" } else { "Successful" },
    })
}

fn update(name: &str, body: &[u8], state: &mut State) -> Response {
    let change: Value = serde_json::from_slice(body).unwrap();
    let function = state.functions.get_mut(name).unwrap();
    let environment: BTreeMap<String, String> = serde_json::from_value(change["Environment"]["Variables"].clone()).unwrap();
    let memory_mib = u32::try_from(change["MemorySize"].as_u64().unwrap()).unwrap();
    // As on AWS: an unchanged configuration keeps its sandboxes.
    function.warm &= memory_mib == function.memory_mib && environment == function.environment;
    (function.memory_mib, function.environment, function.updating) = (memory_mib, environment, state.updates_take);
    ok(&configuration(name, function))
}

fn invoke(name: &str, body: &[u8], tail: bool, state: &mut State, clock: &FakeClock) -> Response {
    let event: Value = serde_json::from_slice(body).unwrap();
    let function = state.functions.get_mut(name).unwrap();
    let ask = Ask { event: event.clone(), memory_mib: function.memory_mib, cold: !function.warm, before: function.invocations };
    let played = (function.script)(&ask);
    function.invocations += 1;
    function.warm = played.answer.is_ok();
    state.calls.push(Call { function: name.to_owned(), event, cold: ask.cold, memory_mib: ask.memory_mib });
    let init_ms = if ask.cold && played.init_ms > 0.0 { Some(played.init_ms) } else { None };
    // Half a millisecond on the way, as the client sees it.
    clock.advance_ms(init_ms.unwrap_or(0.0) + played.duration_ms + 0.5);
    let mut headers = String::new();
    if tail && !state.without_report {
        let log = format!("START RequestId: r\nEND RequestId: r\n{}\n", report(&played, init_ms, ask.memory_mib, state.json_logs));
        let _ = write!(headers, "X-Amz-Log-Result: {}\r\n", base64::engine::general_purpose::STANDARD.encode(log));
    }
    if state.enforcement.is_some() {
        let us = |ms: f64| Duration::from_secs_f64(ms / 1_000.0).as_micros().to_string();
        let init = init_ms.map_or(String::new(), |ms| format!(",\"init_us\":{0},\"init_cpu_us\":{0},\"host_start_us\":1300", us(ms)));
        let _ = write!(
            headers,
            "X-Ferry-Metrics: {{\"duration_us\":{},\"billed_ms\":{},\"cpu_us\":{},\"throttled_us\":40,\"max_memory_mib\":{}{init}}}\r\n",
            us(played.duration_ms),
            billed_ms(&played, init_ms),
            us(played.duration_ms * 0.9),
            played.max_memory_mib
        );
    }
    match played.answer {
        Ok(answer) => (200, headers, answer.to_string()),
        Err((kind, message)) => {
            headers.push_str("X-Amz-Function-Error: Unhandled\r\n");
            (200, headers, json!({"errorType": kind, "errorMessage": message}).to_string())
        }
    }
}

fn billed_ms(played: &Played, init_ms: Option<f64>) -> f64 {
    (init_ms.unwrap_or(0.0) + played.duration_ms).ceil()
}

fn report(played: &Played, init_ms: Option<f64>, memory_mib: u32, json_logs: bool) -> String {
    let (duration, billed, used) = (played.duration_ms, billed_ms(played, init_ms), played.max_memory_mib);
    if json_logs {
        let metrics = json!({"durationMs": duration, "billedDurationMs": billed, "memorySizeMB": memory_mib, "maxMemoryUsedMB": used,
            "initDurationMs": init_ms});
        return json!({"time": "t", "type": "platform.report", "record": {"requestId": "r", "metrics": metrics}}).to_string();
    }
    let init = init_ms.map_or(String::new(), |ms| format!("Init Duration: {ms:.2} ms\t"));
    format!(
        "REPORT RequestId: r\tDuration: {duration:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {memory_mib} MB\tMax Memory Used: {used} MB\t{init}"
    )
}

/// A function that answers its event back, in this time, needing this much memory.
pub(crate) fn echo(init_ms: f64, duration_ms: f64, max_memory_mib: u32) -> Script {
    Box::new(move |ask| {
        // Up to 3 % of scatter that repeats every 7 invocations, so that intervals have a width.
        let scatter = 1.0 + f64::from(u32::try_from(ask.before % 7).unwrap()) / 200.0;
        let answer = if ask.memory_mib < max_memory_mib {
            Err(("Runtime.OutOfMemory", "RequestId: r Error: Runtime exited with error: signal: killed"))
        } else {
            Ok(ask.event.clone())
        };
        Played {
            answer,
            init_ms: init_ms * scatter,
            duration_ms: duration_ms * scatter,
            max_memory_mib: max_memory_mib.min(ask.memory_mib),
        }
    })
}
