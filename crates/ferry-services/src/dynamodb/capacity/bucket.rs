//! A token bucket: units flow in at a constant rate up to its size, operations take them out, and may leave a debt.

use std::time::Duration;

use super::units::Units;

/// How much a bucket holds at least, in seconds of its rate: without it a rate could never be reached, since nobody asks at exactly
/// the moment when the next unit has flowed in.
const PACE_S: f64 = 0.1;
/// What a fresh bucket holds at most, in seconds of its rate: capacity is a matter of seconds, and nothing was saved yet.
const FRESH_S: f64 = 1.0;

/// Invariants: `level <= size`; the sum of what was taken (less what was given back) is at most `size` plus what flowed in since
/// `new` plus the last operation's cost.
#[derive(Debug)]
pub(super) struct Bucket {
    per_s: Units,
    size: Units,
    level: Units,
    /// Of `level`: flown in by then.
    filled_at: Duration,
    /// What flowed in beyond whole millionths.
    left: i128,
}

impl Bucket {
    /// A bucket that keeps `burst_s` seconds of its rate.
    pub(super) fn new(per_s: Units, burst_s: f64, now: Duration) -> Self {
        let seconds = |seconds: f64| Units::new(per_s.as_f64() * seconds);
        let size = seconds(burst_s.max(PACE_S));
        Self { per_s, size, level: size.min(seconds(FRESH_S)), filled_at: now, left: 0 }
    }

    /// Takes the cost out if the bucket holds it. One that is full takes any cost, or an item larger than the bucket could never
    /// be written; what it lacks is owed.
    pub(super) fn take(&mut self, cost: Units, now: Duration) -> bool {
        self.fill(now);
        let is_full = self.level == self.size && self.size > Units::ZERO;
        let takes = self.level >= cost || is_full;
        if takes {
            self.level -= cost;
        }
        takes
    }

    /// Takes out what has been used already.
    pub(super) fn owe(&mut self, cost: Units, now: Duration) {
        self.fill(now);
        self.level -= cost;
    }

    pub(super) fn give_back(&mut self, cost: Units, now: Duration) {
        self.fill(now);
        self.level = self.size.min(self.level + cost);
    }

    /// From now on at another rate, and of another size in proportion.
    pub(super) fn set_rate(&mut self, per_s: Units, now: Duration) {
        if per_s != self.per_s {
            self.fill(now);
            let growth = if self.per_s > Units::ZERO { per_s.as_f64() / self.per_s.as_f64() } else { 1.0 };
            self.size = Units::new(self.size.as_f64() * growth);
            self.level = self.level.min(self.size);
            self.per_s = per_s;
        }
    }

    fn fill(&mut self, now: Duration) {
        let elapsed_us = now.as_micros().saturating_sub(self.filled_at.as_micros());
        if elapsed_us > 0 {
            let (inflow, left) = Units::inflow(self.per_s, elapsed_us, self.left);
            self.level = self.size.min(self.level + inflow);
            self.left = left;
            self.filled_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn units(units: f64) -> Units {
        Units::new(units)
    }

    #[test]
    fn without_burst_a_rate_is_a_rate() {
        let mut bucket = Bucket::new(units(10.0), 0.0, Duration::ZERO);
        assert!(bucket.take(Units::ONE, Duration::ZERO), "the pace");
        assert!(!bucket.take(Units::ONE, Duration::ZERO));
        // Nothing is saved over an hour.
        let later = 3_600 * SECOND;
        assert!(bucket.take(Units::ONE, later));
        assert!(!bucket.take(Units::ONE, later));
        assert!(!bucket.take(Units::ONE, later + SECOND / 20));
        assert!(bucket.take(Units::ONE, later + SECOND / 10));
    }

    #[test]
    fn unused_capacity_is_kept_for_the_burst_time() {
        let mut bucket = Bucket::new(units(10.0), 300.0, Duration::ZERO);
        let now = 3_600 * SECOND;
        let taken = (0..10_000).filter(|_| bucket.take(Units::ONE, now)).count();
        assert_eq!(taken, 3_000);
    }

    #[test]
    fn an_item_larger_than_the_bucket_is_written_on_credit() {
        let mut bucket = Bucket::new(units(5.0), 0.0, Duration::ZERO);
        assert!(bucket.take(units(400.0), Duration::ZERO));
        assert!(!bucket.take(Units::ONE, 79 * SECOND), "0.5 - 400 + 79 s of 5 a second is below nothing");
        assert!(bucket.take(Units::ONE, 81 * SECOND));
    }

    #[test]
    fn a_rate_of_nothing_takes_nothing() {
        let mut bucket = Bucket::new(units(0.0), 0.0, Duration::ZERO);
        assert!(!bucket.take(Units::ONE, 3_600 * SECOND));
    }

    proptest! {
        /// Whatever the pattern of requests: what is accepted is at most what flowed in, what the bucket holds, and one cost on
        /// credit; and a request that waits long enough is accepted.
        #[test]
        fn capacity_is_conserved(
            per_s in 0.5_f64..50_000.0,
            burst_s in prop_oneof![Just(0.0), 0.0..300.0_f64],
            requests in prop::collection::vec((0_u64..2_000_000, 0.5_f64..400.0), 1..200),
        ) {
            let (rate, mut now) = (units(per_s), Duration::ZERO);
            let mut bucket = Bucket::new(rate, burst_s, now);
            let size = bucket.size;
            let (mut accepted, mut cost_max) = (Units::ZERO, Units::ZERO);
            for (wait_us, cost) in requests {
                now += Duration::from_micros(wait_us);
                let cost = units(cost);
                if bucket.take(cost, now) {
                    accepted += cost;
                    cost_max = cost_max.max(cost);
                }
                let inflow = units(rate.as_f64() * now.as_secs_f64());
                prop_assert!(accepted <= size + inflow + cost_max + units(0.001));
                prop_assert!(bucket.level <= bucket.size);
            }
            let debt_s = (size.as_f64() - bucket.level.as_f64()) / per_s;
            prop_assert!(bucket.take(units(400.0), now + Duration::from_secs_f64(debt_s + 0.001)));
        }
    }
}
