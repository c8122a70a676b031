//! A small AWS in this process: as much of S3, DynamoDB's Scan, Lambda and `@connections` as the verifier and the console call.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ingest::client::{Aws, Settings};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use xxhash_rust::xxh3::xxh3_64;

type Answer = Response<Full<Bytes>>;

/// What is in it; tests look at this and change it at any time.
#[derive(Default)]
pub(crate) struct State {
    /// Objects by `bucket/key`.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Ranged GETs that are still served before the objects are replaced by `replacements`.
    pub(crate) gets_until_replaced: Option<usize>,
    pub(crate) replacements: BTreeMap<String, Vec<u8>>,
    /// Items by table.
    pub(crate) tables: BTreeMap<String, Vec<Value>>,
    /// Calls of Scan so far, and every how many of them fail, in turn in three ways.
    pub(crate) scans: usize,
    pub(crate) scan_fails_every: Option<usize>,
    /// Memory sizes by function, and how often each then still says that the update is in progress.
    pub(crate) memory_mb: BTreeMap<String, u64>,
    pub(crate) updating: usize,
    pub(crate) updates: Vec<(String, u64)>,
    /// Synchronous invocations, and what functions answer to them, in order: (failed, payload, REPORT).
    pub(crate) invoked: Vec<(String, Value)>,
    pub(crate) answers: VecDeque<(bool, Value, String)>,
    /// Events that were queued.
    pub(crate) queued: VecDeque<Value>,
    /// What pages were told, by connection.
    pub(crate) told: BTreeMap<String, Vec<Value>>,
    pub(crate) gone: BTreeSet<String>,
}

#[derive(Clone)]
pub(crate) struct StandIn {
    state: Arc<Mutex<State>>,
    pub(crate) aws: Aws,
}

