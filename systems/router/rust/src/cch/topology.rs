//! The hierarchy without costs: chordal completion of the skeleton in elimination order.
//!
//! Nodes are numbered in elimination order from here on: a node's number is its *rank*. With n nodes, a arcs of the hierarchy and m of the input:
//!
//! | array | length | meaning and invariant |
//! |---|---|---|
//! | `rank` | n | input node -> rank, a permutation |
//! | `parent` | n | parent in the elimination tree, higher than the node; [`NONE`] for roots |
//! | `depth` | n | nodes above in the tree: 0 for roots, else the parent's + 1 |
//! | `twin` | m | an input arc of the same ends the other way round, whose twin this is; [`NONE`] where there is none left |
//! | `first_up` | n + 1 | upward arcs of node v are `first_up[v] .. first_up[v + 1]` |
//! | `head` | a | ancestors of v, ascending: first the parent |
//! | `head_depth` | a | their depths, descending |
//! | `first_lower`, `lower` | n + 1, a | the arcs that lead up to a node, ascending; with each, where the arcs of its tail end |
//! | `place_of_arc` | m | where an input arc lies: arc of the hierarchy × 2, + 1 if it leads down; [`NONE`] for loops |
//!
//! An arc of the hierarchy stands for both directions. The first four arrays are all that a query needs besides a [`Metric`](super::metric::Metric): see [`Tree`]; the rest
//! is for customization and made anew from `rank` in well under a second.

use super::error::CchError;
use super::graph::{COUNT_MAX, Graph, NONE, id};
use super::skeleton::Skeleton;
use super::tree;

/// Upward arcs per node and input arc, at most. Street networks need about one.
const DENSITY_MAX: usize = 64;

#[derive(Debug, Clone)]
pub struct Topology {
    pub(super) rank: Vec<u32>,
    pub(super) parent: Vec<u32>,
    pub(super) depth: Vec<u16>,
    pub(super) twin: Vec<u32>,
    pub(super) first_up: Vec<u32>,
    pub(super) head: Vec<u32>,
    pub(super) head_depth: Vec<u16>,
    pub(super) first_lower: Vec<u32>,
    pub(super) lower: Vec<[u32; 2]>,
    pub(super) place_of_arc: Vec<u32>,
    /// See [`tree::Layout::block_first`].
    pub(super) block_first: Vec<u32>,
}

impl Topology {
    /// Completes `graph` in the elimination order `order`: input nodes, first to last.
    ///
    /// # Errors
    /// When `order` is not a permutation of the nodes, or the graph is too dense for it.
    pub fn new(graph: &Graph<'_>, order: &[u32]) -> Result<Self, CchError> {
        let rough = ranks(order, graph.node_count())?;
        let layout = tree::layout(&tree::parents(&Skeleton::of(graph, |node| rough[node as usize])));
        let order: Vec<u32> = layout.order.iter().map(|rough| order[*rough as usize]).collect();
        let rank = ranks(&order, graph.node_count())?;
        let skeleton = Skeleton::of(graph, |node| rank[node as usize]);
        let (first_up, head) = complete(&skeleton, DENSITY_MAX * (graph.node_count() + graph.arc_count()))?;
        drop(skeleton);
        let parent: Vec<u32> = first_up.windows(2).map(|ends| head[ends[0] as usize..ends[1] as usize].first().copied().unwrap_or(NONE)).collect();
        let depth = depths(&parent)?;
        let head_depth = head.iter().map(|head| depth[*head as usize]).collect();
        let (first_lower, lower) = lower(&first_up, &head);
        let place_of_arc = places(graph, &rank, &first_up, &head);
        let twin = twins(&place_of_arc);
        let block_first = layout.block_first;
        Ok(Self { rank, parent, depth, twin, first_up, head, head_depth, first_lower, lower, place_of_arc, block_first })
    }

    #[must_use]
    pub fn node_count(&self) -> usize {
        self.parent.len()
    }

    /// Upward arcs; each stands for both directions.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.head.len()
    }

    /// Bytes of all arrays.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let words = [&self.rank, &self.parent, &self.twin, &self.first_up, &self.head, &self.first_lower, &self.place_of_arc];
        4 * words.iter().map(|array| array.len()).sum::<usize>() + 2 * (self.depth.len() + self.head_depth.len()) + 8 * self.lower.len()
    }

    /// What a query needs.
    #[must_use]
    pub fn tree(&self) -> Tree<'_> {
        Tree { rank: &self.rank, parent: &self.parent, depth: &self.depth, twin: &self.twin }
    }

    pub fn up_count(&self, node: usize) -> usize {
        self.up(node).len()
    }

    pub(super) fn up(&self, node: usize) -> std::ops::Range<usize> {
        self.first_up[node] as usize..self.first_up[node + 1] as usize
    }

    pub(super) fn lower(&self, node: usize) -> &[[u32; 2]] {
        &self.lower[self.first_lower[node] as usize..self.first_lower[node + 1] as usize]
    }

    /// One more than the largest depth.
    pub(super) fn height(&self) -> usize {
        self.depth.iter().max().map_or(0, |depth| usize::from(*depth) + 1)
    }
}

