//! Open doors over a [`Double`], and a client for them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_host::doors::{ApiKind, Doors, DoorsSettings};
use ferry_host::invoke::Invoke as _;
use ferry_template::{HttpApi, Template};
use tokio::runtime::Runtime;

use crate::double::Double;

pub(crate) struct Harness {
    pub(crate) double: Arc<Double>,
    pub(crate) doors: Option<Doors>,
    pub(crate) runtime: Runtime,
    agent: ureq::Agent,
}

/// A response, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }
}

/// Short delays, any ports.
pub(crate) fn settings() -> DoorsSettings {
    DoorsSettings {
        lambda_addr: ([127, 0, 0, 1], 0).into(),
        first_api_port: 0,
        retry_delays: [Duration::from_millis(20), Duration::from_millis(40)],
        throttle_delays: [Duration::from_millis(5), Duration::from_millis(20)],
        integration_timeout: Duration::from_millis(300),
        drain: Duration::from_millis(500),
        ..DoorsSettings::default()
    }
}

pub(crate) fn template(double: &Double, http_apis: Vec<HttpApi>) -> Template {
    let functions = double.functions().iter().map(|function| (**function).clone()).collect();
    Template { path: "/template.yaml".into(), functions, http_apis, ..Template::default() }
}

impl Harness {
    pub(crate) fn open(double: Double) -> Self {
        Self::with_apis(double, Vec::new())
    }

    pub(crate) fn with_apis(double: Double, http_apis: Vec<HttpApi>) -> Self {
        let template = template(&double, http_apis);
        Self::with_templates(double, &[template])
    }

    pub(crate) fn with_templates(double: Double, templates: &[Template]) -> Self {
        Self::with_settings(double, templates, settings())
    }

    pub(crate) fn with_settings(double: Double, templates: &[Template], settings: DoorsSettings) -> Self {
        let double = Arc::new(double);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let doors = runtime.block_on(Doors::open(Arc::clone(&double) as _, templates, Arc::clone(&double) as _, settings)).unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Self { double, doors: Some(doors), runtime, agent: agent.new_agent() }
    }

    pub(crate) fn lambda_url(&self) -> String {
        self.doors.as_ref().unwrap().lambda_url()
    }

    /// The address of the one API of this kind, without the last slash.
    pub(crate) fn api_url(&self, kind: ApiKind) -> String {
        let apis = self.doors.as_ref().unwrap().apis();
        apis.iter().find(|api| api.kind == kind).expect("an API").url.trim_end_matches('/').to_owned()
    }

    pub(crate) fn send(&self, request: http::Request<Vec<u8>>) -> Answer {
        let (head, body) = self.agent.run(request).unwrap().into_parts();
        let body = body.into_with_config().limit(100_000_000).read_to_vec().unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// A request to the Lambda API.
    pub(crate) fn lambda(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        self.send(request(method, &format!("{}{path}", self.lambda_url()), headers, body))
    }

    pub(crate) fn invoke(&self, name: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        self.lambda("POST", &format!("/2015-03-31/functions/{name}/invocations"), headers, body)
    }

    pub(crate) fn close(&mut self) {
        let doors = self.doors.take().unwrap();
        self.runtime.block_on(doors.close());
    }
}

pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> http::Request<Vec<u8>> {
    let request =
        headers.iter().fold(http::Request::builder().method(method).uri(url), |request, (name, value)| request.header(*name, *value));
    request.body(body.into()).unwrap()
}

/// Waits for something that happens on its own; panics after a generous while.
pub(crate) fn eventually(what: &str, happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(20), "never happened: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Sends bytes as they are, and reads until the door closes the connection.
pub(crate) fn raw(url: &str, bytes: &[u8]) -> String {
    let mut stream = connect(url);
    stream.write_all(bytes).unwrap();
    let mut read = Vec::new();
    // A reset ends the answer, too.
    let _ = stream.read_to_end(&mut read);
    String::from_utf8_lossy(&read).into_owned()
}

pub(crate) fn connect(url: &str) -> TcpStream {
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}
