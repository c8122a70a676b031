//! What the doors refuse, whoever asks: other machines, foreign pages, endless headers.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use ferry_host::doors::{ApiKind, Doors, DoorsError, DoorsSettings};
use ferry_template::{HttpApi, HttpRoute};

use crate::double::{Double, echo, function};
use crate::harness::{Harness, connect, raw, settings, template};

fn open_error(double: Double, http_apis: Vec<HttpApi>, settings: DoorsSettings) -> DoorsError {
    let template = template(&double, http_apis);
    let double = Arc::new(double);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Doors::open(Arc::clone(&double) as _, &[template], double, settings)).expect_err("doors must not open")
}

fn hello() -> Double {
    Double::default().with(function("hello"), echo)
}

fn api(route_key: &str, function: &str, port: Option<u16>) -> HttpApi {
    let route = HttpRoute { route_key: route_key.to_owned(), function: function.to_owned() };
    HttpApi {
        logical_id: "Api".to_owned(),
        stage: "$default".to_owned(),
        stage_variables: std::collections::BTreeMap::new(),
        cors: None,
        routes: vec![route],
        port,
    }
}

#[test]
fn only_loopback_is_listened_on() {
    let settings = DoorsSettings { lambda_addr: ([0, 0, 0, 0], 0).into(), ..settings() };
    assert!(matches!(open_error(hello(), Vec::new(), settings), DoorsError::NotLoopback { .. }));
}

#[test]
fn doors_that_cannot_open_say_why() {
    let unknown = open_error(hello(), vec![api("GET /", "NopeId", None)], settings());
    assert_eq!(unknown.to_string(), "route GET / of API Api leads to NopeId, which is no function of its template");
    assert!(matches!(open_error(hello(), vec![api("GET", "helloId", None)], settings()), DoorsError::RouteKey { .. }));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let error = open_error(hello(), Vec::new(), DoorsSettings { lambda_addr: addr, ..settings() });
    assert!(error.to_string().starts_with(&format!("cannot listen on {addr}")), "{error}");
    assert!(matches!(open_error(hello(), vec![api("GET /", "helloId", Some(addr.port()))], settings()), DoorsError::Bind { .. }));
}

#[test]
fn api_ports_follow_the_first_and_skip_what_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let first = taken.local_addr().unwrap().port();
    let double = hello();
    let template = template(&double, vec![api("GET /", "helloId", None), api("GET /", "helloId", None)]);
    let double = Arc::new(double);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let settings = DoorsSettings { first_api_port: first, ..settings() };
    let doors = runtime.block_on(Doors::open(Arc::clone(&double) as _, &[template], double, settings)).unwrap();
    let port = |url: &str| url.trim_end_matches('/').rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let ports: Vec<u16> = doors.apis().iter().map(|api| port(&api.url)).collect();
    assert!(first < ports[0] && ports[0] < ports[1], "{first} {ports:?}");
}

#[test]
fn pages_of_other_sites_cannot_invoke() {
    let harness = Harness::open(hello());
    for (headers, status) in [
        (vec![("host", "evil.example:9000")], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", "http://localhost:9000")], 200),
        (vec![("host", "localhost:9000")], 200),
    ] {
        assert_eq!(harness.invoke("hello", &headers, "{}").status, status, "{headers:?}");
    }
    assert_eq!(harness.double.requests().len(), 2);
}

#[test]
fn malformed_and_endless_heads_are_refused() {
    let harness = Harness::open(hello());
    assert!(raw(&harness.lambda_url(), b"what is this\r\n\r\n").starts_with("HTTP/1.1 400"));
    let endless = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    assert!(raw(&harness.lambda_url(), endless.as_bytes()).starts_with("HTTP/1.1 431"), "large");
    let many = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "x: y\r\n".repeat(200));
    assert!(raw(&harness.lambda_url(), many.as_bytes()).starts_with("HTTP/1.1 431"), "many");
}

#[test]
fn a_connection_serves_many_requests_even_refused_ones() {
    let harness = Harness::open(hello());
    let mut stream = connect(&harness.lambda_url());
    let post = |path: &str, body: &str| format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let invoke = "/2015-03-31/functions/hello/invocations";
    for (request, status) in [
        (post(invoke, "{}"), "200 OK"),
        (post(invoke, &format!("\"{}\"", "x".repeat(7_000_000))), "413 Payload Too Large"),
        (post("/2015-03-31/functions", &"x".repeat(1_000_000)), "404 Not Found"),
        (post(invoke, "{"), "400 Bad Request"),
        ("POST /2015-03-31/functions/hello/invocations HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n".to_owned(), "200 OK"),
    ] {
        stream.write_all(request.as_bytes()).unwrap();
        let head = read_answer(&mut stream);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
    }
    assert_eq!(harness.double.requests()[1].payload, "{}");
}

/// The head of one answer; its body is read, too.
fn read_answer(stream: &mut std::net::TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).unwrap();
    head
}

#[test]
fn closing_ends_what_runs_and_frees_the_ports() {
    let mut web = function("web");
    web.url = Some(ferry_template::FunctionUrl { invoke_mode: ferry_template::InvokeMode::Buffered, cors: None });
    let mut harness = Harness::open(Double::default().with(web, |request| async move {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        echo(request).await
    }));
    let (lambda_url, web_url) = (harness.lambda_url(), harness.api_url(ApiKind::FunctionUrl));
    let mut stream = connect(&lambda_url);
    let invoke = b"POST /2015-03-31/functions/web/invocations HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(invoke).unwrap();
    crate::harness::eventually("it runs", || !harness.double.requests().is_empty());
    harness.close();
    assert!(read_answer(&mut stream).starts_with("HTTP/1.1 200"), "a request under way is answered");
    for url in [lambda_url, web_url] {
        assert!(std::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).is_err(), "{url} is still open");
    }
}
