//! Answers in the wire formats of AWS's services: what [`crate::Service::error`] is made of.

use std::fmt::Write as _;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use super::error::{FrontError, WireFamily};
use crate::body::{Body, ResponseBody};

pub const JSON_1_0: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
pub const XML: HeaderValue = HeaderValue::from_static("application/xml");
pub const TEXT_XML: HeaderValue = HeaderValue::from_static("text/xml");

/// An answer with a body of this type.
pub fn answer(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response<ResponseBody> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// `{"__type":"namespace#Code","message":"…"}`, as DynamoDB (`com.amazonaws.dynamodb.v20120810`) and SQS
/// (`com.amazonaws.sqs`) have it.
pub fn json_error(error: &FrontError, namespace: &str) -> Response<ResponseBody> {
    let (status, code) = error.kind.code(WireFamily::Json);
    let body = serde_json::json!({ "__type": format!("{namespace}#{code}"), "message": error.kind.message(WireFamily::Json) });
    answer(status, JSON_1_0, body.to_string())
}

/// S3's `<Error>` document.
pub fn s3_error(error: &FrontError) -> Response<ResponseBody> {
    let (status, code) = error.kind.code(WireFamily::S3);
    let message = xml_text(&error.kind.message(WireFamily::S3));
    let id = xml_text(&error.request_id);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
    );
    answer(status, XML, body)
}

/// The Query protocol's `<ErrorResponse>` document, in a service's XML namespace.
pub fn query_error(error: &FrontError, namespace: &str) -> Response<ResponseBody> {
    let (status, code) = error.kind.code(WireFamily::Query);
    let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
    let message = xml_text(&error.kind.message(WireFamily::Query));
    let id = xml_text(&error.request_id);
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>{id}</RequestId></ErrorResponse>"
    );
    answer(status, TEXT_XML, body)
}

/// Text within an XML element. Characters that XML 1.0 cannot hold become U+FFFD.
pub fn xml_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' | '\n' | '\t' => {
                // A String takes every write.
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}
