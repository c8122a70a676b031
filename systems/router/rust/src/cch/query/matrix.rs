//! The costs between many places: each is climbed from once, not once for each pair.
//!
//! A destination's climb leaves its distance at every node it passes; an origin's climb meets what was left there by all of them.

use super::climb::Direction;
use super::{Door, Query};
use crate::cch::error::CchError;
use crate::cch::graph::INF;
use crate::cch::pack::Index;

/// What a climb from a destination left at a node.
#[derive(Debug, Clone, Copy)]
struct Left {
    node: u32,
    destination: usize,
    cost: u32,
}

impl Query {
    /// The cost of the cheapest way from each origin to each destination, row by row; `None` where there is none that costs less than [`INF`]. An origin, or a destination, is a set of doors.
    ///
    /// # Errors
    /// When a door's node is none of the graph's, or the index is damaged.
    pub fn matrix(&mut self, index: Index<'_>, origins: &[Vec<Door>], destinations: &[Vec<Door>]) -> Result<Vec<Option<u32>>, CchError> {
        let [up, down] = &mut self.sides;
        let mut left = Vec::new();
        for (destination, doors) in destinations.iter().enumerate() {
            down.climb_all(index, doors, Direction::Down, |node, cost| left.push(Left { node, destination, cost }))?;
        }
        left.sort_unstable_by_key(|left| left.node);
        let mut costs = vec![INF; origins.len() * destinations.len()];
        for (origin, doors) in origins.iter().enumerate() {
            let row = &mut costs[origin * destinations.len()..][..destinations.len()];
            let mut rest = left.as_slice();
            up.climb_all(index, doors, Direction::Up, |node, cost| {
                // Climbs pass nodes in ascending order.
                rest = &rest[rest.partition_point(|left| left.node < node)..];
                for left in rest.iter().take_while(|left| left.node == node) {
                    row[left.destination] = row[left.destination].min(cost + left.cost);
                }
            })?;
        }
        self.halves.iter_mut().for_each(Vec::clear);
        Ok(costs.into_iter().map(|cost| (cost < INF).then_some(cost)).collect())
    }
}
