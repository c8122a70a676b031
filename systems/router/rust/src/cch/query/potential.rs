//! The distance to one destination from whichever node is asked for (Strasser, Zeitz 2021: CCH potentials).
//!
//! A node's distance is the least over its upward entries of the entry's weight and the distance of the ancestor that it leads to, or that of coming down to the destination from the node itself. So
//! the distances of all ancestors are found first, from the root down; they lie in an array by depth, and stay there for the next node asked for, which has most of them in common.

use super::Door;
use super::climb::{Direction, Side};
use crate::cch::error::{CchError, damaged};
use crate::cch::graph::{INF, NONE};
use crate::cch::pack::Index;

/// Distances to a destination, at one stop.
#[derive(Debug, Default)]
pub(in crate::cch) struct Potential {
    /// Nodes from which the destination can be come down to, ascending, and the distance.
    down: Vec<(u32, u32)>,
    /// By depth: a node and its distance. The nodes from 0 up to any depth are one way down the tree.
    slots: Vec<(u32, u32)>,
    /// By node: its distance + 1; 0 while unknown.
    known: Vec<u32>,
    /// Nodes known.
    touched: Vec<u32>,
    chain: Vec<u32>,
    side: Side,
}

impl Potential {
    /// Forgets everything and takes `doors` as the destination.
    pub(in crate::cch) fn open(&mut self, index: Index<'_>, doors: &[Door]) -> Result<(), CchError> {
        for node in self.touched.drain(..) {
            self.known[node as usize] = 0;
        }
        if self.known.len() != index.node_count() {
            self.known = vec![0; index.node_count()];
        }
        self.slots.clear();
        self.down.clear();
        self.side.climb_all(index, doors, Direction::Down, |node, cost| self.down.push((node, cost)))
    }

    /// The distance from `node`, [`INF`] or more when there is no way.
    pub(in crate::cch) fn of(&mut self, index: Index<'_>, node: u32) -> Result<u32, CchError> {
        match self.known.get(node as usize) {
            Some(0) => {}
            Some(distance) => return Ok(distance - 1),
            None => return Err(CchError::NoNode { node }),
        }
        self.climb(index, node)?;
        let mut distance = INF;
        while let Some(node) = self.chain.pop() {
            distance = match self.known[node as usize] {
                0 => self.find(index, node).ok_or(damaged("entries of node", node))?,
                distance => distance - 1,
            };
            self.slots.push((node, distance));
        }
        Ok(distance)
    }

    /// Puts `node` and its ancestors onto the chain, up to the one whose distance is in the slots, and takes from there all that are not its ancestors.
    fn climb(&mut self, index: Index<'_>, node: u32) -> Result<(), CchError> {
        self.chain.clear();
        let mut at = node;
        let mut depth = usize::from(index.node(at).ok_or(CchError::NoNode { node })?.depth);
        while self.slots.get(depth).is_none_or(|slot| slot.0 != at) {
            self.chain.push(at);
            let parent = index.node(at).ok_or(damaged("parent", at))?.parent;
            if (parent == NONE) != (depth == 0) || parent <= at {
                return Err(damaged("parent", at));
            }
            if depth == 0 {
                self.slots.clear();
                return Ok(());
            }
            (at, depth) = (parent, depth - 1);
        }
        self.slots.truncate(depth + 1);
        Ok(())
    }

    /// The distance of a node whose ancestors' are in the slots.
    fn find(&mut self, index: Index<'_>, node: u32) -> Option<u32> {
        let mut distance = self.down.binary_search_by_key(&node, |down| down.0).map_or(INF, |found| self.down[found].1);
        index.each(&index.entries(node, true)?, |_, depth, weight| {
            distance = distance.min(self.slots.get(usize::from(depth))?.1.saturating_add(weight));
            Some(())
        })?;
        self.known[node as usize] = distance.saturating_add(1);
        self.touched.push(node);
        Some(distance)
    }
}
