//! The choice between fast and calm: a few routes that a rider can tell apart.
//!
//! What the cheapest route costs is asked at every stop, which is quick; routes are made of few. First come the fastest and the calmest. Then, again and again, the stop
//! at which those there are so far cost most above the cheapest: what a route costs is a line over the stress weight, so that is known without looking for other routes, and
//! where one of them *is* the cheapest there is nothing to look for.

use super::{Leg, NoRoute, Route, Router};
use crate::city::City;
use crate::city::routing::way_id;
use crate::parts::{Linear, Stop, turn};
use crate::snap::Snap;

/// A route kept, and what tells others from it.
struct Kept {
    route: Route,
    /// Its ways, ascending.
    ways: Vec<u32>,
    /// Sums of its legs'.
    base: u64,
    slope: u64,
}

impl Router<'_> {
    /// At most `most` routes over places already on streets, from fastest to calmest, each the cheapest at its stop. None shares more than
    /// `shared_pct_max` of its length with one that was chosen before it.
    ///
    /// # Errors
    /// [`NoRoute::Unconnected`].
    pub fn front_of(&mut self, snaps: &[Snap], most: usize, shared_pct_max: u64) -> Result<Vec<Route>, NoRoute> {
        let calmest = self.city.stop_count().saturating_sub(1);
        let mut kept: Vec<Kept> = Vec::new();
        // Not looked at: stops, each with what the cheapest route costs there.
        let mut left: Vec<(usize, u64)> = Vec::new();
        for stop in (1..calmest).filter(|_| most > 2) {
            left.push((stop, self.cost_over(snaps, stop)?));
        }
        let mut next = [calmest, 0].into_iter().collect::<Vec<_>>();
        next.dedup();
        while kept.len() < most {
            let Some(stop) = next.pop().or_else(|| most_missed(&self.city, &kept, &mut left)) else { break };
            let route = self.along(snaps, stop)?;
            let route = Kept::new(&self.city, route);
            if kept.iter().all(|other| other.shared_pct(&route.route) <= shared_pct_max) {
                kept.push(route);
            }
        }
        kept.sort_by_key(|kept| kept.route.stop);
        Ok(kept.into_iter().map(|kept| kept.route).collect())
    }

    fn cost_over(&mut self, snaps: &[Snap], stop: usize) -> Result<u64, NoRoute> {
        let mut total = 0;
        for (leg, pair) in snaps.windows(2).enumerate() {
            total += u64::from(self.cost(&pair[0], &pair[1], stop)?.ok_or(NoRoute::Unconnected { leg })?);
        }
        Ok(total)
    }
}

/// Takes from `left` the stop where the cheapest route would save most, in proportion, over those kept; `None` when it would nowhere.
fn most_missed(city: &City<'_>, kept: &[Kept], left: &mut Vec<(usize, u64)>) -> Option<usize> {
    let saved_ppm = |&(stop, cost): &(usize, u64)| {
        let at = city.stop(stop);
        let least = kept.iter().map(|kept| kept.cost(at)).min().unwrap_or(u64::MAX);
        (least.saturating_sub(cost)).saturating_mul(1_000_000) / cost.max(1)
    };
    let (index, saved) = left.iter().map(saved_ppm).enumerate().max_by_key(|(_, saved)| *saved)?;
    (saved > 0).then(|| left.swap_remove(index).0)
}

fn way(leg: &Leg) -> u32 {
    way_id(leg.segment, leg.direction)
}

impl Kept {
    fn new(city: &City<'_>, route: Route) -> Self {
        let mut ways: Vec<u32> = route.legs.iter().map(way).collect();
        ways.sort_unstable();
        let (mut base, mut slope) = (0, 0);
        for leg in &route.legs {
            let whole = city.way_costs(leg.segment, leg.direction).map(|costs| costs.linear()).unwrap_or_default();
            let (ridden, length_mm) = (u64::from(leg.length_mm()), u64::from(city.segment(leg.segment).length_mm.max(1)));
            let share = |units: u32| if ridden == length_mm { units.into() } else { u64::from(units) * ridden / length_mm };
            let (delay_dm, stress_dm) = city.turn_parts(leg.turn);
            let turn: Linear = turn(delay_dm, stress_dm);
            base += share(whole.base) + u64::from(turn.base);
            slope += share(whole.slope) + u64::from(turn.slope);
        }
        Self { route, ways, base, slope }
    }

    /// What the route costs at a stop, to a few units.
    fn cost(&self, at: Stop) -> u64 {
        self.base + self.slope * u64::from(at.stress_weight)
    }

    /// How much of another route's length lies on this one's ways.
    fn shared_pct(&self, other: &Route) -> u64 {
        let shared = other.legs.iter().filter(|leg| self.ways.binary_search(&way(leg)).is_ok());
        let shared_mm: u64 = shared.map(|leg| u64::from(leg.length_mm())).sum();
        (100 * shared_mm).checked_div(other.total_length_mm).unwrap_or(100)
    }
}
