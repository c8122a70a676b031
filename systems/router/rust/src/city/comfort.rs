//! The comfort slider: its stops, and what lies between two.

use super::City;
use crate::parts::Stop;

/// A place of the slider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comfort {
    /// Index of a stop.
    At(usize),
    /// Between stop `low` and the next, with a stress weight that lies between theirs.
    Between { low: usize, stop: Stop },
}

impl City<'_> {
    /// The stop nearest to a comfort of 0 to 1; of two as near, the calmer.
    #[must_use]
    pub fn stop_near(&self, comfort: f64) -> usize {
        let miss = |stop: &usize| (self.stop(*stop).comfort() - comfort).abs();
        (0..self.stop_count()).rev().min_by(|a, b| miss(a).total_cmp(&miss(b))).unwrap_or(0)
    }

    /// Exactly that comfort, to the next whole stress weight. Beyond the first and the last stop: those.
    #[must_use]
    pub fn comfort(&self, comfort: f64) -> Comfort {
        let after = (0..self.stop_count()).find(|stop| self.stop(*stop).comfort() >= comfort);
        let Some((low, high)) = after.and_then(|after| Some((after.checked_sub(1)?, after))) else {
            return Comfort::At(self.stop_near(comfort));
        };
        let [a, b] = [low, high].map(|stop| self.stop(stop));
        let share = (comfort - a.comfort()) / (b.comfort() - a.comfort());
        let stop = Stop {
            comfort_pct: between(a.comfort_pct.into(), b.comfort_pct.into(), share).try_into().unwrap_or(100),
            stress_weight: between(a.stress_weight, b.stress_weight, share),
        };
        match stop.stress_weight {
            weight if weight == a.stress_weight => Comfort::At(low),
            weight if weight == b.stress_weight => Comfort::At(high),
            _ => Comfort::Between { low, stop },
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two u16")]
fn between(low: u16, high: u16, share: f64) -> u16 {
    (f64::from(low) + share * (f64::from(high) - f64::from(low))).round() as u16
}
