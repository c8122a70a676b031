//! Costs into the hierarchy: basic and perfect customization.
//!
//! *Basic*: an arc's weight becomes the length of the shortest way between its ends over lower nodes only. Node by node from the lowest: whatever two arcs meet in
//! a lower neighbour v of node a make a way a - v - b (a *lower triangle*). *Perfect*: from the highest node down, an arc's weight
//! becomes the true distance of its ends, over higher nodes too. An arc that this makes shorter is on no shortest path and is left out of the [`Pack`](super::pack::Pack).
//!
//! Both read and write a node's arcs through two arrays indexed by the depth of the other end, small enough for the first-level cache: all that
//! a node's arcs can lead to has a depth of its own. The blocks of the tree are independent of each other, so threads share them.

mod basic;
mod perfect;

use super::topology::Topology;

/// Index of the direction from the lower end of an arc to the higher.
pub(super) const UP: usize = 0;
pub(super) const DOWN: usize = 1;

/// Customized weights of all arcs of a topology, upward and downward, without regard to higher nodes.
#[derive(Debug)]
pub(super) struct Weights {
    /// Shortest over lower nodes; [`INF`](super::graph::INF) where there is none.
    pub(super) basic: Vec<[u32; 2]>,
    /// What that way is: an input arc; or [`SHORTCUT`](super::pack::SHORTCUT) + the arc from the lower node to this arc's lower end, the arc to the higher
    /// end being beside it.
    pub(super) via: Vec<[u32; 2]>,
}

impl Topology {
    /// Weights where input arc i costs `cost(i)`; [`INF`](super::graph::INF) or more closes it. The shortest weights at all are written to `perfect`, which has
    /// an element for each arc. Uses up to `threads` threads; the result does not depend on how many.
    pub(super) fn customize(&self, cost: impl Fn(u32) -> u32 + Sync, threads: usize, perfect: &mut [[u32; 2]]) -> Weights {
        // Not written here: whoever writes a page first has it made, and threads can share that work.
        let mut weights = Weights { basic: vec![[0; 2]; self.arc_count()], via: vec![[0; 2]; self.arc_count()] };
        basic::run(self, &mut weights, cost, threads);
        perfect::run(self, &weights.basic, perfect, threads);
        weights
    }

    /// Splits the blocks into up to `threads` runs of about equally many arcs: first nodes of the runs, then that of the top.
    pub(super) fn runs(&self, threads: usize) -> Vec<usize> {
        let top = self.block_first.last().map_or(0, |first| *first as usize);
        let arcs = self.first_up[top] as usize;
        let mut runs = vec![0];
        for part in 1..threads {
            let wanted = arcs / threads * part;
            let block = self.block_first.partition_point(|first| (self.first_up[*first as usize] as usize) < wanted);
            runs.extend(self.block_first.get(block).map(|first| *first as usize));
        }
        runs.push(top);
        runs
    }
}
