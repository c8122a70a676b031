//! How much each street is used, as far as the network alone can tell: a cheap stand-in for counts of riders.
//!
//! Shortest-path trees (at the plain stop of the comfort slider) grow from junctions sampled evenly over the city, as far as people ride; a street's usage is how many places its trees
//! reach over it. That is betweenness, cut off at a ride's length and sampled.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::city::Direction;
use crate::parts::{STRESS_WEIGHT_ONE, Stop, StreetClass, StreetPart, WayCosts};

const TREES: usize = 256;
/// Places that one tree reaches at most, and how far: 8 km of calm riding.
const REACHED_MAX: usize = 30_000;
const COST_MAX: u32 = 8_000_000;

/// Usage of every street, 0 and more, of no unit.
#[expect(clippy::cast_possible_truncation, reason = "the weight is 256")]
pub(super) fn usage(nodes: usize, streets: &[StreetPart], classes: &[StreetClass]) -> Vec<f64> {
    let plain = Stop { comfort_pct: 50, stress_weight: STRESS_WEIGHT_ONE as u16 };
    let arcs =
        Arcs::of(nodes, streets, |street, way| WayCosts::new(&classes[usize::from(way.class)], way, street.length_mm, 0).cost(plain));
    let mut usage = vec![0.0; streets.len()];
    let mut tree = Tree { cost: vec![u32::MAX; nodes], by: vec![(0, 0); nodes], below: vec![0.0; nodes] };
    let step = nodes.div_ceil(TREES).max(1);
    for root in (0..nodes).step_by(step) {
        tree.grow(root, &arcs, &mut usage);
    }
    usage
}

struct Arcs {
    first: Vec<u32>,
    /// (head, street, cost), by tail.
    arcs: Vec<(u32, u32, u32)>,
}

impl Arcs {
    fn of(nodes: usize, streets: &[StreetPart], cost: impl Fn(&StreetPart, &crate::parts::WayPart) -> u32) -> Self {
        let mut rows: Vec<(u32, (u32, u32, u32))> = Vec::new();
        for (number, street) in (0_u32..).zip(streets) {
            for direction in [Direction::Forward, Direction::Backward] {
                let (way, from, to) = match direction {
                    Direction::Forward => (&street.forward, street.tail, street.head),
                    Direction::Backward => (&street.backward, street.head, street.tail),
                };
                rows.extend(way.iter().map(|way| (from, (to, number, cost(street, way)))));
            }
        }
        rows.sort_by_key(|row| row.0);
        let mut first = vec![0_u32; nodes + 1];
        for row in &rows {
            first[row.0 as usize + 1] += 1;
        }
        for node in 1..first.len() {
            first[node] += first[node - 1];
        }
        Self { first, arcs: rows.into_iter().map(|row| row.1).collect() }
    }
}

struct Tree {
    cost: Vec<u32>,
    /// The node before, and the street from there.
    by: Vec<(u32, u32)>,
    below: Vec<f64>,
}

impl Tree {
    fn grow(&mut self, root: usize, arcs: &Arcs, usage: &mut [f64]) {
        let Ok(root) = u32::try_from(root) else { return };
        let mut queue = BinaryHeap::from([Reverse((0_u32, root))]);
        let (mut settled, mut touched) = (Vec::new(), vec![root]);
        self.cost[root as usize] = 0;
        while let Some(Reverse((cost, node))) = queue.pop() {
            if cost > self.cost[node as usize] {
                continue;
            }
            if cost > COST_MAX || settled.len() >= REACHED_MAX {
                break;
            }
            settled.push(node);
            for (head, street, own) in &arcs.arcs[arcs.first[node as usize] as usize..arcs.first[node as usize + 1] as usize] {
                let there = cost.saturating_add(*own);
                let known = &mut self.cost[*head as usize];
                if there < *known {
                    if *known == u32::MAX {
                        touched.push(*head);
                    }
                    *known = there;
                    self.by[*head as usize] = (node, *street);
                    queue.push(Reverse((there, *head)));
                }
            }
        }
        // From the leaves to the root: who is reached by way of whom.
        for node in settled.into_iter().rev().filter(|node| *node != root) {
            let (before, street) = self.by[node as usize];
            let reached = self.below[node as usize] + 1.0;
            usage[street as usize] += reached;
            self.below[before as usize] += reached;
        }
        for node in touched {
            (self.cost[node as usize], self.below[node as usize]) = (u32::MAX, 0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid;
    use super::*;

    #[test]
    fn the_only_bridge_is_used_most() {
        let (mut nodes, mut streets, classes) = grid(4);
        let other: Vec<_> = streets.clone();
        let count = 16;
        assert_eq!(nodes.len(), 16);
        nodes.extend(nodes.clone());
        streets.extend(other.into_iter().map(|mut street| {
            (street.tail, street.head) = (street.tail + count, street.head + count);
            street
        }));
        let bridge = StreetPart { tail: 15, head: count, ..streets[0].clone() };
        streets.push(bridge);
        let usage = usage(nodes.len(), &streets, &classes);
        let most = usage.iter().copied().fold(0.0, f64::max);
        assert!(usage[streets.len() - 1] >= most && most > 0.0);
    }
}
