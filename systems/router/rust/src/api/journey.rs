//! A route with everything that answers say about its legs, read from the city once.

use std::ops::Range;

use crate::city::City;
use crate::geo::Point;
use crate::parts::{CLIMB_FACTOR, MM_PER_DM};
use crate::route::{Leg, Route, Router};
use crate::street::{Highway, Infra};

/// A route's line and what each leg of it is like.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Journey<'c> {
    /// The lines of all legs, one after the other: where two legs meet, the point stands twice.
    pub(super) points: Vec<Point>,
    pub(super) parts: Vec<Part<'c>>,
}

/// A leg.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part<'c> {
    /// Its points in [`Journey::points`].
    pub(super) points: Range<usize>,
    pub(super) name: Option<&'c str>,
    pub(super) highway: Highway,
    pub(super) infra: Infra,
    pub(super) lts: u8,
    pub(super) length_mm: u32,
    pub(super) duration_ms: u64,
    /// Effort without hills, in cost units, and the stress that comes on top at neutral weight, turns included.
    pub(super) riding: u64,
    pub(super) stress: u64,
    pub(super) climb_dm: u32,
    pub(super) descent_dm: u32,
    /// A place the rider wanted to pass lies at its end.
    pub(super) ends_at_via: bool,
}

impl<'c> Journey<'c> {
    pub(super) fn new(router: &Router<'c>, route: &Route) -> Self {
        let mut journey = Self { points: Vec::with_capacity(route.legs.len() * 6), parts: Vec::with_capacity(route.legs.len()) };
        let mut line = Vec::new();
        for leg in &route.legs {
            let start = journey.points.len();
            router.line(route, leg, &mut line);
            journey.points.extend_from_slice(&line);
            journey.parts.push(Part::new(router.city(), leg, start..journey.points.len()));
        }
        // The leg before the first one from a place in between.
        for first in route.first_leg.iter().filter_map(|first| first.checked_sub(1)) {
            journey.parts[first].ends_at_via = true;
        }
        journey
    }

    /// What stress makes of the effort, in percent: 100 on calm paths alone.
    pub(super) fn mean_stress_pct(&self) -> u64 {
        let sum = |of: fn(&Part<'_>) -> u64| self.parts.iter().map(of).sum::<u64>();
        stress_pct(sum(|part| part.riding), sum(|part| part.stress))
    }

    /// Millimetres ridden at Level of Traffic Stress 1, 2, 3, 4.
    pub(super) fn lts_mm(&self) -> [u64; 4] {
        let mut lengths = [0; 4];
        for part in &self.parts {
            lengths[usize::from(part.lts.clamp(1, 4)) - 1] += u64::from(part.length_mm);
        }
        lengths
    }
}

impl<'c> Part<'c> {
    #[cfg(test)]
    pub(super) const EMPTY: Self = Self {
        points: 0..0,
        name: None,
        highway: Highway::Residential,
        infra: Infra::None,
        lts: 1,
        length_mm: 0,
        duration_ms: 0,
        riding: 0,
        stress: 0,
        climb_dm: 0,
        descent_dm: 0,
        ends_at_via: false,
    };

    fn new(city: &City<'c>, leg: &Leg, points: Range<usize>) -> Self {
        let class = city.class(city.way(leg.segment, leg.direction).map_or(u16::MAX, |way| way.class));
        let costs = city.way_costs(leg.segment, leg.direction).unwrap_or_default();
        let whole_mm = city.segment(leg.segment).length_mm.max(1);
        let ridden = |of_whole: u64| of_whole * u64::from(leg.length_mm()) / u64::from(whole_mm);
        let dm = |count: u32| u64::from(count) * u64::from(MM_PER_DM);
        let arrives = leg.to_mm == 0 || leg.to_mm == whole_mm;
        let (_, turn_dm) = city.turn_parts(leg.turn);
        Self {
            points,
            name: city.street_name(leg.segment),
            highway: class.highway,
            infra: class.infra,
            lts: class.lts,
            length_mm: leg.length_mm(),
            duration_ms: leg.duration_ms(),
            riding: u64::from(leg.time).saturating_sub(dm(leg.climb_dm) * u64::from(CLIMB_FACTOR)),
            stress: ridden(costs.physical.saturating_add_signed(costs.crash))
                + if arrives { costs.junction } else { 0 }
                + dm(turn_dm.into()),
            climb_dm: leg.climb_dm,
            descent_dm: leg.descent_dm,
            ends_at_via: false,
        }
    }

    pub(super) fn stress_pct(&self) -> u64 {
        stress_pct(self.riding, self.stress)
    }
}

fn stress_pct(riding: u64, stress: u64) -> u64 {
    100 + (100 * stress).checked_div(riding).unwrap_or(0)
}
