//! The page at the other end of a WebSocket connection. It may go at any time, and that fails nothing: what is under way is finished.

use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use serde::Serialize;

use super::Log;
use crate::client::{Aws, Request};
use crate::message::Connection;
use crate::retry;

#[derive(Debug)]
pub struct Page<'a> {
    aws: &'a Aws,
    connection: &'a Connection,
    log: Log,
    gone: AtomicBool,
}

impl<'a> Page<'a> {
    pub fn new(aws: &'a Aws, connection: &'a Connection, log: Log) -> Self {
        Self { aws, connection, log, gone: AtomicBool::new(false) }
    }

    /// Whether the connection was found closed.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Sends `message` as JSON. A page that cannot be reached is logged; one that is gone is remembered and not written to again.
    pub async fn send(&self, message: &impl Serialize) {
        if self.is_gone() {
            return;
        }
        let body = match serde_json::to_vec(message) {
            Ok(body) => body,
            Err(error) => return (self.log)(&format!("a message to the page is not JSON: {error}")),
        };
        let request = Request::to_connection(&self.connection.id, &self.connection.endpoint, body);
        match retry::send(self.aws, &request).await.0.and_then(|answer| {
            self.gone.store(answer.status == StatusCode::GONE, Ordering::Relaxed);
            answer.expect_success("posting to the page")
        }) {
            Ok(_) => {}
            Err(_) if self.is_gone() => (self.log)("the page is gone"),
            Err(error) => (self.log)(&format!("the page cannot be reached: {}", super::describe(&error))),
        }
    }
}
