//! From customized weights to a pack.
//!
//! Stop after stop is customized, and of each only the weights, the ways and which of them perfect customization kept are remembered. Then every direction of every arc
//! gets its [`Kind`], entries get their numbers, and are written.

use super::{Alternative, Line, Pack, PackNode, SEVERAL, SHORTCUT, STOPS_MAX, Way};
use crate::cch::customize::{DOWN, UP, Weights};
use crate::cch::error::CchError;
use crate::cch::graph::{INF, NONE, id};
use crate::cch::topology::Topology;

/// Fewer stops than this have no lines: two points are always on one.
const LINE_STOPS_MIN: usize = 3;

/// Weights of all arcs at one stop, upward and downward, whether kept or not.
struct Stop {
    weight: Vec<[u32; 2]>,
    via: Vec<[u32; 2]>,
}

/// What becomes of one direction of an arc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// On no shortest path at any stop.
    Dropped,
    Line(Line),
    Varying,
}

struct Builder<'a> {
    topology: &'a Topology,
    stress_weights: &'a [u32],
    stops: Vec<Stop>,
    /// By arc and direction: the stops at which it is on some shortest path.
    kept: Vec<[u16; 2]>,
    /// By arc and direction: its entry.
    place: Vec<[u32; 2]>,
    pack: Pack,
}

impl Pack {
    /// Customizes the hierarchy for each stop: `stress_weights[k]` is that of stop k, and `cost(k, arc)` what an input arc costs there, [`INF`] or more when it is closed.
    /// Uses up to `threads` threads; the result does not depend on how many.
    ///
    /// # Errors
    /// When there are more than [`STOPS_MAX`] stops, or the hierarchy is too dense.
    pub fn new(topology: &Topology, stress_weights: &[u32], cost: impl Fn(usize, u32) -> u32, threads: usize) -> Result<Self, CchError> {
        if stress_weights.len() > STOPS_MAX {
            return Err(CchError::Length { what: "stops", expected: STOPS_MAX, found: stress_weights.len() });
        }
        let arcs = topology.arc_count();
        let mut builder = Builder {
            topology,
            stress_weights,
            stops: Vec::with_capacity(stress_weights.len()),
            kept: vec![[0; 2]; arcs],
            place: vec![[NONE; 2]; arcs],
            pack: Self::default(),
        };
        for stop in 0..stress_weights.len() {
            let weights = topology.customize(|arc| cost(stop, arc), threads);
            builder.keep(stop, weights);
        }
        builder.number()?;
        builder.write();
        let mut pack = builder.pack;
        pack.stops = stress_weights.to_vec();
        Ok(pack)
    }
}

