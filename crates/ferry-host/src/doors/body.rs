//! Bodies: a request's, read whole within limits, and a response's, whole or streamed.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::limits::{BODY_READ_TIMEOUT, OVERSIZE_DISCARD_BYTES_MAX};

/// Why a request has no body.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum ReadError {
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body did not arrive in time")]
    TooSlow,
    #[error("the client broke off within the body")]
    Broken,
}

/// Reads a request's body to its end. A body in one frame (the usual case) is not copied.
pub(super) async fn read(body: Incoming, limit: usize) -> Result<Bytes, ReadError> {
    read_within(body, limit, BODY_READ_TIMEOUT).await
}

pub(super) async fn read_within(body: Incoming, limit: usize, time: Duration) -> Result<Bytes, ReadError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    timeout(time, read_frames(body, limit)).await.unwrap_or(Err(ReadError::TooSlow))
}

async fn read_frames(mut body: Incoming, limit: usize) -> Result<Bytes, ReadError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return discard(body, 0, limit).await;
    }
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ReadError::Broken)?.into_data() else { continue };
        let read = first.len().max(whole.len()) + data.len();
        if read > limit {
            return discard(body, read, limit).await;
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

/// Lets the client finish sending, so that it reads the refusal; a client that sends far too much is cut off.
async fn discard(mut body: Incoming, mut read: usize, limit: usize) -> Result<Bytes, ReadError> {
    while let Some(Ok(frame)) = body.frame().await {
        read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if read > OVERSIZE_DISCARD_BYTES_MAX {
            break;
        }
    }
    Err(ReadError::TooLarge { limit })
}

/// A response's body.
pub(super) enum Body {
    /// `None` once it is sent.
    Whole(Option<Bytes>),
    Streamed(BoxStream<'static, Result<Bytes, Aborted>>),
}

/// The function failed after the answer had begun: the connection breaks off, so that nobody takes a part for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the function failed within its streamed answer")]
pub(super) struct Aborted;

/// Breaks a streamed body off, after what came before has had its turn to be sent.
pub(super) async fn abort() -> Result<Bytes, Aborted> {
    tokio::task::yield_now().await;
    Err(Aborted)
}

impl Body {
    pub(super) fn empty() -> Self {
        Self::Whole(None)
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        let bytes = bytes.into();
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Streamed(stream) => stream.as_mut().poll_next(cx).map_ok(Frame::data),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Streamed(_) => SizeHint::default(),
        }
    }
}
