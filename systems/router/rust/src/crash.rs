//! What crashes say of a street: from a portal's CSV to a percentage on its stress.
//!
//! ```text
//! read    rows -> crashes with cyclists that have a place, a date and a severity; all others counted by reason
//! assign  each crash to the nearest street, equally near ones sharing it; within junction_m of a junction to all of its streets. Weight is conserved
//! usage   how much a street is used: shortest-path trees from sampled junctions
//! expect  empirical Bayes, below
//! ```
//!
//! **Empirical Bayes** (Highway Safety Manual, part C). A crash weighs by severity and age; weights are scaled so that their mean is 1. Expected on a street is
//! `μ = rate × length × usage^use_exponent`, where the rate is that of its class in this city (classes with few crashes lean on the whole city's). Observed `x` and expected `μ` are both summed along the
//! network over `spread_m`, nearer streets counting more. The estimate is `w·μ + (1 − w)·x` with `w = 1 / (1 + k·μ)`, hence its ratio to
//! what is expected `(1 + k·x) / (1 + k·μ)`: one crash where hardly any is expected raises it to no more than `1 + k`, while a busy street with as many crashes as its
//! use makes one expect stays at 1. `k`, the overdispersion, is estimated by moments within the profile's bounds. Of the ratio `believed_pct` is believed, within
//! `least_pct ..= most_pct`.

mod assign;
mod columns;
mod date;
mod expect;
mod read;
mod usage;

use std::collections::BTreeMap;

pub use columns::{Columns, CyclistRule, Portal, SeverityRule};
pub use read::CrashError;

use crate::build::report::CrashCounts;
use crate::geo::Point;
use crate::parts::{CrashPart, StreetClass, StreetPart};
use crate::profile::{CrashModel, SeverityWeights};

/// A crash with a cyclist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crash {
    pub point: Point,
    /// As in [`CrashPart`].
    pub severity: u8,
    pub year: u16,
    /// With the part of the year.
    pub when_years: f64,
}

/// Names of severities, from 0.
pub const SEVERITIES: [&str; 5] = ["none", "possible", "minor", "serious", "killed"];

/// What files held.
#[derive(Debug, Clone, Default)]
pub struct Crashes {
    pub list: Vec<Crash>,
    pub rows: u64,
    /// Rows that are not in `list`, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
}

/// Sets the crash factor of every street, and says which crashes lie in the city.
pub fn apply(
    crashes: &Crashes,
    nodes: &[Point],
    streets: &mut [StreetPart],
    classes: &[StreetClass],
    model: &CrashModel,
) -> (Vec<CrashPart>, CrashCounts) {
    let mut counts = CrashCounts { rows: crashes.rows, rows_left_out: crashes.left_out.clone(), ..CrashCounts::default() };
    let newest = crashes.list.iter().map(|crash| crash.when_years).fold(f64::MIN, f64::max);
    let index = assign::Index::of(nodes, streets, model.match_m);
    let mut observed = vec![0.0; streets.len()];
    let mut parts = Vec::new();
    for crash in &crashes.list {
        let Some(shares) = index.assign(crash.point, nodes, streets, model) else {
            *counts.rows_left_out.entry("outside the city").or_default() += 1;
            continue;
        };
        let age_years = newest - crash.when_years;
        let weight = severity_weight(&model.severity, crash.severity) * 0.5_f64.powf(age_years / model.half_life_years);
        counts.weight += weight;
        counts.at_junctions += u64::from(shares.at_junction);
        for (street, share) in shares.of {
            observed[street as usize] += weight * share;
        }
        *counts.by_severity.entry(SEVERITIES[usize::from(crash.severity.min(4))]).or_default() += 1;
        let [first, last] = counts.years.unwrap_or([crash.year; 2]);
        counts.years = Some([first.min(crash.year), last.max(crash.year)]);
        parts.push(CrashPart { point: crash.point, severity: crash.severity, year: crash.year });
    }
    counts.used = parts.len() as u64;
    counts.weight_assigned = observed.iter().sum();
    if counts.weight > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let mean = counts.weight / counts.used as f64;
        observed.iter_mut().for_each(|weight| *weight /= mean);
        let usage = usage::usage(nodes.len(), streets, classes);
        let expectation = expect::Expectation::fit(&observed, &usage, streets, classes, model);
        counts.dispersion = expectation.dispersion;
        let factors = expectation.factors(&observed, nodes.len(), streets, model);
        set(streets, &factors, &mut counts);
    }
    (parts, counts)
}

fn severity_weight(weights: &SeverityWeights, severity: u8) -> f64 {
    [weights.none, weights.possible, weights.minor, weights.serious, weights.killed][usize::from(severity.min(4))]
}

