//! CORS as function URLs and HTTP APIs apply it from their configuration.

use ferry_template::Cors;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::body::Body;

/// What becomes of CORS headers that the function itself answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FunctionHeaders {
    /// HTTP APIs: the configuration replaces them.
    Replaced,
    /// Function URLs: the configured ones come on top, so that a function which sends its own too answers them twice, and browsers refuse it.
    Kept,
}

/// A CORS configuration with its header values ready.
#[derive(Debug)]
pub(super) struct CorsPolicy {
    cors: Cors,
    allow_methods: Option<HeaderValue>,
    allow_headers: Option<HeaderValue>,
    expose_headers: Option<HeaderValue>,
    function_headers: FunctionHeaders,
}

impl CorsPolicy {
    pub(super) fn new(cors: &Cors, function_headers: FunctionHeaders) -> Self {
        let list = |items: &[String]| if items.is_empty() { None } else { HeaderValue::from_str(&items.join(",")).ok() };
        Self {
            allow_methods: list(&cors.allow_methods),
            allow_headers: list(&cors.allow_headers),
            expose_headers: list(&cors.expose_headers),
            cors: cors.clone(),
            function_headers,
        }
    }

    /// The answer to a preflight request; `None` when the request is none. An origin that is not allowed gets no CORS headers.
    pub(super) fn preflight(&self, method: &Method, headers: &HeaderMap, status: StatusCode) -> Option<Response<Body>> {
        let origin = headers.get("origin")?;
        if method != Method::OPTIONS || !headers.contains_key("access-control-request-method") {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        let answer = response.headers_mut();
        if self.put_origin(origin, answer) {
            let max_age = self.cors.max_age_s.map(HeaderValue::from);
            for (name, value) in [
                ("access-control-allow-methods", &self.allow_methods),
                ("access-control-allow-headers", &self.allow_headers),
                ("access-control-max-age", &max_age),
            ] {
                if let Some(value) = value {
                    answer.insert(name, value.clone());
                }
            }
        }
        Some(response)
    }

    /// Adds the CORS headers to the answer of a request with this `Origin`.
    pub(super) fn decorate(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        if self.function_headers == FunctionHeaders::Replaced {
            for name in [
                "access-control-allow-origin",
                "access-control-allow-credentials",
                "access-control-allow-headers",
                "access-control-allow-methods",
                "access-control-expose-headers",
                "access-control-max-age",
            ] {
                answer.remove(name);
            }
        }
        if let Some(origin) = origin
            && self.put_origin(origin, answer)
            && let Some(expose) = &self.expose_headers
        {
            answer.append("access-control-expose-headers", expose.clone());
        }
    }

    /// Whether the origin is allowed; if so, the headers that say it.
    fn put_origin(&self, origin: &HeaderValue, answer: &mut HeaderMap) -> bool {
        let Ok(text) = origin.to_str() else { return false };
        if !self.cors.allow_origins.iter().any(|pattern| origin_matches(pattern, text)) {
            return false;
        }
        let any = self.cors.allow_origins.iter().any(|pattern| pattern == "*");
        if any && !self.cors.allow_credentials {
            answer.append("access-control-allow-origin", HeaderValue::from_static("*"));
        } else {
            answer.append("access-control-allow-origin", origin.clone());
            answer.append("vary", HeaderValue::from_static("Origin"));
        }
        if self.cors.allow_credentials {
            answer.append("access-control-allow-credentials", HeaderValue::from_static("true"));
        }
        true
    }
}

/// `*`, `https://*` or an origin.
fn origin_matches(pattern: &str, origin: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(scheme @ ("http://" | "https://")) => origin.starts_with(scheme),
        _ => pattern.eq_ignore_ascii_case(origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_match_as_documented() {
        for (pattern, origin, allowed) in [
            ("*", "http://a.example", true),
            ("https://*", "https://a.example", true),
            ("https://*", "http://a.example", false),
            ("https://a.example", "https://a.example", true),
            ("https://a.example", "https://a.example.evil", false),
            ("https://*.a.example", "https://b.a.example", false),
        ] {
            assert_eq!(origin_matches(pattern, origin), allowed, "{pattern} {origin}");
        }
    }
}
