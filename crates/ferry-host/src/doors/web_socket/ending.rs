//! How a connection ends: the close code and reason that `$disconnect` is told.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) code: u16,
    pub(super) reason: String,
    /// Whether it is the client that must be told.
    ours: bool,
}

impl Ending {
    fn ours(code: u16, reason: &str) -> Self {
        Self { code, reason: reason.to_owned(), ours: true }
    }

    /// The client's close frame.
    pub(super) fn by_client(frame: Option<CloseFrame>) -> Self {
        match frame {
            Some(frame) => Self { code: frame.code.into(), reason: frame.reason.as_str().to_owned(), ours: false },
            None => Self { code: 1005, reason: "Client-side close frame status not set".to_owned(), ours: false },
        }
    }

    /// The connection broke off, or never came to be.
    pub(super) fn lost() -> Self {
        Self { code: 1006, reason: "Connection Closed Abnormally".to_owned(), ours: false }
    }

    /// `DELETE @connections`.
    pub(super) fn deleted() -> Self {
        Self::ours(1000, "Connection Closed Normally")
    }

    /// Idle for too long, open for too long, or the host shuts down.
    pub(super) fn going_away() -> Self {
        Self::ours(1001, "Going away")
    }

    pub(super) fn binary() -> Self {
        Self::ours(1003, "Unsupported data")
    }

    /// What the client sent is no message.
    pub(super) fn of_error(error: &Error) -> Self {
        match error {
            // How the library calls an end without a close frame.
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::lost(),
            Error::Capacity(_) => Self::ours(1009, "Message too big"),
            Error::Utf8(_) => Self::ours(1007, "Invalid payload data"),
            Error::Protocol(_) => Self::ours(1002, "Protocol error"),
            _ => Self::lost(),
        }
    }

    /// The frame that tells the client.
    pub(super) fn frame(&self) -> Option<CloseFrame> {
        self.ours.then(|| CloseFrame { code: self.code.into(), reason: self.reason.as_str().into() })
    }
}
