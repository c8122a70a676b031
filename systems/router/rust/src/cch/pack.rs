//! Several sets of costs over one hierarchy, customized: the index that queries read.
//!
//! A *stop* is one set of costs. An *entry* is one direction of an arc of the hierarchy that is on a shortest path at some stop at least; most are at most stops, so
//! what an entry leads to and consists of is said once for all stops. With n nodes, e entries, of which v *vary*, and k stops:
//!
//! | array | length | meaning and invariant |
//! |---|---|---|
//! | `nodes` | n + 1 | see [`PackNode`]; entries of node v are `nodes[v].first .. nodes[v + 1].first`; starts at 0, never falls, ends at e |
//! | `head_depth` | e | depth of the ancestor that the entry joins the node to, less than the node's own |
//! | `ways` | e | what the entry consists of: see [`Way`] |
//! | `lines` | e − v | weight of the entries that do not vary: see [`Line`] |
//! | `weights` | k × v | weight of the others, 1 ..= [`INF`](super::INF), stop after stop |
//! | `alternatives` | | ways of entries that have several: see [`Alternative`] |
//! | `runs` | | pieces of routes: input arcs in riding order |
//! | `stops` | k | each stop's *stress weight*, the number with which [`Line`]s are weighed |
//!
//! Entries of a node lie in four groups: upward lines, upward varying, downward varying, downward lines. So what leads up and what leads down is one run each, and so are
//! a node's lines and its varying entries.
//!
//! Costs of a street are base + slope × stress weight, and so are those of a route. An entry that stands for the same route at all stops is therefore a line, of eight
//! bytes whatever the number of stops. Entries of costs that are no such line are right too; they vary.

mod build;

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::error::CchError;
use super::graph::id;

/// Set in [`Way::via`] of two entries, one after the other: the rest is the first, and [`Way::beside`] leads from there to the second. Both have lower numbers
/// than the entry that consists of them, so unpacking ends.
pub const SHORTCUT: u32 = 1 << 31;
/// Set in [`Way::via`] of an entry with several ways: the rest is the first of [`Way::beside`] alternatives.
pub const SEVERAL: u32 = 1 << 30;
/// Set in [`Way::via`] of a finished piece of route: the rest is the first of [`Way::beside`] elements of `runs`.
pub const RUN: u32 = SHORTCUT | SEVERAL;
/// An entry that stands for as many input arcs, the same at all stops, or more is unpacked beforehand, if what it consists of is not.
const RUN_MIN: u8 = 4;
/// Stops of a pack, at most: [`Alternative::stops`] has a bit for each.
pub const STOPS_MAX: usize = 16;

/// A node, and where its entries lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct PackNode {
    /// In the elimination tree, higher than the node; [`NONE`](super::NONE) for roots.
    pub parent: u32,
    pub first: u32,
    /// The first of its weights, of every stop.
    pub first_varying: u32,
    /// Nodes above in the tree: 0 for roots, else the parent's + 1.
    pub depth: u16,
    /// Entries before the varying ones.
    pub up_lines: u16,
    /// Entries that lead up.
    pub up: u16,
    pub reserved: u16,
}

/// The weight base + slope × stress weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Line {
    pub base: u32,
    pub slope: u32,
}

impl Line {
    /// Only a damaged file has weights that do not fit.
    #[inline]
    pub(super) fn at(self, stress_weight: u32) -> u32 {
        self.base.wrapping_add(self.slope.wrapping_mul(stress_weight))
    }
}

/// What an entry consists of, in riding order: an input arc, or a [`SHORTCUT`], or a [`RUN`], or [`SEVERAL`] of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Way {
    via_low: u16,
    via_high: u16,
    pub beside: i16,
}

impl Way {
    #[must_use]
    pub fn new(via: u32, beside: i16) -> Self {
        let [a, b, c, d] = via.to_le_bytes();
        Self { via_low: u16::from_le_bytes([a, b]), via_high: u16::from_le_bytes([c, d]), beside }
    }

    #[inline]
    #[must_use]
    pub fn via(self) -> u32 {
        u32::from(self.via_high) << 16 | u32::from(self.via_low)
    }

