//! What the host decides about its doors.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The defaults are AWS's, on the ports that `ferry up` documents.
#[derive(Debug, Clone)]
pub struct DoorsSettings {
    /// The Lambda API's listener; loopback only. Port 0 takes any.
    pub lambda_addr: SocketAddr,
    /// Port of the first API or function URL; the others follow, skipping what is taken. 0 takes any.
    pub first_api_port: u16,
    pub region: String,
    pub account_id: String,
    /// Before the first and the second retry of an asynchronous invocation that ended in a function error.
    pub retry_delays: [Duration; 2],
    /// First and longest pause of an asynchronous event after a throttle or a fault of the host.
    pub throttle_delays: [Duration; 2],
    /// How long an HTTP API waits for its function.
    pub integration_timeout: Duration,
    /// A WebSocket connection on which nothing moves for this long is closed.
    pub web_socket_idle: Duration,
    /// The longest that a WebSocket connection lasts.
    pub web_socket_lifetime: Duration,
    /// WebSocket connections open at once, over all APIs; beyond, 429.
    pub web_socket_connections: usize,
    /// What requests and asynchronous invocations under way get on close, one after the other; WebSocket connections
    /// get it together with requests.
    pub drain: Duration,
}

impl Default for DoorsSettings {
    fn default() -> Self {
        Self {
            lambda_addr: (Ipv4Addr::LOCALHOST, 9000).into(),
            first_api_port: 9001,
            region: "us-east-1".to_owned(),
            account_id: "123456789012".to_owned(),
            retry_delays: [Duration::from_secs(60), Duration::from_secs(120)],
            throttle_delays: [Duration::from_secs(1), Duration::from_secs(300)],
            integration_timeout: Duration::from_secs(30),
            web_socket_idle: Duration::from_secs(10 * 60),
            web_socket_lifetime: Duration::from_secs(2 * 60 * 60),
            web_socket_connections: 1_024,
            drain: Duration::from_secs(5),
        }
    }
}
