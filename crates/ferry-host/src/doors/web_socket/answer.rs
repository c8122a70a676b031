//! What a function answers, and what the API itself says in place of a function.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::doors::body::Body;
use crate::doors::limits::WEB_SOCKET_MESSAGE_BYTES_MAX;

/// A refusal of API Gateway's own: an HTTP answer before there is a connection, a message afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    message: &'static str,
}

impl Refusal {
    pub(super) const FORBIDDEN: Self = Self { status: StatusCode::FORBIDDEN, message: "Forbidden" };
    pub(super) const UNAUTHORIZED: Self = Self { status: StatusCode::UNAUTHORIZED, message: "Unauthorized" };
    pub(super) const BAD_REQUEST: Self = Self { status: StatusCode::BAD_REQUEST, message: "Bad Request" };
    pub(super) const UPGRADE_REQUIRED: Self = Self { status: StatusCode::UPGRADE_REQUIRED, message: "Upgrade Required" };
    pub(super) const TOO_MANY: Self = Self { status: StatusCode::TOO_MANY_REQUESTS, message: "Too Many Requests" };
    pub(super) const INTERNAL: Self = Self { status: StatusCode::INTERNAL_SERVER_ERROR, message: "Internal server error" };
    pub(super) const BAD_GATEWAY: Self = Self { status: StatusCode::BAD_GATEWAY, message: "Internal server error" };
    pub(super) const BUSY: Self = Self { status: StatusCode::SERVICE_UNAVAILABLE, message: "Service Unavailable" };
    pub(super) const TIMED_OUT: Self = Self { status: StatusCode::GATEWAY_TIMEOUT, message: "Endpoint request timed out" };

    /// To the byte what API Gateway sends.
    pub(super) fn body(self, connection_id: &str, request_id: &str) -> String {
        format!(r#"{{"message": "{}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#, self.message)
    }

    pub(super) fn into_response(self, connection_id: &str, request_id: &str) -> Response<Body> {
        let mut response = super::json(self.status, self.body(connection_id, request_id));
        if self == Self::UPGRADE_REQUIRED {
            response.headers_mut().insert("upgrade", HeaderValue::from_static("websocket"));
            response.headers_mut().insert("sec-websocket-version", HeaderValue::from_static("13"));
        }
        response
    }
}

/// A function's answer in the form of a proxy integration.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: serde_json::Map<String, Value>,
    body: Option<Bytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    status_code: Value,
    headers: Option<serde_json::Map<String, Value>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

impl Answer {
    /// None for what is no such answer.
    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        use base64::Engine as _;
        let shape: Shape = serde_json::from_slice(payload).ok()?;
        let code = match &shape.status_code {
            Value::String(text) => text.parse().ok()?,
            number => u16::try_from(number.as_u64()?).ok()?,
        };
        let status = StatusCode::from_u16(code).ok().filter(|status| (200..=599).contains(&status.as_u16()))?;
        let body = match (shape.body, shape.is_base64_encoded) {
            (Some(text), Some(true)) => Some(base64::engine::general_purpose::STANDARD.decode(text).ok()?.into()),
            (text, _) => text.map(Bytes::from),
        };
        Some(Self { status, headers: shape.headers.unwrap_or_default(), body })
    }

    /// The value of a header, whatever the case of its name.
    pub(super) fn header(&self, name: &str) -> Option<HeaderValue> {
        let (_, value) = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        HeaderValue::from_str(value.as_str()?).ok()
    }

    /// Whether a client may be sent the body.
    pub(super) fn fits(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.len() <= WEB_SOCKET_MESSAGE_BYTES_MAX)
    }

    pub(super) fn into_body(self) -> Option<Bytes> {
        self.body
    }

    /// The answer of a `$connect` that wants no connection.
    pub(super) fn into_response(self) -> Response<Body> {
        let content_type = self.header("content-type").unwrap_or(HeaderValue::from_static("application/json"));
        let mut response = super::json(self.status, self.body.unwrap_or_default());
        response.headers_mut().insert("content-type", content_type);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status() {
        let status = |payload: &str| Answer::parse(payload.as_bytes()).map(|answer| answer.status.as_u16());
        assert_eq!(status(r#"{"statusCode":200}"#), Some(200));
        assert_eq!(status(r#"{"statusCode":"403","body":null}"#), Some(403));
        for malformed in ["null", "{}", "{", r#"{"statusCode":101}"#, r#"{"statusCode":20.5}"#, r#"{"statusCode":200,"body":{}}"#] {
            assert_eq!(status(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn bodies_may_be_base64_and_header_names_of_any_case() {
        let answer = r#"{"statusCode":200,"headers":{"SEC-websocket-Protocol":"chat"},"body":"aGk=","isBase64Encoded":true}"#;
        let answer = Answer::parse(answer.as_bytes()).unwrap();
        assert_eq!(answer.header("sec-websocket-protocol").unwrap(), "chat");
        assert_eq!(answer.into_body().unwrap(), "hi");
    }

    #[test]
    fn refusals_are_worded_as_api_gateway_does() {
        let wanted = r#"{"message": "Forbidden", "connectionId":"a=", "requestId":"b="}"#;
        assert_eq!(Refusal::FORBIDDEN.body("a=", "b="), wanted);
    }
}
