//! The events of a WebSocket API's proxy integrations and of its authorizer, as API Gateway writes them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::{HeaderMap, request};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::{Map, Value};

use super::WebSocketDoor;
use super::caller::Caller;
use super::ending::Ending;
use super::{CONNECT, DISCONNECT};
use crate::doors::payload_v2::is_hop_by_hop;
use crate::doors::{clock, ids};

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    /// `REQUEST`, of authorizers only; so is the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Multi<'a, Last>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<Multi<'a, All>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Multi<'a, Last>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_query_string_parameters: Option<Multi<'a, All>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_variables: Option<&'a BTreeMap<String, String>>,
    request_context: Option<RequestContext<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    /// Of authorizers absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_base64_encoded: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    event_type: &'static str,
    extended_request_id: &'a str,
    request_time: String,
    message_direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
    stage: &'a str,
    connected_at: u64,
    request_time_epoch: u64,
    identity: Identity<'a>,
    request_id: &'a str,
    domain_name: &'a str,
    connection_id: &'a str,
    api_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    source_ip: &'a str,
}

/// `$connect`: what the upgrade request brought.
pub(super) fn connect(door: &WebSocketDoor, caller: &Caller, head: &request::Parts, request_id: &str) -> Vec<u8> {
    let headers = headers(head, caller, false);
    let query = query(head);
    let asked = !query.is_empty();
    written(&Event {
        headers: Some(Multi::new(headers.clone())),
        multi_value_headers: Some(Multi::new(headers)),
        query_string_parameters: asked.then(|| Multi::new(query.clone())),
        multi_value_query_string_parameters: asked.then(|| Multi::new(query)),
        ..event(door, context(door, caller, CONNECT, "CONNECT", request_id))
    })
}

/// What the authorizer of `$connect` is asked.
pub(super) fn authorize(door: &WebSocketDoor, caller: &Caller, head: &request::Parts, request_id: &str) -> Vec<u8> {
    let (headers, query) = (headers(head, caller, true), query(head));
    written(&Event {
        r#type: Some("REQUEST"),
        method_arn: Some(&door.method_arn),
        headers: Some(Multi::new(headers.clone())),
        multi_value_headers: Some(Multi::new(headers)),
        query_string_parameters: Some(Multi::new(query.clone())),
        multi_value_query_string_parameters: Some(Multi::new(query)),
        stage_variables: Some(&door.api.stage_variables),
        request_context: Some(context(door, caller, CONNECT, "CONNECT", request_id)),
        body: None,
        is_base64_encoded: None,
    })
}

pub(super) fn message(door: &WebSocketDoor, caller: &Caller, route_key: &str, body: &str, request_id: &str) -> Vec<u8> {
    let context = RequestContext { message_id: Some(ids::socket_id()), ..context(door, caller, route_key, "MESSAGE", request_id) };
    written(&Event { body: Some(body), ..event(door, context) })
}

/// `$disconnect`. Its headers are those that API Gateway makes up; of the client's own there are none.
pub(super) fn disconnect(door: &WebSocketDoor, caller: &Caller, ending: &Ending, request_id: &str) -> Vec<u8> {
    let context = RequestContext {
        disconnect_status_code: Some(ending.code),
        disconnect_reason: Some(&ending.reason),
        ..context(door, caller, DISCONNECT, "DISCONNECT", request_id)
    };
    let header = |name: &'static str, value: &str| (Cow::Borrowed(name), vec![Cow::Owned(value.to_owned())]);
    let headers =
        vec![header("Host", &caller.domain_name), header("x-api-key", ""), header("X-Forwarded-For", ""), header("x-restapi", "")];
    written(&Event { headers: Some(Multi::new(headers.clone())), multi_value_headers: Some(Multi::new(headers)), ..event(door, context) })
}

fn written(event: &Event<'_>) -> Vec<u8> {
    // Strings, numbers and maps of them always serialize.
    serde_json::to_vec(event).unwrap_or_default()
}

