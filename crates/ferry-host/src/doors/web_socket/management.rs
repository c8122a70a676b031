//! The management API of connections: `POST`, `GET` and `DELETE` of `@connections/{id}`.

use http::{HeaderValue, Method, Response, StatusCode};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::connections::{Connection, Connections, Unsent};
use crate::clock::rfc3339_ms;
use crate::doors::body::{self, Body, ReadError};
use crate::doors::ids;
use crate::doors::limits::{WEB_SOCKET_MESSAGE_BYTES_MAX, WEB_SOCKET_POST_WAIT};

const COLLECTION: &str = "@connections";

/// What a path of the management API names.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::doors) struct Target {
    pub(super) stage: Option<String>,
    connection_id: String,
}

/// An exception of the API. Display is its message.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
enum Exception {
    #[error("The connection is no longer available")]
    Gone,
    #[error("Invalid connectionId: {0}")]
    BadRequest(String),
    #[error("The message is larger than {WEB_SOCKET_MESSAGE_BYTES_MAX} bytes")]
    PayloadTooLarge,
    #[error("The client does not read what was sent to it before")]
    LimitExceeded,
    #[error("{0} is no method of a connection: POST, GET or DELETE")]
    UnknownOperation(Method),
    #[error("Cannot read the message: {0}")]
    Unread(ReadError),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    connected_at: String,
    identity: Identity<'a>,
    last_active_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

impl Target {
    /// Of `/@connections/{id}` and `/{stage}/@connections/{id}`, each segment percent-encoded or not.
    pub(in crate::doors) fn of(path: &str) -> Option<Self> {
        let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(decoded).collect();
        match segments.as_slice() {
            [collection, id] if collection == COLLECTION => Some(Self { stage: None, connection_id: id.clone() }),
            [stage, collection, id] if collection == COLLECTION => Some(Self { stage: Some(stage.clone()), connection_id: id.clone() }),
            _ => None,
        }
    }
}

pub(in crate::doors) async fn answer(connections: &Connections, method: &Method, target: &Target, incoming: Incoming) -> Response<Body> {
    // Read before anything is refused: the connection can then be used again.
    let read = body::read(incoming, WEB_SOCKET_MESSAGE_BYTES_MAX).await;
    let answered = serve(connections, method, &target.connection_id, read).await;
    answered.unwrap_or_else(|exception| exception.into_response(&target.connection_id))
}

async fn serve(
    connections: &Connections,
    method: &Method,
    id: &str,
    read: Result<bytes::Bytes, ReadError>,
) -> Result<Response<Body>, Exception> {
    if !ids::is_socket_id(id) {
        return Err(Exception::BadRequest(id.to_owned()));
    }
    match *method {
        Method::POST => {
            let message = read.map_err(|error| match error {
                ReadError::TooLarge { .. } => Exception::PayloadTooLarge,
                ReadError::TooSlow | ReadError::Broken => Exception::Unread(error),
            })?;
            let connection = connections.find(id).ok_or(Exception::Gone)?;
            connection.send(message, WEB_SOCKET_POST_WAIT).await.map_err(|unsent| match unsent {
                Unsent::Gone => Exception::Gone,
                Unsent::Full => Exception::LimitExceeded,
            })?;
            Ok(empty(StatusCode::OK))
        }
        Method::GET => Ok(described(&*connections.find(id).ok_or(Exception::Gone)?)),
        Method::DELETE => {
            connections.forget(id).ok_or(Exception::Gone)?.close();
            Ok(empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Exception::UnknownOperation(method.clone())),
    }
}

fn described(connection: &Connection) -> Response<Body> {
    let time = |epoch_ms| rfc3339_ms(std::time::Duration::from_millis(epoch_ms));
    let caller = &connection.caller;
    let described = Described {
        connected_at: time(caller.connected_at_ms),
        identity: Identity { source_ip: &caller.source_ip, user_agent: caller.user_agent.as_deref() },
        last_active_at: time(connection.last_active_at_ms()),
    };
    // Texts always serialize.
    super::json(StatusCode::OK, serde_json::to_vec(&described).unwrap_or_default())
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

impl Exception {
    fn status(&self) -> StatusCode {
        match self {
            Self::Gone => StatusCode::GONE,
            Self::BadRequest(_) | Self::Unread(_) => StatusCode::BAD_REQUEST,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::LimitExceeded => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownOperation(_) => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// `x-amzn-ErrorType`: the exception's name, by which SDKs raise it.
    fn name(&self) -> &'static str {
        match self {
            Self::Gone => "GoneException",
            Self::BadRequest(_) | Self::Unread(_) => "BadRequestException",
            Self::PayloadTooLarge => "PayloadTooLargeException",
            Self::LimitExceeded => "LimitExceededException",
            Self::UnknownOperation(_) => "UnknownOperationException",
        }
    }

    fn into_response(self, connection_id: &str) -> Response<Body> {
        let request_id = ids::socket_id();
        let body = serde_json::json!({"message": self.to_string(), "connectionId": connection_id, "requestId": request_id});
        let mut response = super::json(self.status(), body.to_string());
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.name()));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_named_with_or_without_its_stage() {
        let target = |stage: Option<&str>| Some(Target { stage: stage.map(str::to_owned), connection_id: "a=".to_owned() });
        assert_eq!(Target::of("/@connections/a="), target(None));
        assert_eq!(Target::of("/live/@connections/a%3D"), target(Some("live")));
        assert_eq!(Target::of("/live/%40connections/a%3d"), target(Some("live")));
        for other in ["/", "/@connections", "/live", "/a/b/@connections/c", "@connections/a", "/live/connections/a"] {
            assert_eq!(Target::of(other), None, "{other}");
        }
    }
}
