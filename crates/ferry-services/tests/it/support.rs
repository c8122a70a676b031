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
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
