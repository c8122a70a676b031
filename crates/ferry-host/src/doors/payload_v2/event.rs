//! The event of payload format 2.0.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Version, request};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::is_hop_by_hop;
use crate::doors::clock;

/// What the event says that the request itself does not.
pub(in crate::doors) struct Scene<'a> {
    /// `anonymous` for function URLs.
    pub(in crate::doors) account_id: &'a str,
    pub(in crate::doors) api_id: &'a str,
    pub(in crate::doors) stage: &'a str,
    pub(in crate::doors) stage_variables: &'a BTreeMap<String, String>,
    pub(in crate::doors) route_key: &'a str,
    pub(in crate::doors) path_parameters: Vec<(&'a str, String)>,
    /// HTTP APIs decode it, function URLs do not.
    pub(in crate::doors) raw_path: Cow<'a, str>,
    pub(in crate::doors) request_id: &'a str,
    pub(in crate::doors) trace_id: &'a str,
    pub(in crate::doors) time_ms: u64,
    pub(in crate::doors) peer: SocketAddr,
    /// The listener's own.
    pub(in crate::doors) port: u16,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<Cow<'a, str>>,
    headers: Pairs<'a>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    query_string_parameters: Pairs<'a>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    path_parameters: Pairs<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    stage_variables: &'a BTreeMap<String, String>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: u64,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: String,
    user_agent: Cow<'a, str>,
}

/// The event as JSON.
pub(in crate::doors) fn build(head: &request::Parts, body: &[u8], scene: &Scene<'_>) -> Vec<u8> {
    let query = head.uri.query().unwrap_or_default();
    let headers = headers(&head.headers, body, scene);
    let host = headers.0.iter().find(|(name, _)| name == "host").map_or(Cow::Borrowed("localhost"), |(_, host)| host.clone());
    let (body, is_base64_encoded) = text_of(body, &head.headers);
    let event = Event {
        version: "2.0",
        route_key: scene.route_key,
        raw_path: &scene.raw_path,
        raw_query_string: query,
        cookies: cookies(&head.headers),
        headers,
        query_string_parameters: query_parameters(query),
        request_context: RequestContext {
            account_id: scene.account_id,
            api_id: scene.api_id,
            // On AWS it equals the Host header; here too, so that a function can make addresses of it that lead back.
            domain_name: &host,
            domain_prefix: scene.api_id,
            http: Http {
                method: head.method.as_str(),
                path: &scene.raw_path,
                protocol: if head.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
                source_ip: scene.peer.ip().to_string(),
                user_agent: head.headers.get("user-agent").map_or(Cow::Borrowed(""), text),
            },
            request_id: scene.request_id,
            route_key: scene.route_key,
            stage: scene.stage,
            time: clock::common_log(scene.time_ms),
            time_epoch: scene.time_ms,
        },
        path_parameters: Pairs(
            scene.path_parameters.iter().map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(value.as_str()))).collect(),
        ),
        body,
        is_base64_encoded,
        stage_variables: scene.stage_variables,
    };
    // Strings and string maps always serialize.
    serde_json::to_vec(&event).unwrap_or_default()
}

/// Names in lower case; repeated headers joined by commas; cookies apart; and what AWS's front adds.
fn headers<'a>(all: &'a HeaderMap, body: &[u8], scene: &Scene<'a>) -> Pairs<'a> {
    let mut pairs = Vec::with_capacity(all.keys_len() + 4);
    for name in all.keys().filter(|name| !is_hop_by_hop(name) && !set_below(name.as_str())) {
        pairs.push((Cow::Borrowed(name.as_str()), joined(all, name.as_str(), ",")));
    }
    if !body.is_empty() {
        pairs.push((Cow::Borrowed("content-length"), Cow::Owned(body.len().to_string())));
    }
    let peer = scene.peer.ip().to_string();
    let forwarded_for = match all.contains_key("x-forwarded-for") {
        true => format!("{}, {peer}", joined(all, "x-forwarded-for", ", ")),
        false => peer,
    };
    pairs.push((Cow::Borrowed("x-amzn-trace-id"), Cow::Borrowed(scene.trace_id)));
    pairs.push((Cow::Borrowed("x-forwarded-for"), Cow::Owned(forwarded_for)));
    pairs.push((Cow::Borrowed("x-forwarded-port"), Cow::Owned(scene.port.to_string())));
    pairs.push((Cow::Borrowed("x-forwarded-proto"), Cow::Borrowed("http")));
    Pairs(pairs)
}

fn set_below(name: &str) -> bool {
    matches!(
        name,
        "cookie" | "content-length" | "expect" | "x-amzn-trace-id" | "x-forwarded-for" | "x-forwarded-port" | "x-forwarded-proto"
    )
}

fn joined<'a>(all: &'a HeaderMap, name: &str, separator: &str) -> Cow<'a, str> {
    let mut values = all.get_all(name).iter().map(text);
    let first = values.next().unwrap_or_default();
    values.fold(first, |joined, value| Cow::Owned(format!("{joined}{separator}{value}")))
}

/// A value that is no UTF-8 keeps what is.
fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

fn cookies(all: &HeaderMap) -> Vec<Cow<'_, str>> {
    let lines = all.get_all("cookie").iter().map(text);
    lines.flat_map(split_cookies).filter(|cookie| !cookie.is_empty()).collect()
}

