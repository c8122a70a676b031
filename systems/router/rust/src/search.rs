//! The cheapest way from a street to a street: A* on flat arrays, with costs worked out on the way.
//!
//! The oracle of the index, and what answers where there is none. It makes costs from a street's components as it goes, so it needs nothing customized.
//!
//! **Heuristic.** `floor(min_cost_per_unit × flat distance to the destination − slack)`, not below 0. No street is cheaper than `min_cost_per_unit` times the distance it
//! covers (the builder measured it so, at the fastest stop), and turns cost nothing less than nothing, hence the heuristic is consistent between states; `slack` is whatever makes it a lower bound at the last
//! junctions too, where the rest of the way is part of a street.
//!
//! The city is shared and immutable; [`Search`] is one query's memory, reset in O(1) by a stamp.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub use crate::cch::Door;
use crate::city::{City, NONE};
use crate::geo::{Point, Projection};
use crate::limits::ROUTE_COST_MAX;
use crate::parts::Stop;

/// The cheapest path found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// With both doors' costs.
    pub cost: u32,
    /// Index into the origin's doors.
    pub origin_door: usize,
    /// Index into the destination's doors.
    pub destination_door: usize,
    /// Whole arcs between the two doors, in riding order.
    pub arcs: Vec<u32>,
}

/// Where a path shall lead, at which costs.
#[derive(Debug, Clone, Copy)]
pub struct Task<'d> {
    pub origin: &'d [Door],
    pub destination: &'d [Door],
    /// Near the destination: what the heuristic aims at.
    pub target: Point,
    pub stop: Stop,
    /// Only what costs less is wanted.
    pub bound: u32,
}

/// What the search knows of a state; valid when `stamp` is the current query's.
#[derive(Debug, Clone, Copy)]
struct Label {
    cost: u32,
    /// The query's stamp, which is even; + 1 once the state is settled.
    stamp: u32,
    /// Arc that led here, or [`NONE`] at an origin door.
    arc: u32,
    /// State before it.
    from: u32,
}

/// Memory of a query, reusable: 16 bytes a state, made at the first query.
#[derive(Debug, Default)]
pub struct Search {
    labels: Vec<Label>,
    stamp: u32,
    queue: BinaryHeap<Reverse<(u32, u32)>>,
    settled: u32,
}

impl Search {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// States that the last query settled.
    #[must_use]
    pub fn settled(&self) -> u32 {
        self.settled
    }

    /// The cheapest path from an origin door to a destination door.
    pub fn run(&mut self, city: &City<'_>, task: Task<'_>) -> Option<Path> {
        self.reset(city.state_count());
        let Task { origin, destination, target, stop, bound } = task;
        let estimate = Estimate::new(city, destination, target);
        for door in origin {
            self.improve(city, &estimate, Label { cost: door.cost, stamp: self.stamp, arc: NONE, from: NONE }, door.node);
        }
        let mut best = bound.min(ROUTE_COST_MAX);
        let mut arrival = None;
        while let Some(Reverse((key, node))) = self.queue.pop() {
            if key >= best {
                break;
            }
            let Some(label) = self.labels.get_mut(node as usize).filter(|label| label.stamp == self.stamp) else {
                continue; // Settled by a cheaper entry: this one was queued before that way was found.
            };
            label.stamp += 1;
            let here = label.cost;
            self.settled += 1;
            for (index, door) in destination.iter().enumerate() {
                if door.node == node && here.saturating_add(door.cost) < best {
                    best = here + door.cost;
                    arrival = Some(index);
                }
            }
            for arc in city.arcs(node) {
                let cost = here.saturating_add(city.cost(arc, stop));
                self.improve(city, &estimate, Label { cost, stamp: self.stamp, arc, from: node }, city.head(arc));
            }
        }
        arrival.map(|door| self.path(origin, door, destination[door].node, best))
    }

    fn reset(&mut self, states: usize) {
        self.queue.clear();
        self.settled = 0;
        self.stamp = self.stamp.wrapping_add(2);
        if self.stamp == 0 || self.labels.len() != states {
            self.labels.clear();
            self.labels.resize(states, Label { cost: 0, stamp: 0, arc: NONE, from: NONE });
            self.stamp = 2;
        }
    }

    fn improve(&mut self, city: &City<'_>, estimate: &Estimate, new: Label, node: u32) {
        let Some(label) = self.labels.get_mut(node as usize) else { return };
        if new.cost < ROUTE_COST_MAX && (label.stamp | 1 != self.stamp | 1 || new.cost < label.cost) {
            *label = new;
            let key = new.cost.saturating_add(estimate.cost(city.point(city.state_node(node))));
            self.queue.push(Reverse((key, node)));
        }
    }

    fn path(&self, origin: &[Door], destination_door: usize, last: u32, cost: u32) -> Path {
        let mut arcs = Vec::new();
        let mut node = last;
        loop {
            let label = self.labels[node as usize];
            if label.arc == NONE {
                // The label came from the first door of that state and cost.
                let door = origin.iter().position(|door| door.node == node && door.cost == label.cost);
                arcs.reverse();
                return Path { cost, origin_door: door.unwrap_or(0), destination_door, arcs };
            }
            arcs.push(label.arc);
            node = label.from;
        }
    }
}

/// The heuristic of one query.
#[derive(Debug)]
pub struct Estimate {
    map: Projection,
    target: Point,
    cost_per_unit: f64,
    slack: f64,
}

impl Estimate {
    #[must_use]
    pub fn new(city: &City<'_>, destination: &[Door], target: Point) -> Self {
        let mut estimate = Self { map: city.projection(), target, cost_per_unit: city.header().min_cost_per_unit, slack: 0.0 };
        for door in destination {
            let distance = estimate.map.distance(city.point(city.state_node(door.node)), target);
            estimate.slack = estimate.slack.max(estimate.cost_per_unit * distance - f64::from(door.cost));
        }
        estimate
    }

    /// A lower bound of the cost from `from` to the destination.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and `as` saturates")]
    pub fn cost(&self, from: Point) -> u32 {
        let cost = self.cost_per_unit * self.map.distance(from, self.target) - self.slack;
        cost.max(0.0) as u32
    }
}
