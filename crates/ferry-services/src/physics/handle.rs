//! The physics in force: asked at every call, changed at run time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;

use super::draw;
use super::{FaultKind, FaultRule, Latency, LatencyRule, Occurrence, Physics, TablePhysics, When};

/// What a call meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// The answer leaves no earlier than this after arrival.
    pub latency: Duration,
    pub fault: Option<(FaultKind, When)>,
}

/// How often a rule was met, so that one that matches nothing (a misspelt operation) shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RuleCounts {
    pub matched: u64,
    pub fired: u64,
}

/// Shared by the front and the services; cheap to ask.
#[derive(Debug)]
pub struct PhysicsHandle {
    current: RwLock<Arc<InForce>>,
}

/// A document and the numbers of the calls under it. A changed document starts its numbers anew.
#[derive(Debug)]
struct InForce {
    physics: Physics,
    tables: Arc<BTreeMap<String, TablePhysics>>,
    latency_counts: Vec<Counts>,
    fault_counts: Vec<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    matched: AtomicU64,
    fired: AtomicU64,
}

impl PhysicsHandle {
    pub fn new(physics: Physics) -> Self {
        Self { current: RwLock::new(Arc::new(InForce::new(physics))) }
    }

    /// The document in force.
    pub fn current(&self) -> Physics {
        self.in_force().physics.clone()
    }

    /// The capacity of tables in force. A changed document gives another `Arc`, by which a change can be told
    /// (`Arc::ptr_eq`).
    pub fn tables(&self) -> Arc<BTreeMap<String, TablePhysics>> {
        Arc::clone(&self.in_force().tables)
    }

    /// Puts another document in force; calls already under way keep their fate. Rules count from the first call again.
    pub fn set(&self, physics: Physics) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(InForce::new(physics));
    }

    /// Counts calls from 1 again, so that the same faults meet the same calls of the next run.
    pub fn restart(&self) {
        for counts in self.in_force().counts() {
            counts.matched.store(0, Ordering::Relaxed);
            counts.fired.store(0, Ordering::Relaxed);
        }
    }

    /// What the next call of this operation meets. Counts it.
    pub fn fate(&self, service: &str, operation: &str) -> Fate {
        self.in_force().fate(service, operation)
    }

    /// Of each latency rule and each fault rule, in the document's order.
    pub fn rule_counts(&self) -> (Vec<RuleCounts>, Vec<RuleCounts>) {
        let in_force = self.in_force();
        let read = |counts: &[Counts]| counts.iter().map(Counts::read).collect();
        (read(&in_force.latency_counts), read(&in_force.fault_counts))
    }

    fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl InForce {
    fn new(physics: Physics) -> Self {
        let counts = |rules: usize| std::iter::repeat_with(Counts::default).take(rules).collect();
        Self {
            tables: Arc::new(physics.tables.clone()),
            latency_counts: counts(physics.latency.len()),
            fault_counts: counts(physics.faults.len()),
            physics,
        }
    }

    fn counts(&self) -> impl Iterator<Item = &Counts> {
        self.latency_counts.iter().chain(&self.fault_counts)
    }

    fn fate(&self, service: &str, operation: &str) -> Fate {
        Fate { latency: self.latency(service, operation), fault: self.fault(service, operation) }
    }

    fn latency(&self, service: &str, operation: &str) -> Duration {
        let matches = |rule: &LatencyRule| rule.selector.matches(service, operation);
        let Some(index) = self.physics.latency.iter().position(matches) else { return Duration::ZERO };
        let call = self.latency_counts[index].match_one();
        self.latency_counts[index].fire_one();
        match self.physics.latency[index].latency {
            Latency::Fixed { ms } => draw::duration_ms(ms),
            Latency::LogNormal { p50_ms, p99_ms } => {
                let rule = draw::Stream { seed: self.physics.seed, purpose: draw::Purpose::Latency, rule: index };
                draw::duration_ms(draw::log_normal(p50_ms, p99_ms, rule, call))
            }
        }
    }

    /// Every rule that matches counts the call, whichever fires: rules do not disturb each other's numbers.
    fn fault(&self, service: &str, operation: &str) -> Option<(FaultKind, When)> {
        let mut fault = None;
        for (index, rule) in self.physics.faults.iter().enumerate() {
            if !rule.selector.matches(service, operation) {
                continue;
            }
            let call = self.fault_counts[index].match_one();
            if fault.is_none() && self.fires(index, rule, call) {
                self.fault_counts[index].fire_one();
                fault = Some((rule.kind, rule.when));
            }
        }
        fault
    }

    fn fires(&self, index: usize, rule: &FaultRule, call: u64) -> bool {
        match &rule.occurrence {
            Occurrence::Rate(rate) => {
                let stream = draw::Stream { seed: self.physics.seed, purpose: draw::Purpose::Fault, rule: index };
                stream.uniform(call, 0) < *rate
            }
            Occurrence::Nth(nth) => call.is_multiple_of(*nth),
            Occurrence::At(calls) => calls.contains(&call),
        }
    }
}

