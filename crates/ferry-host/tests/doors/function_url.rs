//! Function URLs, buffered and streaming.

use ferry_host::doors::ApiKind;
use ferry_host::invoke::{InvokeError, StreamPart};
use ferry_template::{Cors, Function, FunctionUrl, InvokeMode};
use serde_json::json;

use crate::double::{Double, END, answer, chunk, function, function_error, streamed};
use crate::harness::{Answer, Harness, eventually, raw, request};

const WITH_PRELUDE: &str = "application/vnd.awslambda.http-integration-response";

fn with_url(name: &str, invoke_mode: InvokeMode, cors: Option<Cors>) -> Function {
    Function { url: Some(FunctionUrl { invoke_mode, cors }), ..function(name) }
}

fn send(harness: &Harness, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    harness.send(request(method, &format!("{}{path}", harness.api_url(ApiKind::FunctionUrl)), headers, body))
}

/// A buffered URL whose function always answers this.
fn answering(payload: &'static str, cors: Option<Cors>) -> Harness {
    let function = with_url("web", InvokeMode::Buffered, cors);
    Harness::open(Double::default().with(function, move |request| async move { answer(&request, payload) }))
}

/// A streaming URL whose function answers these parts.
fn streaming(content_type: &'static str, parts: Vec<StreamPart>) -> Harness {
    let function = with_url("web", InvokeMode::ResponseStream, None);
    Harness::open(Double::default().with(function, move |_| {
        let parts = parts.clone();
        async move { streamed(content_type, parts) }
    }))
}

#[test]
fn a_request_becomes_an_event() {
    let harness = answering("{}", None);
    let headers = [("cookie", "a=1; b=2"), ("content-type", "text/plain"), ("user-agent", "test")];
    let response = send(&harness, "POST", "/a%20b?x=1&x=2", &headers, "hi");
    let event = harness.double.last_event();
    let host = harness.api_url(ApiKind::FunctionUrl).trim_start_matches("http://").to_owned();
    for (pointer, wanted) in [
        ("/version", json!("2.0")),
        ("/routeKey", json!("$default")),
        ("/rawPath", json!("/a%20b")),
        ("/rawQueryString", json!("x=1&x=2")),
        ("/queryStringParameters", json!({"x": "1,2"})),
        ("/cookies", json!(["a=1", "b=2"])),
        ("/headers/content-type", json!("text/plain")),
        ("/headers/content-length", json!("2")),
        ("/headers/x-forwarded-for", json!("127.0.0.1")),
        ("/headers/host", json!(host)),
        ("/body", json!("hi")),
        ("/isBase64Encoded", json!(false)),
        ("/requestContext/accountId", json!("anonymous")),
        ("/requestContext/domainName", json!(host)),
        ("/requestContext/stage", json!("$default")),
        ("/requestContext/routeKey", json!("$default")),
        ("/requestContext/requestId", json!(response.header("x-amzn-requestid").unwrap())),
        ("/requestContext/http/method", json!("POST")),
        ("/requestContext/http/path", json!("/a%20b")),
        ("/requestContext/http/protocol", json!("HTTP/1.1")),
        ("/requestContext/http/sourceIp", json!("127.0.0.1")),
        ("/requestContext/http/userAgent", json!("test")),
    ] {
        assert_eq!(event.pointer(pointer), Some(&wanted), "{pointer}");
    }
    assert_eq!(event["requestContext"]["apiId"].as_str().unwrap().len(), 32);
    assert_eq!(event["headers"].get("cookie"), None);
    assert_eq!(event.get("stageVariables"), None);
    assert_eq!(event["headers"]["x-amzn-trace-id"].as_str(), response.header("x-amzn-trace-id"));
}

