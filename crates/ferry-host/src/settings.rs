//! How a host behaves.

use std::time::Duration;

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
    /// Invocations under way at once, of all functions without reserved concurrency.
    pub concurrency: u32,
    pub log_sink: SinkRef,
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
            concurrency: limits::CONCURRENCY,
            log_sink: SinkRef::default(),
        }
    }
}
