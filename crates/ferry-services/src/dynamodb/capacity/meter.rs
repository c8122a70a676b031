//! One side (writes or reads) of one table's capacity.

use std::time::Duration;

use super::Side;
use super::bucket::Bucket;
use super::growth::Growth;
use super::units::Units;
use crate::physics::{CapacityMode, TablePhysics};

/// What a new on-demand table takes a second.
const ON_DEMAND_WRITE_PER_S: f64 = 4_000.0;
const ON_DEMAND_READ_PER_S: f64 = 12_000.0;

#[derive(Debug)]
pub(super) struct Meter {
    bucket: Bucket,
    /// Of an on-demand table.
    growth: Option<Growth>,
}

impl Meter {
    /// `None` where the physics set no limit.
    pub(super) fn new(physics: &TablePhysics, side: Side, now: Duration) -> Option<Self> {
        let (named, start) = match side {
            Side::Write => (physics.write_per_s, ON_DEMAND_WRITE_PER_S),
            Side::Read => (physics.read_per_s, ON_DEMAND_READ_PER_S),
        };
        let (per_s, growth) = match physics.mode {
            CapacityMode::Provisioned => (Units::new(named?), None),
            CapacityMode::OnDemand => {
                let per_s = Units::new(named.unwrap_or(start));
                (per_s, Some(Growth::new(per_s, now)))
            }
        };
        Some(Self { bucket: Bucket::new(per_s, physics.burst_s, now), growth })
    }

    /// Whether an operation of this cost may take place; takes the cost if so.
    pub(super) fn admit(&mut self, cost: Units, now: Duration) -> bool {
        if let Some(growth) = &mut self.growth {
            self.bucket.set_rate(growth.limit(now), now);
        }
        let admitted = self.bucket.take(cost, now);
        if admitted && let Some(growth) = &mut self.growth {
            growth.used(cost, now);
        }
        admitted
    }

    /// An admitted operation cost this in truth.
    pub(super) fn settle(&mut self, admitted: Units, truth: Units, now: Duration) {
        if truth >= admitted {
            self.bucket.owe(truth - admitted, now);
        } else {
            self.bucket.give_back(admitted - truth, now);
        }
        if let Some(growth) = &mut self.growth {
            growth.used(truth - admitted, now);
        }
    }
}