impl StandIn {
    /// Listens until the test's runtime ends.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        tokio::spawn(accept(listener, Arc::clone(&state)));
        let variable = |name: &str| match name {
            "AWS_ENDPOINT_URL" | "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI" => Some(endpoint.clone()),
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
            _ => None,
        };
        Self { state, aws: Aws::new(Settings::from_variables(variable).unwrap()) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request: Request<Incoming>| {
            let state = Arc::clone(&state);
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let answer = state.lock().unwrap().serve(&head, &body);
                Ok::<_, Infallible>(answer)
            }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    Response::builder().status(status).body(Full::new(body.into())).unwrap()
}

fn etag(object: &[u8]) -> String {
    format!("\"{:x}\"", xxh3_64(object))
}

impl State {
    fn serve(&mut self, head: &http::request::Parts, body: &Bytes) -> Answer {
        let path = head.uri.path();
        let signed = head.headers["authorization"].to_str().unwrap();
        if signed.contains("/dynamodb/aws4_request") {
            assert_eq!(head.headers["x-amz-target"], "DynamoDB_20120810.Scan");
            return self.scan(&serde_json::from_slice(body).unwrap());
        }
        if let Some(rest) = path.strip_prefix("/2015-03-31/functions/") {
            let (function, what) = rest.split_once('/').unwrap();
            return if what == "configuration" {
                self.configuration(&head.method, function, body)
            } else {
                self.invoke(head, function, body)
            };
        }
        if let Some(connection) = path.strip_prefix("/@connections/") {
            let connection = connection.replace("%3D", "=");
            if self.gone.contains(&connection) {
                return answer(410, r#"{"message":"Gone"}"#);
            }
            self.told.entry(connection).or_default().push(serde_json::from_slice(body).unwrap());
            return answer(200, "");
        }
        self.object(head, &path[1..], body)
    }

    fn object(&mut self, head: &http::request::Parts, name: &str, body: &Bytes) -> Answer {
        let condition = |header: &str| head.headers.get(header).map(|value| value.to_str().unwrap().to_owned());
        let found = self.objects.get(name).map(|object| etag(object));
        let unmatched = condition("if-match").is_some_and(|wanted| Some(wanted) != found);
        if unmatched || (condition("if-none-match").is_some() && found.is_some()) {
            return answer(412, "<Error><Code>PreconditionFailed</Code><Message>no</Message></Error>");
        }
        match head.method {
            Method::PUT => {
                self.objects.insert(name.to_owned(), body.to_vec());
                return answer(200, "");
            }
            Method::DELETE => {
                self.objects.remove(name);
                return answer(204, "");
            }
            _ => {}
        }
        let Some(object) = self.objects.get(name) else { return answer(404, "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>") };
        let range = condition("range").map(|range| {
            let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            from.parse::<usize>().unwrap()..object.len().min(to.parse::<usize>().unwrap() + 1)
        });
        let part = object[range.clone().unwrap_or(0..object.len())].to_vec();
        let mut found = Response::builder().status(if range.is_some() { 206 } else { 200 }).header("etag", etag(object));
        if let Some(range) = &range {
            found = found.header("content-range", format!("bytes {}-{}/{}", range.start, range.end - 1, object.len()));
        }
        if range.is_some() && self.gets_until_replaced == Some(1) {
            self.objects.extend(std::mem::take(&mut self.replacements));
        }
        self.gets_until_replaced = self.gets_until_replaced.map(|left| left.saturating_sub(1));
        found.body(Full::new(part.into())).unwrap()
    }

    /// Three items a page; a segment has the items whose position leaves its number as the remainder.
    fn scan(&mut self, request: &Value) -> Answer {
        assert_eq!(request["ConsistentRead"], json!(true));
        self.scans += 1;
        if let Some(every) = self.scan_fails_every
            && self.scans.is_multiple_of(every)
        {
            return match self.scans / every % 3 {
                0 => answer(500, r#"{"__type":"com.amazon.coral.service#InternalServerError"}"#),
                1 => {
                    answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow"}"#)
                }
                _ => answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#),
            };
        }
        let Some(items) = self.tables.get(request["TableName"].as_str().unwrap()) else {
            return answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no such table"}"#);
        };
        let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let (segment, segments) = (number(&request["Segment"]), number(&request["TotalSegments"]));
        let start = request.get("ExclusiveStartKey").map_or(0, |key| key["position"]["N"].as_str().unwrap().parse().unwrap());
        let of_segment: Vec<&Value> = items.iter().skip(segment).step_by(segments).collect();
        let page: Vec<&&Value> = of_segment.iter().skip(start).take(3).collect();
        let mut found = json!({"Count": page.len(), "Items": page});
        // As in DynamoDB, the key may be there though nothing comes after it.
        if page.len() == 3 {
            found["LastEvaluatedKey"] = json!({"position": {"N": (start + 3).to_string()}});
        }
        answer(200, found.to_string())
    }

    fn configuration(&mut self, method: &Method, function: &str, body: &Bytes) -> Answer {
        if *method == Method::PUT {
            if self.updating > 0 {
                return answer(409, r#"{"Type":"User","message":"an update is in progress"}"#);
            }
            let change: Value = serde_json::from_slice(body).unwrap();
            let memory_mb = change["MemorySize"].as_u64().unwrap();
            self.updates.push((function.to_owned(), memory_mb));
            self.memory_mb.insert(function.to_owned(), memory_mb);
            self.updating = 2;
        }
        let status = if self.updating > 0 { "InProgress" } else { "Successful" };
        self.updating = self.updating.saturating_sub(1);
        let memory_mb = self.memory_mb.get(function).copied().unwrap_or(1024);
        answer(200, json!({"FunctionName": function, "MemorySize": memory_mb, "LastUpdateStatus": status}).to_string())
    }

    fn invoke(&mut self, head: &http::request::Parts, function: &str, body: &Bytes) -> Answer {
        let event: Value = serde_json::from_slice(body).unwrap();
        if head.headers["x-amz-invocation-type"] == "Event" {
            assert_eq!(function, "Console");
            self.queued.push_back(event);
            return answer(202, "");
        }
        assert_eq!(
            (&head.headers["x-amz-log-type"], self.updating),
            (&"Tail".parse().unwrap(), 0),
            "invoked before the update was in place"
        );
        self.invoked.push((function.to_owned(), event));
        let (failed, payload, report) = self.answers.pop_front().expect("no answer is left for an invocation");
        let mut found = Response::builder().status(StatusCode::OK).header("x-amz-log-result", STANDARD.encode(report));
        if failed {
            found = found.header("x-amz-function-error", "Unhandled");
        }
        found.body(Full::new(payload.to_string().into())).unwrap()
    }
}
