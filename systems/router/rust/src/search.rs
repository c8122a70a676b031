//! The cheapest way from a street to a street: A* on flat arrays.
//!
//! **Which of equally cheap routes.** Streets are drawn symmetrically often enough that costs tie, and two searches would then answer differently. So
//! the search minimises a [`Weight`]: cost first, then the sum of a fixed pseudo-random 16-bit [`tie`] of each arc, both in one `u64`. It is additive like a cost, so
//! *any* correct search finds the same route; two routes of equal cost stay tied with probability 2^-16. A sum of ties
//! reaches into the cost only beyond 65,536 arcs.
//!
//! **Heuristic.** `floor(min_cost_per_unit × flat distance to the destination − slack)`, not below 0. No arc is cheaper than `min_cost_per_unit` times the distance it
//! covers (the builder measured it so), hence the heuristic is consistent between nodes; `slack` is whatever makes it a lower bound at the last
//! junctions too, where the rest of the way is part of a segment.
//!
//! The index is shared and immutable; [`Search`] is one query's memory, reset in O(1) by a stamp.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::city::{City, NONE};
use crate::geo::{Point, Projection};

/// Cost × 2^16 + tie. See the module.
pub type Weight = u64;
const TIE_BITS: u32 = 16;

/// The tie-breaker of an arc: 16 well-mixed bits of its id.
#[must_use]
pub const fn tie(arc: u32) -> u32 {
    arc.wrapping_mul(0x9E37_79B1) >> 16
}

/// The weight of (a part of) an arc.
#[must_use]
pub const fn weight(cost: u64, arc: u32) -> Weight {
    (cost << TIE_BITS) + tie(arc) as u64
}

/// The cost in a weight.
#[must_use]
pub const fn cost_of(weight: Weight) -> u64 {
    weight >> TIE_BITS
}

/// A node from which the search starts or at which it ends, and what the way between it and the place itself weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    pub node: u32,
    pub weight: Weight,
}

/// The cheapest path found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub weight: Weight,
    /// Index into the origin's doors.
    pub origin_door: usize,
    /// Index into the destination's doors.
    pub destination_door: usize,
    /// Whole arcs between the two doors, in riding order.
    pub arcs: Vec<u32>,
}

/// What the search knows of a node; valid when `stamp` is the current query's.
#[derive(Debug, Clone, Copy)]
struct Label {
    weight: Weight,
    /// The query's stamp, which is even; + 1 once the node is settled.
    stamp: u32,
    /// Arc that led here, or [`NONE`] at an origin door.
    arc: u32,
}

/// Memory of a query, reusable: 16 bytes a node, touched only where a search has been.
#[derive(Debug)]
pub struct Search {
    labels: Vec<Label>,
    stamp: u32,
    queue: BinaryHeap<Reverse<(Weight, u32)>>,
    settled: u32,
}

impl Search {
    #[must_use]
    pub fn new(city: &City<'_>) -> Self {
        let unseen = Label { weight: 0, stamp: 0, arc: 0 };
        Self { labels: vec![unseen; city.node_count()], stamp: 0, queue: BinaryHeap::new(), settled: 0 }
    }

    /// Nodes that the last query settled.
    #[must_use]
    pub fn settled(&self) -> u32 {
        self.settled
    }

    /// The path of least weight from an origin door to a destination door, unless none weighs less than `bound`.
    ///
    /// `city` must be the one that this was made for.
    pub fn run(&mut self, city: &City<'_>, origin: &[Door], destination: &[Door], target: Point, bound: Option<Weight>) -> Option<Path> {
        self.reset();
        let estimate = Estimate::new(city, destination, target);
        for door in origin {
            self.improve(city, &estimate, door.node, door.weight, NONE);
        }
        let mut best = bound.unwrap_or(Weight::MAX);
        let mut arrival = None;
        while let Some(Reverse((key, node))) = self.queue.pop() {
            if key >= best {
                break;
            }
            let label = &mut self.labels[node as usize];
            if label.stamp != self.stamp {
                continue; // Settled by a lighter entry: this one was queued before that way was found.
            }
            label.stamp += 1;
            let here = label.weight;
            self.settled += 1;
            for (index, door) in destination.iter().enumerate() {
                if door.node == node && here + door.weight < best {
                    best = here + door.weight;
                    arrival = Some(index);
                }
            }
            for arc in city.arcs(node) {
                self.improve(city, &estimate, city.head(arc), here + weight(u64::from(city.cost(arc)), arc), arc);
            }
        }
        arrival.map(|door| self.path(city, origin, door, destination[door].node, best))
    }

    fn reset(&mut self) {
        self.queue.clear();
        self.settled = 0;
        self.stamp = self.stamp.wrapping_add(2);
        if self.stamp == 0 {
            self.labels.iter_mut().for_each(|label| label.stamp = 0);
            self.stamp = 2;
        }
    }

    fn improve(&mut self, city: &City<'_>, estimate: &Estimate, node: u32, weight: Weight, arc: u32) {
        let label = &mut self.labels[node as usize];
        if label.stamp | 1 != self.stamp | 1 || weight < label.weight {
            *label = Label { weight, stamp: self.stamp, arc };
            self.queue.push(Reverse((weight + estimate.weight(city.point(node)), node)));
        }
    }

    fn path(&self, city: &City<'_>, origin: &[Door], destination_door: usize, last: u32, weight: Weight) -> Path {
        let mut arcs = Vec::new();
        let mut node = last;
        loop {
            let label = self.labels[node as usize];
            if label.arc == NONE {
                // The label came from the first door of that node and weight.
                let door = origin.iter().position(|door| door.node == node && door.weight == label.weight);
                arcs.reverse();
                return Path { weight, origin_door: door.unwrap_or(0), destination_door, arcs };
            }
            arcs.push(label.arc);
            node = tail(city, label.arc);
        }
    }
}

/// The node an arc leaves, told by its segment.
fn tail(city: &City<'_>, arc: u32) -> u32 {
    let (segment, direction) = city.street(arc);
    let segment = city.segment(segment);
    match direction {
        crate::city::Direction::Forward => segment.tail,
        crate::city::Direction::Backward => segment.head,
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
        #[expect(clippy::cast_precision_loss, reason = "a cost of part of a segment: at most 1e9")]
        for door in destination {
            let excess = estimate.cost_per_unit * estimate.map.distance(city.point(door.node), target) - cost_of(door.weight) as f64;
            estimate.slack = estimate.slack.max(excess);
        }
        estimate
    }

    /// A lower bound of the weight from `from` to the destination.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and below 2^47 for any two places on Earth")]
    pub fn weight(&self, from: Point) -> Weight {
        let cost = self.cost_per_unit * self.map.distance(from, self.target) - self.slack;
        (cost.max(0.0) as u64) << TIE_BITS
    }
}
