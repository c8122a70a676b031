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

pub(super) mod pack;

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

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

impl MetricView<'_> {
    /// The entries of a node that lead up, or those that lead down to it; `None` when they do not lie in the file.
    #[inline]
    pub(super) fn entries(&self, node: u32, upward: bool) -> Option<Range<u32>> {
        let (arcs, next) = (self.nodes.get(node as usize)?, self.nodes.get(node as usize + 1)?);
        if upward {
            Some(arcs.first..arcs.first.checked_add(arcs.up.into())?)
        } else {
            Some(arcs.first.checked_add(arcs.up_only.into())?..next.first)
        }
    }
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
