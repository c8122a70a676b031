//! The narrow waist between the front doors and the pool: one invocation, as a request and an answer.
//!
//! A front door turns its own protocol into an [`InvokeRequest`], calls [`Invoke::invoke`], and turns the
//! [`InvokeAnswer`] or [`InvokeError`] back. It knows nothing of sandboxes; the pool knows nothing of HTTP.

use std::sync::Arc;

use bytes::Bytes;
use ferry_template::Function;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

/// Something that runs invocations: the pool, or a double in the front doors' tests.
pub trait Invoke: Send + Sync + 'static {
    /// The functions there are, in template order.
    fn functions(&self) -> Vec<Arc<Function>>;

    /// One function by name, logical id or ARN.
    fn function(&self, name: &str) -> Option<Arc<Function>>;

    /// Runs one invocation to its end (or, for a streamed answer, to its first byte).
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<InvokeAnswer, InvokeError>>;

    /// Memory size, timeout and environment from now on; warm sandboxes of the function are retired,
    /// as `UpdateFunctionConfiguration` does on AWS, so that the next invocation is a cold start.
    fn update_configuration(&self, name: &str, change: ConfigurationChange) -> Result<Arc<Function>, InvokeError>;
}

#[derive(Debug, Clone)]
pub struct InvokeRequest {
    /// `Function::name`.
    pub function: String,
    /// Becomes `Lambda-Runtime-Aws-Request-Id`; a UUID.
    pub request_id: String,
    pub payload: Bytes,
    /// Decoded JSON of `X-Amz-Client-Context`.
    pub client_context: Option<String>,
    /// JSON of `Lambda-Runtime-Cognito-Identity`.
    pub cognito_identity: Option<String>,
    /// `X-Amzn-Trace-Id`; made up when absent.
    pub trace_id: Option<String>,
    /// Whether the caller waits for the REPORT line (`LogType=Tail`).
    pub tail: bool,
    /// Whether the caller reads the answer as it is written (`InvokeWithResponseStream`, streaming function URLs).
    pub streaming: bool,
}

#[derive(Debug)]
pub struct InvokeAnswer {
    pub payload: Payload,
    /// `X-Amz-Function-Error`. For a streamed answer it comes at the end, in [`StreamPart::Complete`].
    pub function_error: Option<FunctionError>,
    /// The last 4 KB of the invocation's log; only when [`InvokeRequest::tail`] asked for it.
    pub log_tail: Option<Bytes>,
    /// Only when [`InvokeRequest::tail`] asked for it: measured when the invocation has ended.
    pub metrics: Option<Metrics>,
    /// Content type that the runtime gave its response (`application/json` when it gave none). Streaming runtimes use
    /// `application/vnd.awslambda.http-integration-response` for answers that begin with an HTTP prelude.
    pub content_type: String,
}

#[derive(Debug)]
pub enum Payload {
    Buffered(Bytes),
    /// A bounded channel; dropping the receiver stops the forwarding, never the function.
    Streamed(mpsc::Receiver<StreamPart>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum StreamPart {
    Chunk(Bytes),
    /// Always the last part. A midstream error carries its type and body.
    Complete {
        error: Option<(String, String)>,
        log_tail: Option<Bytes>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionError {
    /// The runtime reported it (`/invocation/{id}/error`).
    Handled,
    /// The sandbox failed: exit, timeout, out of memory, malformed or oversize answer. AWS sends this word for both today.
    Unhandled,
}

/// What one invocation used.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Metrics {
    /// Set on the first invocation of a sandbox.
    pub init_us: Option<u64>,
    pub duration_us: u64,
    /// `ceil(init + duration)`.
    pub billed_ms: u64,
    /// CPU time of the sandbox's processes in this invocation, without INIT.
    pub cpu_us: u64,
    /// CPU time of INIT; set with `init_us`.
    pub init_cpu_us: Option<u64>,
    /// Time in which the CPU quota held the sandbox back.
    pub throttled_us: u64,
    /// Peak resident memory of the sandbox's processes since its start.
    pub max_memory_mib: u32,
    /// The host's own share of a cold start: from the decision to start a sandbox to its process running, in µs.
    pub host_start_us: Option<u64>,
}

/// The fields of `UpdateFunctionConfiguration` that are served; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigurationChange {
    pub memory_mib: Option<u32>,
    pub timeout_s: Option<u32>,
    pub environment: Option<std::collections::BTreeMap<String, String>>,
}

/// Why an invocation did not run. Display is the message AWS gives where it gives one.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    #[error("Function not found: {arn}")]
    NotFound { arn: String },
    #[error("Rate Exceeded.")]
    TooManyRequests,
    #[error("{0}")]
    InvalidParameter(String),
    /// The package could not be built or the sandbox not be started: our side, not the function's.
    #[error("{0}")]
    Service(String),
    #[error("the host is shutting down")]
    ShuttingDown,
}