fn set(streets: &mut [StreetPart], factors: &[u8], counts: &mut CrashCounts) {
    for (street, pct) in streets.iter_mut().zip(factors) {
        let band = [100, 120, 160].iter().position(|bound| pct < bound).unwrap_or(3);
        counts.length_km_by_factor[band] += f64::from(street.length_mm) / 1e6;
        street.forward.iter_mut().chain(&mut street.backward).for_each(|way| way.crash_pct = *pct);
    }
}

/// A grid of `side` × `side` junctions 100 m apart, for tests: streets to the east first, then to the north.
#[cfg(test)]
pub(crate) fn grid(side: i32) -> (Vec<Point>, Vec<StreetPart>, Vec<StreetClass>) {
    use crate::parts::WayPart;
    let nodes: Vec<Point> = (0..side * side).map(|i| Point { lon_e7: i % side * 9_000, lat_e7: i / side * 9_000 }).collect();
    let way = Some(WayPart { class: 0, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 });
    let street = |a: i32, b: i32| {
        let (tail, head) = (a.unsigned_abs(), b.unsigned_abs());
        let line = vec![nodes[tail as usize], nodes[head as usize]];
        StreetPart { tail, head, line, length_mm: 100_000, name: None, forward: way, backward: way }
    };
    let along = (0..side * side).filter(|i| i % side < side - 1).map(|i| street(i, i + 1));
    let up = (0..side * (side - 1)).map(|i| street(i, i + side));
    let streets = along.chain(up).collect();
    (nodes, streets, vec![crate::stress::class_for_tests()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn crash(lon_e7: i32, lat_e7: i32) -> Crash {
        Crash { point: Point { lon_e7, lat_e7 }, severity: 2, year: 2020, when_years: 2020.5 }
    }

    fn factors(crashes: Vec<Crash>, streets: &mut [StreetPart], nodes: &[Point], classes: &[StreetClass]) -> CrashCounts {
        let crashes = Crashes { rows: crashes.len() as u64, list: crashes, ..Crashes::default() };
        apply(&crashes, nodes, streets, classes, &Profile::default().crash).1
    }

    #[test]
    fn weight_is_conserved() {
        let (nodes, mut streets, classes) = grid(6);
        // On a street, at a junction, in the middle of a block equally near to four streets, and outside.
        let list = vec![crash(4_500, 10), crash(9_050, 9_020), crash(4_500, 4_500), crash(-90_000, 0)];
        let mut newer = crash(4_500, 0);
        (newer.when_years, newer.severity) = (2025.5, 4);
        let counts = factors([list, vec![newer]].concat(), &mut streets, &nodes, &classes);
        // 1 crash of now killed: 4.0; older ones by half: 0.5 each. The middle of a block is 50 m off: outside.
        assert_eq!((counts.used, counts.at_junctions, counts.rows_left_out.get("outside the city")), (3, 1, Some(&2)));
        assert!((counts.weight - 5.0).abs() < 1e-9 && (counts.weight_assigned - counts.weight).abs() < 1e-9, "{counts:?}");
    }

    #[test]
    fn one_crash_on_a_short_street_does_not_poison_it() {
        let (nodes, mut streets, classes) = grid(12);
        // The street of the crash is 5 m long in the table: hardly any crash is expected there.
        streets[5].length_mm = 5_000;
        let mut list = vec![crash(5 * 9_000 + 4_500, 0)];
        list.extend((0..10).map(|i| crash(i * 9_000 + 4_500, i * 9_000 + 9_000)));
        factors(list, &mut streets, &nodes, &classes);
        let pct = streets[5].forward.unwrap().crash_pct;
        assert!((100..=165).contains(&pct), "{pct}");
    }

    #[test]
    fn many_crashes_on_one_street_are_felt_there_and_not_far_away() {
        let (nodes, mut streets, classes) = grid(12);
        let list = (0..12).map(|i| crash(5 * 9_000 + 4_000 + i * 100, 0)).collect();
        factors(list, &mut streets, &nodes, &classes);
        let pct = |street: usize| streets[street].forward.unwrap().crash_pct;
        assert!(pct(5) >= 200 && pct(4) > 100 && pct(6) > 100, "{} {} {}", pct(5), pct(4), pct(6));
        assert!(pct(100) <= 100 && pct(100) >= 80, "{}", pct(100));
    }

    #[test]
    fn no_crashes_no_factors() {
        let (nodes, mut streets, classes) = grid(3);
        let counts = factors(Vec::new(), &mut streets, &nodes, &classes);
        assert!(streets.iter().all(|street| street.forward.unwrap().crash_pct == 100) && counts.used == 0);
    }
}
