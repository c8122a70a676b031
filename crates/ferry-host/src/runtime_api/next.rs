//! The invocation as `next` returns it: the payload as body, everything else as headers.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header};
use http_body_util::Full;

use super::ApiResponse;
use super::reply::APPLICATION_JSON;
use crate::invoke::InvokeRequest;

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
pub(super) const INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");
const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");
const COGNITO_IDENTITY: HeaderName = HeaderName::from_static("lambda-runtime-cognito-identity");

/// What the host adds to the caller's request.
#[derive(Debug)]
pub(crate) struct InvocationHead<'a> {
    pub(crate) invocation_id: u64,
    /// Unix time.
    pub(crate) deadline_ms: u64,
    pub(crate) function_arn: &'a HeaderValue,
    /// `X-Amzn-Trace-Id`.
    pub(crate) trace_id: &'a str,
}

pub(crate) fn next_response(request: &InvokeRequest, head: &InvocationHead<'_>) -> ApiResponse {
    let mut response = Response::new(Full::new(request.payload.clone()));
    let headers = response.headers_mut();
    headers.reserve(9);
    headers.insert(header::CONTENT_TYPE, APPLICATION_JSON);
    headers.insert(REQUEST_ID, header_value(&request.request_id));
    headers.insert(INVOCATION_ID, hex_value(head.invocation_id));
    headers.insert(DEADLINE_MS, HeaderValue::from(head.deadline_ms));
    headers.insert(FUNCTION_ARN, head.function_arn.clone());
    headers.insert(TRACE_ID, header_value(head.trace_id));
    if let Some(context) = &request.client_context {
        headers.insert(CLIENT_CONTEXT, header_value(context));
    }
    if let Some(identity) = &request.cognito_identity {
        headers.insert(COGNITO_IDENTITY, header_value(identity));
    }
    response
}

/// The number that [`hex_value`] wrote.
pub(super) fn parse_invocation_id(value: &HeaderValue) -> Option<u64> {
    u64::from_str_radix(value.to_str().ok()?, 16).ok()
}

fn hex_value(number: u64) -> HeaderValue {
    header_value(&format!("{number:016x}"))
}

/// Control characters, which a header cannot carry, become spaces: in JSON, which these values are, they can only
/// be white space.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| {
        let safe: Vec<u8> = text.bytes().map(|byte| if byte < b' ' || byte == 0x7f { b' ' } else { byte }).collect();
        HeaderValue::from_maybe_shared(Bytes::from(safe)).unwrap_or_else(|_| HeaderValue::from_static(""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_every_documented_header() {
        let request = InvokeRequest {
            function: "f".into(),
            request_id: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".into(),
            payload: Bytes::from_static(b"{\"a\":1}"),
            client_context: Some("{\n\"custom\":{\"é\":1}}".into()),
            cognito_identity: Some("{\"cognitoIdentityId\":\"x\"}".into()),
            trace_id: None,
            tail: false,
            streaming: false,
        };
        let arn = HeaderValue::from_static("arn:aws:lambda:us-east-1:123456789012:function:f");
        let head = InvocationHead { invocation_id: 258, deadline_ms: 1_542_409_706_888, function_arn: &arn, trace_id: "Root=1-5bef4de7" };
        let response = next_response(&request, &head);
        let of = |name: &str| String::from_utf8(response.headers()[name].as_bytes().to_vec()).unwrap();
        assert_eq!(of("lambda-runtime-aws-request-id"), request.request_id);
        assert_eq!(of("lambda-runtime-invocation-id"), "0000000000000102");
        assert_eq!(parse_invocation_id(&response.headers()["lambda-runtime-invocation-id"]), Some(258));
        assert_eq!(of("lambda-runtime-deadline-ms"), "1542409706888");
        assert_eq!(of("lambda-runtime-invoked-function-arn"), "arn:aws:lambda:us-east-1:123456789012:function:f");
        assert_eq!(of("lambda-runtime-trace-id"), "Root=1-5bef4de7");
        assert_eq!(of("lambda-runtime-client-context"), "{ \"custom\":{\"é\":1}}");
        assert_eq!(of("lambda-runtime-cognito-identity"), "{\"cognitoIdentityId\":\"x\"}");
        assert_eq!(of("content-type"), "application/json");
    }
}
