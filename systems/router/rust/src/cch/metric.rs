//! One set of costs, customized: the arcs that are on some shortest path, and what they stand for.
//!
//! With n nodes (numbered by rank) and e *entries*:
//!
//! | array | length | meaning and invariant |
//! |---|---|---|
//! | `nodes` | n + 1 | see [`NodeArcs`]; entries of node v are `nodes[v].first .. nodes[v + 1].first`; starts at 0, never falls, ends at e |
//! | `head_depth` | e | depth of the ancestor that the entry joins the node to, less than the node's own |
//! | `weight` | e | 1 .. [`INF`] |
//! | `via` | e | what the way consists of: see below |
//! | `beside` | e | of a shortcut: how much higher the number of its second child is than that of its first |
//!
//! Entries of a node lie in three groups: upward only, both ways at the same weight over the same nodes, downward only. So what leads up and what leads down
//! are one run each. Most streets cost the same both ways, so the middle group saves a third of the file.
//!
//! `via` of a shortcut between node x and its ancestor y over a lower node v is [`SHORTCUT`] + the entry of v for x, and `beside` leads from there to the entry of v for y. Children have lower
//! numbers than their shortcut, so unpacking ends. `via` of any other entry is an input arc, plus [`TWO_WAY`] in the middle group: downward it is that arc's
//! twin.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::customize::{DOWN, UP, Weights};
use super::graph::{INF, NONE, id};
use super::topology::Topology;

pub use super::customize::SHORTCUT;
/// In `via`: the rest is an input arc upward, and its twin downward.
pub const TWO_WAY: u32 = 1 << 30;

/// Where the entries of a node lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct NodeArcs {
    pub first: u32,
    /// Entries before the middle group.
    pub up_only: u16,
    /// Entries up to its end.
    pub up: u16,
}

/// A metric in memory of its own. [`Metric::view`] is what queries read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    pub nodes: Vec<NodeArcs>,
    pub head_depth: Vec<u16>,
    pub weight: Vec<u32>,
    pub via: Vec<u32>,
    pub beside: Vec<i16>,
}

/// A metric wherever it lies.
#[derive(Debug, Clone, Copy)]
pub struct MetricView<'a> {
    pub nodes: &'a [NodeArcs],
    pub head_depth: &'a [u16],
    pub weight: &'a [u32],
    pub via: &'a [u32],
    pub beside: &'a [i16],
}

impl Metric {
    #[must_use]
    pub fn view(&self) -> MetricView<'_> {
        MetricView { nodes: &self.nodes, head_depth: &self.head_depth, weight: &self.weight, via: &self.via, beside: &self.beside }
    }

    /// Bytes of all arrays.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<NodeArcs>() + self.weight.len() * (2 + 4 + 4 + 2)
    }
}

/// Where an arc of the hierarchy went, upward and downward: an entry, or [`NONE`].
type Entries = [u32; 2];

/// Keeps what perfect customization left as it was.
pub(super) fn pack(topology: &Topology, weights: &Weights) -> Metric {
    let mut packer = Packer {
        topology,
        weights,
        entry: vec![[NONE; 2]; topology.arc_count()],
        metric: Metric { nodes: Vec::with_capacity(topology.node_count() + 1), head_depth: vec![], weight: vec![], via: vec![], beside: vec![] },
    };
    for node in 0..topology.node_count() {
        packer.node(node);
    }
    packer.metric.nodes.push(NodeArcs { first: id(packer.metric.weight.len()), up_only: 0, up: 0 });
    packer.metric
}

struct Packer<'a> {
    topology: &'a Topology,
    weights: &'a Weights,
    entry: Vec<Entries>,
    metric: Metric,
}

impl Packer<'_> {
    fn node(&mut self, node: usize) {
        let first = self.metric.weight.len();
        let arcs = self.topology.up(node);
        let kinds: Vec<Kind> = arcs.clone().map(|arc| self.kind(arc)).collect();
        for (arc, kind) in arcs.clone().zip(&kinds) {
            if kind.up && !kind.two_way {
                self.push(arc, UP, false);
            }
        }
        let up_only = self.metric.weight.len() - first;
        for (arc, kind) in arcs.clone().zip(&kinds) {
            if kind.two_way {
                self.push(arc, UP, true);
                self.entry[arc][DOWN] = self.entry[arc][UP];
            }
        }
        let up = self.metric.weight.len() - first;
        for (arc, kind) in arcs.zip(&kinds) {
            if kind.down && !kind.two_way {
                self.push(arc, DOWN, false);
            }
        }
        let [up_only, up] = [up_only, up].map(|count| u16::try_from(count).expect("a node has fewer ancestors than 2^16"));
        self.metric.nodes.push(NodeArcs { first: id(first), up_only, up });
    }

    fn kind(&self, arc: usize) -> Kind {
        let (basic, perfect, via) = (self.weights.basic[arc], self.weights.perfect[arc], self.weights.via[arc]);
        let [up, down] = [UP, DOWN].map(|direction| basic[direction] == perfect[direction] && basic[direction] < INF);
        let same = up && down && basic[UP] == basic[DOWN];
        let two_way = same && if via[UP] & SHORTCUT == 0 {
            self.topology.twin[via[UP] as usize] == via[DOWN]
        } else {
            via[UP] == via[DOWN] && self.children(arc, via[UP]).iter().all(|child| self.entry[*child][UP] == self.entry[*child][DOWN])
        };
        Kind { up, down, two_way }
    }

    /// The arcs of which a shortcut consists: from the lower node to `arc`'s lower end, and to its higher.
    fn children(&self, arc: usize, via: u32) -> [usize; 2] {
        let first = (via & !SHORTCUT) as usize;
        let head = self.topology.head[arc];
        let further = self.topology.head[first + 1..].iter().position(|other| *other == head);
        [first, first + 1 + further.expect("two arcs of a node make a third")]
    }

    fn push(&mut self, arc: usize, direction: usize, two_way: bool) {
        let via = self.weights.via[arc][direction];
        let (via, beside) = if via & SHORTCUT == 0 {
            (via | if two_way { TWO_WAY } else { 0 }, 0)
        } else {
            let [low, high] = self.children(arc, via);
            let (low, high) = (self.entry[low][1 - direction], self.entry[high][direction]);
            debug_assert!(low != NONE && high != NONE, "a part of a shortest way is a shortest way");
            (SHORTCUT | low, high.wrapping_sub(low).cast_signed())
        };
        self.entry[arc][direction] = id(self.metric.weight.len());
        self.metric.head_depth.push(self.topology.head_depth[arc]);
        self.metric.weight.push(self.weights.basic[arc][direction]);
        self.metric.via.push(via);
        self.metric.beside.push(i16::try_from(beside).expect("a node has fewer ancestors than 2^15"));
    }
}

/// Which directions of an arc are kept, and whether as one entry.
#[derive(Clone, Copy)]
struct Kind {
    up: bool,
    down: bool,
    two_way: bool,
}
