//! The host's end of a streamed answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::invoke::StreamPart;
use crate::limits::STREAM_PARTS_MAX;
use crate::runtime_api::StreamDoor;

/// Holds the place of the last part, so that a caller who reads slowly cannot hold up the end of an invocation.
pub(super) struct StreamAnswer {
    last_place: mpsc::OwnedPermit<StreamPart>,
    closed: Arc<AtomicBool>,
    /// How it ended, once it has.
    error: Option<(String, String)>,
}

impl StreamAnswer {
    /// The answer, the door for the runtime's chunks, and what the caller reads. None never happens: the channel is new.
    pub(super) fn open() -> Option<(Self, StreamDoor, mpsc::Receiver<StreamPart>)> {
        let (parts, receiver) = mpsc::channel(STREAM_PARTS_MAX + 1);
        let last_place = parts.clone().try_reserve_owned().ok()?;
        let closed = Arc::new(AtomicBool::new(false));
        let door = StreamDoor { parts, closed: Arc::clone(&closed) };
        Some((Self { last_place, closed, error: None }, door, receiver))
    }

    /// No chunk follows.
    pub(super) fn end(&mut self, error: Option<(String, String)>) {
        self.closed.store(true, Ordering::Release);
        self.error = error;
    }

    pub(super) fn complete(self, log_tail: Option<Bytes>) {
        self.last_place.send(StreamPart::Complete { error: self.error, log_tail });
    }
}
