//! The undirected skeleton: who is joined to whom, whichever way and however often.

use super::graph::{Graph, id};

/// A simple undirected graph in CSR form: no loops, no parallel edges, each edge in both its nodes' lists, lists ascending.
#[derive(Debug)]
pub(super) struct Skeleton {
    pub(super) first: Vec<u32>,
    pub(super) neighbor: Vec<u32>,
}

impl Skeleton {
    /// The skeleton of `graph` with node v renamed `name(v)`, a permutation.
    pub(super) fn of(graph: &Graph<'_>, name: impl Fn(u32) -> u32) -> Self {
        let edges = || graph.arcs().filter(|(_, tail, head)| tail != head).map(|(_, tail, head)| (name(tail), name(head)));
        let mut first = vec![0_u32; graph.node_count() + 1];
        for (a, b) in edges() {
            first[a as usize + 1] += 1;
            first[b as usize + 1] += 1;
        }
        for node in 0..graph.node_count() {
            first[node + 1] += first[node];
        }
        let mut end = first.clone();
        let mut neighbor = vec![0_u32; first[graph.node_count()] as usize];
        for (a, b) in edges() {
            for (from, to) in [(a, b), (b, a)] {
                neighbor[end[from as usize] as usize] = to;
                end[from as usize] += 1;
            }
        }
        let mut skeleton = Self { first, neighbor };
        skeleton.sort_and_dedup();
        skeleton
    }

    fn sort_and_dedup(&mut self) {
        let mut kept = 0;
        for node in 0..self.first.len() - 1 {
            let range = self.first[node] as usize..self.first[node + 1] as usize;
            self.neighbor[range.clone()].sort_unstable();
            self.first[node] = id(kept);
            for index in range.clone() {
                if index == range.start || self.neighbor[index] != self.neighbor[index - 1] {
                    // `kept` never passes `index`, and what is compared next lies at `index` or after.
                    let neighbor = self.neighbor[index];
                    if kept < index {
                        self.neighbor[kept] = neighbor;
                    }
                    kept += 1;
                }
            }
        }
        if let Some(last) = self.first.last_mut() {
            *last = id(kept);
        }
        self.neighbor.truncate(kept);
    }

    pub(super) fn node_count(&self) -> usize {
        self.first.len() - 1
    }

    pub(super) fn neighbors(&self, node: u32) -> &[u32] {
        &self.neighbor[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}
