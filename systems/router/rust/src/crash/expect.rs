//! How many crashes one expects of a street, and what those observed make of it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::parts::{StreetClass, StreetPart};
use crate::profile::CrashModel;
use crate::street::{Highway, Infra};

/// A class's own rate counts as if the whole city's had been seen with this many crashes before.
const PRIOR_CRASHES: f64 = 5.0;
/// Streets that one street's window sees at most.
const WINDOW_MAX: usize = 256;

pub(super) struct Expectation {
    /// Of each street, in crashes of mean weight.
    expected: Vec<f64>,
    pub dispersion: f64,
}

impl Expectation {
    /// `observed` in crashes of mean weight, `usage` of [`super::usage`].
    pub(super) fn fit(observed: &[f64], usage: &[f64], streets: &[StreetPart], classes: &[StreetClass], model: &CrashModel) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let mean_usage = (usage.iter().sum::<f64>() / usage.len().max(1) as f64).max(1e-9);
        let exposure = |street: usize| {
            f64::from(streets[street].length_mm) / 1e6 * ((1.0 + usage[street]) / (1.0 + mean_usage)).powf(model.use_exponent)
        };
        let exposures: Vec<f64> = (0..streets.len()).map(exposure).collect();
        let overall = observed.iter().sum::<f64>() / exposures.iter().sum::<f64>().max(1e-9);
        let mut groups: HashMap<(Highway, bool), (f64, f64)> = HashMap::new();
        let group = |street: &StreetPart| {
            let class = street.forward.or(street.backward).map(|way| classes[usize::from(way.class)]);
            class.map_or((Highway::Road, false), |class| (class.highway, matches!(class.infra, Infra::Track | Infra::Path | Infra::Walk)))
        };
        for (street, (x, exposure)) in streets.iter().zip(observed.iter().zip(&exposures)) {
            let sums = groups.entry(group(street)).or_default();
            *sums = (sums.0 + x, sums.1 + exposure);
        }
        let rate = |street: &StreetPart| {
            let (x, exposure) = groups.get(&group(street)).copied().unwrap_or_default();
            (x + PRIOR_CRASHES) / (exposure + PRIOR_CRASHES / overall.max(1e-9))
        };
        let expected: Vec<f64> = streets.iter().zip(&exposures).map(|(street, exposure)| rate(street) * exposure).collect();
        Self { dispersion: dispersion(observed, &expected, model), expected }
    }

    /// The factor of every street, in percent.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the profile's bounds, 80 ..= 250")]
    pub(super) fn factors(&self, observed: &[f64], nodes: usize, streets: &[StreetPart], model: &CrashModel) -> Vec<u8> {
        let mut window = Window::over(nodes, streets);
        let believed = f64::from(model.believed_pct) / 100.0;
        let factor = |street: u32| {
            let (mut x, mut mu) = (0.0, 0.0);
            window.around(street, streets, model.spread_m * 1000.0, |other, share| {
                x += share * observed[other as usize];
                mu += share * self.expected[other as usize];
            });
            let ratio = (1.0 + self.dispersion * x) / (1.0 + self.dispersion * mu);
            let pct = 100.0 * (1.0 + believed * (ratio - 1.0));
            pct.round().clamp(f64::from(model.least_pct), f64::from(model.most_pct)) as u8
        };
        (0_u32..).take(streets.len()).map(factor).collect()
    }
}

/// By moments: variance = μ + k·μ².
fn dispersion(observed: &[f64], expected: &[f64], model: &CrashModel) -> f64 {
    let excess: f64 = observed.iter().zip(expected).map(|(x, mu)| (x - mu).powi(2) - mu).sum();
    let squares: f64 = expected.iter().map(|mu| mu * mu).sum();
    (excess / squares.max(1e-12)).clamp(model.dispersion.least, model.dispersion.most)
}

/// Streets along the network around a street.
struct Window {
    first: Vec<u32>,
    /// Streets by junction.
    incident: Vec<u32>,
    queue: BinaryHeap<Reverse<(u32, u32)>>,
    seen: HashMap<u32, u32>,
}

impl Window {
    fn over(nodes: usize, streets: &[StreetPart]) -> Self {
        let mut ends: Vec<(u32, u32)> =
            (0_u32..).zip(streets).flat_map(|(number, street)| [(street.tail, number), (street.head, number)]).collect();
        ends.sort_unstable();
        ends.dedup();
        let mut first = vec![0_u32; nodes + 1];
        for (node, _) in &ends {
            first[*node as usize + 1] += 1;
        }
        for node in 1..first.len() {
            first[node] += first[node - 1];
        }
        Self { first, incident: ends.into_iter().map(|end| end.1).collect(), queue: BinaryHeap::new(), seen: HashMap::new() }
    }

    /// Calls `each` for every street whose middle is within `spread_mm` of this one's, with its share: 1 here, 0 at the rim.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a kilometre in mm")]
    fn around(&mut self, street: u32, streets: &[StreetPart], spread_mm: f64, mut each: impl FnMut(u32, f64)) {
        let limit = spread_mm as u32;
        self.queue.clear();
        self.seen.clear();
        self.seen.insert(street, 0);
        self.queue.push(Reverse((0, street)));
        while let Some(Reverse((distance, here))) = self.queue.pop() {
            if self.seen.get(&here).is_some_and(|known| *known < distance) {
                continue;
            }
            each(here, 1.0 - f64::from(distance) / spread_mm);
            let part = &streets[here as usize];
            for node in [part.tail, part.head] {
                for next in &self.incident[self.first[node as usize] as usize..self.first[node as usize + 1] as usize] {
                    let there = distance.saturating_add(part.length_mm / 2).saturating_add(streets[*next as usize].length_mm / 2);
                    if there < limit && self.seen.len() < WINDOW_MAX && self.seen.get(next).is_none_or(|known| there < *known) {
                        self.seen.insert(*next, there);
                        self.queue.push(Reverse((there, *next)));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid;
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn a_busy_street_with_as_many_crashes_as_its_use_is_not_punished() {
        let (nodes, streets, classes) = grid(10);
        let model = Profile::default().crash;
        // The lowest row is used a hundred times as much, and has ten times the crashes: the square root of its use.
        let busy = |street: usize| street < 9;
        let usage: Vec<f64> = (0..streets.len()).map(|street| if busy(street) { 9_999.0 } else { 99.0 }).collect();
        let observed: Vec<f64> = (0..streets.len()).map(|street| if busy(street) { 1.0 } else { 0.1 }).collect();
        let fit = Expectation::fit(&observed, &usage, &streets, &classes, &model);
        let factors = fit.factors(&observed, nodes.len(), &streets, &model);
        assert!(factors.iter().all(|pct| (95..=105).contains(pct)), "{factors:?}");
        // Without regard to use the same street looks bad.
        let blind = Expectation::fit(&observed, &vec![99.0; streets.len()], &streets, &classes, &model);
        assert!(blind.factors(&observed, nodes.len(), &streets, &model)[4] > 108);
    }
}
