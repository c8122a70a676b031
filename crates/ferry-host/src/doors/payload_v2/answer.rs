//! The answer of payload format 2.0: a full response, or any JSON that stands for one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::is_hop_by_hop;
use crate::doors::body::Body;

/// The function's answer cannot become a response.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(in crate::doors) enum Malformed {
    #[error("the answer is not JSON")]
    Json,
    #[error("statusCode is not a number from 200 to 599")]
    StatusCode,
    #[error("headers are not an object of valid names and values")]
    Headers,
    #[error("cookies are not a list of valid texts")]
    Cookies,
    #[error("body is not text, or is not the base64 it is said to be")]
    Body,
}

/// Members are read one by one, and only once `statusCode` says that they mean something.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    #[serde(borrow)]
    status_code: Option<&'a RawValue>,
    headers: Option<&'a RawValue>,
    multi_value_headers: Option<&'a RawValue>,
    cookies: Option<&'a RawValue>,
    body: Option<&'a RawValue>,
    is_base64_encoded: Option<&'a RawValue>,
}

/// `default_type` is the content type of a full response that names none.
pub(in crate::doors) fn parse(payload: &[u8], default_type: &'static str) -> Result<Response<Body>, Malformed> {
    let raw: &RawValue = serde_json::from_slice(payload).map_err(|_| Malformed::Json)?;
    if raw.get().starts_with('{') {
        let shape: Shape<'_> = serde_json::from_str(raw.get()).map_err(|_| Malformed::Json)?;
        if shape.status_code.is_some() {
            return full(&shape, default_type);
        }
    }
    inferred(raw)
}

/// No `statusCode`: 200, and the JSON itself is the body; of a string its text.
fn inferred(raw: &RawValue) -> Result<Response<Body>, Malformed> {
    let body = match raw.get().starts_with('"') {
        true => serde_json::from_str::<String>(raw.get()).map_err(|_| Malformed::Json)?,
        false => raw.get().to_owned(),
    };
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    Ok(response)
}

fn full(shape: &Shape<'_>, default_type: &'static str) -> Result<Response<Body>, Malformed> {
    let mut response = Response::new(Body::from(body(shape)?));
    *response.status_mut() = shape.status_code.map_or(Ok(StatusCode::OK), status)?;
    let headers = response.headers_mut();
    put_headers(headers, shape.headers)?;
    put_headers(headers, shape.multi_value_headers)?;
    put_cookies(headers, shape.cookies)?;
    if !headers.contains_key("content-type") {
        headers.insert("content-type", HeaderValue::from_static(default_type));
    }
    Ok(response)
}

/// The metadata before a streamed body: status, headers and cookies, all optional.
pub(in crate::doors) fn parse_prelude(json: &[u8]) -> Result<(StatusCode, HeaderMap), Malformed> {
    let shape: Shape<'_> = serde_json::from_slice(json).map_err(|_| Malformed::Json)?;
    let mut headers = HeaderMap::new();
    put_headers(&mut headers, shape.headers)?;
    put_cookies(&mut headers, shape.cookies)?;
    Ok((shape.status_code.map_or(Ok(StatusCode::OK), status)?, headers))
}

/// A number, or the text of one. Informational statuses are no answer.
fn status(raw: &RawValue) -> Result<StatusCode, Malformed> {
    let text = raw.get().trim_matches('"');
    let code = text.parse::<u16>().ok().filter(|code| (200..=599).contains(code)).ok_or(Malformed::StatusCode)?;
    StatusCode::from_u16(code).map_err(|_| Malformed::StatusCode)
}

fn body(shape: &Shape<'_>) -> Result<Bytes, Malformed> {
    let text: Option<String> = optional(shape.body).map_err(|()| Malformed::Body)?;
    let encoded: Option<bool> = optional(shape.is_base64_encoded).map_err(|()| Malformed::Body)?;
    match (text, encoded) {
        (Some(text), Some(true)) => STANDARD.decode(text).map(Bytes::from).map_err(|_| Malformed::Body),
        (text, _) => Ok(Bytes::from(text.unwrap_or_default())),
    }
}

/// Values are strings, numbers, booleans, or lists of them for repeated headers.
fn put_headers(to: &mut HeaderMap, raw: Option<&RawValue>) -> Result<(), Malformed> {
    let headers: Map<String, Value> = optional(raw).map_err(|()| Malformed::Headers)?.unwrap_or_default();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed::Headers)?;
        // The length is that of the bytes sent; the function may have counted others.
        if is_hop_by_hop(&name) || name == "content-length" {
            continue;
        }
        match value {
            Value::Array(values) => values.into_iter().try_for_each(|value| put_header(to, &name, value))?,
            value => put_header(to, &name, value)?,
        }
    }
    Ok(())
}

