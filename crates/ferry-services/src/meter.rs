//! What the services did: calls, errors, throttled work, faults and bytes for each operation, and the CPU time of their threads.

mod cpu;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

pub(crate) use cpu::CpuMeter;

use crate::limits::METER_ROWS_MAX;
use crate::physics::{Physics, RuleCounts};

/// What happened since the start or the last reset.
#[derive(Debug, Clone, Serialize)]
pub struct ServicesReport {
    pub operations: Vec<OperationReport>,
    /// CPU time of the services' own threads, so that it is not taken for the functions'. `None` where the system does not tell.
    pub cpu_us: Option<u64>,
    /// In force.
    pub physics: Physics,
    /// How often each rule of `physics.latency` was met.
    pub latency_rules: Vec<RuleCounts>,
    /// How often each rule of `physics.faults` was met.
    pub fault_rules: Vec<RuleCounts>,
}

#[derive(Debug, Clone, Serialize)]
pub struct OperationReport {
    pub service: String,
    pub operation: String,
    #[serde(flatten)]
    pub counts: OperationCounts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OperationCounts {
    pub calls: u64,
    /// Answers with a status of 400 and above, injected ones included.
    pub errors: u64,
    /// Requests or items refused for want of capacity.
    pub throttled: u64,
    /// Calls that met an injected fault.
    pub faults: u64,
    /// Of bodies.
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// The counters. One lock for all: it is held for a look-up and six additions.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    rows: Mutex<BTreeMap<(&'static str, Cow<'static, str>), OperationCounts>>,
}

impl Meter {
    #[expect(clippy::ptr_arg, reason = "a borrowed name stays borrowed: no allocation for the operations that are known")]
    pub(crate) fn add(&self, service: &'static str, operation: &Cow<'static, str>, counts: OperationCounts) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (service, operation.clone());
        if rows.len() >= METER_ROWS_MAX && !rows.contains_key(&key) {
            key.1 = "Other".into();
        }
        let row = rows.entry(key).or_default();
        row.calls += counts.calls;
        row.errors += counts.errors;
        row.throttled += counts.throttled;
        row.faults += counts.faults;
        row.bytes_in += counts.bytes_in;
        row.bytes_out += counts.bytes_out;
    }

    pub(crate) fn reset(&self) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn operations(&self) -> Vec<OperationReport> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let report = |(key, counts): (&(&'static str, Cow<'static, str>), &OperationCounts)| OperationReport {
            service: key.0.to_owned(),
            operation: key.1.clone().into_owned(),
            counts: *counts,
        };
        rows.iter().map(report).collect()
    }
}
