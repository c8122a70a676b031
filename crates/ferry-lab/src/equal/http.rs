//! HTTP-style answers (payload formats 1.0 and 2.0), as the HTTP client would see them.
//!
//! Behind an API or a function URL the client never sees whether a body travelled as base64, how a header name was
//! spelled, or whether an empty `headers` was left out. So those are evened out before the comparison, and a body that
//! holds JSON on both sides is compared as JSON: pointers go on into it (`/body/total_cost`).

use base64::Engine as _;
use serde_json::{Map, Value};

/// Evens out both answers when both are HTTP-style; leaves them as they are otherwise.
pub(super) fn as_clients_see(baseline: &mut Value, candidate: &mut Value) {
    let (Some(left), Some(right)) = (http_answer(baseline), http_answer(candidate)) else { return };
    for answer in [&mut *left, &mut *right] {
        decode_body(answer);
        merge_headers(answer);
        for part in ["headers", "cookies", "body"] {
            if answer.get(part).is_some_and(is_nothing) {
                answer.shift_remove(part);
            }
        }
    }
    if let (Some(left_body), Some(right_body)) = (json_body(left), json_body(right)) {
        left.insert("body".to_owned(), left_body);
        right.insert("body".to_owned(), right_body);
    }
}

/// An object with a numeric `statusCode` and a `body` that is text, null or absent.
fn http_answer(value: &mut Value) -> Option<&mut Map<String, Value>> {
    let answer = value.as_object_mut()?;
    let body_fits = answer.get("body").is_none_or(|body| body.is_string() || body.is_null());
    (answer.get("statusCode").is_some_and(Value::is_number) && body_fits).then_some(answer)
}

/// Undoes base64 where the result is text; a binary body stays as it is, flag included.
fn decode_body(answer: &mut Map<String, Value>) {
    match answer.get("isBase64Encoded") {
        Some(Value::Bool(true)) => {
            let encoded = answer.get("body").and_then(Value::as_str).unwrap_or_default();
            let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok();
            if let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
                answer.insert("body".to_owned(), Value::String(text));
                answer.shift_remove("isBase64Encoded");
            }
        }
        Some(Value::Bool(false) | Value::Null) => {
            answer.shift_remove("isBase64Encoded");
        }
        _ => {}
    }
}

/// Lower-case names; `multiValueHeaders` win over `headers` of the same name and are joined by commas, as API Gateway does.
fn merge_headers(answer: &mut Map<String, Value>) {
    let mut merged = Map::new();
    if let Some(Value::Object(headers)) = answer.get("headers") {
        merged.extend(headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
    } else if answer.get("headers").is_some_and(|headers| !headers.is_null()) {
        return;
    }
    if let Some(Value::Object(headers)) = answer.get("multiValueHeaders") {
        for (name, values) in headers {
            let texts: Option<Vec<&str>> = values.as_array().and_then(|values| values.iter().map(Value::as_str).collect());
            let value = texts.map_or_else(|| values.clone(), |texts| Value::String(texts.join(",")));
            merged.insert(name.to_ascii_lowercase(), value);
        }
        answer.shift_remove("multiValueHeaders");
    } else if answer.get("multiValueHeaders").is_some_and(Value::is_null) {
        answer.shift_remove("multiValueHeaders");
    }
    answer.insert("headers".to_owned(), Value::Object(merged));
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A binary body is none, even where its base64 happens to read as a number.
fn json_body(answer: &Map<String, Value>) -> Option<Value> {
    if answer.contains_key("isBase64Encoded") {
        return None;
    }
    serde_json::from_str(answer.get("body")?.as_str()?).ok()
}
