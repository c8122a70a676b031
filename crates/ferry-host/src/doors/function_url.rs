//! A function URL: one function on a port of its own, buffered or streaming.

mod streaming;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use ferry_template::{Function, InvokeMode};
use http::{HeaderValue, Request, Response, StatusCode, request};
use hyper::body::Incoming;

use super::answer_bytes;
use super::body::{self, Body};
use super::cors::CorsPolicy;
use super::http_api::trace_id;
use super::lambda::error::ApiError;
use super::limits::INVOKE_PAYLOAD_BYTES_MAX;
use super::payload_v2::answer;
use super::payload_v2::event::{self, Scene};
use super::server::Door;
use super::{clock, ids};
use crate::invoke::{Invoke, InvokeRequest};

/// Content type of an answer that names none.
const DEFAULT_TYPE: &str = "application/json";

/// One function's listener.
pub(super) struct FunctionUrlDoor {
    pub(super) invoke: Arc<dyn Invoke>,
    pub(super) function: Function,
    pub(super) url_id: String,
    pub(super) invoke_mode: InvokeMode,
    pub(super) cors: Option<CorsPolicy>,
    pub(super) port: u16,
}

impl Door for FunctionUrlDoor {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let request_id = ids::request_id();
        let stamp = HeaderValue::from_str(&request_id);
        let (head, incoming) = request.into_parts();
        let preflight = self.cors.as_ref().and_then(|cors| cors.preflight(&head.method, &head.headers, StatusCode::OK));
        let mut response = match preflight {
            Some(response) => response,
            None => {
                let mut response = self.serve(&head, incoming, request_id, peer).await.unwrap_or_else(ApiError::into_response);
                if let Some(cors) = &self.cors {
                    cors.decorate(head.headers.get("origin"), response.headers_mut());
                }
                response
            }
        };
        if let Ok(stamp) = stamp {
            response.headers_mut().insert("x-amzn-requestid", stamp);
        }
        response
    }
}

impl FunctionUrlDoor {
    async fn serve(
        &self,
        head: &request::Parts,
        incoming: Incoming,
        request_id: String,
        peer: SocketAddr,
    ) -> Result<Response<Body>, ApiError> {
        let too_large = ApiError::RequestTooLarge { limit: INVOKE_PAYLOAD_BYTES_MAX, operation: "InvokeFunction" };
        let body = body::read(incoming, INVOKE_PAYLOAD_BYTES_MAX).await.map_err(|error| ApiError::from_read(&error, "InvokeFunction"))?;
        let time_ms = clock::now_ms();
        let trace_id = trace_id(head, time_ms);
        let scene = Scene {
            account_id: "anonymous",
            api_id: &self.url_id,
            stage: "$default",
            stage_variables: &BTreeMap::new(),
            route_key: "$default",
            path_parameters: Vec::new(),
            raw_path: Cow::Borrowed(head.uri.path()),
            request_id: &request_id,
            trace_id: &trace_id,
            time_ms,
            peer,
            port: self.port,
        };
        let payload = event::build(head, &body, &scene);
        if payload.len() > INVOKE_PAYLOAD_BYTES_MAX {
            return Err(too_large);
        }
        let trace = HeaderValue::from_str(&trace_id);
        let request = InvokeRequest {
            function: self.function.name.clone(),
            payload: payload.into(),
            client_context: None,
            cognito_identity: None,
            trace_id: Some(trace_id.into_owned()),
            tail: false,
            streaming: self.invoke_mode == InvokeMode::ResponseStream,
            request_id,
        };
        let mut response = self.invoke(request).await?;
        if let Ok(trace) = trace {
            response.headers_mut().insert("x-amzn-trace-id", trace);
        }
        Ok(response)
    }

    async fn invoke(&self, request: InvokeRequest) -> Result<Response<Body>, ApiError> {
        let mut answer = self.invoke.invoke(request).await.map_err(|error| ApiError::from_invoke(error, &self.function))?;
        if self.invoke_mode == InvokeMode::ResponseStream {
            return Ok(streaming::response(answer).await.unwrap_or_else(bad_gateway));
        }
        let payload = answer_bytes::take(&mut answer).await.map_err(|error| ApiError::Service(error.to_string()))?;
        match answer.function_error {
            Some(_) => Ok(bad_gateway(())),
            None => Ok(answer::parse(&payload, DEFAULT_TYPE).unwrap_or_else(bad_gateway)),
        }
    }
}

/// A function error, or an answer that is no response.
fn bad_gateway<E>(_: E) -> Response<Body> {
    let mut response = Response::new(Body::from("Internal Server Error"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}