    /// The two entries of a shortcut.
    #[inline]
    pub(super) fn parts(self) -> [u32; 2] {
        let first = self.via() & !SHORTCUT;
        [first, first.wrapping_add_signed(self.beside.into())]
    }
}

/// One of several ways, and the stops at which it is the shortest: bit k is stop k.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Alternative {
    pub way: Way,
    pub stops: u16,
}

/// An index in memory of its own. [`Pack::view`] is what queries read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pack {
    pub nodes: Vec<PackNode>,
    pub head_depth: Vec<u16>,
    pub ways: Vec<Way>,
    pub lines: Vec<Line>,
    pub weights: Vec<u32>,
    pub alternatives: Vec<Alternative>,
    pub runs: Vec<u32>,
    pub stops: Vec<u32>,
}

impl Pack {
    #[must_use]
    pub fn view(&self) -> PackView<'_> {
        PackView {
            nodes: &self.nodes,
            head_depth: &self.head_depth,
            ways: &self.ways,
            lines: &self.lines,
            weights: &self.weights,
            alternatives: &self.alternatives,
            runs: &self.runs,
            stops: &self.stops,
        }
    }
}

/// An index wherever it lies. Nothing about it is trusted.
#[derive(Debug, Clone, Copy)]
pub struct PackView<'a> {
    pub nodes: &'a [PackNode],
    pub head_depth: &'a [u16],
    pub ways: &'a [Way],
    pub lines: &'a [Line],
    pub weights: &'a [u32],
    pub alternatives: &'a [Alternative],
    pub runs: &'a [u32],
    pub stops: &'a [u32],
}

impl<'a> PackView<'a> {
    /// What a query at one stop reads.
    ///
    /// # Errors
    /// When there is no such stop, or the weights are not there.
    pub fn index(self, stop: usize) -> Result<Index<'a>, CchError> {
        let varying = self.weights.len() / self.stops.len().max(1);
        let (Some(&stress_weight), Some(weights)) = (self.stops.get(stop), self.weights.get(stop * varying..(stop + 1) * varying)) else {
            return Err(CchError::NoStop { stop, stops: self.stops.len() });
        };
        let mask = 1_u16.checked_shl(u32::try_from(stop).unwrap_or(u32::MAX)).ok_or(CchError::NoStop { stop, stops: STOPS_MAX })?;
        Ok(Index { pack: self, weights, stress_weight, mask })
    }

    /// Bytes that all stops share, and bytes of each stop.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        let entries = self.head_depth.len() * (size_of::<u16>() + size_of::<Way>()) + size_of_val(self.lines);
        (
            entries + size_of_val(self.nodes) + size_of_val(self.alternatives) + size_of_val(self.runs),
            size_of_val(self.weights) / self.stops.len().max(1),
        )
    }
}

/// What an entry consists of, if not of one input arc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pieces {
    Entries([u32; 2]),
    /// Index into [`PackView::runs`].
    Run(u32),
}

/// One stop of a [`PackView`].
#[derive(Debug, Clone, Copy)]
pub struct Index<'a> {
    pub(super) pack: PackView<'a>,
    /// Of the varying entries.
    pub(super) weights: &'a [u32],
    pub(super) stress_weight: u32,
    pub(super) mask: u16,
}

/// Entries of a node in one direction: lines and varying ones, each a run.
#[derive(Debug, Clone)]
pub(super) struct Entries {
    /// Of all.
    pub(super) range: Range<usize>,
    /// Where in the lines, and what entry the first is.
    pub(super) lines: Range<usize>,
    pub(super) first_line: usize,
    /// The same of the varying ones.
    pub(super) varying: Range<usize>,
    pub(super) first_varying: usize,
}

