//! Dead ends and chains first: nodes of degree two or less are eliminated before anything is dissected.
//!
//! Eliminating a node joins its neighbours, so a node of degree two or less never adds an edge: no order can do better on them, and what is left, the
//! *core*, is about three fifths of a street network. It is done in rounds, no two neighbours in one round: a chain
//! of k nodes then becomes an elimination tree of height log k and not k.

use crate::cch::graph::id;
use crate::cch::skeleton::Skeleton;

/// What is left after elimination.
#[derive(Debug)]
pub(super) struct Reduced {
    /// Eliminated nodes, first to last.
    pub(super) eliminated: Vec<u32>,
    /// The nodes left, ascending; every one has degree three or more.
    pub(super) core: Vec<u32>,
    /// Neighbours of every node left, shortcuts over eliminated nodes included.
    pub(super) graph: Shrinking,
}

/// An undirected graph that only loses edges. Node v's neighbours are the first `degree[v]` of its slots.
#[derive(Debug)]
pub(super) struct Shrinking {
    skeleton: Skeleton,
    degree: Vec<u32>,
}

impl Shrinking {
    pub(super) fn neighbors(&self, node: u32) -> &[u32] {
        &self.skeleton.neighbors(node)[..self.degree[node as usize] as usize]
    }

    fn slots(&mut self, node: u32) -> &mut [u32] {
        let first = self.skeleton.first[node as usize] as usize;
        &mut self.skeleton.neighbor[first..first + self.degree[node as usize] as usize]
    }

    /// Puts `other` in the place of `gone`, unless it is a neighbour already.
    fn replace(&mut self, node: u32, gone: u32, other: Option<u32>) {
        let slots = self.slots(node);
        let other = other.filter(|other| !slots.contains(other));
        let Some(slot) = slots.iter().position(|neighbor| *neighbor == gone) else { return };
        if let Some(other) = other {
            slots[slot] = other;
        } else {
            slots.swap(slot, slots.len() - 1);
            self.degree[node as usize] -= 1;
        }
    }
}

pub(super) fn reduce(skeleton: Skeleton) -> Reduced {
    let nodes = skeleton.node_count();
    let degree = skeleton.first.windows(2).map(|ends| ends[1] - ends[0]).collect();
    let mut graph = Shrinking { skeleton, degree };
    let mut eliminated = Vec::new();
    let mut gone = vec![false; nodes];
    // The last round in which the node or a neighbour of it was eliminated, from 1.
    let mut touched = vec![0_u32; nodes];
    let mut round = 0;
    let mut candidates: Vec<u32> = (0..id(nodes)).filter(|node| graph.neighbors(*node).len() <= 2).collect();
    while !candidates.is_empty() {
        round += 1;
        let mut next = Vec::new();
        for node in candidates {
            if gone[node as usize] {
                continue;
            }
            if touched[node as usize] == round {
                next.push(node);
                continue;
            }
            gone[node as usize] = true;
            eliminated.push(node);
            let ends = [0, 1].map(|slot| graph.neighbors(node).get(slot).copied());
            for (end, other) in [(ends[0], ends[1]), (ends[1], ends[0])] {
                let Some(end) = end else { continue };
                touched[end as usize] = round;
                graph.replace(end, node, other);
                if graph.neighbors(end).len() <= 2 {
                    next.push(end);
                }
            }
        }
        candidates = next;
    }
    let core = (0..id(nodes)).filter(|node| !gone[*node as usize]).collect();
    Reduced { eliminated, core, graph }
}
