//! What can go wrong with a call, and what a service's error says.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// Why there is no [`crate::client::Aws`].
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{name} is not set: Lambda sets it; outside of Lambda, export it")]
    Missing { name: &'static str },
    #[error("{name} is {value:?}, which is not an address such as http://127.0.0.1:4566")]
    Endpoint { name: String, value: String },
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{text:?} is not an address that can be called")]
    Address { text: String, source: http::uri::InvalidUri },
    #[error("cannot sign a request to {service}")]
    Signing { service: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{service} did not take the request, or closed the connection before it answered")]
    Sending { service: &'static str, source: hyper_util::client::legacy::Error },
    #[error("the answer of {service} broke off, or is too long")]
    Reading { service: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{service} did not answer within {timeout:?}")]
    TimedOut { service: &'static str, timeout: Duration },
    #[error("the service ignored the request's Range")]
    Unranged,
    #[error("{what}: {status} {code}: {message}")]
    Refused { what: String, status: StatusCode, code: String, message: String },
}

impl ClientError {
    /// Whether the same call may do better another time: the network's failures, not ours.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Sending { .. } | Self::Reading { .. } | Self::TimedOut { .. } => true,
            Self::Address { .. } | Self::Signing { .. } | Self::Unranged | Self::Refused { .. } => false,
        }
    }
}

#[derive(Deserialize)]
struct JsonError {
    #[serde(rename = "__type", alias = "code", alias = "Type")]
    code: Option<String>,
    #[serde(alias = "Message", alias = "errorMessage")]
    message: Option<String>,
}

/// The code of an error, from the header that AWS's REST services send, a JSON document's `__type` (without its namespace), or XML's `<Code>`.
pub(super) fn code(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let short = |text: &str| text.rsplit('#').next().and_then(|text| text.split(':').next()).map(str::to_owned);
    if let Some(code) = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()) {
        return short(code);
    }
    match serde_json::from_slice::<JsonError>(body) {
        Ok(error) => error.code.as_deref().and_then(short),
        Err(_) => between(body, "<Code>", "</Code>"),
    }
}

/// What the service says to people; the body's beginning when it says it in no known way.
pub(super) fn message(body: &[u8]) -> String {
    const CHARS_MAX: usize = 300;
    let said = serde_json::from_slice::<JsonError>(body).ok().and_then(|error| error.message);
    let said = said.or_else(|| between(body, "<Message>", "</Message>"));
    said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned()).chars().take(CHARS_MAX).collect()
}

fn between(body: &[u8], from: &str, to: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(inner, _)| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_from_each_wire_format_without_their_namespace() {
        let none = HeaderMap::new();
        let json = br#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#;
        assert_eq!(code(&none, json).as_deref(), Some("ThrottlingException"));
        assert_eq!(message(json), "slow down");
        let xml = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
        assert_eq!(code(&none, xml).as_deref(), Some("NoSuchKey"));
        assert_eq!(message(xml), "gone");
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-errortype", "GoneException:http://internal.amazon.com/".parse().unwrap());
        assert_eq!(code(&headers, b"").as_deref(), Some("GoneException"));
        assert_eq!(code(&none, b"what"), None);
        assert_eq!(message(b"what"), "what");
    }
}
