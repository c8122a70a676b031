//! JSON of the Lambda API and of a Ferry host's extras, as far as the lab reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::report::Report;

/// `GetFunction`: everything of interest is in `Configuration`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetFunction {
    pub configuration: Configuration,
}

/// `FunctionConfiguration`, which `GetFunctionConfiguration` and `UpdateFunctionConfiguration` answer too.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Configuration {
    pub runtime: Option<String>,
    pub memory_size: u32,
    #[serde(default)]
    pub code_size: u64,
    pub environment: Option<Environment>,
    /// `Successful`, `InProgress` or `Failed`; a local host that updates at once may leave it out.
    pub last_update_status: Option<String>,
    pub last_update_status_reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Environment {
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateConfiguration {
    pub memory_size: u32,
    pub environment: Environment,
}

/// The body of an error answer: AWS uses both spellings of the message.
#[derive(Deserialize, Default)]
pub(super) struct ErrorBody {
    #[serde(alias = "Message")]
    pub message: Option<String>,
}

/// The `X-Ferry-Metrics` header of a Ferry host's answer.
#[derive(Deserialize)]
pub(super) struct Metrics {
    init_us: Option<u64>,
    duration_us: u64,
    billed_ms: u64,
    cpu_us: u64,
    init_cpu_us: Option<u64>,
    throttled_us: u64,
    max_memory_mib: u32,
    host_start_us: Option<u64>,
}

/// What one invocation used, in ms and MiB. What only a Ferry host knows is `None` elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// `None` on a warm sandbox, and when INIT ran again inside the invocation.
    pub init_ms: Option<f64>,
    pub duration_ms: f64,
    /// Billed INIT included.
    pub billed_ms: f64,
    pub max_memory_mib: f64,
    /// CPU time of the invocation without INIT.
    pub cpu_ms: Option<f64>,
    pub init_cpu_ms: Option<f64>,
    pub throttled_ms: Option<f64>,
    /// The host's own share of a cold start.
    pub host_start_ms: Option<f64>,
}

impl From<Metrics> for Usage {
    fn from(metrics: Metrics) -> Self {
        let ms = |us: u64| us as f64 / 1_000.0;
        Self {
            init_ms: metrics.init_us.map(ms),
            duration_ms: ms(metrics.duration_us),
            billed_ms: metrics.billed_ms as f64,
            max_memory_mib: f64::from(metrics.max_memory_mib),
            cpu_ms: Some(ms(metrics.cpu_us)),
            init_cpu_ms: metrics.init_cpu_us.map(ms),
            throttled_ms: Some(ms(metrics.throttled_us)),
            host_start_ms: metrics.host_start_us.map(ms),
        }
    }
}

impl From<Report> for Usage {
    fn from(report: Report) -> Self {
        Self {
            init_ms: report.init_duration_ms,
            duration_ms: report.duration_ms,
            billed_ms: report.billed_duration_ms,
            max_memory_mib: report.max_memory_used_mib,
            cpu_ms: None,
            init_cpu_ms: None,
            throttled_ms: None,
            host_start_ms: None,
        }
    }
}

/// `GET /_ferry/functions`: packages and warnings by function name.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum HostFunctions {
    Wrapped { functions: Vec<HostFunction> },
    Bare(Vec<HostFunction>),
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct HostFunction {
    pub name: String,
    pub package: Option<HostPackage>,
    pub runtime_used: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct HostPackage {
    pub zip_bytes: Option<u64>,
    pub unzipped_bytes: Option<u64>,
}

/// Which limits the target enforces. All `None` where it does not say, as AWS, where they are simply so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Enforcement {
    pub cpu: Option<bool>,
    pub memory: Option<bool>,
    pub network: Option<bool>,
    pub freeze: Option<bool>,
    /// Whether INIT runs at full CPU whatever the memory size.
    pub init_boost: Option<bool>,
    pub cpu_period_ms: Option<f64>,
    /// The host's whole answer; `null` without one.
    pub details: Value,
}

impl From<Value> for Enforcement {
    /// Fields that are absent or of another shape count as not said.
    fn from(details: Value) -> Self {
        let part = |name: &str| Some(details.get(name)?.get("status")?.as_str()? == "enforced");
        // A setting may stand beside the parts or inside `cpu`, which it is about.
        let setting = |name: &str| details.get(name).or_else(|| details.get("cpu")?.get(name));
        let period_us = setting("cpu_period_us").or_else(|| setting("period_us")).and_then(Value::as_f64);
        Self {
            cpu: part("cpu"),
            memory: part("memory"),
            network: part("network"),
            freeze: part("freeze"),
            init_boost: setting("init_boost").and_then(Value::as_bool),
            cpu_period_ms: period_us.map(|us| us / 1_000.0),
            details,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn enforcement_tolerates_what_it_does_not_know() {
        let said = Enforcement::from(json!({
            "cpu": {"status": "enforced", "measured": 0.51, "period_us": 20_000},
            "memory": {"status": "unenforced", "reason": "no memory controller"},
            "freeze": "yes", "init_boost": true, "colour": 7
        }));
        assert_eq!((said.cpu, said.memory, said.network, said.freeze), (Some(true), Some(false), None, None));
        assert_eq!((said.init_boost, said.cpu_period_ms), (Some(true), Some(20.0)));
        assert_eq!(Enforcement::from(json!([])).cpu, None);
    }
}
