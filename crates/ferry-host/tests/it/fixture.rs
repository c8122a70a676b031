//! A local Lambda with functions that run the guest, and what tests ask of its answers.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ferry_host::build::{BuildSettings, BuiltFunction, build};
use ferry_host::host::LocalLambda;
use ferry_host::invoke::{FunctionError, Invoke, InvokeAnswer, InvokeError, InvokeRequest, Payload};
use ferry_host::kernel::{Kernel, KernelSettings};
use ferry_host::logs::{LogLine, LogSink, SinkRef};
use ferry_host::settings::HostSettings;
use ferry_template::{Architecture, CodeSource, Function, Template};
use serde_json::Value;

use crate::aws;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
static COUNT: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Host {
    pub(crate) lambda: LocalLambda,
}

/// A host with one function, `guest`, of 256 MB and 3 s.
pub(crate) fn host(change: impl FnOnce(&mut Function, &mut HostSettings)) -> Host {
    // A machine busy with other tests must not look like a function that is throttled.
    let mut settings = HostSettings { settle_wait_at_limit: PATIENCE, ..HostSettings::default() };
    let built = changed(guest(), |function| change(function, &mut settings));
    Host::new(vec![built], settings)
}

pub(crate) fn plain_host() -> Host {
    host(|_, _| {})
}

/// A host with one function whose INIT goes as the guest is told.
pub(crate) fn host_with_init(how: &str, change: impl FnOnce(&mut Function, &mut HostSettings)) -> Host {
    host(|function, settings| {
        function.environment.insert("GUEST_INIT".into(), how.into());
        change(function, settings);
    })
}

pub(crate) fn changed(mut built: BuiltFunction, change: impl FnOnce(&mut Function)) -> BuiltFunction {
    change(Arc::make_mut(&mut built.function));
    built
}

impl Host {
    pub(crate) fn new(functions: Vec<BuiltFunction>, settings: HostSettings) -> Self {
        Self::on(false, functions, settings)
    }

    pub(crate) fn on(force_unenforced: bool, functions: Vec<BuiltFunction>, settings: HostSettings) -> Self {
        let cgroup_parent = format!("ferry-{}-it{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let kernel =
            Kernel::open(KernelSettings { cgroup_parent, force_unenforced, further_port: Some(aws::PORT), ..KernelSettings::default() });
        Self { lambda: LocalLambda::new(kernel, functions, settings) }
    }

    /// True, loudly, where this part is not enforced.
    pub(crate) fn skips(&self, part: &str) -> bool {
        let parts = self.lambda.enforcement().parts();
        let missing = parts.iter().find(|(name, status)| *name == part && !status.is_enforced());
        if let Some((name, status)) = missing {
            eprintln!("SKIPPED: {name} is not enforced here: {status:?}");
        }
        missing.is_some()
    }

    pub(crate) async fn ask(&self, payload: &str) -> Result<InvokeAnswer, InvokeError> {
        self.run(request(payload)).await
    }

    pub(crate) async fn run(&self, request: InvokeRequest) -> Result<InvokeAnswer, InvokeError> {
        tokio::time::timeout(PATIENCE, self.lambda.invoke(request)).await.expect("an answer within the tests' patience")
    }

    /// Payload and log of one invocation with `LogType=Tail`.
    pub(crate) async fn told(&self, payload: &str) -> Told {
        let request = InvokeRequest { tail: true, ..request(payload) };
        let id = request.request_id.clone();
        let answer = self.run(request).await.unwrap();
        Told::new(id, answer)
    }
}

pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) body: Bytes,
    pub(crate) error: Option<FunctionError>,
    pub(crate) log: String,
    pub(crate) metrics: ferry_host::invoke::Metrics,
}

impl Told {
    fn new(id: String, answer: InvokeAnswer) -> Self {
        let log = String::from_utf8(answer.log_tail.clone().expect("a tail was asked for").to_vec()).unwrap();
        Self { id, error: answer.function_error, log, metrics: answer.metrics.expect("metrics come with the tail"), body: body(answer) }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The log with request id, times and sizes replaced, so that it can be compared.
    pub(crate) fn log_shape(&self) -> String {
        let text = self.log.replace(&self.id, "ID");
        text.lines().map(shape).collect::<Vec<_>>().join("\n")
    }
}

/// Digits of measured values become `#`; what is fixed stays.
fn shape(line: &str) -> String {
    let measured = ["Duration: ", "Max Memory Used: "];
    let mut out = String::new();
    let mut rest = line;
    while let Some((at, name)) = measured.iter().filter_map(|name| rest.find(name).map(|at| (at, name))).min() {
        let start = at + name.len();
        out.push_str(&rest[..start]);
        out.push('#');
        rest = rest[start..].trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    }
    out + rest
}

pub(crate) fn body(answer: InvokeAnswer) -> Bytes {
    match answer.payload {
        Payload::Buffered(bytes) => bytes,
        Payload::Streamed(_) => panic!("a stream where a buffer was expected"),
    }
}

/// The error document, and that it is marked as one.
pub(crate) fn error(answer: InvokeAnswer) -> (FunctionError, Value) {
    let marked = answer.function_error;
    let body = body(answer);
    (marked.unwrap_or_else(|| panic!("not an error: {body:?}")), serde_json::from_slice(&body).unwrap())
}

pub(crate) fn request(payload: &str) -> InvokeRequest {
    InvokeRequest {
        function: "guest".into(),
        request_id: uuid::Uuid::new_v4().to_string(),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        client_context: None,
        cognito_identity: None,
        trace_id: None,
        tail: false,
        streaming: false,
    }
}

/// The guest, packaged once for all tests.
pub(crate) fn guest() -> BuiltFunction {
    static GUEST: OnceLock<BuiltFunction> = OnceLock::new();
    GUEST.get_or_init(package).clone()
}

/// Built under the target folder, once for each build of the guest: tests that run at the same time share it.
fn package() -> BuiltFunction {
    let guest = guest_program();
    let file = fs::metadata(&guest).unwrap();
    let built = file.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("guest-{built}"));
    let code = root.join("code");
    fs::create_dir_all(&code).unwrap();
    if !code.join("bootstrap").exists() {
        let half = root.join(format!("half-{}", std::process::id()));
        fs::copy(&guest, &half).unwrap();
        fs::rename(half, code.join("bootstrap")).unwrap();
    }
    let template = Template { path: root.join("template.yaml"), functions: vec![function(code)], ..Template::default() };
    let settings =
        BuildSettings { state_dir: root.join(".ferry"), cargo_target_dir: None, path: std::env::var_os("PATH").unwrap_or_default() };
    build(&template, None, &settings, &mut |_| {}).unwrap().remove(0)
}

/// Built by `cargo test` beside the tests.
fn guest_program() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let guest = exe.ancestors().nth(2).unwrap().join("examples/guest");
    assert!(guest.exists(), "{} is not built: cargo build --release -p ferry-host --example guest", guest.display());
    guest
}

fn function(code: PathBuf) -> Function {
    Function {
        name: "guest".into(),
        architecture: if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 },
        memory_mib: 256,
        ..Function::new("Guest", "provided.al2023", "bootstrap", CodeSource::Folder(code))
    }
}

/// Keeps every line.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<String>>);

impl Lines {
    pub(crate) fn sink(self: &Arc<Self>) -> SinkRef {
        SinkRef(Some(Arc::clone(self) as Arc<dyn LogSink>))
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl LogSink for Lines {
    fn write(&self, line: &LogLine<'_>) {
        self.0.lock().unwrap().push(String::from_utf8_lossy(line.text).into_owned());
    }
}

pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
