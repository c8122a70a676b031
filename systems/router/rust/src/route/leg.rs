//! A street ridden, or part of one, and what it costs.

use crate::city::{City, Direction};
use crate::parts::{self, MM_PER_DM, Stop, UNITS_PER_MS, WayCosts, weighted};

/// (Part of) a segment, ridden in one direction. Never of length 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    pub segment: u32,
    pub direction: Direction,
    /// Kind of the turn with which it begins.
    pub turn: u8,
    /// Where along the segment's line riding starts and ends, in millimetres from its tail; `from_mm > to_mm` when ridden backward.
    pub from_mm: u32,
    pub to_mm: u32,
    /// At the route's stop, turn included.
    pub cost: u64,
    pub costs: LegCosts,
    /// Cost units that are time: see [`Leg::duration_ms`].
    pub time: u32,
    pub climb_dm: u32,
    pub descent_dm: u32,
}

/// What a leg's cost is made of: the sum of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LegCosts {
    /// Riding and climbing, and the tie-breaker.
    pub effort: i64,
    /// Stress of street and traffic, weighted.
    pub physical: i64,
    /// Stress of crashes, weighted; less than nothing where there are fewer than expected.
    pub crash: i64,
    /// The junction at its end and the turn at its beginning, both stress and wait.
    pub intersection: i64,
}

impl LegCosts {
    /// Of a whole way at a stop.
    #[must_use]
    pub fn of(costs: &WayCosts, stop: Stop) -> Self {
        let weigh = |stress: i64| stress.saturating_mul(i64::from(stop.stress_weight)) / 256;
        let signed = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        let cost = i64::from(costs.cost(stop));
        let crash = weigh(costs.crash.max(-signed(costs.physical)));
        let intersection = weigh(signed(costs.junction));
        let physical = signed(weighted(costs.stress(), stop)) - crash - intersection;
        Self { effort: cost - physical - crash - intersection, physical, crash, intersection }
    }
}

impl Leg {
    /// Riding from `from_mm` to `to_mm`, which is the way's direction, after a turn of kind `turn`; `None` when that way is closed.
    ///
    /// The cost is the whole way's, in proportion and rounded up, and the turn's. Its parts are rounded toward zero; effort takes what remains.
    #[must_use]
    pub fn ride(city: &City<'_>, stop: Stop, way: (u32, Direction), ends: (u32, u32), turn: u8) -> Option<Self> {
        let (segment, direction) = way;
        let (costs, part) = (city.way_costs(segment, direction)?, city.way(segment, direction)?);
        let length_mm = city.segment(segment).length_mm.max(1);
        let ridden = u64::from(ends.0.abs_diff(ends.1));
        let whole = ridden == u64::from(length_mm);
        let share = |units: u64| if whole { units } else { units.saturating_mul(ridden) / u64::from(length_mm) };
        let signed =
            |units: i64| if whole { units } else { units.saturating_mul(i64::try_from(ridden).unwrap_or(0)) / i64::from(length_mm) };
        let cost = u64::from(costs.cost(stop));
        let way_cost = if whole { cost } else { (cost * ridden).div_ceil(u64::from(length_mm)) };
        let whole_costs = LegCosts::of(&costs, stop);
        let (delay_dm, stress_dm) = city.turn_parts(turn);
        let turning = i64::from(parts::turn(delay_dm, stress_dm).at(stop));
        let (physical, crash, intersection) = (signed(whole_costs.physical), signed(whole_costs.crash), signed(whole_costs.intersection));
        let effort = way_cost.cast_signed() - physical - crash - intersection;
        let time = share(costs.effort()) + u64::from(delay_dm) * u64::from(MM_PER_DM);
        let small = |units: u64| u32::try_from(units).unwrap_or(u32::MAX);
        Some(Self {
            segment,
            direction,
            turn,
            from_mm: ends.0,
            to_mm: ends.1,
            cost: way_cost + turning.unsigned_abs(),
            costs: LegCosts { effort, physical, crash, intersection: intersection + turning },
            time: small(time),
            climb_dm: small(share(part.climb_dm.into())),
            descent_dm: small(share(part.descent_dm.into())),
        })
    }

    /// A whole way.
    #[must_use]
    pub fn whole(city: &City<'_>, stop: Stop, way: (u32, Direction), turn: u8) -> Option<Self> {
        let length_mm = city.segment(way.0).length_mm;
        Self::ride(city, stop, way, if way.1 == Direction::Forward { (0, length_mm) } else { (length_mm, 0) }, turn)
    }

    #[must_use]
    pub fn length_mm(&self) -> u32 {
        self.from_mm.abs_diff(self.to_mm)
    }

    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        u64::from(self.time) / u64::from(UNITS_PER_MS)
    }
}
