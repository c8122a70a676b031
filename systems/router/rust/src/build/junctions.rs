//! Ways -> segments between junctions.
//!
//! A node is a junction when two ways share it, when one way passes it twice, or when a way (or the part of it that is in the extract) ends there. A node that stops bicycles becomes
//! as many dead ends as ways reach it: it can be ridden up to, from each side, and not passed.

use super::BuildError;
use super::classes::Classes;
use super::control::Marks;
use super::pbf::{Extract, Way};
use super::report::Report;
use crate::geo::{Point, haversine_m};
use crate::parts::{StreetPart, WayPart};

/// Signals and signs this near before a junction belong to it.
const APPROACH_M: f64 = 30.0;

/// Nodes and streets, at first not yet reduced to the connected part.
#[derive(Debug, Default)]
pub struct Network {
    pub nodes: Vec<Point>,
    /// The node of the extract that each is (index into its `node_ids`).
    pub node_origins: Vec<u32>,
    pub streets: Vec<StreetPart>,
    /// What each street was cut from.
    pub origins: Vec<Origin>,
}

/// Where a street comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// Index into the extract's ways.
    pub way: u32,
    /// What stands before the junction at its head, facing who rides there; then at its tail.
    pub before: [Marks; 2],
}

pub(super) fn split(extract: &Extract, classes: &mut Classes<'_>, report: &mut Report) -> Result<Network, BuildError> {
    let uses = count_uses(extract);
    let mut splitter = Splitter { extract, uses, junction: vec![None; extract.node_ids.len()], network: Network::default() };
    for (index, way) in (0_u32..).zip(&extract.ways) {
        let mut part = |facts: Option<_>| facts.map(|facts| Ok(WayPart { class: classes.id(&facts)?, ..PLAIN })).transpose();
        let ways = [part(way.usable.forward)?, part(way.usable.backward)?];
        splitter.way(way, index, ways);
    }
    report.network.measure(splitter.network.nodes.len(), &splitter.network.streets, classes.list());
    Ok(splitter.network)
}

/// On the flat, without crashes, ending at no junction to speak of.
const PLAIN: WayPart = WayPart { class: 0, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 };

/// How often each node occurs in ways, an end counting twice: 2 or more make a junction.
fn count_uses(extract: &Extract) -> Vec<u8> {
    let mut uses = vec![0_u8; extract.node_ids.len()];
    for way in &extract.ways {
        let refs = &extract.refs[way.refs.clone()];
        // The same node twice running is a drawing slip, not a crossing.
        let met = refs.chunk_by(|a, b| a == b).filter_map(|run| run.first());
        for id in met.chain(refs.first()).chain(refs.last()) {
            if let Some(node) = extract.node(*id) {
                uses[node] = uses[node].saturating_add(1);
            }
        }
    }
    uses
}

struct Splitter<'a> {
    extract: &'a Extract,
    uses: Vec<u8>,
    /// The graph node of each OSM node that is a junction, once met.
    junction: Vec<Option<u32>>,
    network: Network,
}

impl Splitter<'_> {
    fn way(&mut self, way: &Way, index: u32, ways: [Option<WayPart>; 2]) {
        let extract = self.extract;
        let mut piece: Vec<(usize, Point)> = Vec::new();
        for id in &extract.refs[way.refs.clone()] {
            let here = extract.node(*id).and_then(|node| Some((node, extract.node_points[node]?)));
            match here {
                // A node outside the extract: what was ridden so far ends here.
                None => self.end_piece(way, index, ways, &mut piece),
                Some((node, _)) if piece.last().is_some_and(|last| last.0 == node) => {}
                Some((node, point)) => {
                    piece.push((node, point));
                    if piece.len() > 1 && (self.uses[node] > 1 || extract.node_marks[node].has(Marks::BLOCKS)) {
                        self.end_piece(way, index, ways, &mut piece);
                        piece.push((node, point));
                    }
                }
            }
        }
        self.end_piece(way, index, ways, &mut piece);
    }

    fn end_piece(&mut self, way: &Way, index: u32, ways: [Option<WayPart>; 2], piece: &mut Vec<(usize, Point)>) {
        if let [first, .., last] = piece[..] {
            let before = [
                self.before(piece.iter().rev(), Marks::SIGNALS_FORWARD, Marks::YIELD_FORWARD),
                self.before(piece.iter(), Marks::SIGNALS_BACKWARD, Marks::YIELD_BACKWARD),
            ];
            let mut line: Vec<Point> = piece.iter().map(|(_, point)| *point).collect();
            line.dedup();
            if line.len() == 1 {
                line.push(line[0]);
            }
            let (tail, head) = (self.node(first), self.node(last));
            let [forward, backward] = ways;
            self.network.streets.push(StreetPart { tail, head, length_mm: length_mm(&line), name: way.name, forward, backward, line });
            self.network.origins.push(Origin { way: index, before });
        }
        piece.clear();
    }

    /// The marks on the last metres before a junction, looking back from it: those that face who rides towards it.
    fn before<'p>(&self, mut from_junction: impl Iterator<Item = &'p (usize, Point)>, signals: Marks, yields: Marks) -> Marks {
        let mut found = Marks::default();
        let Some((_, junction)) = from_junction.next() else { return found };
        for (node, _) in from_junction.take_while(|(_, point)| haversine_m(*junction, *point) <= APPROACH_M) {
            let marks = self.extract.node_marks[*node];
            for mark in [signals, yields, Marks::ALL_WAY_STOP] {
                if marks.has(mark) && self.uses[*node] < 2 {
                    found = found.with(mark);
                }
            }
        }
        found
    }

    fn node(&mut self, (node, point): (usize, Point)) -> u32 {
        let blocked = self.extract.node_marks[node].has(Marks::BLOCKS);
        if let Some(known) = self.junction[node].filter(|_| !blocked) {
            return known;
        }
        // Node counts are checked against `u32` when the city is encoded.
        let new = u32::try_from(self.network.nodes.len()).unwrap_or(u32::MAX);
        self.network.nodes.push(point);
        self.network.node_origins.push(u32::try_from(node).unwrap_or(u32::MAX));
        self.junction[node] = Some(new);
        new
    }
}

/// Great-circle length of a line, rounded; at least 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and `as` saturates at 4,295 km")]
fn length_mm(line: &[Point]) -> u32 {
    let metres: f64 = line.windows(2).map(|ends| haversine_m(ends[0], ends[1])).sum();
    ((metres * 1000.0).round() as u32).max(1)
}
