//! What a comparison found: the shape of `ferry compare --json`, documented field by field in `docs/compare.md`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::equal::Difference;
use crate::machine::Machine;
use crate::price::Prices;
use crate::stats::{Distribution, Ratio};

/// How a comparison ended. Both carry the same shape; `tiers` is empty when the answers differ.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Equal(Box<Comparison>),
    /// Nothing was measured: how fast a wrong answer comes does not matter.
    Differs(Box<Comparison>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Logical ids.
    pub pair: Sides<String>,
    pub equal: Equality,
    /// When it was run, as the caller gave it: RFC 3339, UTC.
    pub date: String,
    pub ferry_version: String,
    /// Base address of the Lambda API that was asked.
    pub endpoint: String,
    pub machine: Machine,
    pub runtime: Sides<Option<String>>,
    pub enforced: Enforced,
    /// INIT at full CPU whatever the memory size, as on AWS; `null` where the target does not say.
    pub init_boost: Option<bool>,
    pub cpu_period_ms: Option<f64>,
    /// The target's own words on what it enforces; `null` where it has none.
    pub enforcement: Value,
    pub package: Packages,
    pub prices: Prices,
    pub settings: UsedSettings,
    /// The local AWS services that the functions could talk to, one world for each side; `null` when there were none of the caller's.
    #[serde(default)]
    pub services: Option<Services>,
    pub tiers: Vec<TierResult>,
    pub warnings: Vec<String>,
    pub samples: Vec<TierSamples>,
}

/// What stood beside the functions: never part of their figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Services {
    /// The document in force: latency, faults and capacity; `null` when all of it was off.
    pub physics: Option<Value>,
    /// CPU time of the services' own threads, all invocations together; `null` where the system does not tell.
    pub cpu_ms: Sides<Option<f64>>,
    /// Calls of all operations.
    pub calls: Sides<u64>,
    /// Requests or items refused for want of capacity.
    pub throttled: Sides<u64>,
    /// Calls that met an injected fault.
    pub faults: Sides<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sides<T> {
    pub baseline: T,
    pub candidate: T,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Equality {
    /// Events asked of both.
    pub events: usize,
    pub differing: usize,
    pub first_difference: Option<Difference>,
    /// Names of the differing events; the first 100.
    pub differing_events: Vec<String>,
    /// The rule: pointers left out, and relative tolerance for numbers.
    pub ignore: Vec<String>,
    pub tolerance: f64,
}

/// `true` enforced, `false` not, `null` not said (AWS does not say: there it is simply so).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Enforced {
    pub cpu: Option<bool>,
    pub memory: Option<bool>,
    pub network: Option<bool>,
    pub freeze: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Packages {
    pub baseline: Package,
    pub candidate: Package,
    pub ratio: PackageRatio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Package {
    pub zip_bytes: u64,
    pub unzipped_bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PackageRatio {
    pub zip: Option<Ratio>,
    pub unzipped: Option<Ratio>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsedSettings {
    pub cold_rounds: u32,
    pub warm_rounds: u32,
    pub budget_per_tier_s: f64,
    pub seed: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierResult {
    pub memory_mib: u32,
    /// `null` when the tier was measured for the candidate alone.
    pub baseline: Option<SideResult>,
    pub candidate: SideResult,
    pub ratio: Ratios,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SideResult {
    /// INIT, from the REPORT line.
    pub init_ms: Distribution,
    /// A cold start's answer as the client saw it.
    pub first_ms: Distribution,
    /// Duration of warm invocations, from the REPORT line.
    pub warm_ms: Distribution,
    /// Warm answers as the client saw them.
    pub warm_client_ms: Distribution,
    /// The host's own share of a cold start.
    pub host_start_ms: Distribution,
    /// Medians over invocations; a cold start's CPU time includes INIT.
    pub cpu_ms: Option<f64>,
    pub cold_cpu_ms: Option<f64>,
    pub throttled_ms: Option<f64>,
    pub cold_throttled_ms: Option<f64>,
    /// The highest Max Memory Used of all invocations.
    pub max_memory_mib: Option<f64>,
    /// Mean Billed Duration.
    pub billed_ms: ColdWarm,
    /// On x86.
    pub usd_per_million: ColdWarm,
    pub usd_per_million_arm: ColdWarm,
    /// Why the side could not go on at this memory size; the figures above are those until then.
    pub failed: Option<Failure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ColdWarm {
    pub cold: Option<f64>,
    pub warm: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub error_type: String,
    pub message: String,
    pub event: String,
    /// `cold` or `warm`.
    pub phase: Phase,
    /// Rounds of that phase that went well before.
    pub rounds_before: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Cold,
    Warm,
}

/// Baseline over candidate. All `null` when a side is missing or failed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Ratios {
    pub init: Option<Ratio>,
    pub first: Option<Ratio>,
    pub warm_p50: Option<Ratio>,
    pub cpu: Option<Ratio>,
    /// Of the two maxima: no interval.
    pub max_memory: Option<Ratio>,
    /// Of the mean cost on x86.
    pub usd_cold: Option<Ratio>,
    pub usd_warm: Option<Ratio>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierSamples {
    pub memory_mib: u32,
    pub baseline: SideSamples,
    pub candidate: SideSamples,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SideSamples {
    pub cold: Vec<Sample>,
    pub warm: Vec<Sample>,
}

/// One invocation, as it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Both sides' samples of one round asked the same event, one right after the other.
    pub round: u32,
    pub event: String,
    pub client_ms: f64,
    pub init_ms: Option<f64>,
    pub duration_ms: f64,
    pub billed_ms: f64,
    pub cpu_ms: Option<f64>,
    pub init_cpu_ms: Option<f64>,
    pub throttled_ms: Option<f64>,
    pub max_memory_mib: f64,
    pub host_start_ms: Option<f64>,
}

impl Outcome {
    /// The comparison, however it ended.
    pub fn comparison(&self) -> &Comparison {
        match self {
            Self::Equal(comparison) | Self::Differs(comparison) => comparison,
        }
    }

    pub fn into_comparison(self) -> Comparison {
        match self {
            Self::Equal(comparison) | Self::Differs(comparison) => *comparison,
        }
    }
}

impl Comparison {
    /// Parts of a Lambda sandbox that the target says it does not enforce: they stand beside every tier.
    pub fn unenforced(&self) -> Vec<&str> {
        self.parts("unenforced")
    }

    /// Parts by the target's own word on them; `mounts` or `user` may be among them, beside those of [`Enforced`].
    pub(crate) fn parts(&self, status: &str) -> Vec<&str> {
        let parts = self.enforcement.as_object().into_iter().flatten();
        let is = |part: &Value| part.get("status").and_then(Value::as_str) == Some(status);
        parts.filter(|(_, part)| is(part)).map(|(name, _)| name.as_str()).collect()
    }
}
