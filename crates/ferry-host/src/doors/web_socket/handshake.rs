//! The opening handshake (RFC 6455, section 4.2).

use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::answer::Refusal;
use crate::doors::body::Body;

/// The `Sec-WebSocket-Accept` of a proper request.
pub(super) fn check<B>(request: &Request<B>) -> Result<HeaderValue, Refusal> {
    let headers = request.headers();
    if request.method() != Method::GET || !names(headers, &CONNECTION, "upgrade") || !names(headers, &UPGRADE, "websocket") {
        return Err(Refusal::UPGRADE_REQUIRED);
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Refusal::UPGRADE_REQUIRED);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| is_key(key)).ok_or(Refusal::BAD_REQUEST)?;
    if request.version() != Version::HTTP_11 {
        return Err(Refusal::BAD_REQUEST);
    }
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| Refusal::BAD_REQUEST)
}

/// 101, with the protocol that the function chose.
pub(super) fn switch(accept: &HeaderValue, protocol: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept.clone());
    if let Some(protocol) = protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

/// Whether a header's list has this token.
fn names(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|own| own.trim().eq_ignore_ascii_case(token))
}

/// 16 bytes in base64.
fn is_key(key: &HeaderValue) -> bool {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(key.as_bytes()).is_ok_and(|bytes| bytes.len() == 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> http::request::Builder {
        Request::get("/live")
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    #[test]
    fn the_rfcs_own_example_is_accepted() {
        assert_eq!(check(&request().body(()).unwrap()).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_handshake_is_refused() {
        let without = |name: &str| {
            let mut request = request().body(()).unwrap();
            request.headers_mut().remove(name);
            check(&request)
        };
        for name in ["connection", "upgrade", "sec-websocket-version"] {
            assert_eq!(without(name), Err(Refusal::UPGRADE_REQUIRED), "{name}");
        }
        assert_eq!(without("sec-websocket-key"), Err(Refusal::BAD_REQUEST));
        assert_eq!(check(&request().method("POST").body(()).unwrap()), Err(Refusal::UPGRADE_REQUIRED));
        let mut short = request().body(()).unwrap();
        short.headers_mut().insert("sec-websocket-key", HeaderValue::from_static("c2hvcnQ="));
        assert_eq!(check(&short), Err(Refusal::BAD_REQUEST));
    }
}