/// The part of a topology that queries use, borrowed: see [`Topology`] for what the arrays hold. Shared by all metrics.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    pub rank: &'a [u32],
    pub parent: &'a [u32],
    pub depth: &'a [u16],
    pub twin: &'a [u32],
}

fn ranks(order: &[u32], nodes: usize) -> Result<Vec<u32>, CchError> {
    let mut rank = vec![NONE; nodes];
    for (new, old) in (0_u32..).zip(order) {
        match rank.get_mut(*old as usize) {
            Some(slot) if *slot == NONE => *slot = new,
            _ => return Err(CchError::Order { nodes }),
        }
    }
    if order.len() == nodes { Ok(rank) } else { Err(CchError::Order { nodes }) }
}

/// Upward neighbours of every node after completion: its own, and those of its children in the tree but itself.
fn complete(skeleton: &Skeleton, limit: usize) -> Result<(Vec<u32>, Vec<u32>), CchError> {
    let limit = limit.min(COUNT_MAX);
    let nodes = skeleton.node_count();
    let (mut first_up, mut head) = (vec![0_u32], Vec::<u32>::with_capacity(2 * skeleton.neighbor.len()));
    let (mut first_child, mut next_sibling) = (vec![NONE; nodes], vec![NONE; nodes]);
    // The last node whose list this node was put on.
    let mut listed = vec![NONE; nodes];
    for node in 0..id(nodes) {
        let from = head.len();
        listed[node as usize] = node;
        let own = skeleton.neighbors(node);
        for &above in &own[own.partition_point(|neighbor| *neighbor < node)..] {
            listed[above as usize] = node;
            head.push(above);
        }
        let mut child = first_child[node as usize];
        while child != NONE {
            for index in first_up[child as usize] as usize..first_up[child as usize + 1] as usize {
                let above = head[index];
                if listed[above as usize] != node {
                    listed[above as usize] = node;
                    head.push(above);
                }
            }
            child = next_sibling[child as usize];
        }
        if head.len() > limit {
            return Err(CchError::TooDense { what: "its arcs", limit });
        }
        head[from..].sort_unstable();
        first_up.push(id(head.len()));
        if let Some(&parent) = head.get(from) {
            next_sibling[node as usize] = first_child[parent as usize];
            first_child[parent as usize] = node;
        }
    }
    Ok((first_up, head))
}

fn depths(parent: &[u32]) -> Result<Vec<u16>, CchError> {
    let mut depth = vec![0_u16; parent.len()];
    for (node, &above) in parent.iter().enumerate().rev() {
        if above != NONE {
            let limit = usize::from(u16::MAX) - 1;
            depth[node] = depth[above as usize] + 1;
            if usize::from(depth[node]) >= limit {
                return Err(CchError::TooDense { what: "the height of its elimination tree", limit });
            }
        }
    }
    Ok(depth)
}

fn lower(first_up: &[u32], head: &[u32]) -> (Vec<u32>, Vec<[u32; 2]>) {
    let nodes = first_up.len() - 1;
    let mut first = vec![0_u32; nodes + 1];
    for head in head {
        first[*head as usize + 1] += 1;
    }
    for node in 0..nodes {
        first[node + 1] += first[node];
    }
    let mut free = first.clone();
    let mut lower = vec![[0_u32; 2]; head.len()];
    for ends in first_up.windows(2) {
        for arc in ends[0]..ends[1] {
            let slot = &mut free[head[arc as usize] as usize];
            lower[*slot as usize] = [arc, ends[1]];
            *slot += 1;
        }
    }
    (first, lower)
}

fn places(graph: &Graph<'_>, rank: &[u32], first_up: &[u32], head: &[u32]) -> Vec<u32> {
    let place = |tail: u32, to: u32| {
        let (tail, to) = (rank[tail as usize], rank[to as usize]);
        let (low, high) = (tail.min(to), tail.max(to));
        let first = first_up[low as usize];
        // A loop is on nobody's list.
        let found = head[first as usize..first_up[low as usize + 1] as usize].binary_search(&high);
        found.map_or(NONE, |index| (first + id(index)) * 2 + u32::from(tail > to))
    };
    graph.arcs().map(|(_, tail, head)| place(tail, head)).collect()
}

/// Pairs the first arc up with the first arc down, the second with the second, and so on.
fn twins(place_of_arc: &[u32]) -> Vec<u32> {
    let mut twin = vec![NONE; place_of_arc.len()];
    let mut by_place: Vec<u32> = (0..id(place_of_arc.len())).filter(|arc| place_of_arc[*arc as usize] != NONE).collect();
    by_place.sort_by_key(|arc| (place_of_arc[*arc as usize], *arc));
    for same_ends in by_place.chunk_by(|a, b| place_of_arc[*a as usize] / 2 == place_of_arc[*b as usize] / 2) {
        let (up, down) = same_ends.split_at(same_ends.partition_point(|arc| place_of_arc[*arc as usize] % 2 == 0));
        for (&up, &down) in up.iter().zip(down) {
            (twin[up as usize], twin[down as usize]) = (down, up);
        }
    }
    twin
}
