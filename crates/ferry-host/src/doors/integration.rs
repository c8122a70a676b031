//! An API's call of its function: bounded in time, with failures told apart.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::answer_bytes;
use crate::invoke::{Invoke, InvokeError, InvokeRequest};

/// Why a function has no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Throttled, or the host is shutting down.
    Busy,
    TimedOut,
    /// A function error, and the document that describes it.
    Function(Bytes),
    /// The function could not run, or answered more than an API takes.
    Host,
}

/// Runs the function, and waits for it no longer than `timeout`. The function itself goes on then, as on AWS: hence a task of its own.
pub(super) async fn call(invoke: &Arc<dyn Invoke>, request: InvokeRequest, timeout: Duration) -> Result<Bytes, Failure> {
    let invoke = Arc::clone(invoke);
    let running = tokio::spawn(async move {
        let mut answer = invoke.invoke(request).await.map_err(|error| match error {
            InvokeError::TooManyRequests | InvokeError::ShuttingDown => Failure::Busy,
            InvokeError::NotFound { .. } | InvokeError::InvalidParameter(_) | InvokeError::Service(_) => Failure::Host,
        })?;
        let payload = answer_bytes::take(&mut answer).await.map_err(|_| Failure::Host)?;
        if answer.function_error.is_some() { Err(Failure::Function(payload)) } else { Ok(payload) }
    });
    match tokio::time::timeout(timeout, running).await {
        Ok(Ok(answered)) => answered,
        // The task panicked.
        Ok(Err(_)) => Err(Failure::Host),
        Err(_) => Err(Failure::TimedOut),
    }
}