fn split_cookies(line: Cow<'_, str>) -> Vec<Cow<'_, str>> {
    match line {
        Cow::Borrowed(line) => line.split(';').map(|cookie| Cow::Borrowed(cookie.trim())).collect(),
        Cow::Owned(line) => line.split(';').map(|cookie| Cow::Owned(cookie.trim().to_owned())).collect(),
    }
}

/// Decoded; values of a repeated name joined by commas, at the place of the first.
fn query_parameters(query: &str) -> Pairs<'_> {
    let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    let mut places: std::collections::HashMap<Cow<'_, str>, usize> = std::collections::HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match places.get(&name) {
            Some(&place) => {
                let joined = pairs[place].1.to_mut();
                joined.push(',');
                joined.push_str(&value);
            }
            None => {
                places.insert(name.clone(), pairs.len());
                pairs.push((name, value));
            }
        }
    }
    Pairs(pairs)
}

/// The body as text if its type says text, else as base64. A "text" that is no UTF-8, or is compressed, is base64 too.
fn text_of<'a>(body: &'a [u8], headers: &HeaderMap) -> (Option<Cow<'a, str>>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let content_type = headers.get("content-type").map(text);
    let textual = content_type.is_none_or(|content_type| is_textual(&content_type)) && !headers.contains_key("content-encoding");
    match std::str::from_utf8(body) {
        Ok(text) if textual => (Some(Cow::Borrowed(text)), false),
        _ => (Some(Cow::Owned(STANDARD.encode(body))), true),
    }
}

fn is_textual(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(essence.as_str(), "application/json" | "application/javascript" | "application/xml")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}

/// A JSON object of strings, in order.
struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Pairs<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn event_of(request: Request<&[u8]>) -> Value {
        let (head, body) = request.into_parts();
        let scene = Scene {
            account_id: "123456789012",
            api_id: "abc",
            stage: "$default",
            stage_variables: &BTreeMap::new(),
            route_key: "GET /a/{x}",
            path_parameters: vec![("x", "é".to_owned())],
            raw_path: percent_encoding::percent_decode_str(head.uri.path()).decode_utf8_lossy(),
            request_id: "id",
            trace_id: "Root=1",
            time_ms: 0,
            peer: ([127, 0, 0, 1], 5).into(),
            port: 9001,
        };
        serde_json::from_slice(&build(&head, body, &scene)).unwrap()
    }

    #[test]
    fn headers_cookies_and_query_have_their_documented_form() {
        let request = Request::get("/a/%C3%A9?b=1&a=x%20y&b=2&empty&plus=a+b")
            .header("Host", "localhost:9001")
            .header("X-Two", "1")
            .header("X-Two", "2")
            .header("Cookie", "a=1; b=2")
            .header("Cookie", "c=3")
            .header("Connection", "keep-alive")
            .header("X-Forwarded-For", "10.0.0.1");
        let event = event_of(request.body(&b""[..]).unwrap());
        assert_eq!(event["rawQueryString"], "b=1&a=x%20y&b=2&empty&plus=a+b");
        assert_eq!(event["queryStringParameters"], json!({"b": "1,2", "a": "x y", "empty": "", "plus": "a b"}));
        assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
        assert_eq!(
            event["headers"],
            json!({"host": "localhost:9001", "x-two": "1,2", "x-amzn-trace-id": "Root=1", "x-forwarded-for": "10.0.0.1, 127.0.0.1",
                "x-forwarded-port": "9001", "x-forwarded-proto": "http"})
        );
        assert_eq!(event["requestContext"]["domainName"], "localhost:9001");
        assert_eq!(event["pathParameters"], json!({"x": "é"}));
        assert_eq!(event.get("body"), None);
    }

    #[test]
    fn bodies_are_text_or_base64_by_their_type() {
        let body = |content_type: &str, body: &'static [u8]| {
            let event = event_of(Request::post("/").header("content-type", content_type).body(body).unwrap());
            (event["body"].as_str().unwrap().to_owned(), event["isBase64Encoded"].as_bool().unwrap())
        };
        for text in
            ["text/plain", "application/json; charset=utf-8", "APPLICATION/XML", "application/problem+json", "application/javascript"]
        {
            assert_eq!(body(text, b"hi"), ("hi".to_owned(), false), "{text}");
        }
        for binary in ["application/octet-stream", "application/x-www-form-urlencoded", "image/png", "multipart/form-data; boundary=x"] {
            assert_eq!(body(binary, b"hi"), ("aGk=".to_owned(), true), "{binary}");
        }
        assert_eq!(body("text/plain", b"\xff"), ("/w==".to_owned(), true));
    }

    proptest! {
        #[test]
        fn any_request_becomes_json(
            names in prop::collection::vec("[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,12}", 0..6),
            values in prop::collection::vec(prop::collection::vec(prop_oneof![0x20..0x7f_u8, 0x80..0xff_u8], 0..40), 6),
            path_and_query in prop::collection::vec(any::<u8>(), 0..60),
            body in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut request = Request::new(&body[..]);
            for (name, value) in names.iter().zip(&values) {
                request.headers_mut().append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap());
            }
            if let Ok(uri) = http::Uri::from_maybe_shared([b"/", &path_and_query[..]].concat()) {
                *request.uri_mut() = uri;
            }
            let event = event_of(request);
            prop_assert_eq!(&event["version"], "2.0");
            let sent = event.get("body").and_then(Value::as_str).unwrap_or_default();
            let read = if event["isBase64Encoded"] == true { STANDARD.decode(sent).unwrap() } else { sent.as_bytes().to_vec() };
            prop_assert_eq!(read, body);
        }
    }
}
