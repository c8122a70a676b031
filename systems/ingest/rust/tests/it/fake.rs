//! S3, DynamoDB, Lambda and `@connections` as far as the loader calls them: an HTTP server in this process, with faults and a capacity.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Channel};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use ingest::client::{Aws, Settings};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    Status(u16),
    /// The connection closes without an answer, before or after the call took effect.
    Reset {
        after: bool,
    },
    /// The call takes effect; half of the answer comes.
    Truncate,
    /// No answer ever.
    Silence,
    /// A batch is refused whole, as too fast.
    Throttle,
    /// A batch is taken but for its last items.
    GiveBack(usize),
}

type Script = Box<dyn FnMut(&str, usize) -> Option<Fault> + Send>;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) table: BTreeMap<String, Value>,
    /// Calls by operation.
    pub(crate) calls: HashMap<String, usize>,
    pub(crate) messages: Vec<Value>,
    pub(crate) invocations: Vec<Value>,
    /// Items a second, and what is left of them.
    pub(crate) capacity: Option<Capacity>,
    script: Option<Script>,
}

pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: String,
}

pub(crate) struct Capacity {
    pub(crate) per_s: f64,
    pub(crate) tokens: f64,
    pub(crate) at: Instant,
}

pub(crate) struct Fake {
    pub(crate) aws: Aws,
    state: Arc<Mutex<State>>,
    served: watch::Receiver<usize>,
    server: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

enum Body {
    Whole(Bytes),
    Half(Bytes),
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Reply {
    fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("as the test made it");
        let address = listener.local_addr().expect("as the test made it");
        let state = Arc::<Mutex<State>>::default();
        let (told, served) = watch::channel(0);
        let server = tokio::spawn(serve(listener, Arc::clone(&state), Arc::new(told)));
        let settings = Settings {
            access_key_id: "AKIA".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: None,
            region: "eu-west-1".to_owned(),
            endpoint: Some(format!("http://{address}")),
            endpoints: [("execute-api", format!("http://{address}"))].into(),
        };
        Self { aws: Aws::new(settings), state, served, server }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("as the test made it")
    }

    pub(crate) fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let etag = format!("\"{:x}\"", xxhash_rust::xxh3::xxh3_64(&bytes));
        self.state().objects.insert(format!("/source/{key}"), Object { bytes, etag });
    }

    /// What goes wrong, by operation and the number of its call, from 0.
    pub(crate) fn script(&self, script: impl FnMut(&str, usize) -> Option<Fault> + Send + 'static) {
        self.state().script = Some(Box::new(script));
    }

    pub(crate) fn calls(&self, operation: &str) -> usize {
        self.state().calls.get(operation).copied().unwrap_or(0)
    }

