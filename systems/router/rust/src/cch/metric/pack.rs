//! From customized weights to the entries of a metric.
//!
//! First every arc's [`Kind`], then where each node's entries begin, then the entries. The children of an arc's shortcut belong to descendants of the arc's
//! lower end, so blocks of the tree are again independent of each other.

use std::ops::Range;

use super::{Metric, NodeArcs, SHORTCUT, TWO_WAY};
use crate::cch::customize::{DOWN, UP, Weights};
use crate::cch::graph::{INF, NONE};
use crate::cch::topology::Topology;

/// Which directions of an arc are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Neither,
    Up,
    Down,
    /// As two entries.
    Both,
    /// As one entry for both.
    TwoWay,
}

impl Kind {
    /// Entries upward only, for both ways, and downward only.
    fn entries(self) -> [u16; 3] {
        match self {
            Self::Neither => [0, 0, 0],
            Self::Up => [1, 0, 0],
            Self::Down => [0, 0, 1],
            Self::Both => [1, 0, 1],
            Self::TwoWay => [0, 1, 0],
        }
    }
}

/// Keeps what perfect customization left as it was.
pub(in crate::cch) fn pack(topology: &Topology, weights: &Weights, threads: usize) -> Metric {
    let pack = Pack { topology, weights };
    let mut kinds = vec![Kind::Neither; topology.arc_count()];
    let mut nodes = vec![NodeArcs::default(); topology.node_count() + 1];
    pack.sort_out_all(&topology.runs(threads), &mut kinds, &mut nodes);
    let mut first = 0;
    for node in &mut nodes {
        (node.first, first) = (first, first + node.first);
    }
    let entries = first as usize;
    let mut metric = Metric { nodes, head_depth: vec![0; entries], weight: vec![0; entries], via: vec![0; entries], beside: vec![0; entries] };
    pack.fill_all(&topology.runs(threads), &kinds, &mut metric);
    metric
}

#[derive(Clone, Copy)]
struct Pack<'a> {
    topology: &'a Topology,
    weights: &'a Weights,
}

