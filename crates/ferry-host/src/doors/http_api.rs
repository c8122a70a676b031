//! An HTTP API: routes requests to functions, as API Gateway does with payload format 2.0.

pub(super) mod route_table;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ferry_template::HttpApi;
use http::{HeaderValue, Request, Response, StatusCode, request};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;

use super::body::{self, Body, ReadError};
use super::cors::CorsPolicy;
use super::integration::{self, Failure};
use super::limits::{HTTP_API_BODY_BYTES_MAX, INVOKE_PAYLOAD_BYTES_MAX};
use super::payload_v2::answer;
use super::payload_v2::event::{self, Scene};
use super::server::Door;
use super::{clock, ids};
use crate::invoke::{Invoke, InvokeRequest};
use route_table::{Match, RouteTable};

/// Content type of an answer that names none.
const DEFAULT_TYPE: &str = "text/plain;charset=UTF-8";
const DEFAULT_STAGE: &str = "$default";

/// One API's listener.
pub(super) struct HttpApiDoor {
    pub(super) invoke: Arc<dyn Invoke>,
    pub(super) api: HttpApi,
    pub(super) api_id: String,
    pub(super) account_id: String,
    /// Each to a function's name.
    pub(super) routes: RouteTable<String>,
    pub(super) cors: Option<CorsPolicy>,
    pub(super) port: u16,
    /// The longest integration.
    pub(super) timeout: Duration,
}

/// An answer that the API gives itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    NotFound,
    TooLarge,
    TooSlow,
    BadRequest,
    /// A function error, or an answer that is no response.
    InternalServerError,
    /// Throttled, or no answer in time.
    ServiceUnavailable,
}

impl Door for HttpApiDoor {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let request_id = ids::request_id();
        let stamp = HeaderValue::from_str(&request_id);
        let (head, incoming) = request.into_parts();
        let preflight = self.cors.as_ref().and_then(|cors| cors.preflight(&head.method, &head.headers, StatusCode::NO_CONTENT));
        let mut response = match preflight {
            Some(response) => response,
            None => {
                let mut response = self.serve(&head, incoming, request_id, peer).await.unwrap_or_else(Refusal::into_response);
                if let Some(cors) = &self.cors {
                    cors.decorate(head.headers.get("origin"), response.headers_mut());
                }
                response
            }
        };
        if let Ok(stamp) = stamp {
            response.headers_mut().insert("apigw-requestid", stamp);
        }
        response
    }
}

impl HttpApiDoor {
    async fn serve(
        &self,
        head: &request::Parts,
        incoming: Incoming,
        request_id: String,
        peer: SocketAddr,
    ) -> Result<Response<Body>, Refusal> {
        let body = body::read(incoming, HTTP_API_BODY_BYTES_MAX).await;
        let path = self.path_in_stage(head.uri.path()).ok_or(Refusal::NotFound)?;
        let Match { route, variables } = self.routes.find(head.method.as_str(), path).ok_or(Refusal::NotFound)?;
        let body = body.map_err(|error| match error {
            ReadError::TooLarge { .. } => Refusal::TooLarge,
            ReadError::TooSlow => Refusal::TooSlow,
            ReadError::Broken => Refusal::BadRequest,
        })?;
        let time_ms = clock::now_ms();
        let trace_id = trace_id(head, time_ms);
        let scene = Scene {
            account_id: &self.account_id,
            api_id: &self.api_id,
            stage: &self.api.stage,
            stage_variables: &self.api.stage_variables,
            route_key: &route.route_key,
            path_parameters: variables,
            raw_path: percent_decode_str(head.uri.path()).decode_utf8_lossy(),
            request_id: &request_id,
            trace_id: &trace_id,
            time_ms,
            peer,
            port: self.port,
        };
        let payload = event::build(head, &body, &scene);
        if payload.len() > INVOKE_PAYLOAD_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        self.integrate(InvokeRequest {
            function: route.target.clone(),
            payload: payload.into(),
            client_context: None,
            cognito_identity: None,
            trace_id: Some(trace_id.into_owned()),
            tail: false,
            streaming: false,
            request_id,
        })
        .await
    }

    async fn integrate(&self, request: InvokeRequest) -> Result<Response<Body>, Refusal> {
        let payload = integration::call(&self.invoke, request, self.timeout).await.map_err(|failure| match failure {
            Failure::Busy | Failure::TimedOut => Refusal::ServiceUnavailable,
            Failure::Function(_) | Failure::Host => Refusal::InternalServerError,
        })?;
        answer::parse(&payload, DEFAULT_TYPE).map_err(|_| Refusal::InternalServerError)
    }

    /// The path that routes see: without the stage's segment, which a named stage demands.
    fn path_in_stage<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.api.stage == DEFAULT_STAGE {
            return Some(path);
        }
        match path.strip_prefix('/')?.strip_prefix(self.api.stage.as_str())? {
            "" => Some("/"),
            rest => rest.starts_with('/').then_some(rest),
        }
    }
}

/// The client's own, or a new one.
pub(super) fn trace_id(head: &request::Parts, time_ms: u64) -> Cow<'_, str> {
    match head.headers.get("x-amzn-trace-id").and_then(|id| id.to_str().ok()) {
        Some(id) => Cow::Borrowed(id),
        None => Cow::Owned(ids::trace_id(time_ms)),
    }
}

impl Refusal {
    fn into_response(self) -> Response<Body> {
        let (status, body) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Entity Too Large"}"#),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, r#"{"message":"Request Timeout"}"#),
            Self::BadRequest => (StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#),
            Self::InternalServerError => (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#),
            Self::ServiceUnavailable => (StatusCode::SERVICE_UNAVAILABLE, r#"{"message":"Service Unavailable"}"#),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        response
    }
}
