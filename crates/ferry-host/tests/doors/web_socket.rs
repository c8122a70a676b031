//! WebSocket APIs: the upgrade, events, routes, answers and limits.

use std::collections::BTreeMap;
use std::time::Duration;

use ferry_host::invoke::{InvokeError, InvokeRequest};
use ferry_template::{Template, WebSocketApi, WebSocketRoute};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::double::{Double, Outcome, answer, function, function_error};
use crate::harness::{Harness, eventually, request, settings, template};
use crate::socket::{Client, api, authority, connect, connection_id, event, events, open, open_with};

/// What a function of a WebSocket API usually answers; messages are echoed.
async fn chat(request: InvokeRequest) -> Outcome {
    let event: Value = serde_json::from_slice(&request.payload).unwrap();
    answer(&request, json!({"statusCode": 200, "body": event["body"]}).to_string())
}

const ROUTES: &[(&str, &str)] = &[("$connect", "chat"), ("$disconnect", "chat"), ("$default", "chat"), ("say", "chat")];

fn chatting() -> Harness {
    open(Double::default().with(function("chat"), chat), api(ROUTES))
}

/// Opens an API whose one function answers like this.
fn answering(routes: &[(&str, &str)], payload: &'static str) -> Harness {
    open(Double::default().with(function("chat"), move |request| async move { answer(&request, payload) }), api(routes))
}

