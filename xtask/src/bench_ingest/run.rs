//! One run of a loader: what it took, and what it did.

use anyhow::{Context as _, Result, ensure};
use ferry_lab::Invocation;
use serde_json::{Value, json};

/// Who loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Rust,
    Python,
    /// The article's plain loop in Rust.
    SeedLoop,
}

impl Side {
    pub(super) fn function(self) -> &'static str {
        match self {
            Self::Rust => "IngestRust",
            Self::Python => "IngestPython",
            Self::SeedLoop => "IngestSeedLoop",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Json,
}

impl Format {
    pub(super) const BOTH: [Self; 2] = [Self::Csv, Self::Json];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) records: f64,
    /// Lambda's Duration.
    pub(super) duration_ms: f64,
    pub(super) billed_ms: f64,
    pub(super) cpu_ms: Option<f64>,
    pub(super) max_memory_mib: f64,
    /// CPU time of the local services while it ran.
    pub(super) services_cpu_ms: Option<f64>,
    pub(super) batch_calls: f64,
    pub(super) download_ms: Option<f64>,
    pub(super) parse_ms: Option<f64>,
}

impl Run {
    /// Reads a loader's answer; an answer that says less than all records written is an error.
    pub(super) fn read(side: Side, invocation: &Invocation, expected: u64) -> Result<Self> {
        let function = side.function();
        let shown = String::from_utf8_lossy(&invocation.payload);
        ensure!(invocation.function_error.is_none(), "{function} failed: {shown}\n{}", invocation.log);
        let answer: Value = serde_json::from_slice(&invocation.payload).with_context(|| format!("{function} answered {shown}"))?;
        ensure!(answer["complete"] == true && answer["written"].as_u64() == Some(expected), "{function} did not write {expected}: {shown}");
        let number = |pointer: &str| answer.pointer(pointer).and_then(Value::as_f64);
        Ok(Self {
            records: number("/written").unwrap_or_default(),
            duration_ms: invocation.usage.duration_ms,
            billed_ms: invocation.usage.billed_ms,
            cpu_ms: invocation.usage.cpu_ms,
            max_memory_mib: invocation.usage.max_memory_mib,
            services_cpu_ms: None,
            batch_calls: number("/calls/batch_write").with_context(|| format!("{function} counts no calls: {shown}"))?,
            download_ms: number("/timings/download_ms"),
            parse_ms: number("/timings/parse_ms"),
        })
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "duration_ms": self.duration_ms, "billed_ms": self.billed_ms, "cpu_ms": self.cpu_ms, "max_memory_mib": self.max_memory_mib,
            "services_cpu_ms": self.services_cpu_ms, "batch_calls": self.batch_calls, "download_ms": self.download_ms, "parse_ms": self.parse_ms,
        })
    }
}