#[test]
fn answers_become_responses() {
    let harness =
        answering(r#"{"statusCode":201,"headers":{"X-A":"1"},"cookies":["c=1","d=2"],"body":"aGk=","isBase64Encoded":true}"#, None);
    let response = send(&harness, "GET", "/", &[], "");
    assert_eq!((response.status, response.text(), response.header("x-a")), (201, "hi", Some("1")));
    assert_eq!(response.all("set-cookie"), ["c=1", "d=2"]);
    assert_eq!(response.header("content-type"), Some("application/json"), "what function URLs default to");
    let inferred = send(&answering(r#"{"a":1}"#, None), "GET", "/", &[], "");
    assert_eq!((inferred.status, inferred.text(), inferred.header("content-type")), (200, r#"{"a":1}"#, Some("application/json")));
}

#[test]
fn failures_are_bad_gateways() {
    let failing = with_url("web", InvokeMode::Buffered, None);
    let harness = Harness::open(Double::default().with(failing, |request| async move { function_error(&request, "{}") }));
    for harness in [harness, answering(r#"{"statusCode":"x"}"#, None), answering("no json", None)] {
        let response = send(&harness, "GET", "/", &[], "");
        assert_eq!((response.status, response.text()), (502, "Internal Server Error"));
    }
    let busy = with_url("web", InvokeMode::Buffered, None);
    let harness = Harness::open(Double::default().with(busy, |_| async { Err(InvokeError::TooManyRequests) }));
    assert_eq!(send(&harness, "GET", "/", &[], "").status, 429);
}

#[test]
fn events_over_six_mebibytes_are_refused() {
    let harness = answering("{}", None);
    let headers = [("content-type", "application/octet-stream")];
    // Five mebibytes of bytes are more than six of base64.
    for size in [6 * 1024 * 1024 + 1, 5 * 1024 * 1024] {
        let url = format!("{}/", harness.api_url(ApiKind::FunctionUrl));
        assert_eq!(harness.send(request("POST", &url, &headers, vec![0; size])).status, 413, "{size}");
    }
    assert!(harness.double.requests().is_empty());
}

#[test]
fn cors_is_answered_by_the_door_and_added_to_the_function_s_own() {
    let cors = Cors {
        allow_origins: vec!["https://a.example".to_owned()],
        allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
        allow_headers: vec!["x-a".to_owned()],
        expose_headers: vec!["x-b".to_owned()],
        allow_credentials: true,
        max_age_s: Some(60),
    };
    let harness = answering(r#"{"statusCode":200,"headers":{"access-control-allow-origin":"https://a.example"}}"#, Some(cors));
    let preflight = [("origin", "https://a.example"), ("access-control-request-method", "POST")];
    let response = send(&harness, "OPTIONS", "/", &preflight, "");
    assert_eq!(response.status, 200);
    for (name, value) in [
        ("access-control-allow-origin", "https://a.example"),
        ("access-control-allow-methods", "GET,POST"),
        ("access-control-allow-headers", "x-a"),
        ("access-control-allow-credentials", "true"),
        ("access-control-max-age", "60"),
    ] {
        assert_eq!(response.header(name), Some(value), "{name}");
    }
    assert!(harness.double.requests().is_empty(), "the function is not called");
    let foreign = send(&harness, "OPTIONS", "/", &[("origin", "https://b.example"), ("access-control-request-method", "POST")], "");
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    let plain = send(&harness, "GET", "/", &[("origin", "https://a.example")], "");
    assert_eq!(plain.all("access-control-allow-origin"), ["https://a.example", "https://a.example"]);
    assert_eq!(plain.header("access-control-expose-headers"), Some("x-b"));
    assert_eq!(send(&harness, "OPTIONS", "/", &[], "").status, 200, "no preflight: the function answers");
    assert_eq!(harness.double.requests().len(), 2);
}

#[test]
fn without_cors_the_function_answers_preflights() {
    let harness = answering(r#"{"statusCode":204}"#, None);
    let response = send(&harness, "OPTIONS", "/", &[("origin", "https://a.example"), ("access-control-request-method", "GET")], "");
    assert_eq!((response.status, harness.double.requests().len()), (204, 1));
}

#[test]
fn a_prelude_sets_status_headers_and_cookies() {
    let prelude = chunk("{\"statusCode\":418,\"headers\":{\"content-type\":\"text/html\"},\"cookies\":[\"c=1\"]}\0\0\0\0\0\0\0\0<p>");
    let harness = streaming(WITH_PRELUDE, vec![prelude, chunk("x"), END]);
    let response = send(&harness, "GET", "/", &[], "");
    assert_eq!((response.status, response.text()), (418, "<p>x"));
    assert_eq!((response.header("content-type"), response.header("set-cookie")), (Some("text/html"), Some("c=1")));
    assert!(harness.double.requests()[0].streaming);
}

#[test]
fn bytes_arrive_while_the_function_still_writes() {
    use std::io::Read as _;
    let go = std::sync::Arc::new(tokio::sync::Notify::new());
    let wait = std::sync::Arc::clone(&go);
    let function = with_url("web", InvokeMode::ResponseStream, None);
    let harness = Harness::open(Double::default().with(function, move |_| {
        let wait = std::sync::Arc::clone(&wait);
        async move {
            let (sender, receiver) = tokio::sync::mpsc::channel(1);
            tokio::spawn(async move {
                sender.send(chunk("first")).await.unwrap();
                wait.notified().await;
                sender.send(chunk("second")).await.unwrap();
                sender.send(END).await.unwrap();
            });
            let mut answer = streamed("text/plain", Vec::new())?;
            answer.payload = ferry_host::invoke::Payload::Streamed(receiver);
            Ok(answer)
        }
    }));
    let mut stream = crate::harness::connect(&harness.api_url(ApiKind::FunctionUrl));
    std::io::Write::write_all(&mut stream, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut read = String::new();
    while !read.contains("first") {
        let mut piece = [0; 512];
        let bytes = stream.read(&mut piece).unwrap();
        assert_ne!(bytes, 0, "closed early: {read}");
        read.push_str(std::str::from_utf8(&piece[..bytes]).unwrap());
    }
    assert!(!read.contains("second"));
    go.notify_one();
    stream.read_to_string(&mut read).unwrap();
    assert!(read.contains("second") && read.ends_with("0\r\n\r\n"), "{read}");
}

#[test]
fn an_error_within_the_stream_breaks_the_connection_off() {
    let error = StreamPart::Complete { error: Some(("E".to_owned(), "{}".to_owned())), log_tail: None };
    let harness = streaming("text/plain", vec![chunk("part"), error.clone()]);
    let read = raw(&harness.api_url(ApiKind::FunctionUrl), b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(read.starts_with("HTTP/1.1 200") && read.contains("part") && !read.ends_with("0\r\n\r\n"), "{read}");
    let early = streaming("text/plain", vec![error]);
    assert_eq!(send(&early, "GET", "/", &[], "").status, 502);
}

#[test]
fn a_caller_that_leaves_does_not_stop_the_function() {
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let flag = std::sync::Arc::clone(&done);
    let function = with_url("web", InvokeMode::Buffered, None);
    let harness = Harness::open(Double::default().with(function, move |request| {
        let flag = std::sync::Arc::clone(&flag);
        async move {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            flag.store(true, std::sync::atomic::Ordering::SeqCst);
            answer(&request, "{}")
        }
    }));
    let mut stream = crate::harness::connect(&harness.api_url(ApiKind::FunctionUrl));
    std::io::Write::write_all(&mut stream, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    eventually("the function runs", || harness.double.requests().len() == 1);
    drop(stream);
    eventually("the function ends", || done.load(std::sync::atomic::Ordering::SeqCst));
}
