//! `InvokeWithResponseStream`: the answer as it is written, in binary event-stream framing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderValue, Response, StatusCode};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::LambdaDoor;
use super::call::{Call, invalid_member};
use super::error::ApiError;
use super::eventstream::{InvokeComplete, invoke_complete, payload_chunk};
use super::function_ref::LATEST;
use crate::doors::body::{Aborted, Body, abort};
use crate::invoke::{InvokeAnswer, Payload, StreamPart};

pub(super) async fn serve(door: &LambdaDoor, call: Call<'_>) -> Result<Response<Body>, ApiError> {
    let function = door.function(&call)?;
    match call.header("x-amz-invocation-type") {
        None | Some("RequestResponse") => {}
        Some("DryRun") => {
            call.event()?;
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            return Ok(response);
        }
        Some(other) => return Err(invalid_member(other, "invocationType", "[RequestResponse, DryRun]")),
    }
    let request = super::invoke::request(call, &function, true)?;
    let answer = door.invoke.invoke(request).await.map_err(|error| ApiError::from_invoke(error, &function))?;
    let mut response = Response::new(frames(answer));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/vnd.amazon.eventstream"));
    headers.insert("x-amz-executed-version", HeaderValue::from_static(LATEST));
    Ok(response)
}

fn frames(answer: InvokeAnswer) -> Body {
    let InvokeAnswer { payload, function_error, log_tail, metrics: _, content_type: _ } = answer;
    match payload {
        Payload::Buffered(payload) if function_error.is_some() => {
            Body::from(invoke_complete(&completion(Some(error_of(&payload)), log_tail)))
        }
        Payload::Buffered(payload) => {
            let chunk = payload_chunk(&payload);
            let parts = [chunk, invoke_complete(&completion(None, log_tail))];
            Body::Streamed(stream::iter(parts.into_iter().filter(|part| !part.is_empty()).map(Ok)).boxed())
        }
        Payload::Streamed(parts) => Body::Streamed(stream::unfold(Some(parts), next_frame).boxed()),
    }
}

/// One part as a message. A channel that closes without a completion lost its sandbox: the connection breaks off.
async fn next_frame(parts: Option<mpsc::Receiver<StreamPart>>) -> Option<(Result<Bytes, Aborted>, Option<mpsc::Receiver<StreamPart>>)> {
    let mut parts = parts?;
    loop {
        match parts.recv().await {
            Some(StreamPart::Chunk(chunk)) if chunk.is_empty() => {}
            Some(StreamPart::Chunk(chunk)) => return Some((Ok(payload_chunk(&chunk)), Some(parts))),
            Some(StreamPart::Complete { error, log_tail }) => return Some((Ok(invoke_complete(&completion(error, log_tail))), None)),
            None => return Some((abort().await, None)),
        }
    }
}

fn completion(error: Option<(String, String)>, log_tail: Option<Bytes>) -> InvokeComplete {
    let (error_code, error_details) = error.unzip();
    InvokeComplete { error_code, error_details, log_result: log_tail.map(|log| STANDARD.encode(log)) }
}

/// Type and body of an error that came before the first byte.
fn error_of(payload: &[u8]) -> (String, String) {
    #[derive(Deserialize)]
    struct ErrorPayload {
        #[serde(rename = "errorType")]
        error_type: String,
    }
    let code = serde_json::from_slice::<ErrorPayload>(payload).map_or_else(|_| "Unhandled".to_owned(), |error| error.error_type);
    (code, String::from_utf8_lossy(payload).into_owned())
}
