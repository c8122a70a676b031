//! How a host behaves.

use std::collections::BTreeMap;
use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use ferry_template::Function;

use crate::limits;
use crate::logs::SinkRef;

/// Defaults are AWS's, or those named in [`crate::limits`].
#[derive(Debug, Clone)]
pub struct HostSettings {
    pub region: String,
    pub account_id: String,
    /// Full CPU during INIT, as AWS gives it. Without, the quota of the memory size holds from the start.
    pub init_boost: bool,
    pub init_cap: Duration,
    /// How long a sandbox that waits for work stays unfrozen; none: it is never frozen.
    pub freeze_linger: Option<Duration>,
    pub idle_timeout: Duration,
    /// How long an invocation waits for a sandbox that has answered but not yet asked for its next invocation, before
    /// a new one is started.
    pub settle_wait: Duration,
    /// The same when no new sandbox may be started, before the invocation is refused.
    pub settle_wait_at_limit: Duration,
    /// Invocations under way at once, of all functions without reserved concurrency.
    pub concurrency: u32,
    pub log_sink: SinkRef,
    /// Local AWS services for the functions to talk to.
    pub aws: AwsDoors,
}

/// Which local AWS services each function talks to. A function without any is told of none.
#[derive(Debug, Clone, Default)]
pub struct AwsDoors {
    pub all: Option<AwsDoor>,
    /// By logical id: functions that have others than the rest.
    pub of: BTreeMap<String, AwsDoor>,
}

impl AwsDoors {
    pub(crate) fn of(&self, function: &Function) -> Option<&AwsDoor> {
        self.of.get(&function.logical_id).or(self.all.as_ref())
    }
}

/// The way from a sandbox to AWS services that somebody else serves: the host only opens the socket.
#[derive(Clone)]
pub struct AwsDoor {
    /// Where functions find them inside a private network, on 127.0.0.1.
    pub port: u16,
    /// Where functions find them that share the machine's network, such as `http://127.0.0.1:4566`.
    pub outside_url: String,
    /// What functions sign with, where that matters.
    pub credentials: Option<AwsCredentials>,
    /// Serves a sandbox's socket, listening and nonblocking, until what it returns is dropped; then its connections end. Called
    /// within the host's runtime and must not block.
    pub serve: Arc<dyn Fn(TcpListener) -> Box<dyn Send> + Send + Sync>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct AwsCredentials {
    pub access_key: String,
    pub secret_key: String,
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCredentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

impl AwsDoor {
    /// The endpoint that a function of a sandbox with or without a network of its own is told.
    pub(crate) fn url(&self, private_network: bool) -> String {
        if private_network { format!("http://127.0.0.1:{}", self.port) } else { self.outside_url.clone() }
    }
}

impl fmt::Debug for AwsDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsDoor").field("port", &self.port).field("outside_url", &self.outside_url).finish_non_exhaustive()
    }
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account_id: "123456789012".to_owned(),
            init_boost: true,
            init_cap: limits::INIT_CAP,
            freeze_linger: Some(limits::FREEZE_LINGER),
            idle_timeout: limits::IDLE_TIMEOUT,
            settle_wait: limits::SETTLE_WAIT,
            settle_wait_at_limit: limits::SETTLE_WAIT_AT_LIMIT,
            concurrency: limits::CONCURRENCY,
            log_sink: SinkRef::default(),
            aws: AwsDoors::default(),
        }
    }
}
