//! From customized weights to a pack.
//!
//! ```text
//! customize  stop after stop; of each, weights and ways are remembered, and which of them perfect customization kept
//! number     every direction of every arc gets its kind, those that are kept their numbers; nodes and weights are written
//! ways       what the entries consist of is written
//! ```
//!
//! In each step threads share the blocks of the tree, and what they write is put together in the order of nodes: the pack is the same for any number of threads.

mod number;
mod ways;

use std::ops::Range;

use super::{Line, Pack, STOPS_MAX};
use crate::cch::customize::{DOWN, UP, Weights};
use crate::cch::error::CchError;
use crate::cch::graph::INF;
use crate::cch::threads;
use crate::cch::topology::Topology;

/// Fewer stops than this have no lines: two points are always on one.
const LINE_STOPS_MIN: usize = 3;

/// What becomes of one direction of an arc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// On no shortest path at any stop.
    Dropped,
    Line(Line),
    Varying,
}

/// All stops' weights.
struct Customized<'a> {
    topology: &'a Topology,
    stress_weights: &'a [u32],
    stops: Vec<Weights>,
    /// By arc and direction: the stops at which it is on some shortest path.
    kept: Vec<[u16; 2]>,
}

impl Pack {
    /// Customizes the hierarchy for each stop: `stress_weights[k]` is that of stop k, and `cost(k, arc)` what an input arc costs there, [`INF`] or more when it is closed;
    /// it is asked once for each. Uses up to `threads` threads; the result does not depend on how many.
    ///
    /// # Errors
    /// When there are more than [`STOPS_MAX`] stops, or the hierarchy is too dense.
    pub fn new(
        topology: &Topology,
        stress_weights: &[u32],
        cost: impl Fn(usize, u32) -> u32 + Sync,
        threads: usize,
    ) -> Result<Self, CchError> {
        if stress_weights.len() > STOPS_MAX {
            return Err(CchError::Length { what: "stops", expected: STOPS_MAX, found: stress_weights.len() });
        }
        let arcs = topology.arc_count();
        let mut customized =
            Customized { topology, stress_weights, stops: Vec::with_capacity(stress_weights.len()), kept: vec![[0; 2]; arcs] };
        // Shortest weights of the stop at hand; when there is no further one, the entries of the arcs.
        let mut buffer = vec![[0; 2]; arcs];
        for stop in 0..stress_weights.len() {
            let weights = topology.customize(|arc| cost(stop, arc), threads, &mut buffer);
            customized.keep(weights, &buffer, threads);
        }
        let mut ends = topology.runs(threads);
        ends.push(topology.node_count());
        let pieces: Vec<Range<usize>> = ends.windows(2).map(|ends| ends[0]..ends[1]).collect();
        let mut pack = Self { stops: stress_weights.to_vec(), ..Self::default() };
        number::run(&customized, &pieces, &mut buffer, &mut pack)?;
        ways::run(&customized, &pieces, &buffer, &mut pack);
        Ok(pack)
    }
}

impl Customized<'_> {
    /// Adds a stop, of which the shortest weights at all are `perfect`.
    fn keep(&mut self, weights: Weights, perfect: &[[u32; 2]], threads: usize) {
        let stop = self.stops.len();
        let chunk = perfect.len().div_ceil(threads.max(1)).max(1);
        let chunks = self.kept.chunks_mut(chunk).zip(weights.basic.chunks(chunk)).zip(perfect.chunks(chunk));
        threads::each(chunks, |((kept, basic), perfect)| {
            for ((kept, basic), perfect) in kept.iter_mut().zip(basic).zip(perfect) {
                for direction in [UP, DOWN] {
                    let is_kept = basic[direction] == perfect[direction] && basic[direction] < INF;
                    kept[direction] |= u16::from(is_kept) << stop;
                }
            }
        });
        self.stops.push(weights);
    }

    #[inline]
    fn kind(&self, arc: usize, direction: usize) -> Kind {
        if self.kept[arc][direction] == 0 {
            return Kind::Dropped;
        }
        if self.stops.len() < LINE_STOPS_MIN {
            return Kind::Varying;
        }
        self.line(arc, direction).map_or(Kind::Varying, Kind::Line)
    }

    /// The line on which the weights at all stops lie.
    fn line(&self, arc: usize, direction: usize) -> Option<Line> {
        let mut points = self.stress_weights.iter().zip(self.stops.iter().map(|stop| stop.basic[arc][direction]));
        let (x, y) = points.next()?;
        let (x2, y2) = points.clone().next()?;
        let slope = y2.checked_sub(y)?.checked_div(x2.checked_sub(*x)?)?;
        let line = Line { base: y.checked_sub(slope.checked_mul(*x)?)?, slope };
        let exact = |(x, y): (&u32, u32)| y < INF && u64::from(line.base) + u64::from(slope) * u64::from(*x) == u64::from(y);
        (exact((x, y)) && points.all(exact)).then_some(line)
    }
}
