//! What the services did: calls, errors, throttled work, faults and bytes for each operation, and the CPU time of their threads.

mod cpu;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use http::Response;
use serde::Serialize;

pub(crate) use cpu::CpuMeter;

use crate::body::{ResponseBody, announced_len};
use crate::dynamodb::TableReport;
use crate::limits::METER_ROWS_MAX;
use crate::physics::{Physics, RuleCounts};
use crate::service::Throttled;

/// What happened since the start or the last reset.
#[derive(Debug, Clone, Serialize)]
pub struct ServicesReport {
    pub operations: Vec<OperationReport>,
    /// What was used of DynamoDB's tables, and refused to them.
    pub tables: Vec<TableReport>,
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

    fn add(&self, service: &'static str, operation: Cow<'static, str>, counts: OperationCounts) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (service, operation);
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
}

/// What becomes of one call, entered when it is over: as an error if it ends without an answer, be it that the client left.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    meter: &'a Meter,
    service: &'static str,
    operation: Cow<'static, str>,
    pub(crate) counts: OperationCounts,
}

impl<'a> Tally<'a> {
    #[expect(clippy::ptr_arg, reason = "a borrowed name stays borrowed: no allocation for the operations that are known")]
    pub(crate) fn new(meter: &'a Meter, service: &'static str, operation: &Cow<'static, str>, bytes_in: u64) -> Self {
        let counts = OperationCounts { calls: 1, errors: 1, bytes_in, ..OperationCounts::default() };
        Self { meter, service, operation: operation.clone(), counts }
    }

    pub(crate) fn answered(&mut self, response: &Response<ResponseBody>) {
        self.counts.errors = u64::from(response.status().as_u16() >= 400);
        self.counts.throttled = response.extensions().get::<Throttled>().map_or(0, |throttled| throttled.0);
        self.counts.bytes_out = announced_len(response).unwrap_or(0);
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        self.meter.add(self.service, std::mem::take(&mut self.operation), self.counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_entered_however_they_end_and_rows_are_bounded() {
        let meter = Meter::default();
        drop(Tally::new(&meter, "s3", &"GetObject".into(), 5));
        let mut throttled = Response::new(ResponseBody::from("12345678"));
        throttled.extensions_mut().insert(Throttled(3));
        Tally::new(&meter, "s3", &"GetObject".into(), 2).answered(&throttled);
        let row = meter.operations().remove(0);
        assert_eq!(row.counts, OperationCounts { calls: 2, errors: 1, throttled: 3, faults: 0, bytes_in: 7, bytes_out: 8 });
        for number in 0..2 * METER_ROWS_MAX {
            drop(Tally::new(&meter, "s3", &format!("Made{number}").into(), 0));
        }
        let rows = meter.operations();
        assert_eq!(rows.len(), METER_ROWS_MAX + 1);
        assert_eq!(rows.iter().map(|row| row.counts.calls).sum::<u64>(), 2 + 2 * METER_ROWS_MAX as u64);
        meter.reset();
        assert!(meter.operations().is_empty());
    }
}
