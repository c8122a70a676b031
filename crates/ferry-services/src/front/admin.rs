//! The endpoint's own pages: `GET`, `PUT` and `DELETE /_ferry/physics`, `GET /_ferry/services`, `POST /_ferry/reset-counters`.
//!
//! No bucket can be named `_ferry`, so the paths collide with nothing of S3's.

use http::header::ALLOW;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::{Front, guard, wire};
use crate::body::{CollectError, RequestBody, ResponseBody, collect};
use crate::limits::PHYSICS_BYTES_MAX;
use crate::physics::{Physics, PhysicsError};

/// What all of them begin with.
pub(super) const PREFIX: &str = "/_ferry/";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Front {
    pub(super) async fn admin(&self, request: Request<RequestBody>) -> Response<ResponseBody> {
        if let Some(refusal) = guard::refusal(request.headers()) {
            return problem(StatusCode::FORBIDDEN, &refusal, None);
        }
        let (head, body) = request.into_parts();
        match (head.uri.path().strip_prefix(PREFIX).unwrap_or_default(), &head.method) {
            ("physics", &Method::GET) => document(&self.physics.current()),
            ("physics", &Method::PUT) => self.put_physics(body).await,
            ("physics", &Method::DELETE) => {
                self.physics.set(Physics::default());
                document(&self.physics.current())
            }
            ("services", &Method::GET) => document(&self.report()),
            ("reset-counters", &Method::POST) => {
                self.reset_counters();
                document(&json!({}))
            }
            ("physics", _) => not_allowed("GET, PUT, DELETE"),
            ("services", _) => not_allowed("GET"),
            ("reset-counters", _) => not_allowed("POST"),
            _ => problem(StatusCode::NOT_FOUND, "there are /_ferry/physics, /_ferry/services and /_ferry/reset-counters", None),
        }
    }

    async fn put_physics(&self, body: RequestBody) -> Response<ResponseBody> {
        let text = match collect(body, PHYSICS_BYTES_MAX).await {
            Ok(text) => text,
            Err(error @ CollectError::TooLarge { .. }) => return problem(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string(), None),
            Err(error) => return problem(StatusCode::BAD_REQUEST, &error.to_string(), None),
        };
        match Physics::from_json(&text) {
            Ok(physics) => {
                self.physics.set(physics);
                document(&self.physics.current())
            }
            Err(PhysicsError::Json(reason)) => {
                problem(StatusCode::BAD_REQUEST, &format!("the physics document is not JSON: {reason}"), None)
            }
            Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string(), error.pointer()),
        }
    }
}

fn document(value: &impl Serialize) -> Response<ResponseBody> {
    match serde_json::to_vec(value) {
        Ok(body) => wire::answer(StatusCode::OK, JSON, body),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string(), None),
    }
}

/// `{"error":"…"}`, with the JSON pointer of what is wrong where that is known.
fn problem(status: StatusCode, error: &str, pointer: Option<&str>) -> Response<ResponseBody> {
    let body = match pointer {
        Some(pointer) => json!({ "error": error, "pointer": pointer }),
        None => json!({ "error": error }),
    };
    wire::answer(status, JSON, body.to_string())
}

fn not_allowed(methods: &'static str) -> Response<ResponseBody> {
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, &format!("use {methods}"), None);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}
