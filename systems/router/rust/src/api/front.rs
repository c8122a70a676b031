//! The choice between fast and calm: of the routes of all comfort stops, the few that a rider can tell apart.

use std::collections::HashMap;

use crate::city::Direction;
use crate::limits::{ALTERNATIVES_MAX, SHARED_PCT_MAX};
use crate::route::Route;

/// At most [`ALTERNATIVES_MAX`] of `front`, which goes from fastest to calmest: its indices, each with what it is called. A route that shares more than
/// [`SHARED_PCT_MAX`] of its length with one already kept is left out.
pub(super) fn choice(front: &[Route]) -> Vec<(usize, &'static str)> {
    let mut kept: Vec<(usize, HashMap<(u32, Direction), u32>)> = Vec::new();
    for (index, route) in front.iter().enumerate() {
        let repeats = index > 0
            && front[index - 1]
                .legs
                .iter()
                .map(|leg| (leg.segment, leg.direction))
                .eq(route.legs.iter().map(|leg| (leg.segment, leg.direction)));
        if !repeats && kept.iter().all(|(_, ways)| shared_pct(route, ways) <= SHARED_PCT_MAX) {
            kept.push((index, route.legs.iter().map(|leg| ((leg.segment, leg.direction), leg.length_mm())).collect()));
        }
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

/// How much of a route's length lies on ways of another.
fn shared_pct(route: &Route, ways: &HashMap<(u32, Direction), u32>) -> u64 {
    let on = |leg: &crate::route::Leg| ways.get(&(leg.segment, leg.direction)).map_or(0, |length_mm| leg.length_mm().min(*length_mm));
    let shared_mm: u64 = route.legs.iter().map(|leg| u64::from(on(leg))).sum();
    (100 * shared_mm).checked_div(route.total_length_mm).unwrap_or(100)
}
