//! A whole answer for a door that does not stream.

use bytes::{Bytes, BytesMut};

use super::limits::BUFFERED_ANSWER_BYTES_MAX;
use crate::invoke::{FunctionError, InvokeAnswer, Payload, StreamPart};

#[derive(Debug, thiserror::Error)]
#[error(
    "the function streamed more than {BUFFERED_ANSWER_BYTES_MAX} bytes: read its answer by InvokeWithResponseStream or a streaming function URL"
)]
pub(super) struct AnswerTooLarge;

/// Takes the payload out of the answer. Of a streamed one it waits for the end, whose error and log then stand in the answer.
pub(super) async fn take(answer: &mut InvokeAnswer) -> Result<Bytes, AnswerTooLarge> {
    let mut parts = match std::mem::replace(&mut answer.payload, Payload::Buffered(Bytes::new())) {
        Payload::Buffered(payload) => return Ok(payload),
        Payload::Streamed(parts) => parts,
    };
    let mut whole = BytesMut::new();
    while let Some(part) = parts.recv().await {
        match part {
            StreamPart::Chunk(chunk) if whole.len() + chunk.len() > BUFFERED_ANSWER_BYTES_MAX => return Err(AnswerTooLarge),
            StreamPart::Chunk(chunk) => whole.extend_from_slice(&chunk),
            StreamPart::Complete { error, log_tail } => {
                answer.log_tail = log_tail.or(answer.log_tail.take());
                let Some((_, body)) = error else { return Ok(whole.freeze()) };
                answer.function_error = Some(FunctionError::Unhandled);
                return Ok(Bytes::from(body));
            }
        }
    }
    // The sandbox was lost before it could say how it ended.
    answer.function_error = Some(FunctionError::Unhandled);
    Ok(whole.freeze())
}
