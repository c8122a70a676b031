//! What the doors only print, and what they have to tell: the host answers and hears it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// The host behind the doors, as far as it is not [`crate::invoke::Invoke`].
pub trait HostFacts: Send + Sync + 'static {
    /// What the machine enforces, as JSON: the answer of `GET /_ferry/enforcement`.
    fn enforcement(&self) -> serde_json::Value;

    /// The package of a function by its name; `None` while it is not built.
    fn package(&self, function: &str) -> Option<PackageFacts>;

    /// An asynchronous event was given up. Called once per lost event; must not block.
    fn event_dropped(&self, event: &DroppedEvent);
}

/// A built package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageFacts {
    /// Of the function alone, as `CodeSize` has it.
    pub code_bytes: u64,
    /// With its layers.
    pub zip_bytes: u64,
    pub unzipped_bytes: u64,
    /// SHA-256 of the package, base64, as `CodeSha256` has it.
    pub code_sha256: String,
    /// The runtime that runs it here, such as `python3.11` where the template says `python3.13`.
    pub runtime_used: String,
    /// What differs from AWS, in sentences.
    pub warnings: Vec<String>,
    /// Of the last build or configuration change, milliseconds since the epoch.
    pub last_modified_ms: u64,
}

/// An asynchronous event that no invocation will answer any more. Display is one line for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedEvent {
    pub function: String,
    pub request_id: String,
    pub reason: DropReason,
    /// Invocations that ran.
    pub attempts: u32,
    pub age: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum DropReason {
    /// AWS's word: every attempt ended in a function error.
    RetriesExhausted,
    /// AWS's word: throttled or failed for longer than the function's maximum event age.
    EventAgeExceeded,
    /// AWS's word: the function's reserved concurrency is zero.
    ZeroReservedConcurrency,
    /// The invocation was refused for good; the message says why.
    Refused(String),
    ShuttingDown,
}

impl fmt::Display for DroppedEvent {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, request_id, reason, attempts, age } = self;
        write!(to, "dropped event {request_id} of {function} after {attempts} attempts and {:.1} s: {reason}", age.as_secs_f64())
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RetriesExhausted => to.write_str("RetriesExhausted"),
            Self::EventAgeExceeded => to.write_str("EventAgeExceeded"),
            Self::ZeroReservedConcurrency => to.write_str("ZeroReservedConcurrency"),
            Self::Refused(why) => write!(to, "refused: {why}"),
            Self::ShuttingDown => to.write_str("the host is shutting down"),
        }
    }
}
