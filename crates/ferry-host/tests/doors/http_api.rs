//! HTTP APIs: routes, stages, errors, CORS.

use std::collections::BTreeMap;

use ferry_host::doors::ApiKind;
use ferry_host::invoke::InvokeError;
use ferry_template::{Cors, HttpApi, HttpRoute};
use serde_json::json;

use crate::double::{Double, answer, echo, function, function_error};
use crate::harness::{Answer, Harness, request};

fn api(stage: &str, routes: &[(&str, &str)], cors: Option<Cors>) -> HttpApi {
    HttpApi {
        logical_id: "Api".to_owned(),
        stage: stage.to_owned(),
        stage_variables: BTreeMap::from([("color".to_owned(), "green".to_owned())]),
        cors,
        routes: routes
            .iter()
            .map(|(key, function)| HttpRoute { route_key: (*key).to_owned(), function: format!("{function}Id") })
            .collect(),
        port: None,
    }
}

/// The API's root, without a stage.
fn origin(harness: &Harness) -> String {
    let url = harness.api_url(ApiKind::HttpApi);
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

fn send(harness: &Harness, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    harness.send(request(method, &format!("{}{path}", origin(harness)), headers, body))
}

#[test]
fn a_request_becomes_the_event_of_its_route() {
    let harness =
        Harness::with_apis(Double::default().with(function("items"), echo), vec![api("$default", &[("POST /items/{id}", "items")], None)]);
    let response =
        send(&harness, "POST", "/items/a%2Fb%20c?q=%C3%A9", &[("content-type", "application/json"), ("x-two", "1"), ("x-two", "2")], "{}");
    let event = harness.double.last_event();
    for (pointer, wanted) in [
        ("/version", json!("2.0")),
        ("/routeKey", json!("POST /items/{id}")),
        ("/rawPath", json!("/items/a/b c")),
        ("/rawQueryString", json!("q=%C3%A9")),
        ("/queryStringParameters", json!({"q": "é"})),
        ("/pathParameters", json!({"id": "a/b c"})),
        ("/stageVariables", json!({"color": "green"})),
        ("/headers/x-two", json!("1,2")),
        ("/body", json!("{}")),
        ("/requestContext/accountId", json!("123456789012")),
        ("/requestContext/stage", json!("$default")),
        ("/requestContext/routeKey", json!("POST /items/{id}")),
        ("/requestContext/requestId", json!(response.header("apigw-requestid").unwrap())),
        ("/requestContext/http/path", json!("/items/a/b c")),
    ] {
        assert_eq!(event.pointer(pointer), Some(&wanted), "{pointer}");
    }
    let time = event["requestContext"]["time"].as_str().unwrap();
    assert!(time.ends_with(" +0000") && time.len() == "12/Mar/2020:19:03:58 +0000".len(), "{time}");
    assert_eq!(event["requestContext"]["apiId"].as_str().unwrap().len(), 10);
}

#[test]
fn the_most_specific_route_answers_and_none_is_not_found() {
    let named = |name: &'static str| move |request| async move { answer(&request, format!("\"{name}\"")) };
    let double =
        Double::default().with(function("exact"), named("exact")).with(function("one"), named("one")).with(function("rest"), named("rest"));
    let routes = [("GET /a/{proxy+}", "rest"), ("GET /a/{x}", "one"), ("GET /a/b", "exact")];
    let harness = Harness::with_apis(double, vec![api("$default", &routes, None)]);
    for (path, name) in [("/a/b", "exact"), ("/a/c", "one"), ("/a/b/c", "rest")] {
        let response = send(&harness, "GET", path, &[], "");
        assert_eq!((response.status, response.text()), (200, name), "{path}");
    }
    for (method, path) in [("POST", "/a/b"), ("GET", "/"), ("GET", "/a")] {
        let response = send(&harness, method, path, &[], "");
        assert_eq!((response.status, response.text()), (404, r#"{"message":"Not Found"}"#), "{method} {path}");
    }
}

#[test]
fn a_named_stage_is_a_prefix() {
    let harness = Harness::with_apis(
        Double::default().with(function("items"), echo),
        vec![api("prod", &[("GET /items", "items"), ("GET /", "items")], None)],
    );
    assert_eq!(send(&harness, "GET", "/prod/items", &[], "").status, 200);
    let event = harness.double.last_event();
    assert_eq!(
        (&event["rawPath"], &event["requestContext"]["stage"], &event["routeKey"]),
        (&json!("/prod/items"), &json!("prod"), &json!("GET /items"))
    );
    for (path, status) in [("/prod", 200), ("/prod/", 200), ("/items", 404), ("/production/items", 404), ("/", 404)] {
        assert_eq!(send(&harness, "GET", path, &[], "").status, status, "{path}");
    }
}

#[test]
fn answers_become_responses() {
    let scripted = |payload: &'static str| {
        let double = Double::default().with(function("f"), move |request| async move { answer(&request, payload) });
        send(&Harness::with_apis(double, vec![api("$default", &[("$default", "f")], None)]), "GET", "/", &[], "")
    };
    let full = scripted(r#"{"statusCode":201,"headers":{"x-a":"1"},"cookies":["c=1","d=2"],"body":"hi"}"#);
    assert_eq!((full.status, full.text(), full.header("content-type")), (201, "hi", Some("text/plain;charset=UTF-8")));
    assert_eq!(full.all("set-cookie"), ["c=1", "d=2"]);
    let inferred = scripted(r#"{"a":1}"#);
    assert_eq!((inferred.status, inferred.text(), inferred.header("content-type")), (200, r#"{"a":1}"#, Some("application/json")));
    for payload in ["nonsense", r#"{"statusCode":1}"#, r#"{"statusCode":200,"body":{}}"#] {
        let malformed = scripted(payload);
        assert_eq!((malformed.status, malformed.text()), (500, r#"{"message":"Internal Server Error"}"#), "{payload}");
    }
}

#[test]
fn what_the_function_does_not_answer_the_api_does() {
    let double = Double::default()
        .with(function("bad"), |request| async move { function_error(&request, "{}") })
        .with(function("busy"), |_| async { Err(InvokeError::TooManyRequests) })
        .with(function("slow"), |_| std::future::pending())
        .with(function("broken"), |_| async { Err(InvokeError::Service("no".to_owned())) });
    let routes = [("GET /bad", "bad"), ("GET /busy", "busy"), ("GET /slow", "slow"), ("GET /broken", "broken")];
    let harness = Harness::with_apis(double, vec![api("$default", &routes, None)]);
    for (path, status, message) in [
        ("/bad", 500, "Internal Server Error"),
        ("/broken", 500, "Internal Server Error"),
        ("/busy", 503, "Service Unavailable"),
        ("/slow", 503, "Service Unavailable"),
    ] {
        let response = send(&harness, "GET", path, &[], "");
        assert_eq!((response.status, response.json()), (status, json!({"message": message})), "{path}");
        assert_eq!(response.header("content-type"), Some("application/json"));
    }
}

#[test]
fn bodies_have_two_limits() {
    let harness = Harness::with_apis(
        Double::default().with(function("f"), |r| async move { answer(&r, "1") }),
        vec![api("$default", &[("$default", "f")], None)],
    );
    let post = |bytes: usize, kind: &str| harness.send(request("POST", &origin(&harness), &[("content-type", kind)], vec![b'x'; bytes]));
    assert_eq!(post(5 * 1024 * 1024, "text/plain").status, 200);
    for (bytes, kind) in [(10 * 1024 * 1024 + 1, "text/plain"), (6 * 1024 * 1024, "text/plain"), (5 * 1024 * 1024, "image/png")] {
        let refused = post(bytes, kind);
        assert_eq!((refused.status, refused.text()), (413, r#"{"message":"Request Entity Too Large"}"#), "{bytes} of {kind}");
    }
}

#[test]
fn cors_belongs_to_the_api() {
    let cors = Cors { allow_origins: vec!["*".to_owned()], allow_methods: vec!["*".to_owned()], max_age_s: Some(5), ..Cors::default() };
    let headers =
        r#"{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://own.example","access-control-max-age":"9","x-a":"1"}}"#;
    let double = Double::default().with(function("f"), move |request| async move { answer(&request, headers) });
    let harness = Harness::with_apis(double, vec![api("$default", &[("GET /a", "f")], Some(cors))]);
    let preflight =
        send(&harness, "OPTIONS", "/anything", &[("origin", "https://a.example"), ("access-control-request-method", "PUT")], "");
    assert_eq!(
        (preflight.status, preflight.header("access-control-allow-origin"), preflight.header("access-control-allow-methods")),
        (204, Some("*"), Some("*"))
    );
    assert!(harness.double.requests().is_empty());
    let response = send(&harness, "GET", "/a", &[("origin", "https://a.example")], "");
    assert_eq!((response.all("access-control-allow-origin"), response.header("access-control-max-age")), (vec!["*"], None));
    assert_eq!(response.header("x-a"), Some("1"));
    assert_eq!(send(&harness, "GET", "/a", &[], "").header("access-control-allow-origin"), None);
    assert_eq!(send(&harness, "GET", "/b", &[("origin", "https://a.example")], "").header("access-control-allow-origin"), Some("*"));
}