fn event<'a>(door: &'a WebSocketDoor, context: RequestContext<'a>) -> Event<'a> {
    let variables = &door.api.stage_variables;
    Event {
        stage_variables: (!variables.is_empty()).then_some(variables),
        request_context: Some(context),
        is_base64_encoded: Some(false),
        ..Event::default()
    }
}

fn context<'a>(
    door: &'a WebSocketDoor,
    caller: &'a Caller,
    route_key: &'a str,
    event_type: &'static str,
    request_id: &'a str,
) -> RequestContext<'a> {
    let time_ms = clock::now_ms();
    RequestContext {
        route_key,
        authorizer: caller.authorized.as_ref(),
        message_id: None,
        disconnect_status_code: None,
        event_type,
        extended_request_id: request_id,
        request_time: clock::common_log(time_ms),
        message_direction: "IN",
        disconnect_reason: None,
        stage: &door.api.stage,
        connected_at: caller.connected_at_ms,
        request_time_epoch: time_ms,
        identity: Identity { user_agent: caller.user_agent.as_deref(), source_ip: &caller.source_ip },
        request_id,
        domain_name: &caller.domain_name,
        connection_id: &caller.connection_id,
        api_id: &door.api.api_id,
    }
}

/// Names with all their values, in order.
type Values<'a> = Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>;

/// A JSON object of [`Values`]: of each name the last value, or all.
struct Multi<'a, How>(Values<'a>, std::marker::PhantomData<How>);

struct Last;
struct All;

impl<'a, How> Multi<'a, How> {
    fn new(values: Values<'a>) -> Self {
        Self(values, std::marker::PhantomData)
    }
}

impl Serialize for Multi<'_, Last> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, values) in &self.0 {
            map.serialize_entry(name, values.last().map_or("", |value| value))?;
        }
        map.end()
    }
}

impl Serialize for Multi<'_, All> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, values)))
    }
}

/// The client's headers in the case that API Gateway's own examples have, and what its front adds.
fn headers<'a>(head: &'a request::Parts, caller: &Caller, of_connection: bool) -> Values<'a> {
    let all: &HeaderMap = &head.headers;
    let kept = |name: &&http::HeaderName| {
        let forwarded = name.as_str().starts_with("x-forwarded-") || name.as_str() == "x-amzn-trace-id";
        !forwarded && (of_connection || !is_hop_by_hop(name))
    };
    let values = |name: &http::HeaderName| all.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let mut headers: Values<'a> = all.keys().filter(kept).map(|name| (title_case(name.as_str()).into(), values(name))).collect();
    let forwarded_for = match all.get("x-forwarded-for").and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before}, {}", caller.source_ip),
        None => caller.source_ip.clone(),
    };
    let trace_id = match all.get("x-amzn-trace-id").and_then(|value| value.to_str().ok()) {
        Some(id) => id.to_owned(),
        None => ids::trace_id(caller.connected_at_ms),
    };
    for (name, value) in [
        ("X-Amzn-Trace-Id", trace_id),
        ("X-Forwarded-For", forwarded_for),
        ("X-Forwarded-Port", caller.port.to_string()),
        ("X-Forwarded-Proto", "http".to_owned()),
    ] {
        headers.push((name.into(), vec![value.into()]));
    }
    headers
}

/// `sec-websocket-key` -> `Sec-WebSocket-Key`.
fn title_case(name: &str) -> String {
    let part = |part: &str| match part {
        "websocket" => "WebSocket".to_owned(),
        _ => part.get(..1).map_or_else(String::new, |first| first.to_ascii_uppercase() + &part[1..]),
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

/// Decoded, each name once.
fn query(head: &request::Parts) -> Values<'_> {
    let mut values: Values<'_> = Vec::new();
    for (name, value) in form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()) {
        match values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.push(value),
            None => values.push((name, vec![value])),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_those_of_api_gateways_examples() {
        for (name, written) in
            [("sec-websocket-key", "Sec-WebSocket-Key"), ("host", "Host"), ("x-forwarded-for", "X-Forwarded-For"), ("a--b", "A--B")]
        {
            assert_eq!(title_case(name), written);
        }
    }
}
