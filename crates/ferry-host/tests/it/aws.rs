//! The door to local AWS services: where a function finds it, what lives through a freeze, and that it goes with its sandbox.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ferry_host::settings::{AwsDoor, AwsDoors, HostSettings};
use ferry_template::Network;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::fixture::{Host, body, changed, guest, host, until};

pub(crate) const PORT: u16 = 4566;
const OUTSIDE: &str = "http://127.0.0.1:14566";

/// Services that say which of their connections was asked, and the how-manieth time.
#[derive(Debug, Default)]
pub(crate) struct Services {
    /// Doors that are open.
    doors: AtomicUsize,
    opened: AtomicUsize,
    /// Connections ever, and those that are open.
    connections: AtomicUsize,
    open: AtomicUsize,
}

/// Counts one for as long as it lives.
struct Counted(Arc<Services>, fn(&Services) -> &AtomicUsize);

impl Counted {
    fn new(services: &Arc<Services>, what: fn(&Services) -> &AtomicUsize) -> Self {
        what(services).fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(services), what)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.1)(&self.0).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Services {
    pub(crate) fn doors(self: &Arc<Self>) -> AwsDoors {
        let services = Arc::clone(self);
        let door = AwsDoor {
            port: PORT,
            outside_url: OUTSIDE.into(),
            credentials: None,
            serve: Arc::new(move |listener| Box::new(services.serve(listener))),
        };
        AwsDoors { all: Some(door), ..AwsDoors::default() }
    }

    /// Ends everything when dropped.
    fn serve(self: &Arc<Self>, listener: TcpListener) -> JoinSet<()> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let (services, door) = (Arc::clone(self), Counted::new(self, |services| &services.doors));
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let mut guard = JoinSet::new();
        guard.spawn(async move {
            let _door = door;
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = services.connections.fetch_add(1, Ordering::Relaxed) + 1;
                connections.spawn(answer(stream, number, Counted::new(&services, |services| &services.open)));
            }
        });
        guard
    }

    fn now(&self) -> (usize, usize) {
        (self.doors.load(Ordering::Relaxed), self.open.load(Ordering::Relaxed))
    }
}

async fn answer(stream: TcpStream, connection: usize, _open: Counted) {
    let mut stream = BufReader::new(stream);
    let mut request = 0;
    loop {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
        }
        request += 1;
        let body = format!(r#"{{"connection":{connection},"request":{request}}}"#);
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn asked(host: &Host) -> (u64, u64) {
    let answer: Value = serde_json::from_slice(&body(host.ask(r#"{"do":"aws"}"#).await.unwrap())).unwrap();
    (answer["connection"].as_u64().unwrap(), answer["request"].as_u64().unwrap())
}

async fn environment(host: &Host) -> BTreeMap<String, String> {
    serde_json::from_slice(&body(host.ask(r#"{"do":"env"}"#).await.unwrap())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_names_the_services_and_nothing_else_is_new() {
    let without = environment(&host(|_, _| {})).await;
    let services = Arc::new(Services::default());
    let host = host(|_, settings| settings.aws = services.doors());
    if host.skips("network") {
        return;
    }
    let mut with = environment(&host).await;
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] {
        assert_eq!(with.remove(name).as_deref(), Some("http://127.0.0.1:4566"), "{name}");
    }
    assert_eq!(with.keys().collect::<Vec<_>>(), without.keys().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_live_through_a_freeze_and_end_with_the_sandbox() {
    let services = Arc::new(Services::default());
    let host = host(|function, settings| {
        settings.aws = services.doors();
        function.timeout_s = 1;
    });
    if host.skips("network") {
        return;
    }
    for request in 1..=3 {
        assert_eq!(asked(&host).await, (1, request));
        // Some linger times: the sandbox is frozen when it is asked again.
        tokio::time::sleep(host.lambda.settings().freeze_linger.unwrap() * 10).await;
        assert_eq!(services.now(), (1, 1));
    }
    // It runs into its timeout and is killed.
    host.ask(r#"{"do":"hang"}"#).await.unwrap();
    until("the killed sandbox's door to close", || services.now() == (0, 0)).await;
    assert_eq!(asked(&host).await, (2, 1));
    // A frozen one goes with the host.
    tokio::time::sleep(host.lambda.settings().freeze_linger.unwrap() * 10).await;
    assert!(host.lambda.shutdown().await);
    until("the last door to close", || services.now() == (0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_is_open_before_the_function_runs() {
    let services = Arc::new(Services::default());
    let host = host(|function, settings| {
        settings.aws = services.doors();
        // The guest's first act is to connect, and it exits when it cannot.
        function.environment.insert("GUEST_INIT".into(), "aws".into());
    });
    if host.skips("network") {
        return;
    }
    for start in 1..=20 {
        assert_eq!(asked(&host).await, (start, 1));
        host.lambda.replace(host.lambda.built("guest").unwrap()).unwrap();
    }
    assert_eq!(services.opened.load(Ordering::Relaxed), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_machines_network_there_is_the_outside_address() {
    let services = Arc::new(Services::default());
    let settings = || HostSettings { aws: services.doors(), ..HostSettings::default() };
    let shared = Host::new(vec![changed(guest(), |function| function.ferry.network = Network::Host)], settings());
    let unenforced = Host::on(true, vec![guest()], settings());
    for host in [shared, unenforced] {
        let env = environment(&host).await;
        assert_eq!(env["AWS_ENDPOINT_URL"], OUTSIDE);
        assert_eq!(env["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"], OUTSIDE);
    }
    assert_eq!(services.opened.load(Ordering::Relaxed), 0);
}