#[test]
fn a_connection_and_its_messages_become_events() {
    let variables = BTreeMap::from([("color".to_owned(), "green".to_owned())]);
    let harness = open(Double::default().with(function("chat"), chat), WebSocketApi { stage_variables: variables, ..api(ROUTES) });
    let mut client = connect(&harness, "/live?who=a%20b&x=1&x=2", &[("x-token", "t"), ("user-agent", "test/1")]).ok().unwrap();
    client.send(r#"{"action":"say","text":"hé"}"#);
    assert_eq!(client.text(), r#"{"action":"say","text":"hé"}"#);
    client.send(Message::Close(Some(CloseFrame { code: 4000.into(), reason: "done".into() })));
    let (connected, said, left) = (event(&harness, "$connect"), event(&harness, "say"), event(&harness, "$disconnect"));

    let authority = authority(&harness);
    for (pointer, wanted) in [
        ("/headers/Host", json!(authority)),
        ("/headers/X-Token", json!("t")),
        ("/headers/Sec-WebSocket-Version", json!("13")),
        ("/headers/X-Forwarded-For", json!("127.0.0.1")),
        ("/multiValueHeaders/X-Token", json!(["t"])),
        ("/queryStringParameters", json!({"who": "a b", "x": "2"})),
        ("/multiValueQueryStringParameters", json!({"who": ["a b"], "x": ["1", "2"]})),
        ("/isBase64Encoded", json!(false)),
        ("/requestContext/eventType", json!("CONNECT")),
    ] {
        assert_eq!(connected.pointer(pointer), Some(&wanted), "{pointer}");
    }
    assert_eq!((connected.get("body"), connected["headers"].get("Upgrade")), (None, None));
    assert_eq!((&said["body"], said.get("headers")), (&json!(r#"{"action":"say","text":"hé"}"#), None));
    assert_eq!(said["requestContext"]["eventType"], "MESSAGE");
    assert_eq!(said["requestContext"]["messageId"].as_str().unwrap().len(), 16);
    for (pointer, wanted) in [
        ("/headers/Host", json!(authority)),
        ("/requestContext/eventType", json!("DISCONNECT")),
        ("/requestContext/disconnectStatusCode", json!(4000)),
        ("/requestContext/disconnectReason", json!("done")),
    ] {
        assert_eq!(left.pointer(pointer), Some(&wanted), "{pointer}");
    }
    for event in [&connected, &said, &left] {
        let context = &event["requestContext"];
        for (name, wanted) in [
            ("stage", json!("live")),
            ("apiId", json!("abcdefghij")),
            ("domainName", json!(authority)),
            ("messageDirection", json!("IN")),
            ("identity", json!({"userAgent": "test/1", "sourceIp": "127.0.0.1"})),
            ("connectionId", connected["requestContext"]["connectionId"].clone()),
            ("connectedAt", connected["requestContext"]["connectedAt"].clone()),
            ("extendedRequestId", context["requestId"].clone()),
        ] {
            assert_eq!(context[name], wanted, "{name}");
        }
        assert_eq!(event["stageVariables"], json!({"color": "green"}));
        assert!(context["requestTimeEpoch"].as_u64() >= context["connectedAt"].as_u64());
        assert_eq!(context["requestTime"].as_str().unwrap().len(), "12/Mar/2020:19:03:58 +0000".len());
    }
    let request_ids: Vec<&Value> = [&connected, &said, &left].iter().map(|event| &event["requestContext"]["requestId"]).collect();
    assert!(request_ids[0] != request_ids[1] && request_ids[1] != request_ids[2]);
}

#[test]
fn the_answer_of_connect_decides() {
    for (payload, status) in [
        (r#"{"statusCode":403,"body":"not you"}"#, 403),
        (r#"{"statusCode":"500"}"#, 500),
        (r#"{"statusCode":301}"#, 301),
        ("{}", 502),
        ("null", 502),
    ] {
        let harness = answering(ROUTES, payload);
        let refused = connect(&harness, "/live", &[]).err().unwrap();
        assert_eq!(refused.status, status, "{payload}");
        assert_eq!(events(&harness.double, "$disconnect").len(), 0, "there was no connection");
    }
    for payload in [r#"{"statusCode":200}"#, r#"{"statusCode":204,"headers":null,"body":null}"#] {
        Client::to(&answering(ROUTES, payload));
    }
    Client::to(&answering(&[("$default", "chat")], "no route, nobody asked"));
}

#[test]
fn a_connect_without_an_answer_is_refused() {
    let failing = |script: fn(&InvokeRequest) -> Outcome| {
        let double = Double::default().with(function("chat"), move |request| async move { script(&request) });
        connect(&open(double, api(ROUTES)), "/live", &[]).err().unwrap()
    };
    let refused = failing(|request| function_error(request, "{}"));
    assert_eq!(refused.status, 502);
    assert!(refused.body.starts_with(r#"{"message": "Internal server error", "connectionId":""#), "{}", refused.body);
    assert_eq!(failing(|_| Err(InvokeError::TooManyRequests)).status, 503);
    assert_eq!(failing(|_| Err(InvokeError::Service("broken".to_owned()))).status, 502);
    let never = Double::default().with(function("chat"), |_| std::future::pending());
    let mut api = api(ROUTES);
    api.routes[0].timeout_ms = 50;
    assert_eq!(connect(&open(never, api), "/live", &[]).err().unwrap().status, 504);
}

#[test]
fn the_function_chooses_the_subprotocol() {
    let offered = [("sec-websocket-protocol", "v1, v2")];
    let harness = answering(ROUTES, r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"v2","X-Other":"1"}}"#);
    let client = connect(&harness, "/live", &offered).ok().unwrap();
    assert_eq!(client.headers["sec-websocket-protocol"], "v2");
    assert!(!client.headers.contains_key("x-other"));
    assert_eq!(event(&harness, "$connect")["headers"]["Sec-WebSocket-Protocol"], "v1, v2");
}

#[test]
fn messages_take_the_route_that_they_name() {
    let named = |name: &'static str| {
        move |request: InvokeRequest| async move { answer(&request, json!({"statusCode": 200, "body": name}).to_string()) }
    };
    let double = Double::default().with(function("say"), named("say")).with(function("rest"), named("rest"));
    let harness = open(double, api(&[("say", "say"), ("$default", "rest")]));
    let mut client = Client::to(&harness);
    for (message, route) in [(r#"{"action":"say"}"#, "say"), (r#"{"action":"sing"}"#, "rest"), ("say", "rest"), ("", "rest")] {
        client.send(message);
        assert_eq!(client.text(), route, "{message}");
    }
}

#[test]
fn without_a_route_a_message_is_forbidden() {
    let harness = answering(&[("$connect", "chat"), ("say", "chat")], r#"{"statusCode":200}"#);
    let mut client = Client::to(&harness);
    client.send("hello");
    let id = connection_id(&harness);
    let told = client.text();
    assert!(told.starts_with(&format!(r#"{{"message": "Forbidden", "connectionId":"{id}", "requestId":""#)), "{told}");
}

#[test]
fn a_route_without_a_response_keeps_the_answer_and_failures_are_told() {
    let double = Double::default()
        .with(function("quiet"), chat)
        .with(function("broken"), |request| async move { function_error(&request, "{}") })
        .with(function("odd"), |request| async move { answer(&request, "odd") })
        .with(function("slow"), |_| std::future::pending())
        .with(function("huge"), |request| async move {
            answer(&request, json!({"statusCode": 200, "body": "x".repeat(128 * 1024 + 1)}).to_string())
        });
    let names = ["quiet", "broken", "odd", "slow", "huge"];
    let mut api = api(&names.map(|name| (name, name)));
    api.routes[0].responds = false;
    api.routes[3].timeout_ms = 50;
    let mut routes = api.routes.clone();
    routes.push(WebSocketRoute { route_key: "oddly".to_owned(), responds: false, ..api.routes[2].clone() });
    let harness = open(double, WebSocketApi { routes, ..api });
    let mut client = Client::to(&harness);
    // What is not to be answered cannot be answered wrongly either.
    client.send(r#"{"action":"quiet"}"#);
    client.send(r#"{"action":"oddly"}"#);
    for (action, message) in [
        ("broken", "Internal server error"),
        ("odd", "Internal server error"),
        ("huge", "Internal server error"),
        ("slow", "Endpoint request timed out"),
    ] {
        client.send(json!({ "action": action }).to_string());
        assert_eq!(client.json()["message"], message, "{action}");
    }
}

#[test]
fn messages_of_one_client_are_handled_at_the_same_time() {
    // The first is answered only when the second has come.
    let (second, waiting) = tokio::sync::watch::channel(false);
    let double = Double::default().with(function("chat"), move |request| {
        let (second, mut waiting) = (second.clone(), waiting.clone());
        async move {
            let event: Value = serde_json::from_slice(&request.payload).unwrap();
            if event["body"] == "2" {
                second.send_replace(true);
            } else {
                waiting.wait_for(|second| *second).await.unwrap();
            }
            answer(&request, json!({"statusCode": 200, "body": event["body"]}).to_string())
        }
    });
    let harness = open(double, api(&[("$default", "chat")]));
    let mut client = Client::to(&harness);
    client.send("1");
    client.send("2");
    let mut both = [client.text(), client.text()];
    both.sort();
    assert_eq!(both, ["1", "2"]);
}

#[test]
fn only_this_machines_pages_and_those_that_the_template_names_connect() {
    let double = Double::default().with(function("chat"), chat);
    let harness = open(double, WebSocketApi { origins: vec!["https://app.example".to_owned()], ..api(ROUTES) });
    for (origin, allowed) in [
        ("http://127.0.0.1:9000", true),
        ("http://localhost:5173", true),
        ("https://App.example", true),
        ("https://evil.example", false),
        ("https://app.example.evil.example", false),
        ("null", false),
    ] {
        assert_eq!(connect(&harness, "/live", &[("origin", origin)]).is_ok(), allowed, "{origin}");
    }
    let refused = connect(&harness, "/live", &[("host", "evil.example")]).err().unwrap();
    assert_eq!(refused.status, 403);
    let anybody = open(Double::default().with(function("chat"), chat), WebSocketApi { origins: vec!["*".to_owned()], ..api(ROUTES) });
    assert!(connect(&anybody, "/live", &[("origin", "https://evil.example")]).is_ok());
}

#[test]
fn what_is_no_upgrade_of_the_stage_is_refused() {
    let harness = chatting();
    for path in ["/", "/lives", "/live/x", "/$default"] {
        assert_eq!(connect(&harness, path, &[]).err().unwrap().status, 403, "{path}");
    }
    assert!(connect(&harness, "/live/", &[]).is_ok());
    let url = format!("http://{}/live", authority(&harness));
    let plain = harness.send(request("GET", &url, &[], ""));
    assert_eq!((plain.status, plain.header("upgrade")), (426, Some("websocket")));
    assert_eq!(harness.send(request("POST", &url, &[], "{}")).status, 426);
    assert_eq!(connect(&harness, "/live", &[("sec-websocket-version", "8")]).err().unwrap().status, 426);
}

/// A message in pieces of this size.
fn fragments(text: &str, size: usize) -> Vec<Message> {
    let count = text.len().div_ceil(size);
    let piece = |(index, piece): (usize, &[u8])| {
        let kind = if index == 0 { Data::Text } else { Data::Continue };
        Message::Frame(Frame::message(piece.to_vec(), OpCode::Data(kind), index + 1 == count))
    };
    text.as_bytes().chunks(size).enumerate().map(piece).collect()
}

#[test]
fn messages_up_to_their_limit_pass_both_ways() {
    let harness = chatting();
    let mut client = Client::to(&harness);
    let most = "x".repeat(128 * 1024);
    fragments(&most, 32 * 1024).into_iter().for_each(|piece| client.send(piece));
    assert_eq!(client.text(), most);
}

#[test]
fn what_is_no_message_closes_the_connection() {
    let many = "x".repeat(128 * 1024 + 1);
    let bad_text = Message::Frame(Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true));
    let lone_end = Message::Frame(Frame::message("x", OpCode::Data(Data::Continue), true));
    for (pieces, code) in [
        (vec![Message::binary(vec![1, 2, 3])], 1003),
        (vec![Message::text("x".repeat(32 * 1024 + 1))], 1009),
        (fragments(&many, 32 * 1024), 1009),
        (vec![bad_text], 1007),
        (vec![lone_end], 1002),
    ] {
        let harness = chatting();
        let mut client = Client::to(&harness);
        pieces.into_iter().for_each(|piece| client.send(piece));
        assert_eq!(client.close_code(), code);
        let left = event(&harness, "$disconnect");
        assert_eq!(left["requestContext"]["disconnectStatusCode"], code);
    }
}

#[test]
fn a_client_that_just_leaves_is_told_of_as_such() {
    for (last, code) in [(Some(Message::Close(None)), 1005), (None, 1006)] {
        let harness = chatting();
        let mut client = Client::to(&harness);
        last.into_iter().for_each(|message| client.send(message));
        drop(client);
        assert_eq!(event(&harness, "$disconnect")["requestContext"]["disconnectStatusCode"], code);
    }
}

#[test]
fn idle_connections_and_old_ones_are_closed() {
    let brief = Duration::from_millis(300);
    for settings in [
        ferry_host::doors::DoorsSettings { web_socket_idle: brief, ..settings() },
        ferry_host::doors::DoorsSettings { web_socket_lifetime: brief, ..settings() },
    ] {
        let harness = open_with(Double::default().with(function("chat"), chat), api(ROUTES), settings);
        let mut client = Client::to(&harness);
        assert_eq!(client.close_code(), 1001);
        let left = event(&harness, "$disconnect");
        assert_eq!(left["requestContext"]["disconnectReason"], "Going away");
    }
}

#[test]
fn connections_are_bounded() {
    let settings = ferry_host::doors::DoorsSettings { web_socket_connections: 2, ..settings() };
    let harness = open_with(Double::default().with(function("chat"), chat), api(ROUTES), settings);
    let (first, _second) = (Client::to(&harness), Client::to(&harness));
    assert_eq!(connect(&harness, "/live", &[]).err().unwrap().status, 429);
    drop(first);
    eventually("a place is free again", || connect(&harness, "/live", &[]).is_ok());
}

#[test]
fn closing_the_doors_sends_everybody_away() {
    let mut harness = chatting();
    let (mut first, second) = (Client::to(&harness).socket, Client::to(&harness).socket);
    harness.close();
    let lefts = events(&harness.double, "$disconnect");
    assert_eq!(lefts.len(), 2);
    assert!(lefts.iter().all(|left| left["requestContext"]["disconnectStatusCode"] == 1001));
    let last = harness.runtime.block_on(futures_util::StreamExt::next(&mut first)).unwrap().unwrap();
    assert!(matches!(last, Message::Close(Some(frame)) if u16::from(frame.code) == 1001));
    drop(second);
}

#[test]
fn its_address_and_routes_are_told() {
    let double = Double::default().with(function("chat"), chat);
    let page = tempfile::tempdir().unwrap();
    let template = Template {
        web_socket_apis: vec![api(ROUTES)],
        stack_name: "talk".to_owned(),
        page: Some(page.path().to_owned()),
        ..template(&double, Vec::new())
    };
    let harness = Harness::with_templates(double, &[template]);
    let url = format!("ws://{}/live", authority(&harness));
    assert_eq!(harness.lambda("GET", "/pages/talk/ferry.json", &[], "").json()["web_sockets"], json!({"Socket": url}));
    let functions = harness.lambda("GET", "/_ferry/functions", &[], "").json();
    assert_eq!(functions["functions"][0]["routes"][3], json!({"api": "Socket", "url": url, "route_key": "say"}));
}