fn put_header(to: &mut HeaderMap, name: &HeaderName, value: Value) -> Result<(), Malformed> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => return Ok(()),
        Value::Array(_) | Value::Object(_) => return Err(Malformed::Headers),
    };
    to.append(name, HeaderValue::from_bytes(text.as_bytes()).map_err(|_| Malformed::Headers)?);
    Ok(())
}

fn put_cookies(to: &mut HeaderMap, raw: Option<&RawValue>) -> Result<(), Malformed> {
    let cookies: Vec<String> = optional(raw).map_err(|()| Malformed::Cookies)?.unwrap_or_default();
    for cookie in cookies {
        to.append("set-cookie", HeaderValue::from_bytes(cookie.as_bytes()).map_err(|_| Malformed::Cookies)?);
    }
    Ok(())
}

/// `null` counts as absent.
fn optional<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<Option<T>, ()> {
    raw.map_or(Ok(None), |raw| serde_json::from_str::<Option<T>>(raw.get()).map_err(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read = (u16, Vec<(String, String)>, String);

    /// Status, headers and body.
    fn read(payload: &str) -> Result<Read, Malformed> {
        let (head, body) = parse(payload.as_bytes(), "text/plain")?.into_parts();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let Body::Whole(body) = body else { panic!("whole") };
        Ok((head.status.as_u16(), headers, String::from_utf8(body.unwrap_or_default().to_vec()).unwrap()))
    }

    fn header(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn any_json_without_status_is_a_body() {
        let json = vec![header("content-type", "application/json")];
        for (payload, body) in
            [(r#"{"a": 1}"#, r#"{"a": 1}"#), (r#""Hello \u00e9""#, "Hello é"), ("null", "null"), ("[1]", "[1]"), (" 5 ", "5")]
        {
            assert_eq!(read(payload), Ok((200, json.clone(), body.to_owned())), "{payload}");
        }
        assert_eq!(read(r#"{"headers":7,"body":{}}"#).unwrap().2, r#"{"headers":7,"body":{}}"#);
    }

    #[test]
    fn a_full_answer_becomes_its_response() {
        let payload = r#"{"statusCode":201,"headers":{"X-A":"1","x-n":2,"Connection":"close","Content-Length":"99"},
            "multiValueHeaders":{"x-m":["a","b"]},"cookies":["c=1; Secure","d=2"],"body":"aGk=","isBase64Encoded":true}"#;
        let wanted = [
            ("x-a", "1"),
            ("x-n", "2"),
            ("x-m", "a"),
            ("x-m", "b"),
            ("set-cookie", "c=1; Secure"),
            ("set-cookie", "d=2"),
            ("content-type", "text/plain"),
        ];
        assert_eq!(read(payload), Ok((201, wanted.map(|(name, value)| header(name, value)).to_vec(), "hi".to_owned())));
        assert_eq!(read(r#"{"statusCode":"404","body":null}"#).unwrap().0, 404);
    }

    #[test]
    fn what_cannot_be_a_response_is_malformed() {
        for (payload, why) in [
            ("", Malformed::Json),
            ("{", Malformed::Json),
            (r#"{"statusCode":99}"#, Malformed::StatusCode),
            (r#"{"statusCode":101}"#, Malformed::StatusCode),
            (r#"{"statusCode":{}}"#, Malformed::StatusCode),
            (r#"{"statusCode":200,"headers":[]}"#, Malformed::Headers),
            (r#"{"statusCode":200,"headers":{"a b":"1"}}"#, Malformed::Headers),
            (r#"{"statusCode":200,"headers":{"a":"1\r\nx: 2"}}"#, Malformed::Headers),
            (r#"{"statusCode":200,"cookies":"a=1"}"#, Malformed::Cookies),
            (r#"{"statusCode":200,"body":{}}"#, Malformed::Body),
            (r#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#, Malformed::Body),
        ] {
            assert_eq!(read(payload), Err(why), "{payload}");
        }
    }

    proptest! {
        #[test]
        fn no_payload_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), json in r#"\{"(statusCode|headers|cookies|body)":.{0,40}\}"#) {
            let _ = parse(&bytes, "text/plain");
            let _ = parse(json.as_bytes(), "text/plain");
            let _ = parse_prelude(&bytes);
        }
    }
}