impl Builder<'_> {
    fn keep(&mut self, stop: usize, weights: Weights) {
        let Weights { basic, via, perfect } = weights;
        for ((kept, basic), perfect) in self.kept.iter_mut().zip(&basic).zip(&perfect) {
            for direction in [UP, DOWN] {
                let is_kept = basic[direction] == perfect[direction] && basic[direction] < INF;
                kept[direction] |= u16::from(is_kept) << stop;
            }
        }
        self.stops.push(Stop { weight: basic, via });
    }

    fn kind(&self, arc: usize, direction: usize) -> Kind {
        if self.kept[arc][direction] == 0 {
            return Kind::Dropped;
        }
        self.line(arc, direction).map_or(Kind::Varying, Kind::Line)
    }

    /// The line on which the weights at all stops lie.
    fn line(&self, arc: usize, direction: usize) -> Option<Line> {
        let mut points = self.stress_weights.iter().zip(self.stops.iter().map(|stop| stop.weight[arc][direction]));
        let (x, y) = points.next().filter(|_| self.stops.len() >= LINE_STOPS_MIN)?;
        let (x2, y2) = points.clone().next()?;
        let slope = y2.checked_sub(y)?.checked_div(x2.checked_sub(*x)?)?;
        let line = Line { base: y.checked_sub(slope.checked_mul(*x)?)?, slope };
        let exact = |(x, y): (&u32, u32)| y < INF && u64::from(line.base) + u64::from(slope) * u64::from(*x) == u64::from(y);
        (exact((x, y)) && points.all(exact)).then_some(line)
    }

    /// Gives each entry its number, and writes nodes and weights.
    fn number(&mut self) -> Result<(), CchError> {
        let mut weights = vec![Vec::new(); self.stops.len()];
        let mut kinds = Vec::new();
        for node in 0..=self.topology.node_count() {
            let arcs = if node < self.topology.node_count() { self.topology.up(node) } else { 0..0 };
            kinds.clear();
            kinds.extend(arcs.clone().map(|arc| [UP, DOWN].map(|direction| self.kind(arc, direction))));
            let first = self.pack.head_depth.len();
            let record = PackNode {
                parent: self.topology.parent.get(node).copied().unwrap_or(NONE),
                depth: self.topology.depth.get(node).copied().unwrap_or(0),
                first: id(first),
                first_varying: id(first - self.pack.lines.len()),
                ..PackNode::default()
            };
            let mut ends = [0; 4];
            for (group, (direction, is_line)) in [(UP, true), (UP, false), (DOWN, false), (DOWN, true)].into_iter().enumerate() {
                for (arc, kinds) in arcs.clone().zip(&kinds) {
                    match kinds[direction] {
                        Kind::Line(line) if is_line => self.pack.lines.push(line),
                        Kind::Varying if !is_line => {
                            for (weights, stop) in weights.iter_mut().zip(&self.stops) {
                                weights.push(stop.weight[arc][direction]);
                            }
                        }
                        _ => continue,
                    }
                    self.place[arc][direction] = id(self.pack.head_depth.len());
                    self.pack.head_depth.push(self.topology.head_depth[arc]);
                }
                ends[group] = self.pack.head_depth.len() - first;
            }
            if ends[3] > i16::MAX.unsigned_abs().into() {
                return Err(CchError::TooDense { what: "the entries of one node", limit: i16::MAX.unsigned_abs().into() });
            }
            let [up_lines, up] = [ends[0], ends[1]].map(|end| u16::try_from(end).unwrap_or(u16::MAX));
            self.pack.nodes.push(PackNode { up_lines, up, ..record });
        }
        self.pack.weights = weights.concat();
        Ok(())
    }

    /// Writes what the entries consist of.
    fn write(&mut self) {
        self.pack.ways = vec![Way::default(); self.pack.head_depth.len()];
        let mut among: Vec<Alternative> = Vec::new();
        for arc in 0..self.topology.arc_count() {
            for direction in [UP, DOWN] {
                let (place, kept) = (self.place[arc][direction], self.kept[arc][direction]);
                if kept == 0 {
                    continue;
                }
                among.clear();
                for (stop, weights) in self.stops.iter().enumerate().filter(|(stop, _)| kept & 1 << stop != 0) {
                    let way = self.way(arc, direction, weights.via[arc][direction]);
                    match among.iter_mut().find(|known| known.way == way) {
                        Some(known) => known.stops |= 1 << stop,
                        None => among.push(Alternative { way, stops: 1 << stop }),
                    }
                }
                self.pack.ways[place as usize] = if let [only] = among[..] {
                    only.way
                } else {
                    let first = id(self.pack.alternatives.len());
                    self.pack.alternatives.extend(&among);
                    Way::new(SEVERAL | first, i16::try_from(among.len()).unwrap_or(0))
                };
            }
        }
    }

    fn way(&self, arc: usize, direction: usize, via: u32) -> Way {
        if via & SHORTCUT == 0 {
            return Way::new(via, 0);
        }
        // The arcs of the triangle: from the lower node to this arc's lower end, and to its higher.
        let low = (via & !SHORTCUT) as usize;
        let head = self.topology.head[arc];
        let high = low + 1 + self.topology.head[low + 1..].iter().position(|other| *other == head).unwrap_or(0);
        let (low, high) = (self.place[low][1 - direction], self.place[high][direction]);
        debug_assert!(low != NONE && high != NONE, "a part of a shortest way is a shortest way");
        let beside = high.wrapping_sub(low).cast_signed();
        Way::new(SHORTCUT | low, i16::try_from(beside).unwrap_or(0))
    }
}
