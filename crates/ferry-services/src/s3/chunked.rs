//! `aws-chunked`: the framing in which SDKs stream a body whose checksum they know only at its end.
//!
//! `size[;chunk-signature=…] CRLF data CRLF … 0 CRLF trailers CRLF`. The front has checked the signature of the request itself; the
//! signatures of the single chunks are read over: what they protect against, a body changed on its way, is what the checksum in the
//! trailer finds. s3s decodes this framing only together with its own signature check, which needs a secret.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::Stream;
use s3s::StdError;
use s3s::stream::{ByteStream, RemainingLength};

use super::limits::{CHUNK_LINE_MAX_BYTES, CHUNK_TRAILERS_MAX};

/// The trailers of a body: there once it has been read to its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trailers(Arc<OnceLock<Vec<(String, String)>>>);

impl Trailers {
    /// The value of a trailer by its name in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.get()?.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.clone())
    }
}

/// Why a body is not aws-chunked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChunkedError {
    #[error("the aws-chunked body ends within a chunk")]
    Ended,
    #[error("the aws-chunked body has no valid size where a chunk begins")]
    Size,
    #[error("a chunk of the aws-chunked body is not followed by CRLF")]
    Separator,
    #[error("a line of the aws-chunked body is over {CHUNK_LINE_MAX_BYTES} bytes, or there are over {CHUNK_TRAILERS_MAX} trailers")]
    TooLong,
    #[error("a trailer of the aws-chunked body is not `name:value`")]
    Trailer,
    #[error("over {CHUNK_LINE_MAX_BYTES} bytes follow the end of the aws-chunked body")]
    Behind,
}

/// The decoded body.
pub(crate) struct Chunked<S> {
    body: S,
    buffer: BytesMut,
    state: State,
    trailers: Trailers,
    read: Vec<(String, String)>,
    decoded: u64,
    declared: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Size,
    Data(u64),
    Separator,
    Trailers,
    /// So many bytes have followed the end.
    Behind(usize),
    Done,
}

impl<S> Chunked<S> {
    /// `declared`: the length in `X-Amz-Decoded-Content-Length`.
    pub(crate) fn new(body: S, declared: u64, trailers: Trailers) -> Self {
        Self { body, buffer: BytesMut::new(), state: State::Size, trailers, read: Vec::new(), decoded: 0, declared }
    }

    /// Data, or what is missing to go on: None asks for more of the body.
    fn step(&mut self) -> Result<Option<Step>, ChunkedError> {
        match self.state {
            State::Size => {
                let Some(line) = self.line()? else { return Ok(None) };
                let size = line.split(|&byte| byte == b';').next().unwrap_or_default();
                let size = std::str::from_utf8(size).ok().and_then(|size| u64::from_str_radix(size.trim(), 16).ok());
                self.state = match size.ok_or(ChunkedError::Size)? {
                    0 => State::Trailers,
                    size => State::Data(size),
                };
                Ok(Some(Step::Again))
            }
            State::Data(left) => {
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                let take = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
                let data = self.buffer.split_to(take).freeze();
                self.decoded += take as u64;
                let left = left - take as u64;
                self.state = if left == 0 { State::Separator } else { State::Data(left) };
                Ok(Some(Step::Data(data)))
            }
            State::Separator => {
                if self.buffer.len() < 2 {
                    return Ok(None);
                }
                if !self.buffer.starts_with(b"\r\n") {
                    return Err(ChunkedError::Separator);
                }
                self.buffer.advance(2);
                self.state = State::Size;
                Ok(Some(Step::Again))
            }
            State::Trailers => {
                let Some(line) = self.line()? else { return Ok(None) };
                if line.is_empty() {
                    self.finish();
                    return Ok(Some(Step::Again));
                }
                let line = String::from_utf8(line.to_vec()).map_err(|_| ChunkedError::Trailer)?;
                let (name, value) = line.split_once(':').ok_or(ChunkedError::Trailer)?;
                if self.read.len() == CHUNK_TRAILERS_MAX {
                    return Err(ChunkedError::TooLong);
                }
                self.read.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                Ok(Some(Step::Again))
            }
            State::Behind(bytes) => {
                let bytes = bytes + self.buffer.len();
                self.buffer.clear();
                self.state = State::Behind(bytes);
                if bytes > CHUNK_LINE_MAX_BYTES { Err(ChunkedError::Behind) } else { Ok(None) }
            }
            State::Done => Ok(Some(Step::End)),
        }
    }

    /// All is there. What follows is read over: the JavaScript SDK sends one more empty line, and a request that is not read to its end
    /// costs the client its connection, which it learns only by its next request.
    fn finish(&mut self) {
        self.state = State::Behind(0);
        // Only this decoder sets it, once.
        let _ = self.trailers.0.set(std::mem::take(&mut self.read));
    }

