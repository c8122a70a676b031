//! Replies as HTTP: AWS's status codes and bodies.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use super::ApiResponse;
use crate::lifecycle::Reply;
use crate::limits::RESPONSE_BYTES_MAX;

pub(super) const APPLICATION_JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) fn response_of(reply: Reply) -> ApiResponse {
    match reply {
        Reply::Accepted | Reply::Continue => json(StatusCode::ACCEPTED, Bytes::from_static(b"{\"status\":\"OK\"}\n")),
        Reply::InvalidRequestId => error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        Reply::InvalidResponseMode => error(StatusCode::BAD_REQUEST, "InvalidFunctionResponseMode", "Invalid function response mode"),
        Reply::Truncated => error(StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", "HTTP request detected as truncated"),
        Reply::InvalidTransition { from, to } => error(
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            &format!("State transition from {from} to {to} failed for runtime. Error: State transition is not allowed"),
        ),
        Reply::InvokeTimeout => error(StatusCode::GONE, "InvokeTimeout", "Invoke timeout"),
        Reply::TooLarge => error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            &format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."),
        ),
    }
}

pub(super) fn not_found() -> ApiResponse {
    plain(StatusCode::NOT_FOUND, "404 page not found\n")
}

pub(super) fn method_not_allowed() -> ApiResponse {
    plain(StatusCode::METHOD_NOT_ALLOWED, "")
}

fn error(status: StatusCode, error_type: &str, message: &str) -> ApiResponse {
    let body = serde_json::json!({"errorMessage": message, "errorType": error_type});
    json(status, format!("{body}\n").into())
}

fn json(status: StatusCode, body: Bytes) -> ApiResponse {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, APPLICATION_JSON);
    response
}

fn plain(status: StatusCode, text: &'static str) -> ApiResponse {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}
