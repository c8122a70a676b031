//! The packed city: one file, mapped and used in place.
//!
//! A [`City`] is a set of borrowed slices over the file's bytes. [`City::parse`] checks everything once (see [`check`]); after that an
//! access is an index into a slice. With n nodes, a arcs, s segments:
//!
//! | array | length | meaning and invariant |
//! |---|---|---|
//! | `first_out` | n + 1 | arcs of node v are `first_out[v] .. first_out[v + 1]`; starts at 0, never falls, ends at a |
//! | `arc_head` | a | node the arc leads to, < n |
//! | `arc_cost` | a | cost units (see [`crate::stress`]), 1 ..= [`ARC_COST_MAX`](crate::limits::ARC_COST_MAX) |
//! | `arc_segment` | a | segment × 2, + 1 when the arc runs against the segment's line; that segment names the arc back |
//! | `node_point` | n | where the node is |
//! | `segments` | s | see [`Segment`] |
//! | `first_point` | s + 1 | the line of segment i is `points[first_point[i] .. first_point[i + 1]]`, at least two points, from tail to head |
//! | `points` | | |
//! | `first_name_byte` | names + 1 | into `name_bytes`, UTF-8 |
//! | `grid_first`, `grid_segments` | cells + 1, | see [`grid`] |
//! | `report` | | what the builder counted, JSON |
//!
//! Nodes are numbered along a Hilbert curve, so that neighbours share pages. Costs are an array of their own: another metric is
//! another array. Parallel arcs and loops are kept. Every node is reachable from every other: the builder keeps the largest strongly connected
//! component only, so that what can be snapped to can be reached. Reading does not rely on that.

pub mod check;
pub mod encode;
pub mod error;
pub mod format;
pub mod grid;
pub mod map;

use std::ops::Range;

use crate::geo::{Point, Projection};
use crate::street::{Highway, Infra};
pub use error::CityError;
pub use format::{Header, NONE, Segment};

/// A checked city. Cheap to copy: slices only.
#[derive(Debug, Clone, Copy)]
pub struct City<'a> {
    header: &'a Header,
    first_out: &'a [u32],
    arc_head: &'a [u32],
    arc_cost: &'a [u32],
    arc_segment: &'a [u32],
    node_point: &'a [Point],
    segments: &'a [Segment],
    first_point: &'a [u32],
    points: &'a [Point],
    first_name_byte: &'a [u32],
    names: &'a str,
    grid: grid::Grid<'a>,
    report: &'a str,
}

/// One direction of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Along the segment's line, tail to head.
    Forward,
    Backward,
}

impl<'a> City<'a> {
    /// Checks `bytes` and borrows them as a city. Reads every byte once (for the checksums) and every array once more.
    ///
    /// # Errors
    /// Anything that is not exactly what [`encode::encode`] writes: see [`CityError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CityError> {
        check::parse(bytes)
    }

    #[must_use]
    pub fn header(&self) -> &'a Header {
        self.header
    }

    #[must_use]
    pub fn node_count(&self) -> usize {
        self.node_point.len()
    }

    /// The ids of the arcs that leave `node`.
    #[must_use]
    pub fn arcs(&self, node: u32) -> Range<u32> {
        let node = node as usize;
        self.first_out[node]..self.first_out[node + 1]
    }

    #[must_use]
    pub fn head(&self, arc: u32) -> u32 {
        self.arc_head[arc as usize]
    }

    #[must_use]
    pub fn cost(&self, arc: u32) -> u32 {
        self.arc_cost[arc as usize]
    }

    /// The segment an arc runs on, and which way.
    #[must_use]
    pub fn street(&self, arc: u32) -> (u32, Direction) {
        let packed = self.arc_segment[arc as usize];
        (packed >> 1, if packed & 1 == 0 { Direction::Forward } else { Direction::Backward })
    }

    #[must_use]
    pub fn point(&self, node: u32) -> Point {
        self.node_point[node as usize]
    }

    #[must_use]
    pub fn segments(&self) -> &'a [Segment] {
        self.segments
    }

    #[must_use]
    pub fn segment(&self, segment: u32) -> &'a Segment {
        &self.segments[segment as usize]
    }

    /// The points of a segment from tail to head: two or more.
    #[must_use]
    pub fn line(&self, segment: u32) -> &'a [Point] {
        let segment = segment as usize;
        &self.points[self.first_point[segment] as usize..self.first_point[segment + 1] as usize]
    }

    /// The street's name.
    #[must_use]
    pub fn name(&self, segment: &Segment) -> Option<&'a str> {
        let name = segment.name as usize;
        (segment.name != NONE).then(|| &self.names[self.first_name_byte[name] as usize..self.first_name_byte[name + 1] as usize])
    }

    #[must_use]
    pub fn grid(&self) -> grid::Grid<'a> {
        self.grid
    }

    /// What the builder counted, as JSON.
    #[must_use]
    pub fn report(&self) -> &'a str {
        self.report
    }

    /// The flat map of the heuristic.
    #[must_use]
    pub fn projection(&self) -> Projection {
        Projection { lon_scale: self.header.lon_scale }
    }
}

impl Segment {
    /// The arc in `direction`, unless that direction is closed.
    #[must_use]
    pub fn arc(&self, direction: Direction) -> Option<u32> {
        let arc = match direction {
            Direction::Forward => self.forward_arc,
            Direction::Backward => self.backward_arc,
        };
        (arc != NONE).then_some(arc)
    }

    #[must_use]
    pub fn highway(&self) -> Highway {
        Highway::from_byte(self.highway).unwrap_or(Highway::Road)
    }

    #[must_use]
    pub fn infra(&self, direction: Direction) -> Infra {
        let byte = match direction {
            Direction::Forward => self.forward_infra,
            Direction::Backward => self.backward_infra,
        };
        Infra::from_byte(byte).unwrap_or(Infra::None)
    }
}
