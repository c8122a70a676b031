//! The choice between fast and calm: of the routes of all comfort stops, the few that a rider can tell apart.

use crate::city::Direction;
use crate::limits::{ALTERNATIVES_MAX, SHARED_PCT_MAX};
use crate::route::{Leg, Route};

/// At most [`ALTERNATIVES_MAX`] of `front`, which goes from fastest to calmest: its indices, each with what it is called. A route that shares more than
/// [`SHARED_PCT_MAX`] of its length with one already kept is left out.
pub(super) fn choice(front: &[Route]) -> Vec<(usize, &'static str)> {
    let mut kept: Vec<(usize, Ways)> = Vec::new();
    let ways = |route: &Route| route.legs.iter().map(way).collect::<Vec<_>>();
    let mut before = None;
    for (index, route) in front.iter().enumerate() {
        let ridden = ways(route);
        // Neighbouring stops often have the same route.
        if before.as_ref() != Some(&ridden) && kept.iter().all(|(_, ways)| ways.shared_pct(route) <= SHARED_PCT_MAX) {
            kept.push((index, Ways::of(&ridden)));
        }
        before = Some(ridden);
    }
    let kept: Vec<usize> = kept.into_iter().map(|(index, _)| index).collect();
    let labelled = match kept[..] {
        [] => Vec::new(),
        [only] => vec![(only, "direct")],
        [direct, safest] => vec![(direct, "direct"), (safest, "safest")],
        [direct, .., safest] => vec![(direct, "direct"), (kept[kept.len() / 2], "safer"), (safest, "safest")],
    };
    debug_assert!(labelled.len() <= ALTERNATIVES_MAX);
    labelled
}

/// A segment and a direction as one number.
fn way(leg: &Leg) -> usize {
    leg.segment as usize * 2 + usize::from(leg.direction == Direction::Backward)
}

/// The ways of a route, a bit each.
struct Ways(Vec<u64>);

impl Ways {
    fn of(ridden: &[usize]) -> Self {
        let mut bits = vec![0; ridden.iter().max().map_or(0, |way| way / 64 + 1)];
        for way in ridden {
            bits[way / 64] |= 1 << (way % 64);
        }
        Self(bits)
    }

    fn has(&self, way: usize) -> bool {
        self.0.get(way / 64).is_some_and(|bits| bits >> (way % 64) & 1 == 1)
    }

    /// How much of a route's length lies on these ways.
    fn shared_pct(&self, route: &Route) -> u64 {
        let shared_mm: u64 = route.legs.iter().filter(|leg| self.has(way(leg))).map(|leg| u64::from(leg.length_mm())).sum();
        (100 * shared_mm).checked_div(route.total_length_mm).unwrap_or(100)
    }
}
