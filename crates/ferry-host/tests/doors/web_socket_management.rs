//! `@connections`: writing to a connection, asking for it, ending it.

use ferry_host::doors::ApiKind;
use ferry_host::invoke::InvokeRequest;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::double::{Double, Outcome, answer, function};
use crate::harness::{Answer, Harness, eventually, request};
use crate::socket::{Client, api, authority, connection_id, event, open};

async fn accept(request: InvokeRequest) -> Outcome {
    answer(&request, r#"{"statusCode":200}"#)
}

fn opened() -> Harness {
    let routes = [("$connect", "chat"), ("$disconnect", "chat"), ("$default", "chat")];
    open(Double::default().with(function("chat"), accept), api(&routes))
}

fn encoded(id: &str) -> String {
    id.replace('=', "%3D")
}

/// A request about a connection, at the Lambda API's listener.
fn about(harness: &Harness, method: &str, id: &str, body: impl Into<Vec<u8>>) -> Answer {
    harness.lambda(method, &format!("/@connections/{}", encoded(id)), &[], body)
}

fn error_type(answer: &Answer) -> (u16, String) {
    (answer.status, answer.header("x-amzn-errortype").unwrap_or_default().to_owned())
}

#[test]
fn a_message_reaches_its_client_by_every_address() {
    let harness = opened();
    let mut client = Client::to(&harness);
    let id = connection_id(&harness);
    let own = format!("http://{}/live", authority(&harness));
    let lambda = harness.lambda_url();
    for base in [own, lambda.clone(), format!("{lambda}/live"), format!("{lambda}/any-stage")] {
        for id in [id.clone(), encoded(&id)] {
            let url = format!("{base}/@connections/{id}");
            let answer = harness.send(request("POST", &url, &[], format!("from {base}")));
            assert_eq!((answer.status, answer.text()), (200, ""), "{url}");
            assert_eq!(client.text(), format!("from {base}"));
        }
    }
    assert_eq!(about(&harness, "POST", &id, vec![0xff, 0x00]).status, 200);
    assert_eq!(client.next(), Message::binary(vec![0xff, 0x00]));
    assert_eq!(about(&harness, "POST", &id, "").status, 200);
    assert_eq!(client.text(), "");
}

#[test]
fn the_apis_own_listener_has_them_under_its_stage_only() {
    let harness = opened();
    let _client = Client::to(&harness);
    let id = encoded(&connection_id(&harness));
    for path in [format!("/@connections/{id}"), format!("/test/@connections/{id}")] {
        let answer = harness.send(request("POST", &format!("http://{}{path}", authority(&harness)), &[], "x"));
        assert_eq!(answer.status, 403, "{path}");
    }
    let foreign = harness.send(request(
        "POST",
        &format!("http://{}/live/@connections/{id}", authority(&harness)),
        &[("origin", "https://evil.example")],
        "x",
    ));
    assert_eq!(foreign.status, 403);
}

#[test]
fn large_messages_arrive_whole_and_larger_ones_are_refused() {
    let harness = opened();
    let mut client = Client::to(&harness);
    let id = connection_id(&harness);
    let most = "é".repeat(64 * 1024);
    assert_eq!(about(&harness, "POST", &id, most.clone()).status, 200);
    assert_eq!(client.text(), most);
    let refused = about(&harness, "POST", &id, "x".repeat(128 * 1024 + 1));
    assert_eq!(error_type(&refused), (413, "PayloadTooLargeException".to_owned()));
    assert_eq!(about(&harness, "POST", &id, "still here").status, 200);
    assert_eq!(client.text(), "still here");
}

#[test]
fn a_connection_is_described() {
    let harness = opened();
    let client = std::cell::RefCell::new(Client::to(&harness));
    let id = connection_id(&harness);
    let first = about(&harness, "GET", &id, "").json();
    assert_eq!(first["identity"], json!({"sourceIp": "127.0.0.1"}));
    let time = |described: &Value, name: &str| described[name].as_str().unwrap().to_owned();
    assert_eq!(time(&first, "connectedAt").len(), "2026-01-31T12:00:00.123Z".len());
    eventually("the connection was active after it was opened", || {
        client.borrow_mut().send("x");
        let later = about(&harness, "GET", &id, "").json();
        assert_eq!(later["connectedAt"], first["connectedAt"]);
        time(&later, "lastActiveAt") > time(&first, "lastActiveAt")
    });
}

#[test]
fn a_deleted_connection_is_closed_after_what_was_sent_to_it() {
    let harness = opened();
    let mut client = Client::to(&harness);
    let id = connection_id(&harness);
    assert_eq!(about(&harness, "POST", &id, "farewell").status, 200);
    let deleted = about(&harness, "DELETE", &id, "");
    assert_eq!((deleted.status, deleted.text()), (204, ""));
    assert_eq!(client.text(), "farewell");
    assert_eq!(client.close_code(), 1000);
    assert_eq!(event(&harness, "$disconnect")["requestContext"]["disconnectReason"], "Connection Closed Normally");
    for method in ["POST", "GET", "DELETE"] {
        assert_eq!(error_type(&about(&harness, method, &id, "")), (410, "GoneException".to_owned()), "{method}");
    }
}

#[test]
fn what_is_no_connection_is_told() {
    let harness = opened();
    for (method, id, status, name) in [
        ("POST", "AAAAAAAAAAAAAAA=", 410, "GoneException"),
        ("POST", "nobody", 400, "BadRequestException"),
        ("PUT", "AAAAAAAAAAAAAAA=", 405, "UnknownOperationException"),
    ] {
        let answer = about(&harness, method, id, "x");
        assert_eq!(error_type(&answer), (status, name.to_owned()), "{method} {id}");
        assert_eq!(answer.json()["connectionId"], id);
    }
    assert_eq!(about(&harness, "POST", "nobody", "x").json()["message"], "Invalid connectionId: nobody");
}

#[test]
fn within_connect_there_is_no_connection_yet_and_after_disconnect_no_more() {
    // Asks for its own connection while $connect and $disconnect run.
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let lambda_url = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let (seen, url) = (std::sync::Arc::clone(&told), std::sync::Arc::clone(&lambda_url));
    let double = Double::default().with(function("chat"), move |request| {
        let (seen, url) = (std::sync::Arc::clone(&seen), std::sync::Arc::clone(&url));
        async move {
            let event: Value = serde_json::from_slice(&request.payload).unwrap();
            let id = encoded(event["requestContext"]["connectionId"].as_str().unwrap());
            let url = format!("{}/@connections/{id}", url.get().unwrap());
            let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
            let asked = tokio::task::spawn_blocking(move || agent.get(url).call().unwrap().status().as_u16());
            let status = asked.await.unwrap();
            seen.lock().unwrap().push(status);
            answer(&request, r#"{"statusCode":200}"#)
        }
    });
    let harness = open(double, api(&[("$connect", "chat"), ("$disconnect", "chat")]));
    lambda_url.set(harness.lambda_url()).unwrap();
    drop(Client::to(&harness));
    eventually("both were asked", || told.lock().unwrap().len() == 2);
    assert_eq!(*told.lock().unwrap(), [410, 410]);
}

#[test]
fn a_client_that_does_not_read_does_not_block_the_sender_for_long() {
    let harness = opened();
    let client = Client::to(&harness);
    let id = connection_id(&harness);
    // The kernel's buffers, then ours, fill up.
    let message = "x".repeat(128 * 1024);
    let refused = (0..1_000).map(|_| about(&harness, "POST", &id, message.clone())).find(|answer| answer.status != 200);
    assert_eq!(error_type(&refused.expect("the buffers are bounded")), (429, "LimitExceededException".to_owned()));
    drop(client);
    eventually("the connection is gone", || about(&harness, "POST", &id, "x").status == 410);
}

#[test]
fn connections_of_two_apis_are_reached_through_one_listener() {
    let double = Double::default().with(function("chat"), accept);
    let routes = [("$connect", "chat")];
    let second = ferry_template::WebSocketApi { logical_id: "Other".to_owned(), ..api(&routes) };
    let template =
        ferry_template::Template { web_socket_apis: vec![api(&routes), second], ..crate::harness::template(&double, Vec::new()) };
    let harness = Harness::with_templates(double, &[template]);
    let apis = harness.doors.as_ref().unwrap().apis();
    let urls: Vec<&str> = apis.iter().filter(|api| api.kind == ApiKind::WebSocketApi).map(|api| api.url.as_str()).collect();
    assert_eq!(urls.len(), 2);
    let mut sockets = Vec::new();
    for url in urls {
        let connected = harness.runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(url.strip_prefix("ws://").unwrap().strip_suffix("/live").unwrap()).await.unwrap();
            tokio_tungstenite::client_async(url, stream).await.unwrap()
        });
        sockets.push(connected.0);
    }
    let connected = crate::socket::events(&harness.double, "$connect");
    for (event, socket) in connected.iter().zip(&mut sockets) {
        let id = event["requestContext"]["connectionId"].as_str().unwrap();
        assert_eq!(about(&harness, "POST", id, id).status, 200);
        let heard = harness.runtime.block_on(futures_util::StreamExt::next(socket)).unwrap().unwrap();
        assert_eq!(heard, Message::text(id));
    }
}
