//! Identifiers that the doors make up: request ids, trace ids, and the ids of APIs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use sha2::{Digest as _, Sha256};

const SOCKET_ID_BYTES: usize = 11;

/// The request id: a UUID, as on AWS.
pub(super) fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// A trace header nobody samples: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0`.
pub(super) fn trace_id(epoch_ms: u64) -> String {
    let root = fastrand::u128(..) >> 32;
    format!("Root=1-{:08x}-{root:024x};Parent={:016x};Sampled=0", (epoch_ms / 1000) & 0xffff_ffff, fastrand::u64(..))
}

/// A connection, request or message of a WebSocket API: `L0SM9cOFvHcCIhw=`.
pub(super) fn socket_id() -> String {
    URL_SAFE.encode(&uuid::Uuid::new_v4().as_bytes()[..SOCKET_ID_BYTES])
}

/// Whether a text could be what [`socket_id`] gives.
pub(super) fn is_socket_id(text: &str) -> bool {
    URL_SAFE.decode(text).is_ok_and(|bytes| bytes.len() == SOCKET_ID_BYTES)
}

/// `length` lower-case letters and digits that stay the same for the same `name`: an API's id, without an account to give one.
pub(super) fn api_id(name: &str, length: usize) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut id = String::with_capacity(length);
    for byte in Sha256::digest(name.as_bytes()).iter().cycle().take(length) {
        id.push(char::from(DIGITS[usize::from(byte & 31)]));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_id_has_the_documented_form() {
        let id = trace_id(1_465_510_280_000);
        let (root, rest) = id.split_once(';').unwrap();
        assert!(root.starts_with("Root=1-5759e988-") && root.len() == "Root=1-5759e988-bd862e3fe1be46a994272793".len(), "{id}");
        assert_eq!(rest.len(), "Parent=53995c3f42cd8ad8;Sampled=0".len(), "{id}");
    }

    #[test]
    fn socket_ids_have_the_form_that_clients_must_encode_in_a_path() {
        let id = socket_id();
        assert!(id.len() == 16 && id.ends_with('=') && is_socket_id(&id), "{id}");
        assert_ne!(id, socket_id());
        for foreign in ["", "nobody", "L0SM9cOFvHcCIhw", "L0SM9cOFvHcCIh==", "L0SM9cOFvHcCIhw=L0SM9cOFvHcCIhw="] {
            assert!(!is_socket_id(foreign), "{foreign}");
        }
    }

    #[test]
    fn api_id_depends_on_the_name_alone() {
        assert_eq!(api_id("Api", 10), api_id("Api", 10));
        assert_ne!(api_id("Api", 10), api_id("Api2", 10));
        assert_eq!(api_id("Api", 32).len(), 32);
    }
}
