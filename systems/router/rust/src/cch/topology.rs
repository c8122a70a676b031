//! The hierarchy without costs: chordal completion of the skeleton in elimination order.
//!
//! Nodes must be numbered in elimination order: [`numbering`] says how. With n nodes, a arcs of the hierarchy and m of the input:
//!
//! | array | length | meaning and invariant |
//! |---|---|---|
//! | `parent` | n | parent in the elimination tree, higher than the node; [`NONE`] for roots |
//! | `depth` | n | nodes above in the tree: 0 for roots, else the parent's + 1 |
//! | `first_up` | n + 1 | upward arcs of node v are `first_up[v] .. first_up[v + 1]` |
//! | `head` | a | ancestors of v, ascending: first the parent |
//! | `head_depth` | a | their depths, descending |
//! | `first_lower`, `lower` | n + 1, a | the arcs that lead up to a node, ascending; with each, where the arcs of its tail end |
//! | `place_of_arc` | m | where an input arc lies: arc of the hierarchy × 2, + 1 if it leads down; [`NONE`] for loops |
//!
//! An arc of the hierarchy stands for both directions. Queries read none of this but a [`Pack`](super::pack::Pack); it is for customization, and made anew from the graph
//! in well under a second.

use super::error::CchError;
use super::graph::{COUNT_MAX, Graph, NONE, id};
use super::skeleton::Skeleton;
use super::tree;

/// Upward arcs per node and input arc, at most. Street networks need about one.
const DENSITY_MAX: usize = 64;

#[derive(Debug, Clone)]
pub struct Topology {
    pub(super) parent: Vec<u32>,
    pub(super) depth: Vec<u16>,
    pub(super) first_up: Vec<u32>,
    pub(super) head: Vec<u32>,
    pub(super) head_depth: Vec<u16>,
    pub(super) first_lower: Vec<u32>,
    pub(super) lower: Vec<[u32; 2]>,
    pub(super) place_of_arc: Vec<u32>,
    /// See [`tree::blocks`].
    pub(super) block_first: Vec<u32>,
}

/// From an elimination order (nodes, first to last) to the numbers that nodes should have: element v is the new number of node v.
///
/// Any numbering in which children of the elimination tree come before parents gives the same hierarchy as the order; this one keeps together what queries
/// read together: see [`tree`].
///
/// # Errors
/// When `order` is not a permutation of the nodes.
pub fn numbering(graph: &Graph<'_>, order: &[u32]) -> Result<Vec<u32>, CchError> {
    let rough = ranks(order, graph.node_count())?;
    let postorder = tree::layout(&tree::parents(&Skeleton::of(graph, |node| rough[node as usize])));
    let order: Vec<u32> = postorder.iter().map(|rough| order[*rough as usize]).collect();
    ranks(&order, graph.node_count())
}

impl Topology {
    /// Completes `graph`, whose nodes are eliminated in the order of their numbers.
    ///
    /// # Errors
    /// When the graph, in this order, is too dense.
    pub fn new(graph: &Graph<'_>) -> Result<Self, CchError> {
        let skeleton = Skeleton::of(graph, |node| node);
        let (first_up, head) = complete(&skeleton, DENSITY_MAX * (graph.node_count() + graph.arc_count()))?;
        drop(skeleton);
        let parent: Vec<u32> =
            first_up.windows(2).map(|ends| head[ends[0] as usize..ends[1] as usize].first().copied().unwrap_or(NONE)).collect();
        let depth = depths(&parent)?;
        let head_depth = head.iter().map(|head| depth[*head as usize]).collect();
        let (first_lower, lower) = lower(&first_up, &head);
        let place_of_arc = places(graph, &first_up, &head);
        let block_first = tree::blocks(&parent);
        Ok(Self { parent, depth, first_up, head, head_depth, first_lower, lower, place_of_arc, block_first })
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

    /// Arcs of the input graph.
    #[must_use]
    pub fn input_arc_count(&self) -> usize {
        self.place_of_arc.len()
    }

    /// Bytes of all arrays.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let words = [&self.parent, &self.first_up, &self.head, &self.first_lower, &self.place_of_arc];
        4 * words.iter().map(|array| array.len()).sum::<usize>() + 2 * (self.depth.len() + self.head_depth.len()) + 8 * self.lower.len()
    }

    pub(super) fn up(&self, node: usize) -> std::ops::Range<usize> {
        self.first_up[node] as usize..self.first_up[node + 1] as usize
    }

    /// The upward arcs of consecutive nodes.
    pub(super) fn up_of_all(&self, nodes: std::ops::Range<usize>) -> std::ops::Range<usize> {
        self.first_up[nodes.start] as usize..self.first_up[nodes.end] as usize
    }

    pub(super) fn lower(&self, node: usize) -> &[[u32; 2]] {
        &self.lower[self.first_lower[node] as usize..self.first_lower[node + 1] as usize]
    }

    /// One more than the largest depth.
    pub(super) fn height(&self) -> usize {
        self.depth.iter().max().map_or(0, |depth| usize::from(*depth) + 1)
    }
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

fn places(graph: &Graph<'_>, first_up: &[u32], head: &[u32]) -> Vec<u32> {
    let place = |tail: u32, to: u32| {
        let (low, high) = (tail.min(to), tail.max(to));
        let first = first_up[low as usize];
        // A loop is on nobody's list.
        let found = head[first as usize..first_up[low as usize + 1] as usize].binary_search(&high);
        found.map_or(NONE, |index| (first + id(index)) * 2 + u32::from(tail > to))
    };
    graph.arcs().map(|(_, tail, head)| place(tail, head)).collect()
}
