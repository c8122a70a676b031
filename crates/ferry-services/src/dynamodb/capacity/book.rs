//! The book of all tables: who may do what now, and what was used.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::meter::Meter;
use super::{Side, Units};
use crate::physics::{CapacityMode, PhysicsHandle, TablePhysics};

/// The name in the physics document that stands for every table without an own entry.
const EVERY_TABLE: &str = "*";

type Tables = BTreeMap<String, TablePhysics>;

/// What was used of a table and refused to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TableReport {
    pub table: String,
    /// Capacity units used.
    pub write_units: f64,
    pub read_units: f64,
    /// Calls refused as a whole for want of capacity.
    pub throttled_calls: u64,
    /// Items of batches handed back (`UnprocessedItems`, `UnprocessedKeys`), whether the batch was refused as a whole or in part.
    pub unprocessed_items: u64,
}

/// One lock for all tables: it is held for a few additions.
#[derive(Debug)]
pub(in crate::dynamodb) struct Book {
    started: Instant,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    /// The document that the meters were made by.
    physics: Arc<Tables>,
    meters: HashMap<String, Meters>,
    counts: BTreeMap<String, Counts>,
}

#[derive(Debug)]
struct Meters {
    write: Option<Meter>,
    read: Option<Meter>,
}

#[derive(Debug, Default)]
struct Counts {
    write: Units,
    read: Units,
    throttled_calls: u64,
    unprocessed_items: u64,
}

impl Book {
    pub(in crate::dynamodb) fn new() -> Self {
        Self { started: Instant::now(), pages: Mutex::default() }
    }

    /// Follows the physics in force: a changed document starts every table anew.
    pub(in crate::dynamodb) fn follow(&self, physics: &PhysicsHandle) {
        let tables = physics.tables();
        let mut pages = self.lock();
        if !Arc::ptr_eq(&pages.physics, &tables) {
            pages.physics = tables;
            pages.meters.clear();
        }
    }

    /// Takes the costs of a table's operations in their order, as far as its capacity goes. Gives how many were taken.
    pub(in crate::dynamodb) fn admit(&self, table: &str, side: Side, costs: impl IntoIterator<Item = Units>) -> usize {
        let now = self.started.elapsed();
        let mut pages = self.lock();
        let Some(meter) = pages.meter(table, side, now) else { return usize::MAX };
        costs.into_iter().take_while(|&cost| meter.admit(cost, now)).count()
    }

    /// What was taken for these operations was in truth so much, which is counted.
    pub(in crate::dynamodb) fn settle(&self, table: &str, side: Side, admitted: Units, truth: Units) {
        let now = self.started.elapsed();
        let mut pages = self.lock();
        if admitted != truth
            && let Some(meter) = pages.meter(table, side, now)
        {
            meter.settle(admitted, truth, now);
        }
        if truth > Units::ZERO {
            let counts = pages.counts(table);
            match side {
                Side::Write => counts.write += truth,
                Side::Read => counts.read += truth,
            }
        }
    }

    pub(in crate::dynamodb) fn count_throttled_call(&self, table: &str) {
        self.lock().counts(table).throttled_calls += 1;
    }

    pub(in crate::dynamodb) fn count_unprocessed(&self, table: &str, items: usize) {
        self.lock().counts(table).unprocessed_items += items as u64;
    }

    /// Whether any capacity is limited.
    pub(in crate::dynamodb) fn limits_any(&self) -> bool {
        !self.lock().physics.is_empty()
    }

    pub(in crate::dynamodb) fn mode(&self, table: &str) -> CapacityMode {
        self.lock().physics_of(table).map(|physics| physics.mode).unwrap_or_default()
    }

    pub(in crate::dynamodb) fn report(&self) -> Vec<TableReport> {
        let report = |(table, counts): (&String, &Counts)| TableReport {
            table: table.clone(),
            write_units: counts.write.as_f64(),
            read_units: counts.read.as_f64(),
            throttled_calls: counts.throttled_calls,
            unprocessed_items: counts.unprocessed_items,
        };
        self.lock().counts.iter().map(report).collect()
    }

    pub(in crate::dynamodb) fn reset_counts(&self) {
        self.lock().counts.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn physics_of(&self, table: &str) -> Option<&TablePhysics> {
        self.physics.get(table).or_else(|| self.physics.get(EVERY_TABLE))
    }

    fn meter(&mut self, table: &str, side: Side, now: Duration) -> Option<&mut Meter> {
        if !self.meters.contains_key(table) {
            let physics = *self.physics_of(table)?;
            let meters = Meters { write: Meter::new(&physics, Side::Write, now), read: Meter::new(&physics, Side::Read, now) };
            self.meters.insert(table.to_owned(), meters);
        }
        let meters = self.meters.get_mut(table)?;
        match side {
            Side::Write => meters.write.as_mut(),
            Side::Read => meters.read.as_mut(),
        }
    }

    fn counts(&mut self, table: &str) -> &mut Counts {
        self.counts.entry(table.to_owned()).or_default()
    }
}
