//! Bodies of what the runtime posts: read whole within a limit, or forwarded chunk by chunk.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::StreamDoor;
use crate::invoke::StreamPart;
use crate::lifecycle::{Ending, ResponseBody};
use crate::limits::{DISCARDED_BYTES_MAX, STREAMED_RESPONSE_BYTES_MAX};

const ERROR_TYPE_TRAILER: &str = "lambda-runtime-function-error-type";
const ERROR_BODY_TRAILER: &str = "lambda-runtime-function-error-body";

/// A body that was read to its end.
pub(super) struct Whole {
    pub(super) state: ResponseBody,
    /// Empty unless `state` is `Complete`.
    pub(super) bytes: Bytes,
    /// Error type and body, from the trailers of a streamed response that failed midstream.
    pub(super) error: Option<(String, String)>,
}

/// Reads at most `bytes_max`. What exceeds them is read and thrown away, within bounds, so that the runtime comes to
/// read its refusal.
pub(super) async fn read_whole(mut body: Incoming, bytes_max: usize) -> Whole {
    let refused = |state| Whole { state, bytes: Bytes::new(), error: None };
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut error = None;
    let mut length = 0usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return refused(ResponseBody::Truncated) };
        match frame.into_data() {
            Ok(data) => {
                length += data.len();
                if length > DISCARDED_BYTES_MAX {
                    return refused(ResponseBody::TooLarge);
                }
                if length > bytes_max {
                    rest = BytesMut::new();
                } else if first.is_empty() && rest.is_empty() {
                    // The usual case: one frame, taken over without a copy.
                    first = data;
                } else {
                    if rest.is_empty() {
                        rest.reserve(expected.clamp(length, bytes_max));
                        rest.extend_from_slice(&first);
                    }
                    rest.extend_from_slice(&data);
                }
            }
            Err(frame) => error = frame.trailers_ref().and_then(error_of_trailers),
        }
    }
    if length > bytes_max {
        return refused(ResponseBody::TooLarge);
    }
    let bytes = if rest.is_empty() { first } else { rest.freeze() };
    Whole { state: ResponseBody::Complete, bytes, error }
}

/// Forwards a streamed body to the caller as it comes. A caller that has gone away does not stop the function: the
/// rest is read and dropped.
pub(super) async fn forward(mut body: Incoming, door: StreamDoor) -> (Ending, Option<(String, String)>) {
    let mut length = 0usize;
    let mut error = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return (Ending::Truncated, None) };
        match frame.into_data() {
            Ok(data) => {
                length += data.len();
                if length > STREAMED_RESPONSE_BYTES_MAX {
                    return (Ending::TooLarge, None);
                }
                if let Ok(place) = door.parts.reserve().await
                    && !door.closed.load(Ordering::Acquire)
                {
                    place.send(StreamPart::Chunk(data));
                }
            }
            Err(frame) => error = frame.trailers_ref().and_then(error_of_trailers),
        }
    }
    (if error.is_some() { Ending::Error } else { Ending::Complete }, error)
}

/// The body comes as Base64; a runtime that sends it plain is understood too.
fn error_of_trailers(trailers: &HeaderMap) -> Option<(String, String)> {
    let error_type = String::from_utf8_lossy(trailers.get(ERROR_TYPE_TRAILER)?.as_bytes()).into_owned();
    let raw = trailers.get(ERROR_BODY_TRAILER).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let body = BASE64.decode(raw).unwrap_or_else(|_| raw.to_vec());
    Some((error_type, String::from_utf8_lossy(&body).into_owned()))
}