    /// Waits until so many calls, of whatever kind, were served.
    pub(crate) async fn served(&self, calls: usize) {
        self.served.clone().wait_for(|served| *served >= calls).await.expect("as the test made it");
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>, told: Arc<watch::Sender<usize>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        stream.set_nodelay(true).expect("as the test made it");
        let (state, told) = (Arc::clone(&state), Arc::clone(&told));
        let service = hyper::service::service_fn(move |request| {
            let (state, told) = (Arc::clone(&state), Arc::clone(&told));
            async move {
                let answer = answer(request, &state).await;
                told.send_modify(|served| *served += 1);
                answer
            }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(request: Request<Incoming>, state: &Mutex<State>) -> Result<Response<Channel<Bytes, std::io::Error>>, std::io::Error> {
    let reset = || std::io::Error::other("reset");
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| reset())?.to_bytes();
    assert!(head.headers.contains_key("authorization"), "unsigned: {head:?}");
    let operation = operation(&head);
    let fault = {
        let mut state = state.lock().expect("as the test made it");
        let calls = state.calls.entry(operation.to_owned()).or_default();
        let number = *calls;
        *calls += 1;
        state.script.as_mut().and_then(|script| script(operation, number))
    };
    let reply = match fault {
        Some(Fault::Status(status)) => Reply::new(status, "<Error><Code>Broken</Code><Message>injected</Message></Error>"),
        Some(Fault::Reset { after: false }) => return Err(reset()),
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::Throttle) => throttled(),
        Some(Fault::GiveBack(items)) => batch_write(&mut state.lock().expect("as the test made it"), &body, items),
        None | Some(Fault::Reset { after: true } | Fault::Truncate) => {
            perform(operation, &head, &body, &mut state.lock().expect("as the test made it"))
        }
    };
    match fault {
        Some(Fault::Reset { after: true }) => Err(reset()),
        Some(Fault::Truncate) => Ok(respond(reply.status, &reply.headers, Body::Half(reply.body))),
        _ => Ok(respond(reply.status, &reply.headers, Body::Whole(reply.body))),
    }
}

fn operation(head: &http::request::Parts) -> &'static str {
    let path = head.uri.path();
    match head.method {
        _ if head.headers.contains_key("x-amz-target") => "BatchWriteItem",
        Method::GET => "GetObject",
        Method::PUT => "PutObject",
        _ if path.contains("/@connections/") => "PostToConnection",
        _ => "Invoke",
    }
}

fn perform(operation: &str, head: &http::request::Parts, body: &Bytes, state: &mut State) -> Reply {
    let path = head.uri.path();
    match operation {
        "BatchWriteItem" => batch_write(state, body, 0),
        "GetObject" => get_object(state, head),
        "PutObject" => {
            state.objects.insert(path.to_owned(), Object { bytes: body.to_vec(), etag: "\"put\"".to_owned() });
            Reply::new(200, "")
        }
        "PostToConnection" => {
            state.messages.push(serde_json::from_slice(body).expect("as the test made it"));
            Reply::new(200, "")
        }
        _ => {
            state.invocations.push(serde_json::from_slice(body).expect("as the test made it"));
            Reply::new(202, "")
        }
    }
}

fn get_object(state: &State, head: &http::request::Parts) -> Reply {
    let header = |name: &str| head.headers.get(name).map(|value| value.to_str().expect("as the test made it"));
    let Some(object) = state.objects.get(head.uri.path()) else {
        return Reply::new(404, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>");
    };
    if header("if-match").is_some_and(|etag| etag != object.etag) {
        return Reply::new(412, "<Error><Code>PreconditionFailed</Code><Message>changed</Message></Error>");
    }
    let Some(range) = header("range") else { return Reply::new(200, object.bytes.clone()) };
    let (from, to) = range.strip_prefix("bytes=").expect("as the test made it").split_once('-').expect("as the test made it");
    let (from, to): (usize, usize) = (from.parse().expect("as the test made it"), to.parse().expect("as the test made it"));
    if from >= object.bytes.len() {
        return Reply::new(416, "<Error><Code>InvalidRange</Code></Error>");
    }
    let to = to.min(object.bytes.len() - 1);
    let mut reply = Reply::new(206, object.bytes[from..=to].to_vec());
    reply.headers = vec![("content-range", format!("bytes {from}-{to}/{}", object.bytes.len())), ("etag", object.etag.clone())];
    reply
}

fn throttled() -> Reply {
    Reply::new(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slower"}"#)
}

/// As DynamoDB: refuses what it refuses, takes what capacity there is, gives back the rest.
fn batch_write(state: &mut State, body: &Bytes, give_back: usize) -> Reply {
    let request: Value = serde_json::from_slice(body).expect("as the test made it");
    let puts = request["RequestItems"]["registrations"].as_array().expect("as the test made it");
    let key = |put: &Value| put["PutRequest"]["Item"]["registration_id"]["S"].as_str().expect("as the test made it").to_owned();
    let mut keys: Vec<String> = puts.iter().map(key).collect();
    keys.sort();
    keys.dedup();
    if puts.is_empty() || puts.len() > 25 || keys.len() < puts.len() || body.len() > 16 * 1024 * 1024 || keys.contains(&String::new()) {
        return Reply::new(400, r#"{"__type":"x#ValidationException","message":"Provided list of item keys contains duplicates"}"#);
    }
    let takes = state.capacity.as_mut().map_or(puts.len(), |capacity| capacity.take(puts.len()));
    if takes == 0 {
        return throttled();
    }
    let takes = takes.min(puts.len().saturating_sub(give_back));
    for put in &puts[..takes] {
        state.table.insert(key(put), put["PutRequest"]["Item"].clone());
    }
    let back = &puts[takes..];
    let unprocessed = if back.is_empty() { json!({}) } else { json!({"registrations": back}) };
    Reply::new(200, json!({"UnprocessedItems": unprocessed}).to_string())
}

impl Capacity {
    pub(crate) fn new(per_s: f64) -> Self {
        Self { per_s, tokens: per_s * 0.1, at: Instant::now() }
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "25 items")]
    fn take(&mut self, items: usize) -> usize {
        self.tokens = (self.tokens + self.at.elapsed().as_secs_f64() * self.per_s).min(self.per_s * 0.1);
        self.at = Instant::now();
        let taken = items.min(self.tokens as usize);
        self.tokens -= taken as f64;
        taken
    }
}

fn respond(status: u16, headers: &[(&'static str, String)], body: Body) -> Response<Channel<Bytes, std::io::Error>> {
    let (mut sender, channel) = Channel::new(1);
    let mut response = Response::new(channel);
    *response.status_mut() = StatusCode::from_u16(status).expect("as the test made it");
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().expect("as the test made it"));
    }
    let (bytes, half) = match body {
        Body::Whole(bytes) => (bytes, false),
        Body::Half(bytes) => (bytes, true),
    };
    // A body without bytes cannot be cut in half: its length is said too long instead.
    let length = if half { bytes.len().max(2) } else { bytes.len() };
    response.headers_mut().insert("content-length", length.to_string().parse().expect("as the test made it"));
    let bytes = if half { bytes.slice(..bytes.len() / 2) } else { bytes };
    tokio::spawn(async move {
        let _ = sender.send_data(bytes).await;
        if half {
            // What was sent shall leave before the connection breaks.
            tokio::time::sleep(Duration::from_millis(5)).await;
            sender.abort(std::io::Error::other("truncated"));
        }
    });
    response
}
