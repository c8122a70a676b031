//! `RESPONSE_STREAM`: a function's answer as an HTTP response while it is being written.
//!
//! An answer of type `application/vnd.awslambda.http-integration-response` begins with a prelude: JSON metadata (status, headers, cookies) and
//! eight NUL bytes. Any other answer is the body itself, with status 200. So a function that does not stream shows its JSON as it is.

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tokio::sync::mpsc;

use crate::doors::body::{Aborted, Body, abort};
use crate::doors::limits::PRELUDE_BYTES_MAX;
use crate::doors::payload_v2::answer::{Malformed, parse_prelude};
use crate::invoke::{InvokeAnswer, Payload, StreamPart};

const WITH_PRELUDE: &str = "application/vnd.awslambda.http-integration-response";
const SEPARATOR: [u8; 8] = [0; 8];

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error("the function failed before its first byte")]
    Function,
    #[error("the answer ended, or grew beyond {PRELUDE_BYTES_MAX} bytes, before the eight NUL bytes that end its prelude")]
    NoSeparator,
    #[error("the prelude cannot become a response")]
    Prelude(#[source] Malformed),
}

/// Waits for the first bytes: a function that fails before them is an error still, later ones can only break off.
pub(super) async fn response(answer: InvokeAnswer) -> Result<Response<Body>, StreamError> {
    let content_type = answer.content_type.clone();
    let mut parts = Parts::of(answer)?;
    let (status, headers) = if content_type.starts_with(WITH_PRELUDE) {
        let prelude = parts.read_prelude().await?;
        parse_prelude(&prelude).map_err(StreamError::Prelude)?
    } else {
        parts.fill().await?;
        (StatusCode::OK, HeaderMap::new())
    };
    let mut response = Response::new(Body::Streamed(stream::unfold(parts, Parts::next).boxed()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if !response.headers().contains_key("content-type") {
        let default = if content_type.starts_with(WITH_PRELUDE) { None } else { HeaderValue::from_str(&content_type).ok() };
        let default = default.unwrap_or(HeaderValue::from_static("application/octet-stream"));
        response.headers_mut().insert("content-type", default);
    }
    Ok(response)
}

/// What is left of an answer.
struct Parts {
    /// Read, not yet passed on.
    ahead: Bytes,
    rest: Rest,
}

enum Rest {
    Channel(mpsc::Receiver<StreamPart>),
    Ended,
    /// To be told after `ahead`.
    Failed,
}

impl Parts {
    fn of(answer: InvokeAnswer) -> Result<Self, StreamError> {
        match answer.payload {
            _ if answer.function_error.is_some() => Err(StreamError::Function),
            Payload::Buffered(ahead) => Ok(Self { ahead, rest: Rest::Ended }),
            Payload::Streamed(parts) => Ok(Self { ahead: Bytes::new(), rest: Rest::Channel(parts) }),
        }
    }

    /// One more chunk; `None` at the end. A channel that closes without a completion lost its sandbox.
    async fn receive(&mut self) -> Option<Bytes> {
        while let Rest::Channel(parts) = &mut self.rest {
            match parts.recv().await {
                Some(StreamPart::Chunk(chunk)) if chunk.is_empty() => {}
                Some(StreamPart::Chunk(chunk)) => return Some(chunk),
                Some(StreamPart::Complete { error: None, .. }) => self.rest = Rest::Ended,
                Some(StreamPart::Complete { error: Some(_), .. }) | None => self.rest = Rest::Failed,
            }
        }
        None
    }

    /// Waits until there is something to pass on, or the end.
    async fn fill(&mut self) -> Result<(), StreamError> {
        if self.ahead.is_empty()
            && let Some(chunk) = self.receive().await
        {
            self.ahead = chunk;
        }
        if self.ahead.is_empty() && matches!(self.rest, Rest::Failed) { Err(StreamError::Function) } else { Ok(()) }
    }

    /// The metadata's bytes; what follows the separator stays ahead.
    async fn read_prelude(&mut self) -> Result<Bytes, StreamError> {
        let mut read = BytesMut::from(std::mem::take(&mut self.ahead));
        let mut searched = 0;
        loop {
            if let Some(at) = read[searched..].windows(SEPARATOR.len()).position(|window| window == SEPARATOR) {
                let prelude = read.split_to(searched + at).freeze();
                self.ahead = read.split_off(SEPARATOR.len()).freeze();
                return Ok(prelude);
            }
            searched = read.len().saturating_sub(SEPARATOR.len() - 1);
            match self.receive().await {
                Some(chunk) if read.len() <= PRELUDE_BYTES_MAX => read.extend_from_slice(&chunk),
                None if matches!(self.rest, Rest::Failed) => return Err(StreamError::Function),
                _ => return Err(StreamError::NoSeparator),
            }
        }
    }

    async fn next(mut self) -> Option<(Result<Bytes, Aborted>, Self)> {
        let ahead = std::mem::take(&mut self.ahead);
        if !ahead.is_empty() {
            return Some((Ok(ahead), self));
        }
        match self.receive().await {
            Some(chunk) => Some((Ok(chunk), self)),
            None if matches!(self.rest, Rest::Failed) => {
                self.rest = Rest::Ended;
                Some((abort().await, self))
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use proptest::prelude::*;

    /// The response to these chunks, and its body or `None` where the connection breaks off.
    fn streamed(content_type: &str, chunks: &[&[u8]], error: bool) -> Result<(http::response::Parts, Option<Bytes>), StreamError> {
        let (sender, parts) = mpsc::channel(chunks.len() + 1);
        for chunk in chunks {
            sender.try_send(StreamPart::Chunk(Bytes::copy_from_slice(chunk))).unwrap();
        }
        let error = error.then(|| ("E".to_owned(), "{}".to_owned()));
        sender.try_send(StreamPart::Complete { error, log_tail: None }).unwrap();
        let content_type = content_type.to_owned();
        let answer = InvokeAnswer { payload: Payload::Streamed(parts), function_error: None, log_tail: None, metrics: None, content_type };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (head, body) = response(answer).await?.into_parts();
            Ok((head, body.collect().await.ok().map(http_body_util::Collected::to_bytes)))
        })
    }

    #[test]
    fn an_answer_without_prelude_is_the_body() {
        let (head, body) = streamed("text/html", &[b"<p>", b"", b"x"], false).unwrap();
        assert_eq!(
            (head.status, head.headers["content-type"].as_bytes(), body.as_deref()),
            (StatusCode::OK, &b"text/html"[..], Some(&b"<p>x"[..]))
        );
    }

    #[test]
    fn failures_before_the_first_byte_are_errors_and_later_ones_break_off() {
        assert!(matches!(streamed("text/html", &[], true), Err(StreamError::Function)));
        assert!(matches!(streamed(WITH_PRELUDE, &[b"{}"], true), Err(StreamError::Function)));
        assert!(matches!(streamed(WITH_PRELUDE, &[b"{}"], false), Err(StreamError::NoSeparator)));
        assert!(matches!(streamed(WITH_PRELUDE, &[b"{\0\0\0\0\0\0\0\0"], false), Err(StreamError::Prelude(_))));
        assert!(matches!(streamed(WITH_PRELUDE, &[&[b' '; PRELUDE_BYTES_MAX], b" ", b" "], false), Err(StreamError::NoSeparator)));
        assert_eq!(streamed("text/html", &[b"x"], true).unwrap().1, None);
    }

    proptest! {
        #[test]
        fn the_prelude_is_found_wherever_chunks_split(cuts in prop::collection::vec(0_usize..80, 0..8), body in prop::collection::vec(any::<u8>(), 0..30)) {
            let json = br#"{"statusCode":418,"headers":{"x-a":"1"},"cookies":["c=1"]}"#;
            let whole = [&json[..], &SEPARATOR, &body].concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).chain([0, whole.len()]).collect();
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|ends| &whole[ends[0]..ends[1]]).collect();
            let (head, read) = streamed(WITH_PRELUDE, &chunks, false).unwrap();
            prop_assert_eq!(head.status.as_u16(), 418);
            prop_assert_eq!(&head.headers["x-a"], "1");
            prop_assert_eq!(&head.headers["set-cookie"], "c=1");
            prop_assert_eq!(&head.headers["content-type"], "application/octet-stream");
            prop_assert_eq!(read.unwrap(), body);
        }
    }
}
