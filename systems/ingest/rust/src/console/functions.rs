//! The Lambda API, as far as the console needs it: memory size, and invocations.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;

use super::limits::{INVOKE_TIMEOUT, THROTTLED_TRIES, UPDATE_POLL_FIRST, UPDATE_POLL_MAX, UPDATE_WAIT_MAX};
use super::report::Report;
use crate::client::{Answer, Aws, ClientError, Request, percent_encoded};
use crate::retry::{self, Verdict};

#[derive(Debug, Error)]
pub enum FunctionError {
    #[error("cannot {act} function {function}")]
    Call { act: &'static str, function: String, source: ClientError },
    #[error("cannot write the event for function {function}")]
    Event { function: String, source: serde_json::Error },
    #[error("the configuration of function {function} is not what Lambda documents")]
    Configuration { function: String, source: serde_json::Error },
    #[error("function {function} did not take {memory_mb} MB: {reason}")]
    UpdateFailed { function: String, memory_mb: u32, reason: String },
    #[error("the configuration of function {function} was not in place within {UPDATE_WAIT_MAX:?}: look at it in the Lambda console")]
    UpdateTooLong { function: String },
}

/// What an invocation came to.
#[derive(Debug)]
pub struct Invocation {
    pub payload: Bytes,
    /// The function failed; `payload` then says why.
    pub failed: bool,
    /// None when the log's tail has no REPORT line.
    pub report: Option<Report>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    memory_size: u32,
    /// Absent from a function that was never updated, as from some local hosts.
    last_update_status: Option<String>,
    last_update_status_reason: Option<String>,
}

#[derive(Debug)]
pub struct Functions<'a> {
    aws: &'a Aws,
}

impl<'a> Functions<'a> {
    pub fn new(aws: &'a Aws) -> Self {
        Self { aws }
    }

    /// Gives `function` this memory size and waits until it has it. One that has it already keeps its warm sandboxes.
    ///
    /// # Errors
    /// When Lambda refuses, or the update fails or is not in place within [`UPDATE_WAIT_MAX`].
    pub async fn set_memory(&self, function: &str, memory_mb: u32) -> Result<(), FunctionError> {
        let wait = self.memory_in_place(function, memory_mb);
        tokio::time::timeout(UPDATE_WAIT_MAX, wait)
            .await
            .unwrap_or_else(|_| Err(FunctionError::UpdateTooLong { function: function.to_owned() }))
    }

    async fn memory_in_place(&self, function: &str, memory_mb: u32) -> Result<(), FunctionError> {
        let mut pause = UPDATE_POLL_FIRST;
        let mut asked = false;
        loop {
            let now = self.configuration(function).await?;
            match now.last_update_status.as_deref() {
                // Another update is refused while one goes on, whoever began it.
                Some("InProgress") => {}
                Some("Failed") if asked => {
                    let reason = now.last_update_status_reason.unwrap_or_else(|| "Lambda gives no reason".to_owned());
                    return Err(FunctionError::UpdateFailed { function: function.to_owned(), memory_mb, reason });
                }
                _ if now.memory_size == memory_mb => return Ok(()),
                _ => asked |= self.update(function, memory_mb).await?,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(UPDATE_POLL_MAX);
        }
    }

    async fn configuration(&self, function: &str) -> Result<Configuration, FunctionError> {
        let request = Request::new("lambda", Method::GET, path(function, "configuration"));
        let answer = self.call("read the configuration of", function, &request).await?;
        serde_json::from_slice(&answer.body).map_err(|source| FunctionError::Configuration { function: function.to_owned(), source })
    }

    /// Whether the update was taken; not while another one goes on.
    async fn update(&self, function: &str, memory_mb: u32) -> Result<bool, FunctionError> {
        let body = json!({"MemorySize": memory_mb}).to_string();
        let request = Request::new("lambda", Method::PUT, path(function, "configuration")).body(body);
        match self.call("set the memory size of", function, &request).await {
            Ok(_) => Ok(true),
            Err(FunctionError::Call { source: ClientError::Refused { status: StatusCode::CONFLICT, .. }, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Invokes `function` and waits for its answer and its REPORT.
    ///
    /// # Errors
    /// When there is no answer; a function that failed is `Ok`, and [`Invocation::failed`].
    pub async fn invoke(&self, function: &str, event: &impl Serialize) -> Result<Invocation, FunctionError> {
        let request = invocation(function, "RequestResponse", event)?
            .header(HeaderName::from_static("x-amz-log-type"), HeaderValue::from_static("Tail"))
            .timeout(INVOKE_TIMEOUT);
        let answer = self.call_once("invoke", function, &request).await?;
        let tail = answer.headers.get("x-amz-log-result").and_then(|tail| STANDARD.decode(tail).ok()).unwrap_or_default();
        let failed = answer.headers.contains_key("x-amz-function-error");
        Ok(Invocation { payload: answer.body, failed, report: Report::parse(&String::from_utf8_lossy(&tail)) })
    }

    /// Queues an event for `function`.
    ///
    /// # Errors
    /// When Lambda does not take it.
    pub async fn invoke_later(&self, function: &str, event: &impl Serialize) -> Result<(), FunctionError> {
        let request = invocation(function, "Event", event)?;
        self.call_once("queue an event for", function, &request).await.map(|_| ())
    }

    /// A call that may be repeated.
    async fn call(&self, act: &'static str, function: &str, request: &Request) -> Result<Answer, FunctionError> {
        let (tried, _) = retry::send(self.aws, request).await;
        success(act, function, tried)
    }

    /// A call that is repeated only when it was refused as too fast: after any other failure the function may be running.
    async fn call_once(&self, act: &'static str, function: &str, request: &Request) -> Result<Answer, FunctionError> {
        let mut attempt = 0;
        loop {
            let tried = self.aws.send(request.clone()).await;
            attempt += 1;
            if retry::judge(&tried) != Verdict::Throttled || attempt == THROTTLED_TRIES {
                return success(act, function, tried);
            }
            tokio::time::sleep(retry::full_jitter(attempt, &mut fastrand::Rng::new())).await;
        }
    }
}

fn success(act: &'static str, function: &str, tried: Result<Answer, ClientError>) -> Result<Answer, FunctionError> {
    let called = tried.and_then(|answer| answer.expect_success("Lambda refused"));
    called.map_err(|source| FunctionError::Call { act, function: function.to_owned(), source })
}

fn path(function: &str, what: &str) -> String {
    format!("/2015-03-31/functions/{}/{what}", percent_encoded(function, false))
}

fn invocation(function: &str, kind: &'static str, event: &impl Serialize) -> Result<Request, FunctionError> {
    let body = serde_json::to_vec(event).map_err(|source| FunctionError::Event { function: function.to_owned(), source })?;
    let kind = (HeaderName::from_static("x-amz-invocation-type"), HeaderValue::from_static(kind));
    Ok(Request::new("lambda", Method::POST, path(function, "invocations")).header(kind.0, kind.1).body(body))
}
