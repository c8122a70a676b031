//! The bytes of an object, or of a range of it, as a stream: slices of what is in memory, chunks of what is in files.

use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use s3s::StdError;
use s3s::stream::{ByteStream, RemainingLength};
use tokio::task::JoinHandle;

use super::blob::{Blob, OpenBlob};
use crate::s3::limits::FILE_CHUNK_BYTES;

/// A stream over a range of blobs that stand one behind the other.
#[derive(Debug)]
pub(crate) struct Reader {
    segments: VecDeque<Segment>,
    remaining: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

#[derive(Debug)]
struct Segment {
    blob: OpenBlob,
    offset: u64,
    length: u64,
}

impl Reader {
    /// `range` counts from the start of the first blob and lies within all of them together.
    ///
    /// # Errors
    /// When a file of the data folder cannot be opened.
    pub(crate) fn open(blobs: &[Arc<Blob>], range: &Range<u64>) -> io::Result<Self> {
        let mut segments = VecDeque::new();
        let mut start = 0;
        for blob in blobs {
            let end = start + blob.size();
            let from = range.start.max(start);
            let to = range.end.min(end);
            if from < to {
                segments.push_back(Segment { blob: blob.open()?, offset: from - start, length: to - from });
            }
            start = end;
        }
        Ok(Self { segments, remaining: range.end.saturating_sub(range.start), reading: None })
    }

    fn took(&mut self, bytes: &Bytes) {
        self.remaining = self.remaining.saturating_sub(bytes.len() as u64);
    }
}

impl Stream for Reader {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(reading) = &mut this.reading {
                let read = ready!(Pin::new(reading).poll(context));
                this.reading = None;
                let read = read.map_err(StdError::from).and_then(|read| read.map_err(StdError::from));
                if let Ok(bytes) = &read {
                    this.took(bytes);
                } else {
                    this.segments.clear();
                }
                return Poll::Ready(Some(read));
            }
            let Some(segment) = this.segments.front_mut() else {
                return Poll::Ready(None);
            };
            let in_memory = matches!(segment.blob, OpenBlob::Memory(_));
            let chunk = if in_memory { segment.length } else { segment.length.min(FILE_CHUNK_BYTES as u64) };
            let length = usize::try_from(chunk)?;
            let (blob, offset) = (segment.blob.clone(), segment.offset);
            segment.offset += chunk;
            segment.length -= chunk;
            if segment.length == 0 {
                this.segments.pop_front();
            }
            if in_memory {
                let bytes = blob.read(offset, length)?;
                this.took(&bytes);
                return Poll::Ready(Some(Ok(bytes)));
            }
            this.reading = Some(tokio::task::spawn_blocking(move || blob.read(offset, length)));
        }
    }
}

impl ByteStream for Reader {
    fn remaining_length(&self) -> RemainingLength {
        usize::try_from(self.remaining).map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}
