//! Answers that are cut off.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::FutureExt as _;
use http::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

use super::socket::Broken;
use crate::body::{Body, BodyError, ResponseBody, announced_len};

/// Bytes handed over at once, so that hardly more than the client takes lies in buffers when the connection closes.
const PIECE_BYTES: usize = 64 * 1024;
/// Between the last byte of the half and the close, for it to be sent.
const FLUSH: Duration = Duration::from_millis(20);

/// Lets half of the body through, then breaks the connection off. The announced length stays. A body of unknown length is cut within
/// its first piece; where there is no body to cut, nothing is answered at all.
pub(super) fn truncate(response: Response<ResponseBody>) -> Result<Response<ResponseBody>, Broken> {
    if response.body().is_end_stream() {
        return Err(Broken);
    }
    let left = announced_len(&response).map(|length| length / 2);
    Ok(response.map(|body| Body::new(Truncated { hint: body.size_hint(), body, left, pending: Bytes::new(), flush: None })))
}

struct Truncated {
    body: ResponseBody,
    /// Of the whole body: what the answer announces.
    hint: SizeHint,
    /// Bytes to let through; unknown before the first piece of a body of unknown length.
    left: Option<u64>,
    /// Of the body's last piece.
    pending: Bytes,
    flush: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Truncated {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        while self.pending.is_empty() && self.left != Some(0) {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => self.pending = frame.into_data().unwrap_or_default(),
                // It ends by itself, before its half: also no whole answer.
                ended => return Poll::Ready(Some(Err(ended.and_then(Result::err).unwrap_or_else(|| Broken.into())))),
            }
        }
        let left = self.left.unwrap_or(self.pending.len() as u64 / 2);
        let length = self.pending.len().min(PIECE_BYTES).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.left = Some(left - length as u64);
        if length > 0 {
            return Poll::Ready(Some(Ok(Frame::data(self.pending.split_to(length)))));
        }
        let flush = self.flush.get_or_insert_with(|| Box::pin(tokio::time::sleep(FLUSH)));
        ready!(flush.poll_unpin(cx));
        Poll::Ready(Some(Err(Broken.into())))
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}
