//! A WebSocket API: connections are kept here, and every message becomes an invocation, as API Gateway does it.
//!
//! [`handshake`] checks the upgrade, [`authorizer`] and `$connect` decide over it; then [`session`] serves the connection until it
//! ends, and `$disconnect` is told why. [`connections`] holds all that are open, for [`management`] (`@connections`) to write to.

mod answer;
pub(super) mod authorizer;
mod caller;
pub(super) mod connections;
mod ending;
mod event;
mod handshake;
pub(super) mod management;
pub(super) mod routes;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ferry_template::WebSocketApi;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokio::sync::OwnedSemaphorePermit;

use super::body::Body;
use super::integration::{self, Failure};
use super::lambda::guard;
use super::server::Door;
use super::{clock, ids};
use crate::invoke::{Invoke, InvokeRequest};
use answer::{Answer, Refusal};
use authorizer::Authorizer;
use caller::Caller;
use connections::{Connection, Connections};
use routes::{Route, Routes};
use session::Session;

const CONNECT: &str = "$connect";
const DISCONNECT: &str = "$disconnect";
const DEFAULT: &str = "$default";

/// One API's listener.
pub(super) struct WebSocketDoor {
    pub(super) invoke: Arc<dyn Invoke>,
    /// Of all WebSocket APIs.
    pub(super) connections: Arc<Connections>,
    pub(super) api: WebSocketApi,
    /// What an authorizer's policy allows or denies.
    pub(super) method_arn: String,
    pub(super) routes: Routes,
    pub(super) authorizer: Option<Authorizer>,
    pub(super) port: u16,
    pub(super) idle: Duration,
    pub(super) lifetime: Duration,
}

impl Door for WebSocketDoor {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let request_id = ids::socket_id();
        let connection_id = ids::socket_id();
        let path = request.uri().path();
        if !self.lets_in(&request) {
            return Refusal::FORBIDDEN.into_response(&connection_id, &request_id);
        }
        if let Some(target) = management::Target::of(path).filter(|target| target.stage.as_deref() == Some(&self.api.stage)) {
            let (head, body) = request.into_parts();
            return management::answer(&self.connections, &head.method, &target, body).await;
        }
        if path.trim_matches('/') != self.api.stage {
            return Refusal::FORBIDDEN.into_response(&connection_id, &request_id);
        }
        let connected = Arc::clone(&self).connect(request, peer, connection_id.clone(), request_id.clone()).await;
        connected.unwrap_or_else(|refusal| refusal.into_response(&connection_id, &request_id))
    }
}

impl WebSocketDoor {
    /// Whether a browser may have sent this. CORS does not hold for WebSockets: without this check any page that this machine's browser
    /// shows could run functions.
    fn lets_in(&self, request: &Request<Incoming>) -> bool {
        let local_host = request.headers().get("host").is_none_or(guard::authority_is_local);
        let named = |origin: &str| self.api.origins.iter().any(|allowed| allowed == "*" || *allowed == origin.to_ascii_lowercase());
        let known_origin = |origin| guard::origin_is_local(origin) || origin.to_str().is_ok_and(named);
        local_host && request.headers().get("origin").is_none_or(known_origin)
    }

    /// The upgrade: 101 with a connection at work, the answer of the function that did not want it, or a refusal.
    async fn connect(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        connection_id: String,
        request_id: String,
    ) -> Result<Response<Body>, Refusal> {
        let accept = handshake::check(&request)?;
        let place = self.connections.reserve().ok_or(Refusal::TOO_MANY)?;
        let upgrade = hyper::upgrade::on(&mut request);
        let (head, _) = request.into_parts();
        let mut caller = Caller::new(&head, peer, self.port, connection_id, clock::now_ms());
        if let Some(authorizer) = &self.authorizer {
            caller.authorized = Some(authorizer.authorize(&self, &caller, &head, &request_id).await?);
        }
        let mut protocol = None;
        if let Some(route) = self.routes.named(CONNECT) {
            let event = event::connect(&self, &caller, &head, &request_id);
            let answer = self.run(route, event).await.map_err(|failure| match failure {
                Failure::TimedOut => Refusal::TIMED_OUT,
                Failure::Busy => Refusal::BUSY,
                Failure::Function(_) | Failure::Host => Refusal::BAD_GATEWAY,
            })?;
            let answer = Answer::parse(&answer).ok_or(Refusal::BAD_GATEWAY)?;
            if !answer.status.is_success() {
                return Ok(answer.into_response());
            }
            protocol = answer.header("sec-websocket-protocol");
        }
        self.establish(caller, upgrade, place)?;
        Ok(handshake::switch(&accept, protocol))
    }

    /// From here on the connection can be written to, and ends with a `$disconnect`.
    fn establish(self: Arc<Self>, caller: Caller, upgrade: OnUpgrade, place: OwnedSemaphorePermit) -> Result<(), Refusal> {
        let (connection, outgoing) = Connection::new(caller);
        let session = Session { door: Arc::clone(&self), connection: Arc::clone(&connection), outgoing, place };
        let begun = self.connections.begin(connection, session.run(upgrade));
        if begun { Ok(()) } else { Err(Refusal::BUSY) }
    }

    /// One message of a client. What it returns goes back to the client.
    async fn message(self: Arc<Self>, caller: &Caller, text: &str) -> Option<Bytes> {
        let request_id = ids::socket_id();
        let told = |refusal: Refusal| Some(refusal.body(&caller.connection_id, &request_id).into());
        let Some((route_key, route)) = self.routes.of_message(text) else { return told(Refusal::FORBIDDEN) };
        let event = event::message(&self, caller, route_key, text, &request_id);
        match self.run(route, event).await {
            Ok(_) if !route.responds => None,
            Ok(payload) => match Answer::parse(&payload) {
                Some(answer) if answer.fits() => answer.into_body(),
                _ => told(Refusal::INTERNAL),
            },
            Err(Failure::TimedOut) => told(Refusal::TIMED_OUT),
            Err(Failure::Busy | Failure::Function(_) | Failure::Host) => told(Refusal::INTERNAL),
        }
    }

    /// Best effort, as on AWS: nobody is left who could be told of a failure.
    async fn disconnect(&self, caller: &Caller, ending: &ending::Ending) {
        if let Some(route) = self.routes.named(DISCONNECT) {
            let event = event::disconnect(self, caller, ending, &ids::socket_id());
            let _ = self.run(route, event).await;
        }
    }

    async fn run(&self, route: &Route, event: Vec<u8>) -> Result<Bytes, Failure> {
        integration::call(&self.invoke, invocation(&route.function, event), route.timeout).await
    }
}

fn invocation(function: &str, event: Vec<u8>) -> InvokeRequest {
    InvokeRequest {
        function: function.to_owned(),
        request_id: ids::request_id(),
        payload: event.into(),
        client_context: None,
        cognito_identity: None,
        trace_id: None,
        tail: false,
        streaming: false,
    }
}

/// A JSON answer with this status.
fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}
