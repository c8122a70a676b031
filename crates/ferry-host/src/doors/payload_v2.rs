//! Payload format 2.0, shared by function URLs and HTTP APIs: a request becomes an event, an answer becomes a response.

pub(super) mod answer;
pub(super) mod event;

use http::HeaderName;

/// Headers that mean one connection, not the message: they go no further in either direction.
pub(super) fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}
