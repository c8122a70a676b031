//! Services on a free port, and clients for them.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use ferry_services::{Physics, Services, ServicesSettings};

/// Longer than anything takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Settings with a free port.
pub(crate) fn settings() -> ServicesSettings {
    ServicesSettings { addr: (Ipv4Addr::LOCALHOST, 0).into(), ..ServicesSettings::default() }
}

pub(crate) fn start() -> Services {
    Services::start(settings()).unwrap()
}

pub(crate) fn start_with_physics(document: &serde_json::Value) -> Services {
    Services::start(ServicesSettings { physics: Physics::from_value(document).unwrap(), ..settings() }).unwrap()
}

/// What any SDK's client of these services is configured with. Never retries: tests see each answer.
macro_rules! sdk_config {
    ($sdk:ident, $services:expr) => {
        $crate::support::sdk_config!($sdk, $services, "test", "test")
    };
    ($sdk:ident, $services:expr, $access_key:expr, $secret_key:expr) => {
        $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .endpoint_url($services.url())
            .region($sdk::config::Region::new("us-east-1"))
            .credentials_provider($sdk::config::Credentials::new($access_key, $secret_key, None, None, "test"))
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
    };
}
pub(crate) use sdk_config;

/// Sends raw bytes on a connection of their own and gives back everything until its end.
pub(crate) fn ask(services: &Services, request: &str) -> String {
    let mut stream = TcpStream::connect(services.addr()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A refusal of what is still being sent may end in a reset, after the answer.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// An answer as it came: head and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// One request on a connection of its own. `headers` end each with a line end.
pub(crate) fn request(services: &Services, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let text =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    let answer = ask(services, &text);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() }
}

/// GetCallerIdentity without a signature: the smallest of all calls.
pub(crate) const IDENTITY: &str = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 24\r\n\r\nAction=GetCallerIdentity";

pub(crate) fn identity(services: &Services) -> Answer {
    request(services, "POST", "/", "content-type: application/x-www-form-urlencoded\r\n", "Action=GetCallerIdentity")
}

/// Waits for a condition that others bring about.
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "it does not come about");
        std::thread::yield_now();
    }
}
