//! A target: functions behind the Lambda API, local or on AWS alike.
//!
//! One client, one keep-alive connection, one request at a time: what is compared shares everything but the function.
//! A Ferry host gives extras (CPU time, packages, what it enforces); any other target does without.

mod error;
mod report;
mod wire;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, Response};

use crate::clock::{Clock, SystemClock};
use crate::limits::{ANSWER_BYTES_MAX, REQUEST_TIMEOUT, UPDATE_POLL, UPDATE_WAIT_MAX};

pub use error::TargetError;
pub use report::{Report, find_report};
pub use wire::{Enforcement, Usage};

#[derive(Debug)]
pub struct Target {
    endpoint: String,
    agent: ureq::Agent,
    clock: Box<dyn Clock>,
}

/// What one Invoke gave.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub payload: Vec<u8>,
    /// `X-Amz-Function-Error`.
    pub function_error: Option<String>,
    pub usage: Usage,
    /// The tail of the invocation's log, at most 4 KB.
    pub log: String,
    /// From sending the request to the last byte of the answer, as the client saw it.
    pub client_ms: f64,
}

/// A function's configuration and package, before the lab changes anything.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionFacts {
    pub name: String,
    pub memory_mib: u32,
    pub environment: BTreeMap<String, String>,
    /// The runtime it ran on: the configured one unless the host says that it fell back to another.
    pub runtime: Option<String>,
    /// `CodeSize`: AWS counts the zip.
    pub zip_bytes: u64,
    pub unzipped_bytes: Option<u64>,
    pub warnings: Vec<String>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Target {
    /// `endpoint` is the Lambda API's base address: `http://127.0.0.1:9000`.
    pub fn new(endpoint: &str) -> Self {
        Self::with_clock(endpoint, Box::new(SystemClock::default()))
    }

    pub fn with_clock(endpoint: &str, clock: Box<dyn Clock>) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(REQUEST_TIMEOUT)
            .proxy(None)
            .timeout_global(Some(REQUEST_TIMEOUT))
            .build()
            .new_agent();
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), agent, clock }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// `Invoke` with `LogType=Tail`. A function error is an answer, not an `Err`.
    pub fn invoke(&self, function: &str, payload: &[u8]) -> Result<Invocation, TargetError> {
        let url = self.url(function, "invocations");
        let request = self.agent.post(url).header("X-Amz-Log-Type", "Tail").header("Content-Type", "application/json");
        let sent = self.clock.now();
        let answer = self.finish("Invoke", function, request.send(payload))?;
        let client_ms = (self.clock.now() - sent).as_micros() as f64 / 1_000.0;
        let log = log_tail(&answer.headers).unwrap_or_default();
        let usage = usage(&answer.headers, &log).ok_or_else(|| TargetError::NoReport { function: function.to_owned() })?;
        let function_error = header(&answer.headers, "x-amz-function-error").map(str::to_owned);
        Ok(Invocation { payload: answer.body, function_error, usage, log, client_ms })
    }

    /// `GetFunction`, and what a Ferry host knows beyond it.
    pub fn function(&self, function: &str) -> Result<FunctionFacts, TargetError> {
        let url = format!("{}/2015-03-31/functions/{}", self.endpoint, path_segment(function));
        let answer = self.finish("GetFunction", function, self.agent.get(url).call())?;
        let configuration = read::<wire::GetFunction>("GetFunction", function, &answer.body)?.configuration;
        let mut facts = FunctionFacts {
            name: function.to_owned(),
            memory_mib: configuration.memory_size,
            environment: configuration.environment.map(|environment| environment.variables).unwrap_or_default(),
            runtime: configuration.runtime,
            zip_bytes: configuration.code_size,
            unzipped_bytes: None,
            warnings: Vec::new(),
        };
        if let Some(extras) = self.host_function(function)? {
            facts.runtime = extras.runtime_used.or(facts.runtime);
            facts.warnings = extras.warnings;
            if let Some(package) = extras.package {
                facts.zip_bytes = package.zip_bytes.unwrap_or(facts.zip_bytes);
                facts.unzipped_bytes = package.unzipped_bytes;
            }
        }
        Ok(facts)
    }

    /// `UpdateFunctionConfiguration`, until it is in place: from then on the next invocation is a cold start.
    pub fn update_configuration(&self, function: &str, memory_mib: u32, environment: BTreeMap<String, String>) -> Result<(), TargetError> {
        const OPERATION: &str = "UpdateFunctionConfiguration";
        let update = wire::UpdateConfiguration { memory_size: memory_mib, environment: wire::Environment { variables: environment } };
        let unreadable = |source| TargetError::Unreadable { operation: OPERATION, function: function.to_owned(), source };
        let body = serde_json::to_vec(&update).map_err(unreadable)?;
        let request = self.agent.put(self.url(function, "configuration")).header("Content-Type", "application/json");
        let mut answer = self.finish(OPERATION, function, request.send(body.as_slice()))?;
        let began = self.clock.now();
        loop {
            let now: wire::Configuration = read(OPERATION, function, &answer.body)?;
            let waited = self.clock.now() - began;
            match now.last_update_status.as_deref() {
                None | Some("Successful") => return Ok(()),
                Some("InProgress") if waited < UPDATE_WAIT_MAX => self.clock.wait(UPDATE_POLL),
                Some(status) => {
                    let status = now.last_update_status_reason.unwrap_or_else(|| status.to_owned());
                    return Err(TargetError::UpdateFailed { function: function.to_owned(), waited_s: waited.as_secs(), status });
                }
            }
            let request = self.agent.get(self.url(function, "configuration"));
            answer = self.finish("GetFunctionConfiguration", function, request.call())?;
        }
    }

    /// What a Ferry host enforces; `None` for a target that is none.
    pub fn enforcement(&self) -> Result<Option<Enforcement>, TargetError> {
        Ok(self.extra::<serde_json::Value>("enforcement")?.map(Enforcement::from))
    }

    fn host_function(&self, function: &str) -> Result<Option<wire::HostFunction>, TargetError> {
        let functions = match self.extra::<wire::HostFunctions>("functions")? {
            None => return Ok(None),
            Some(wire::HostFunctions::Bare(functions) | wire::HostFunctions::Wrapped { functions }) => functions,
        };
        Ok(functions.into_iter().find(|known| known.name == function))
    }

    /// `GET /_ferry/<what>`; a target that refuses the path is no Ferry host.
    fn extra<T: DeserializeOwned>(&self, what: &'static str) -> Result<Option<T>, TargetError> {
        let request = self.agent.get(format!("{}/_ferry/{what}", self.endpoint));
        match self.finish("GET /_ferry/", what, request.call()) {
            Ok(answer) => read("GET /_ferry/", what, &answer.body).map(Some),
            Err(TargetError::Refused { status: 400..=499, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn url(&self, function: &str, what: &str) -> String {
        format!("{}/2015-03-31/functions/{}/{what}", self.endpoint, path_segment(function))
    }

    /// Reads the answer to its end, so that the connection is free for the next request, and checks its status.
    fn finish(
        &self,
        operation: &'static str,
        function: &str,
        sent: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, TargetError> {
        let read = sent.and_then(|response| {
            let (parts, mut body) = response.into_parts();
            let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
        });
        let answer = read.map_err(|source| TargetError::Transport {
            operation,
            function: function.to_owned(),
            endpoint: self.endpoint.clone(),
            source: Box::new(source),
        })?;
        if answer.status < 300 { Ok(answer) } else { Err(refusal(operation, function, &answer)) }
    }
}

fn refusal(operation: &'static str, function: &str, answer: &Answer) -> TargetError {
    let body: wire::ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    TargetError::Refused {
        operation,
        function: function.to_owned(),
        status: answer.status,
        error_type: header(&answer.headers, "x-amzn-errortype").unwrap_or("without an error type").to_owned(),
        message: body.message.unwrap_or_else(|| "no message".to_owned()),
    }
}

/// The host's own metrics, which are exact to the µs, or else the REPORT line.
fn usage(headers: &HeaderMap, log: &str) -> Option<Usage> {
    let metrics = header(headers, "x-ferry-metrics").and_then(|text| serde_json::from_str::<wire::Metrics>(text).ok());
    metrics.map(Usage::from).or_else(|| find_report(log).map(Usage::from))
}

fn log_tail(headers: &HeaderMap) -> Option<String> {
    let log = base64::engine::general_purpose::STANDARD.decode(header(headers, "x-amz-log-result")?).ok()?;
    Some(String::from_utf8_lossy(&log).into_owned())
}

fn read<T: DeserializeOwned>(operation: &'static str, function: &str, body: &[u8]) -> Result<T, TargetError> {
    serde_json::from_slice(body).map_err(|source| TargetError::Unreadable { operation, function: function.to_owned(), source })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A function name or ARN as one path segment.
fn path_segment(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_one_path_segment() {
        assert_eq!(path_segment("arn:aws:lambda:eu-west-1:1:function:a_b-c"), "arn:aws:lambda:eu-west-1:1:function:a_b-c");
        assert_eq!(path_segment("../a b?"), "..%2Fa%20b%3F");
    }
}
