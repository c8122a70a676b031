//! How far one gets in a given time, on the cheapest routes at a stop: Dijkstra's search over a small part of the city.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::doors::Ends;
use super::leg::Leg;
use crate::city::{City, Direction};
use crate::limits::ROUTE_COST_MAX;
use crate::parts::{Stop, UNITS_PER_MS};
use crate::snap::Snap;

/// (Part of) a street that is ridden within the time. One street may come more than once, from several states at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    pub segment: u32,
    pub direction: Direction,
    pub from_ms: u32,
    pub to_ms: u32,
    /// Where it is entered and how far it is ridden, in millimetres from its tail.
    pub from_mm: u32,
    pub to_mm: u32,
}

pub(super) fn reach(city: &City<'_>, stop: Stop, origin: &Snap, duration_ms: u32) -> Vec<Reached> {
    let limit = duration_ms.saturating_mul(UNITS_PER_MS);
    let mut ends = Ends::default();
    ends.depart(city, stop, origin);
    let mut queue = BinaryHeap::new();
    let mut best: HashMap<u32, u32> = HashMap::new();
    let mut reached = Vec::new();
    for (door, leg) in ends.doors.iter().zip(&ends.legs) {
        if let Some(leg) = leg {
            reached.push(ridden(leg, 0, limit));
        }
        queue.push(Reverse((door.cost, leg.map_or(0, |leg| leg.time), door.node)));
    }
    while let Some(Reverse((cost, time, state))) = queue.pop() {
        let known = best.entry(state).or_insert(ROUTE_COST_MAX);
        if cost >= *known || time >= limit {
            continue;
        }
        *known = 0; // Settled: nothing is cheaper.
        for arc in city.arcs(state) {
            let Some(leg) = Leg::whole(city, stop, city.street(arc), city.turn(arc)) else { continue };
            reached.push(ridden(&leg, time, limit));
            let next = cost.saturating_add(u32::try_from(leg.cost).unwrap_or(ROUTE_COST_MAX));
            queue.push(Reverse((next, time.saturating_add(leg.time), city.head(arc))));
        }
    }
    reached
}

/// How much of a leg begun at `time` is ridden by `limit`.
fn ridden(leg: &Leg, time: u32, limit: u32) -> Reached {
    let left = limit.saturating_sub(time);
    let to_mm = if leg.time <= left {
        leg.to_mm
    } else {
        let part = u64::from(leg.length_mm()) * u64::from(left) / u64::from(leg.time.max(1));
        let part = u32::try_from(part).unwrap_or(0);
        if leg.direction == Direction::Forward { leg.from_mm + part } else { leg.from_mm - part }
    };
    Reached {
        segment: leg.segment,
        direction: leg.direction,
        from_ms: time / UNITS_PER_MS,
        to_ms: time.saturating_add(leg.time).min(limit) / UNITS_PER_MS,
        from_mm: leg.from_mm,
        to_mm,
    }
}
