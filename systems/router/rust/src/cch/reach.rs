//! Who can be reached within a bound: Dijkstra over the input graph, which the caller hands out node by node.
//!
//! For a few kilometres around a place no index is needed; costs may be anything, not only those of a stop.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{INF, NONE};
use super::query::Door;

/// An arc that the caller offers at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ride {
    pub arc: u32,
    pub head: u32,
    /// [`INF`] or more: closed.
    pub cost: u32,
}

/// What is known of a node: its cost + 1 (0: not reached), the node and the arc before, [`NONE`] and a door where the way begins.
type State = [u32; 3];

/// Memory of a search, reusable. It has a place for each node, but only those that a search touches are ever written.
#[derive(Debug, Default)]
pub struct Reach {
    states: Vec<State>,
    touched: Vec<u32>,
    pub(super) queue: BinaryHeap<Reverse<(u32, u32)>>,
    pub(super) rides: Vec<Ride>,
}

impl Reach {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds every node that can be reached from a door of `origin` at a cost of `bound` or less, calls `reached` for each with its cost, cheapest first,
    /// and gives how many they are. `rides` appends the arcs that leave a node; one that leads to no node below `nodes` is left out.
    pub fn run(
        &mut self,
        nodes: usize,
        origin: &[Door],
        bound: u32,
        mut rides: impl FnMut(u32, &mut Vec<Ride>),
        mut reached: impl FnMut(u32, u32),
    ) -> usize {
        self.clear(nodes);
        for (number, door) in (0_u32..).zip(origin) {
            if door.cost <= bound && self.improve(door.node, door.cost, NONE, number) {
                self.queue.push(Reverse((door.cost, door.node)));
            }
        }
        let mut count = 0;
        while let Some(Reverse((cost, node))) = self.queue.pop() {
            if self.cost(node) != Some(cost) {
                continue;
            }
            count += 1;
            reached(node, cost);
            let mut offered = std::mem::take(&mut self.rides);
            offered.clear();
            rides(node, &mut offered);
            for ride in &offered {
                // No ride is free: else a node could come twice at one cost.
                let total = cost.saturating_add(ride.cost.max(1));
                if total <= bound && self.improve(ride.head, total, node, ride.arc) {
                    self.queue.push(Reverse((total, ride.head)));
                }
            }
            self.rides = offered;
        }
        count
    }

    pub(super) fn clear(&mut self, nodes: usize) {
        self.queue.clear();
        for node in self.touched.drain(..) {
            self.states[node as usize] = [0; 3];
        }
        if self.states.len() != nodes {
            self.states = vec![[0; 3]; nodes];
        }
    }

    /// The cost of a node, if the last search reached it.
    #[must_use]
    pub fn cost(&self, node: u32) -> Option<u32> {
        self.states.get(node as usize)?[0].checked_sub(1)
    }

    /// Appends the arcs of the way found to a node, in order, and gives the number of the door at which it begins; `None` when the last search did not reach it.
    pub fn trace(&self, node: u32, arcs: &mut Vec<u32>) -> Option<usize> {
        self.cost(node)?;
        let first = arcs.len();
        let mut at = node;
        loop {
            // Costs fall from node to node, so this ends.
            let [_, from, arc] = *self.states.get(at as usize)?;
            if from == NONE {
                arcs[first..].reverse();
                return Some(arc as usize);
            }
            arcs.push(arc);
            at = from;
        }
    }

    /// Writes a node's state if `cost` is less than it had.
    pub(super) fn improve(&mut self, node: u32, cost: u32, from: u32, arc: u32) -> bool {
        let Some(state) = self.states.get_mut(node as usize).filter(|_| cost < INF) else { return false };
        if state[0] != 0 && state[0] <= cost + 1 {
            return false;
        }
        if state[0] == 0 {
            self.touched.push(node);
        }
        *state = [cost + 1, from, arc];
        true
    }
}