    /// The next line without its end, when it is there. Some clients end a line with LF alone.
    fn line(&mut self) -> Result<Option<Bytes>, ChunkedError> {
        let Some(end) = self.buffer.iter().take(CHUNK_LINE_MAX_BYTES).position(|&byte| byte == b'\n') else {
            return if self.buffer.len() >= CHUNK_LINE_MAX_BYTES { Err(ChunkedError::TooLong) } else { Ok(None) };
        };
        let mut line = self.buffer.split_to(end + 1);
        line.truncate(end);
        if line.ends_with(b"\r") {
            line.truncate(end - 1);
        }
        Ok(Some(line.freeze()))
    }

    /// The body has ended: fine after the last chunk, also without the empty line behind the trailers.
    fn ended(&mut self) -> Result<(), ChunkedError> {
        match self.state {
            State::Behind(_) => {}
            State::Trailers if self.buffer.is_empty() => self.finish(),
            _ => return Err(ChunkedError::Ended),
        }
        self.state = State::Done;
        Ok(())
    }
}

enum Step {
    Data(Bytes),
    Again,
    End,
}

impl<S: Stream<Item = Result<Bytes, StdError>> + Unpin> Stream for Chunked<S> {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match this.step() {
                Ok(Some(Step::Data(data))) => return Poll::Ready(Some(Ok(data))),
                Ok(Some(Step::Again)) => {}
                Ok(Some(Step::End)) => return Poll::Ready(None),
                Ok(None) => match ready!(Pin::new(&mut this.body).poll_next(context)) {
                    Some(Ok(bytes)) => this.buffer.extend_from_slice(&bytes),
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    None => {
                        if let Err(error) = this.ended() {
                            this.state = State::Done;
                            return Poll::Ready(Some(Err(error.into())));
                        }
                    }
                },
                Err(error) => {
                    this.state = State::Done;
                    return Poll::Ready(Some(Err(error.into())));
                }
            }
        }
    }
}

impl<S: Stream<Item = Result<Bytes, StdError>> + Unpin> ByteStream for Chunked<S> {
    fn remaining_length(&self) -> RemainingLength {
        let left = self.declared.saturating_sub(self.decoded);
        usize::try_from(left).map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, TryStreamExt as _, stream};
    use proptest::prelude::*;

    use super::*;

    fn decode(body: &[u8], split: usize) -> (Result<Vec<u8>, StdError>, Trailers) {
        let trailers = Trailers::default();
        let pieces: Vec<Result<Bytes, StdError>> = body.chunks(split.max(1)).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let chunked = Chunked::new(stream::iter(pieces), 0, trailers.clone());
        let decoded = futures_util::FutureExt::now_or_never(chunked.map(|bytes| bytes.map(|bytes| bytes.to_vec())).try_concat());
        (decoded.expect("all pieces are there"), trailers)
    }

    #[test]
    fn a_body_with_signatures_and_a_trailer() {
        let body = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0;chunk-signature=cd\r\nX-Amz-Checksum-Crc32: AAAA\r\n\r\n";
        for split in 1..body.len() {
            let (decoded, trailers) = decode(body, split);
            assert_eq!(decoded.unwrap(), b"hello world", "pieces of {split}");
            assert_eq!(trailers.get("x-amz-checksum-crc32").as_deref(), Some("AAAA"));
        }
    }

    #[test]
    fn what_follows_the_end_is_read_over() {
        let read = std::cell::Cell::new(0);
        let pieces = ["5\r\nhello\r\n0\r\na:b\r\n\r\n", "\r\n", ""].map(|piece| Ok::<_, StdError>(Bytes::from(piece)));
        let body = stream::iter(pieces).inspect(|_| read.set(read.get() + 1));
        let decoded = futures_util::FutureExt::now_or_never(Chunked::new(body, 5, Trailers::default()).try_collect::<Vec<_>>());
        assert_eq!(decoded.unwrap().unwrap(), ["hello"]);
        assert_eq!(read.get(), 3);
    }

    #[test]
    fn refused_framings() {
        let long = format!("0\r\n\r\n{}", "x".repeat(CHUNK_LINE_MAX_BYTES + 1));
        for body in [
            &b"5\r\nhel"[..],
            b"x\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhelloX\r\n0\r\n\r\n",
            b"",
            b"5\r\nhello\r\n",
            b"0\r\nnovalue\r\n\r\n",
            long.as_bytes(),
        ] {
            assert!(decode(body, 3).0.is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    proptest! {
        #[test]
        fn any_chunks_in_any_pieces(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..6), split in 1usize..40) {
            let mut body = Vec::new();
            for chunk in &chunks {
                body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                body.extend_from_slice(chunk);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(decode(&body, split).0.unwrap(), chunks.concat());
        }
    }
}
