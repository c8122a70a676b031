//! The two ends of an HTTP API (payload format 2.0): the event that comes in, the response that goes out. What happens between is [`crate::api`].

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::api;
use crate::api::cities::Cities;

/// The parts of an event that the router reads: an HTTP request, or a warming ping. What is missing is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpEvent {
    pub raw_path: String,
    pub raw_query_string: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub request_context: RequestContext,
    pub body: Option<String>,
    pub is_base64_encoded: bool,
    /// A ping of serverless-plugin-warmup's kind.
    pub warmer: bool,
    /// `aws.events` on a scheduled event.
    pub source: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct RequestContext {
    pub http: HttpMethod,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct HttpMethod {
    pub method: String,
}

/// A response in payload format 2.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    pub status_code: u16,
    pub headers: Headers,
    pub body: String,
    #[serde(skip_serializing_if = "is_false")]
    pub is_base64_encoded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Headers {
    pub content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vary: Option<&'static str>,
}

/// Answers one request. Never fails: what is wrong with a request is an answer.
pub fn handle(cities: &mut impl Cities, event: &HttpEvent) -> HttpResponse {
    api::answer(cities, None, event)
}

impl HttpEvent {
    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl HttpResponse {
    #[must_use]
    pub fn json(status_code: u16, body: String) -> Self {
        Self::new(status_code, "application/json", body)
    }

    #[must_use]
    pub fn new(status_code: u16, content_type: &'static str, body: String) -> Self {
        let headers = Headers { content_type, allow: None, cache_control: None, content_encoding: None, vary: None };
        Self { status_code, headers, body, is_base64_encoded: false }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it may skip by reference")]
fn is_false(value: &bool) -> bool {
    !value
}