impl Pack<'_> {
    fn arcs(&self, nodes: &Range<usize>) -> Range<usize> {
        self.topology.first_up[nodes.start] as usize..self.topology.first_up[nodes.end] as usize
    }

    fn sort_out_all(self, runs: &[usize], kinds: &mut [Kind], nodes: &mut [NodeArcs]) {
        let top = runs[runs.len() - 1]..self.topology.node_count();
        std::thread::scope(|scope| {
            let (mut kinds, mut nodes) = (&mut *kinds, &mut *nodes);
            for run in runs.windows(2).map(|ends| ends[0]..ends[1]) {
                let offset = self.arcs(&run).start;
                let (kinds, nodes) = (split(&mut kinds, self.arcs(&run).len()), split(&mut nodes, run.len()));
                scope.spawn(move || self.sort_out(run, offset, kinds, nodes));
            }
        });
        self.sort_out(top.clone(), 0, kinds, &mut nodes[top]);
    }

    /// Finds the kind of each arc of `range` (`kinds` begins with that of arc `offset`), and for `nodes` the lengths of their groups, `first` being that of all three.
    fn sort_out(self, range: Range<usize>, offset: usize, kinds: &mut [Kind], nodes: &mut [NodeArcs]) {
        for (node, counts) in range.zip(nodes) {
            let mut sum = [0_u16; 3];
            for arc in self.topology.up(node) {
                let kind = self.kind(arc, offset, kinds);
                kinds[arc - offset] = kind;
                for (sum, more) in sum.iter_mut().zip(kind.entries()) {
                    *sum += more;
                }
            }
            *counts = NodeArcs { first: sum.map(u32::from).iter().sum(), up_only: sum[0], up: sum[0] + sum[1] };
        }
    }

    fn kind(self, arc: usize, offset: usize, kinds: &[Kind]) -> Kind {
        let (basic, perfect) = (self.weights.basic[arc], self.weights.perfect[arc]);
        let [up, down] = [UP, DOWN].map(|direction| basic[direction] == perfect[direction] && basic[direction] < INF);
        match (up, down) {
            (false, false) => Kind::Neither,
            (true, false) => Kind::Up,
            (false, true) => Kind::Down,
            (true, true) if basic[UP] == basic[DOWN] && self.is_same_way(arc, offset, kinds) => Kind::TwoWay,
            (true, true) => Kind::Both,
        }
    }

    fn is_same_way(self, arc: usize, offset: usize, kinds: &[Kind]) -> bool {
        let via = self.weights.via[arc];
        if via[UP] & SHORTCUT == 0 && via[DOWN] & SHORTCUT == 0 {
            return self.topology.twin[via[UP] as usize] == via[DOWN];
        }
        via[UP] == via[DOWN] && self.children(arc, via[UP]).iter().all(|child| kinds[child - offset] == Kind::TwoWay)
    }

    /// The arcs of which a shortcut consists: from a lower node to `arc`'s lower end, and to its higher.
    fn children(self, arc: usize, via: u32) -> [usize; 2] {
        let first = (via & !SHORTCUT) as usize;
        let head = self.topology.head[arc];
        let further = self.topology.head[first + 1..].iter().position(|other| *other == head);
        [first, first + 1 + further.unwrap_or(0)]
    }

    fn fill_all(self, runs: &[usize], kinds: &[Kind], metric: &mut Metric) {
        let Metric { nodes, head_depth, weight, via, beside } = metric;
        let nodes = nodes.as_slice();
        // Where each arc's entries are: upward, downward.
        let mut place = vec![[NONE; 2]; self.topology.arc_count()];
        let top = runs[runs.len() - 1]..self.topology.node_count();
        let mut rest = Entries { head_depth, weight, via, beside };
        std::thread::scope(|scope| {
            let mut place = place.as_mut_slice();
            for run in runs.windows(2).map(|ends| ends[0]..ends[1]) {
                let offset = self.arcs(&run).start;
                let place = split(&mut place, self.arcs(&run).len());
                let entries = rest.split((nodes[run.end].first - nodes[run.start].first) as usize);
                scope.spawn(move || self.fill(&nodes[run.start..=run.end], run, (kinds, offset), place, entries));
            }
        });
        self.fill(&nodes[top.start..], top, (kinds, 0), &mut place, rest);
    }

    /// Writes the `entries` of the nodes of `range`; `place` begins with arc `offset`.
    fn fill(self, nodes: &[NodeArcs], range: Range<usize>, (kinds, offset): (&[Kind], usize), place: &mut [[u32; 2]], mut entries: Entries<'_>) {
        let first = nodes[0].first;
        for (node, arcs_of) in range.zip(nodes) {
            let mut next = [0, arcs_of.up_only, arcs_of.up].map(|group| arcs_of.first + u32::from(group));
            for arc in self.topology.up(node) {
                for (group, &count) in kinds[arc].entries().iter().enumerate() {
                    if count == 0 {
                        continue;
                    }
                    let direction = if group == 2 { DOWN } else { UP };
                    place[arc - offset][direction] = next[group];
                    if group == 1 {
                        place[arc - offset][DOWN] = next[group];
                    }
                    let way = self.way(arc, direction, group == 1, |child, direction| place[child - offset][direction]);
                    entries.set((next[group] - first) as usize, self.topology.head_depth[arc], self.weights.basic[arc][direction], way);
                    next[group] += 1;
                }
            }
        }
    }

    /// `via` and `beside` of an entry.
    fn way(self, arc: usize, direction: usize, two_way: bool, place: impl Fn(usize, usize) -> u32) -> (u32, i16) {
        let via = self.weights.via[arc][direction];
        if via & SHORTCUT == 0 {
            return (if two_way { via | TWO_WAY } else { via }, 0);
        }
        let [low, high] = self.children(arc, via);
        let (low, high) = (place(low, 1 - direction), place(high, direction));
        debug_assert!(low != NONE && high != NONE, "a part of a shortest way is a shortest way");
        let beside = high.wrapping_sub(low).cast_signed();
        (SHORTCUT | low, i16::try_from(beside).unwrap_or(0))
    }
}

/// The entry arrays of a metric, or a run of them.
struct Entries<'a> {
    head_depth: &'a mut [u16],
    weight: &'a mut [u32],
    via: &'a mut [u32],
    beside: &'a mut [i16],
}

impl<'a> Entries<'a> {
    fn split(&mut self, count: usize) -> Self {
        Entries {
            head_depth: split(&mut self.head_depth, count),
            weight: split(&mut self.weight, count),
            via: split(&mut self.via, count),
            beside: split(&mut self.beside, count),
        }
    }

    fn set(&mut self, index: usize, head_depth: u16, weight: u32, way: (u32, i16)) {
        self.head_depth[index] = head_depth;
        self.weight[index] = weight;
        (self.via[index], self.beside[index]) = way;
    }
}

/// Takes the first `count` elements off a slice.
fn split<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (first, others) = std::mem::take(rest).split_at_mut(count);
    *rest = others;
    first
}
