//! `Invoke`: synchronous, asynchronous, or a dry run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ferry_template::Function;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::LambdaDoor;
use super::call::{Call, invalid_member};
use super::error::ApiError;
use super::event_queue::QueuedEvent;
use super::function_ref::LATEST;
use crate::doors::body::Body;
use crate::doors::limits::EVENT_PAYLOAD_BYTES_MAX;
use crate::doors::{answer_bytes, clock, ids};
use crate::invoke::{InvokeAnswer, InvokeRequest};

pub(super) async fn serve(door: &LambdaDoor, call: Call<'_>) -> Result<Response<Body>, ApiError> {
    let function = door.function(&call)?;
    match call.header("x-amz-invocation-type") {
        None | Some("RequestResponse") => run(door, call, &function).await,
        Some("Event") => enqueue(door, call, &function),
        Some("DryRun") => {
            call.event()?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        Some(other) => Err(invalid_member(other, "invocationType", "[Event, RequestResponse, DryRun]")),
    }
}

async fn run(door: &LambdaDoor, call: Call<'_>, function: &Function) -> Result<Response<Body>, ApiError> {
    let request = request(call, function, false)?;
    let trace_id = request.trace_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok());
    let mut answer = door.invoke.invoke(request).await.map_err(|error| ApiError::from_invoke(error, function))?;
    let payload = answer_bytes::take(&mut answer).await.map_err(|error| ApiError::Service(error.to_string()))?;
    let mut response = Response::new(Body::from(payload));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("x-amz-executed-version", HeaderValue::from_static(LATEST));
    if let Some(trace_id) = trace_id {
        headers.insert("x-amzn-trace-id", trace_id);
    }
    if answer.function_error.is_some() {
        // AWS says so of errors that the runtime reported, too.
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    put_measures(headers, &answer);
    Ok(response)
}

/// What `LogType=Tail` asks for: the log's end, and Ferry's own measures beside it.
fn put_measures(headers: &mut HeaderMap, answer: &InvokeAnswer) {
    if let Some(log) = &answer.log_tail
        && let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(STANDARD.encode(log)))
    {
        headers.insert("x-amz-log-result", value);
    }
    if let Some(metrics) = &answer.metrics
        && let Ok(json) = serde_json::to_vec(metrics)
        && let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(json))
    {
        headers.insert("x-ferry-metrics", value);
    }
}

fn enqueue(door: &LambdaDoor, call: Call<'_>, function: &Function) -> Result<Response<Body>, ApiError> {
    let payload = call.event()?;
    if payload.len() > EVENT_PAYLOAD_BYTES_MAX {
        return Err(ApiError::RequestTooLarge { limit: EVENT_PAYLOAD_BYTES_MAX, operation: "InvokeFunction" });
    }
    let trace_id = call.header("x-amzn-trace-id").map(str::to_owned);
    door.events.accept(QueuedEvent { request_id: call.request_id, payload, trace_id }, function)?;
    Ok(empty(StatusCode::ACCEPTED))
}

/// The invocation that a call asks for.
pub(super) fn request(call: Call<'_>, function: &Function, streaming: bool) -> Result<InvokeRequest, ApiError> {
    Ok(InvokeRequest {
        function: function.name.clone(),
        payload: call.event()?,
        client_context: call.client_context()?,
        cognito_identity: None,
        trace_id: Some(call.header("x-amzn-trace-id").map_or_else(|| ids::trace_id(clock::now_ms()), str::to_owned)),
        tail: call.tail()?,
        streaming,
        request_id: call.request_id,
    })
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
