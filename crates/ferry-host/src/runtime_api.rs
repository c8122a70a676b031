//! The Runtime API, version 2018-06-01: HTTP on the socket that the host opened inside the sandbox.
//!
//! This layer reads requests, checks what can be checked without the sandbox's state, hands each one as a [`Message`]
//! to the sandbox's driver and writes what the driver replies. Whether a call is right in the present phase is the
//! state machine's to say. A connection is a future that the driver itself polls, in its own task: between a socket
//! and the state machine there is no other task to switch to.

mod body;
mod connection;
mod next;
mod reply;
mod route;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tokio::sync::{mpsc, oneshot};

use crate::invoke::StreamPart;
use crate::lifecycle::{Ending, Reply, ResponseBody};

pub(crate) use connection::{Connection, serve};
pub(crate) use next::{InvocationHead, next_response};

pub(crate) type ApiResponse = Response<Full<Bytes>>;

/// One call of the runtime, and where the reply goes. Dropping `reply` ends the connection.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) call: ApiCall,
    pub(crate) reply: oneshot::Sender<ApiReply>,
}

#[derive(Debug)]
pub(crate) enum ApiCall {
    Next,
    /// A response whose body has been read.
    Response {
        target: Target,
        body: ResponseBody,
        content: Content,
    },
    /// The head of a streamed response.
    StreamHead {
        target: Target,
        content_type: Option<String>,
    },
    /// The end of a streamed response that was forwarded. `error` is what its trailers say.
    StreamEnd {
        target: Target,
        ending: Ending,
        error: Option<(String, String)>,
    },
    Error {
        target: Target,
        error_type: String,
        content: Content,
    },
    InitError {
        error_type: String,
        body: Bytes,
    },
}

/// The invocation that a call is about.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) request_id: String,
    /// `Lambda-Runtime-Invocation-Id`, where the runtime echoes it; `Some(None)` when it is none of ours.
    pub(crate) invocation_id: Option<Option<u64>>,
}

#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    /// As the runtime gave it.
    pub(crate) content_type: Option<String>,
}

#[derive(Debug)]
pub(crate) enum ApiReply {
    Respond(Reply),
    /// The invocation, for a `next`.
    Deliver(ApiResponse),
    /// To [`ApiCall::StreamHead`]: the caller reads the stream as it comes.
    Forward(StreamDoor),
    /// To [`ApiCall::StreamHead`]: the caller wants it whole; collect it and come back with [`ApiCall::Response`].
    Collect,
}

/// The way of a stream's chunks to the caller.
#[derive(Debug, Clone)]
pub(crate) struct StreamDoor {
    pub(crate) parts: mpsc::Sender<StreamPart>,
    /// Set when the invocation has ended under the stream, so that nothing follows its `Complete`.
    pub(crate) closed: Arc<AtomicBool>,
}
