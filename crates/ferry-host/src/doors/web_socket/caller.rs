//! Who connected: what every event of a connection repeats.

use std::net::SocketAddr;

use http::request;
use serde_json::{Map, Value};

/// The facts of one connection, from its upgrade request.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) connection_id: String,
    pub(super) connected_at_ms: u64,
    /// The `Host` header, as on AWS; here so that an address made of it leads back.
    pub(super) domain_name: String,
    pub(super) source_ip: String,
    pub(super) user_agent: Option<String>,
    /// The listener's own.
    pub(super) port: u16,
    /// What the authorizer said, if there is one: `principalId` and its context.
    pub(super) authorized: Option<Map<String, Value>>,
}

impl Caller {
    pub(super) fn new(head: &request::Parts, peer: SocketAddr, port: u16, connection_id: String, connected_at_ms: u64) -> Self {
        let header = |name: &str| head.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Self {
            connection_id,
            connected_at_ms,
            domain_name: header("host").unwrap_or_else(|| "localhost".to_owned()),
            source_ip: peer.ip().to_string(),
            user_agent: header("user-agent"),
            port,
            authorized: None,
        }
    }
}
