//! WebSocket APIs over a [`Double`], and a client for them.

use std::collections::BTreeMap;
use std::time::Duration;

use ferry_host::doors::{ApiKind, DoorsSettings};
use ferry_template::{RouteSelection, Template, WebSocketApi, WebSocketRoute};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::double::Double;
use crate::harness::{self, Harness, eventually};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An API of these routes and functions, at the stage `live`, routed by `$request.body.action`.
pub(crate) fn api(routes: &[(&str, &str)]) -> WebSocketApi {
    let route = |(route_key, function): &(&str, &str)| WebSocketRoute {
        route_key: (*route_key).to_owned(),
        function: format!("{function}Id"),
        timeout_ms: 10_000,
        responds: true,
    };
    WebSocketApi {
        logical_id: "Socket".to_owned(),
        api_id: "abcdefghij".to_owned(),
        stage: "live".to_owned(),
        stage_variables: BTreeMap::new(),
        route_selection: RouteSelection::parse("$request.body.action").unwrap(),
        routes: routes.iter().map(route).collect(),
        authorizer: None,
        origins: Vec::new(),
        port: None,
    }
}

pub(crate) fn open(double: Double, api: WebSocketApi) -> Harness {
    open_with(double, api, harness::settings())
}

pub(crate) fn open_with(double: Double, api: WebSocketApi, settings: DoorsSettings) -> Harness {
    let template = Template { web_socket_apis: vec![api], ..harness::template(&double, Vec::new()) };
    Harness::with_settings(double, &[template], settings)
}

/// A client's end of a connection. Every wait ends, in a panic if need be.
pub(crate) struct Client<'h> {
    harness: &'h Harness,
    pub(crate) socket: WebSocketStream<TcpStream>,
    /// What the upgrade was answered with.
    pub(crate) headers: http::HeaderMap,
}

/// A refused upgrade.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// `host:port` of the harness's WebSocket API.
pub(crate) fn authority(harness: &Harness) -> String {
    let url = harness.api_url(ApiKind::WebSocketApi);
    url.strip_prefix("ws://").unwrap().strip_suffix("/live").unwrap().to_owned()
}

pub(crate) fn connect<'h>(harness: &'h Harness, path: &str, headers: &[(&str, &str)]) -> Result<Client<'h>, Refused> {
    let authority = authority(harness);
    let mut request = format!("ws://{authority}{path}").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(http::HeaderName::try_from(*name).unwrap(), http::HeaderValue::from_str(value).unwrap());
    }
    let connected = harness.runtime.block_on(async {
        let stream = TcpStream::connect(&authority).await.unwrap();
        tokio::time::timeout(PATIENCE, tokio_tungstenite::client_async(request, stream)).await.expect("an answer to the upgrade")
    });
    match connected {
        Ok((socket, response)) => Ok(Client { harness, socket, headers: response.headers().clone() }),
        Err(Error::Http(response)) => {
            let status = response.status().as_u16();
            Err(Refused { status, body: String::from_utf8(response.into_body().unwrap_or_default()).unwrap() })
        }
        Err(error) => panic!("{error}"),
    }
}

impl<'h> Client<'h> {
    pub(crate) fn to(harness: &'h Harness) -> Self {
        connect(harness, "/live", &[]).unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    pub(crate) fn send(&mut self, message: impl Into<Message>) {
        self.harness.runtime.block_on(self.socket.send(message.into())).unwrap();
    }

    /// The next message that is no control frame.
    pub(crate) fn next(&mut self) -> Message {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(message)) => return message,
                    other => panic!("no message but {other:?}"),
                }
            }
        };
        self.harness.runtime.block_on(async { tokio::time::timeout(PATIENCE, next).await.expect("a message") })
    }

    pub(crate) fn text(&mut self) -> String {
        match self.next() {
            Message::Text(text) => text.as_str().to_owned(),
            other => panic!("no text but {other:?}"),
        }
    }

    pub(crate) fn json(&mut self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// The code of the close frame that comes next, messages before it left out.
    pub(crate) fn close_code(&mut self) -> u16 {
        loop {
            match self.next() {
                Message::Close(Some(frame)) => return frame.code.into(),
                Message::Close(None) => return 1005,
                _ => {}
            }
        }
    }
}

/// The events that the double got for this route, in order.
pub(crate) fn events(double: &Double, route_key: &str) -> Vec<Value> {
    let all = double.requests().into_iter().map(|request| serde_json::from_slice::<Value>(&request.payload).unwrap());
    all.filter(|event| event.get("type").is_none() && event["requestContext"]["routeKey"] == route_key).collect()
}

/// Waits for the first event of this route.
pub(crate) fn event(harness: &Harness, route_key: &str) -> Value {
    eventually(&format!("an event of {route_key}"), || !events(&harness.double, route_key).is_empty());
    events(&harness.double, route_key).remove(0)
}

/// The id of the one connection that was opened.
pub(crate) fn connection_id(harness: &Harness) -> String {
    event(harness, "$connect")["requestContext"]["connectionId"].as_str().unwrap().to_owned()
}