impl Index<'_> {
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.pack.nodes.len().saturating_sub(1)
    }

    pub(super) fn node(&self, node: u32) -> Option<&PackNode> {
        // The last one is no node.
        (node as usize).checked_add(1).filter(|next| *next < self.pack.nodes.len())?;
        self.pack.nodes.get(node as usize)
    }

    /// The entries of a node that lead up, or those that lead down to it; `None` when its numbers make no sense.
    #[inline]
    pub(super) fn entries(&self, node: u32, upward: bool) -> Option<Entries> {
        let (this, next) = (self.pack.nodes.get(node as usize)?, self.pack.nodes.get(node as usize + 1)?);
        let (first, first_varying, up_lines, up) =
            (this.first as usize, this.first_varying as usize, usize::from(this.up_lines), usize::from(this.up));
        let first_line = first.checked_sub(first_varying)?;
        let up_varying = up.checked_sub(up_lines)?;
        if upward {
            return Some(Entries {
                range: first..first + up,
                lines: first_line..first_line + up_lines,
                first_line: first,
                varying: first_varying..first_varying + up_varying,
                first_varying: first + up_lines,
            });
        }
        let (end, end_varying) = (next.first as usize, next.first_varying as usize);
        let lines = first_line + up_lines..end.checked_sub(end_varying)?;
        let varying = first_varying + up_varying..end_varying;
        let end_of_varying = (first + up).checked_add(varying.len())?;
        Some(Entries { range: first + up..end, first_line: end_of_varying, lines, first_varying: first + up, varying })
    }

    /// What an entry consists of at this stop, if that is other entries or a run, for who wants to have it read beforehand.
    #[must_use]
    pub fn pieces(&self, entry: u32) -> Option<Pieces> {
        let way = self.way_now(self.first_way(entry)?)?;
        let rest = way.via() & !RUN;
        match way.via() & RUN {
            SHORTCUT => Some(Pieces::Entries([rest, rest.wrapping_add_signed(way.beside.into())])),
            RUN => Some(Pieces::Run(rest)),
            _ => None,
        }
    }

    /// Where the alternatives of an entry lie, if it has several: an index into [`PackView::alternatives`].
    #[must_use]
    pub fn alternatives_at(&self, entry: u32) -> Option<usize> {
        let way = self.first_way(entry)?;
        (way.via() & RUN == SEVERAL).then_some((way.via() & !RUN) as usize)
    }

    /// Calls `visit` for each of a node's entries with its number, the depth it leads to and its weight, until that gives `None`; `None` too when they are not there.
    #[inline]
    pub(super) fn each(&self, entries: &Entries, mut visit: impl FnMut(u32, u16, u32) -> Option<()>) -> Option<()> {
        let lines = self.pack.lines.get(entries.lines.clone())?;
        let depths = self.pack.head_depth.get(entries.first_line..)?.get(..lines.len())?;
        for ((entry, depth), line) in (id(entries.first_line)..).zip(depths).zip(lines) {
            visit(entry, *depth, line.at(self.stress_weight))?;
        }
        let weights = self.weights.get(entries.varying.clone())?;
        let depths = self.pack.head_depth.get(entries.first_varying..)?.get(..weights.len())?;
        for ((entry, depth), weight) in (id(entries.first_varying)..).zip(depths).zip(weights) {
            visit(entry, *depth, *weight)?;
        }
        Some(())
    }

    /// What an entry consists of, maybe [`SEVERAL`].
    #[inline]
    pub(super) fn first_way(&self, entry: u32) -> Option<Way> {
        self.pack.ways.get(entry as usize).copied()
    }

    /// Of several ways the one at this stop; `None` when there is none.
    #[inline]
    pub(super) fn way_now(&self, way: Way) -> Option<Way> {
        if way.via() & RUN != SEVERAL {
            return Some(way);
        }
        let first = (way.via() & !RUN) as usize;
        let among = self.pack.alternatives.get(first..first + usize::try_from(way.beside).ok()?)?;
        let way = among.iter().find(|alternative| alternative.stops & self.mask != 0)?.way;
        (way.via() & RUN != SEVERAL).then_some(way)
    }

    /// The input arcs of a way that is a run.
    pub(super) fn run(&self, way: Way) -> Option<&[u32]> {
        self.pack.runs.get((way.via() & !RUN) as usize..)?.get(..usize::from(way.beside.unsigned_abs()))
    }
}
