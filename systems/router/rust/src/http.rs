//! The function without Lambda: an HTTP API event in, a response out.
//!
//! | status | when | `error` |
//! |---|---|---|
//! | 200 | a route | |
//! | 400 | the body is not what it should be; `field` names what | `bad_request` |
//! | 404 | any path but `/route` | `not_found` |
//! | 405 | any method but POST | `method_not_allowed` |
//! | 413 | a body over [`BODY_BYTES_MAX`] | `body_too_large` |
//! | 422 | `field` is on no street | `no_street_nearby` |
//! | 422 | the two are not connected | `no_route` |
//!
//! A refusal's body is `{"error","field","message"}`, `field` null where there is none.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::route_json;
use crate::geo::Point;
use crate::limits::{BODY_BYTES_MAX, DEFAULT_COMFORT};
use crate::route::{Ask, NoRoute, Router};

/// As Python's decoder: the unused bits of the last character are not looked at.
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The parts of an HTTP API event (payload format 2.0) that the router reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    pub raw_path: String,
    pub request_context: RequestContext,
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub is_base64_encoded: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct RequestContext {
    pub http: HttpMethod,
}

#[derive(Debug, Clone, Deserialize)]
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Headers {
    pub content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<&'static str>,
}

/// Answers one request. Never fails: what is wrong with a request is an answer.
pub fn handle(router: &mut Router<'_>, event: &HttpEvent) -> HttpResponse {
    let (status_code, body) = match answer(router, event) {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.status, refusal.body()),
    };
    let allow = (status_code == 405).then_some("POST");
    HttpResponse { status_code, headers: Headers { content_type: "application/json", allow }, body }
}

fn answer(router: &mut Router<'_>, event: &HttpEvent) -> Result<String, Refusal> {
    if event.raw_path != "/route" {
        return Err(Refusal::new(404, "not_found", None, "there is only POST /route here"));
    }
    if event.request_context.http.method != "POST" {
        return Err(Refusal::new(405, "method_not_allowed", None, "ask with POST"));
    }
    let (origin, destination) = places(&body(event)?)?;
    match router.route(&Ask { places: &[origin, destination], comfort: DEFAULT_COMFORT }) {
        Ok(route) => Ok(route_json(router, &route)),
        Err(NoRoute::OffStreet { place: 0 }) => Err(Refusal::off_street("origin")),
        Err(NoRoute::OffStreet { .. }) => Err(Refusal::off_street("destination")),
        Err(damaged @ NoRoute::Damaged) => Err(Refusal::new(500, "damaged", None, &damaged.to_string())),
        Err(NoRoute::Unconnected { .. } | NoRoute::Places { .. }) => {
            Err(Refusal::new(422, "no_route", None, "no way for a bicycle leads from origin to destination"))
        }
    }
}

fn body(event: &HttpEvent) -> Result<Cow<'_, [u8]>, Refusal> {
    let text = event.body.as_deref().unwrap_or("");
    let bytes = if event.is_base64_encoded {
        Cow::Owned(BASE64.decode(text).map_err(|_| Refusal::field("body", "is not base64"))?)
    } else {
        Cow::Borrowed(text.as_bytes())
    };
    if bytes.len() > BODY_BYTES_MAX {
        return Err(Refusal::new(413, "body_too_large", Some("body"), "the body is longer than 65536 bytes"));
    }
    if bytes.is_empty() { Err(Refusal::field("body", "is missing")) } else { Ok(bytes) }
}

fn places(body: &[u8]) -> Result<(Point, Point), Refusal> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::field("body", "is not JSON"))?;
    if !body.is_object() {
        return Err(Refusal::field("body", "is not a JSON object"));
    }
    Ok((place(&body, "origin")?, place(&body, "destination")?))
}

fn place(body: &Value, field: &'static str) -> Result<Point, Refusal> {
    let value = body.get(field).ok_or_else(|| Refusal::field(field, "is missing"))?;
    let pair = value.as_array().filter(|pair| pair.len() == 2);
    let numbers = pair.and_then(|pair| Some((pair[0].as_f64()?, pair[1].as_f64()?)));
    let (lat, lon) = numbers.ok_or_else(|| Refusal::field(field, "is not a pair of numbers [lat, lon]"))?;
    Point::from_degrees(lon, lat).ok_or_else(|| Refusal::field(field, "is outside -90..90 (lat) or -180..180 (lon)"))
}

/// An answer that is not a route.
#[derive(Debug, Serialize)]
struct Refusal {
    #[serde(skip)]
    status: u16,
    error: &'static str,
    field: Option<&'static str>,
    message: String,
}

impl Refusal {
    fn new(status: u16, error: &'static str, field: Option<&'static str>, message: &str) -> Self {
        Self { status, error, field, message: message.to_owned() }
    }

    fn field(field: &'static str, problem: &str) -> Self {
        Self::new(400, "bad_request", Some(field), &format!("{field} {problem}"))
    }

    fn off_street(field: &'static str) -> Self {
        Self::new(422, "no_street_nearby", Some(field), &format!("{field} is farther than 300 m from every street of this city"))
    }

    fn body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
