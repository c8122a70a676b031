//! The physics around the services: how long an operation takes, how it fails, and how much a table takes in a second.
//!
//! One JSON document, all of it optional, everything off without it:
//! ```json
//! { "latency": [ {"service": "dynamodb", "operation": "BatchWriteItem", "ms": 6},
//!                {"service": "s3", "operation": "*", "p50_ms": 12, "p99_ms": 80} ],
//!   "faults":  [ {"service": "s3", "operation": "GetObject", "kind": "truncate", "rate": 0.02} ],
//!   "tables":  { "Registrations": {"write_per_s": 4000, "mode": "on-demand"} },
//!   "seed": 1 }
//! ```
//! Of latencies the first whose service and operation match is taken; of faults the first that matches and fires. What fires is
//! drawn from `seed` and the number of the call, so that a run can be repeated.

mod draw;
mod handle;
mod parse;

use std::collections::BTreeMap;

use serde::Serialize;

pub use handle::{Fate, PhysicsHandle, RuleCounts};
pub use parse::PhysicsError;

/// A validated physics document. Serializes to the form it is read from.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Physics {
    pub latency: Vec<LatencyRule>,
    pub faults: Vec<FaultRule>,
    /// By name of the table; `*` is every table without an own entry.
    pub tables: BTreeMap<String, TablePhysics>,
    pub seed: u64,
}

impl Physics {
    /// Nothing is delayed, refused or broken.
    pub fn is_off(&self) -> bool {
        self.latency.is_empty() && self.faults.is_empty() && self.tables.is_empty()
    }
}

/// Which calls a rule is about. `*` is any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Selector {
    pub service: String,
    pub operation: String,
}

impl Selector {
    pub fn matches(&self, service: &str, operation: &str) -> bool {
        (self.service == "*" || self.service == service) && (self.operation == "*" || self.operation == operation)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LatencyRule {
    #[serde(flatten)]
    pub selector: Selector,
    #[serde(flatten)]
    pub latency: Latency,
}

/// The answer leaves no earlier than this after the request's arrival.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Latency {
    Fixed {
        ms: f64,
    },
    /// Log-normal through two of its percentiles.
    LogNormal {
        p50_ms: f64,
        p99_ms: f64,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultRule {
    #[serde(flatten)]
    pub selector: Selector,
    pub kind: FaultKind,
    #[serde(skip_serializing_if = "When::is_default")]
    pub when: When,
    #[serde(flatten)]
    pub occurrence: Occurrence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum FaultKind {
    /// The service's internal error; the operation does not take place.
    #[serde(rename = "500")]
    InternalError,
    /// The service asks to slow down; the operation does not take place.
    #[serde(rename = "503")]
    Unavailable,
    /// The request is taken and never answered; the operation does not take place.
    #[serde(rename = "timeout")]
    Timeout,
    /// The connection is reset, before the operation or after it took effect.
    #[serde(rename = "reset")]
    Reset,
    /// The operation takes place; half of the answer's body arrives, then the connection closes.
    #[serde(rename = "truncate")]
    Truncate,
}

/// Whether a reset comes before or after the operation took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    #[default]
    Before,
    After,
}

impl When {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which of the calls that a rule is about meet its fault; they are counted from 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Occurrence {
    /// Each with this probability.
    Rate(f64),
    /// Every nth.
    Nth(u64),
    /// These.
    At(Vec<u64>),
}

/// How much a table takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TablePhysics {
    /// Write units a second: one for each KB of an item. Unlimited when absent.
    pub write_per_s: Option<f64>,
    /// Read units a second: one for each 4 KB read consistently, half of one otherwise. Unlimited when absent.
    pub read_per_s: Option<f64>,
    /// For how many seconds unused capacity is kept.
    pub burst_s: f64,
    pub mode: CapacityMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityMode {
    /// Beyond the limit: ProvisionedThroughputExceededException.
    #[default]
    Provisioned,
    /// Beyond the limit: ThrottlingException. Starts at 4,000 write and 12,000 read units where the document names none, and
    /// doubles with the previous peak.
    OnDemand,
}
