//! The cheapest way between two small sets of nodes.
//!
//! A shortest path climbs from its origin to its highest node and comes down to its destination, and all it passes on the way up are ancestors of the origin in
//! the elimination tree; likewise, from the other end, of the destination. So a search needs no queue: it walks up the tree and relaxes the entries of each node
//! it has a distance for. Distances lie in an array indexed by *depth*, since an ancestor is told by its depth.
//!
//! Each *door* (a node from which the way may begin or at which it may end, with what it costs to get there) begins a *climb*. Always the climb at the
//! lowest node goes on. Climbs of one side that meet become one, for their ways up are the same from there. Once climbs of both sides are at one node, every node further
//! up may be the path's highest, and what is no nearer than the best way so far need not be looked at.
//!
//! The index is shared and immutable; a [`Query`] is one query's memory, some kilobytes, and only what a query used is reset by the next.

mod climb;
mod unpack;

use super::error::CchError;
use super::graph::INF;
use super::pack::Index;
use climb::Side;

/// A node from which a way may begin, or at which it may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// In the graph's numbers.
    pub node: u32,
    /// What it costs from the origin to the node, or from the node to the destination. [`INF`] or more: closed.
    pub cost: u32,
}

/// A cheapest way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Best {
    /// With both doors' costs.
    pub cost: u32,
    /// Index into the origin's doors.
    pub origin_door: usize,
    /// Index into the destination's doors.
    pub destination_door: usize,
}

/// Memory of a query, reusable for any index.
#[derive(Debug, Default)]
pub struct Query {
    /// From the origin, and from the destination.
    sides: [Side; 2],
    /// Entries of the best way from its highest node down to the origin, and down to the destination.
    halves: [Vec<u32>; 2],
    /// What remains to be unpacked: see [`unpack`].
    stack: Vec<u32>,
}

impl Query {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nodes of the elimination tree that the last query passed, and how many of those it relaxed.
    #[must_use]
    pub fn visited(&self) -> (usize, usize) {
        let [a, b] = &self.sides;
        (a.passed() + b.passed(), a.relaxed() + b.relaxed())
    }

    /// The cheapest way from a door of `origin` to one of `destination` that costs less than `bound`, and less than [`INF`].
    ///
    /// # Errors
    /// When a door's node is none of the graph's, or the index is damaged.
    pub fn run(&mut self, index: Index<'_>, origin: &[Door], destination: &[Door], bound: u32) -> Result<Option<Best>, CchError> {
        let [up, down] = &mut self.sides;
        up.open(index, origin)?;
        down.open(index, destination)?;
        let mut bound = bound.min(INF);
        let mut highest = None;
        while let (Some(a), Some(b)) = (up.lowest(), down.lowest()) {
            if a.node == b.node {
                let cost = up.cost(a).saturating_add(down.cost(b));
                if cost < bound {
                    bound = cost;
                    highest = Some((a, b));
                }
            }
            if a.node <= b.node {
                up.step(index, a, climb::Direction::Up, bound)?;
            }
            if b.node <= a.node {
                down.step(index, b, climb::Direction::Down, bound)?;
            }
        }
        self.halves.iter_mut().for_each(Vec::clear);
        let Some((a, b)) = highest else { return Ok(None) };
        let origin_door = up.trace(a, &mut self.halves[0])?;
        let destination_door = down.trace(b, &mut self.halves[1])?;
        Ok(Some(Best { cost: bound, origin_door, destination_door }))
    }

    /// Appends to `arcs` the input arcs of the last query's way, in order, from door to door.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn unpack(&mut self, index: Index<'_>, arcs: &mut Vec<u32>) -> Result<(), CchError> {
        let [up, down] = &self.halves;
        let limit = arcs.len() + index.node_count();
        for entry in up.iter().rev() {
            unpack::entry(index, (*entry, climb::Direction::Up), &mut self.stack, limit, arcs)?;
        }
        for entry in down {
            unpack::entry(index, (*entry, climb::Direction::Down), &mut self.stack, limit, arcs)?;
        }
        Ok(())
    }
}