impl Counts {
    /// The number of this call, from 1.
    fn match_one(&self) -> u64 {
        self.matched.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn fire_one(&self) {
        self.fired.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> RuleCounts {
        RuleCounts { matched: self.matched.load(Ordering::Relaxed), fired: self.fired.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn handle(document: &serde_json::Value) -> PhysicsHandle {
        PhysicsHandle::new(Physics::from_value(document).unwrap())
    }

    fn faults(handle: &PhysicsHandle, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| handle.fate("s3", "GetObject").fault.is_some()).collect()
    }

    #[test]
    fn the_first_latency_that_matches_is_taken() {
        let handle = handle(&json!({"latency": [{"service": "s3", "operation": "GetObject", "ms": 5}, {"service": "*", "ms": 1.5}]}));
        assert_eq!(handle.fate("s3", "GetObject").latency, Duration::from_millis(5));
        assert_eq!(handle.fate("s3", "PutObject").latency, Duration::from_micros(1_500));
        assert_eq!(handle.rule_counts().0, [RuleCounts { matched: 1, fired: 1 }; 2]);
        handle.set(Physics::default());
        assert_eq!(handle.fate("s3", "GetObject"), Fate { latency: Duration::ZERO, fault: None });
    }

    #[test]
    fn nth_and_at_choose_calls_by_their_number() {
        let nth = handle(&json!({"faults": [{"service": "s3", "kind": "500", "nth": 3}]}));
        assert_eq!(faults(&nth, 7), [false, false, true, false, false, true, false]);
        let at = handle(&json!({"faults": [{"service": "s3", "kind": "500", "at": [1, 4]}]}));
        assert_eq!(faults(&at, 5), [true, false, false, true, false]);
        let others = handle(
            &json!({"faults": [{"service": "dynamodb", "kind": "500", "nth": 1}, {"service": "s3", "operation": "PutObject", "kind": "500", "nth": 1}]}),
        );
        assert_eq!(faults(&others, 3), [false; 3]);
    }

    #[test]
    fn rates_are_drawn_from_the_seed_and_the_number_of_the_call() {
        let rate = |seed: u64| handle(&json!({"faults": [{"service": "s3", "kind": "500", "rate": 0.25}], "seed": seed}));
        let first = rate(1);
        let drawn = faults(&first, 4_000);
        let share = drawn.iter().filter(|fired| **fired).count();
        assert!((900..1_100).contains(&share), "{share} of 4,000");
        assert_eq!(first.rule_counts().1, [RuleCounts { matched: 4_000, fired: share as u64 }]);
        first.restart();
        assert_eq!(faults(&first, 4_000), drawn);
        assert_ne!(faults(&rate(2), 4_000), drawn);
    }

    #[test]
    fn a_changed_document_gives_other_tables() {
        let handle = handle(&json!({"tables": {"A": {"write_per_s": 10}}}));
        let before = handle.tables();
        assert!(Arc::ptr_eq(&before, &handle.tables()));
        handle.set(Physics::from_value(&json!({"tables": {"A": {"write_per_s": 20}}})).unwrap());
        assert_eq!(handle.tables()["A"].write_per_s, Some(20.0));
        assert!(!Arc::ptr_eq(&before, &handle.tables()));
    }
}
