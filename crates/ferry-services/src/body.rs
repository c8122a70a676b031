//! Bodies of requests and responses: whole or streamed, never copied on the way through the front.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use http::Response;
use http::header::CONTENT_LENGTH;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Incoming;

use crate::limits::{BODY_READ_TIMEOUT, OVERSIZE_DISCARD_BYTES_MAX};

/// Why a body broke off. Within a response it ends the connection, so that nobody takes a part for the whole.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request, as a service gets it: of S3 already without its `aws-chunked` framing.
pub type RequestBody = Body;
/// The body of a response.
pub type ResponseBody = Body;

/// A body with `Bytes` as data.
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    /// Nothing, or nothing any more.
    #[default]
    Empty,
    Whole(Bytes),
    Incoming(Incoming),
    Boxed(UnsyncBoxBody<Bytes, BodyError>),
}

impl Body {
    pub fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// Boxes any other body.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        Self(Kind::Boxed(body.map_err(Into::into).boxed_unsync()))
    }

    /// A body of pieces, of unknown length: sent chunked unless the response's `content-length` says how long it is.
    pub fn stream<S, E>(pieces: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BodyError> + 'static,
    {
        Self(Kind::Boxed(StreamBody::new(pieces.map(|piece| piece.map(Frame::data).map_err(Into::into))).boxed_unsync()))
    }

    /// The number of bytes to come, if it is known.
    pub fn len_exact(&self) -> Option<u64> {
        self.size_hint().exact()
    }
}

impl From<Incoming> for Body {
    fn from(body: Incoming) -> Self {
        if body.is_end_stream() { Self::empty() } else { Self(Kind::Incoming(body)) }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::empty() } else { Self(Kind::Whole(bytes)) }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Empty => "empty",
            Kind::Whole(_) => "whole",
            Kind::Incoming(_) => "incoming",
            Kind::Boxed(_) => "boxed",
        };
        f.debug_tuple("Body").field(&kind).field(&self.len_exact()).finish()
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let kind = &mut self.get_mut().0;
        match kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                *kind = Kind::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Kind::Incoming(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Kind::Boxed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Whole(_) => false,
            Kind::Incoming(body) => body.is_end_stream(),
            Kind::Boxed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Incoming(body) => body.size_hint(),
            Kind::Boxed(body) => body.size_hint(),
        }
    }
}

/// The length of a body, as its header or else itself says it.
pub(crate) fn announced_len(response: &Response<ResponseBody>) -> Option<u64> {
    let header = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    header.or_else(|| response.body().len_exact())
}

/// Why a request's body could not be read whole.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("the body is larger than the {limit} bytes that this operation takes")]
    TooLarge { limit: usize },
    #[error("the body did not arrive within {} s", .limit.as_secs())]
    TooSlow { limit: Duration },
    #[error("the body broke off")]
    Broken(#[source] BodyError),
}

/// Reads a body to its end, up to `limit` bytes. A body of one piece (the usual case) is not copied.
pub async fn collect(body: Body, limit: usize) -> Result<Bytes, CollectError> {
    match body.0 {
        Kind::Empty => Ok(Bytes::new()),
        Kind::Whole(bytes) if bytes.len() <= limit => Ok(bytes),
        kind => {
            let reading = tokio::time::timeout(BODY_READ_TIMEOUT, collect_frames(Body(kind), limit));
            reading.await.unwrap_or(Err(CollectError::TooSlow { limit: BODY_READ_TIMEOUT }))
        }
    }
}

async fn collect_frames(mut body: Body, limit: usize) -> Result<Bytes, CollectError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        discard(body, 0).await;
        return Err(CollectError::TooLarge { limit });
    }
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(CollectError::Broken)?.into_data() else { continue };
        let read = first.len().max(whole.len()) + data.len();
        if read > limit {
            discard(body, read).await;
            return Err(CollectError::TooLarge { limit });
        }
        if first.is_empty() {
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.reserve(announced.max(read));
            whole.extend_from_slice(&first);
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// Lets the client finish sending, so that it reads the refusal; one that sends far too much is cut off.
pub(crate) async fn discard(mut body: Body, mut read: usize) {
    while let Some(Ok(frame)) = body.frame().await {
        read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if read > OVERSIZE_DISCARD_BYTES_MAX {
            break;
        }
    }
}
