//! Ways -> segments between junctions.
//!
//! A node is a junction when two ways share it, when one way passes it twice, or when a way (or the part of it that is in the extract) ends there. A node that stops bicycles becomes
//! as many dead ends as ways reach it: it can be ridden up to, from each side, and not passed.

use super::pbf::{Extract, Way};
use super::report::Report;
use std::collections::HashMap;

use crate::geo::{Point, haversine_m};
use crate::parts::{Physical, StreetClass, StreetPart, WayPart};
use crate::street::{Infra, Surface};

/// Nodes and streets, not yet reduced to the connected part.
#[derive(Debug, Default)]
pub struct Network {
    pub nodes: Vec<Point>,
    pub streets: Vec<StreetPart>,
    pub classes: Vec<StreetClass>,
}

pub(super) fn split(extract: &Extract, report: &mut Report) -> Network {
    let uses = count_uses(extract);
    let mut splitter =
        Splitter { extract, uses, junction: vec![None; extract.node_ids.len()], network: Network::default(), classes: HashMap::new() };
    for way in &extract.ways {
        splitter.way(way);
    }
    report.network.measure(&splitter.network.nodes, &splitter.network.streets, &splitter.network.classes);
    splitter.network
}

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
    classes: HashMap<StreetClass, u16>,
}

impl Splitter<'_> {
    fn way(&mut self, way: &Way) {
        let extract = self.extract;
        let mut piece: Vec<(usize, Point)> = Vec::new();
        for id in &extract.refs[way.refs.clone()] {
            let here = extract.node(*id).and_then(|node| Some((node, extract.node_points[node]?)));
            match here {
                // A node outside the extract: what was ridden so far ends here.
                None => self.end_piece(way, &mut piece),
                Some((node, _)) if piece.last().is_some_and(|last| last.0 == node) => {}
                Some((node, point)) => {
                    piece.push((node, point));
                    if piece.len() > 1 && (self.uses[node] > 1 || extract.node_blocks[node]) {
                        self.end_piece(way, &mut piece);
                        piece.push((node, point));
                    }
                }
            }
        }
        self.end_piece(way, &mut piece);
    }

    fn end_piece(&mut self, way: &Way, piece: &mut Vec<(usize, Point)>) {
        if let [first, .., last] = piece[..] {
            let mut line: Vec<Point> = piece.iter().map(|(_, point)| *point).collect();
            line.dedup();
            if line.len() == 1 {
                line.push(line[0]);
            }
            let (tail, head) = (self.node(first), self.node(last));
            let length_mm = length_mm(&line);
            let [forward, backward] =
                [way.usable.forward, way.usable.backward].map(|open| open.map(|(infra, factor)| self.part(way, infra, factor)));
            self.network.streets.push(StreetPart { tail, head, length_mm, name: way.name, forward, backward, line });
        }
        piece.clear();
    }

    fn part(&mut self, way: &Way, infra: Infra, factor: u32) -> WayPart {
        let class = StreetClass {
            highway: way.usable.highway,
            infra,
            surface: Surface::Smooth,
            lts: 2,
            effort_pct: 100,
            boarding_dm: u16::try_from(way.usable.boarding / 10).unwrap_or(u16::MAX),
            physical: Physical { base: u16::try_from(factor).unwrap_or(u16::MAX), ..Physical::CALM },
        };
        let next = u16::try_from(self.classes.len()).unwrap_or(u16::MAX);
        let class = *self.classes.entry(class).or_insert_with(|| {
            self.network.classes.push(class);
            next
        });
        WayPart { class, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 }
    }

    fn node(&mut self, (node, point): (usize, Point)) -> u32 {
        let blocked = self.extract.node_blocks[node];
        if let Some(known) = self.junction[node].filter(|_| !blocked) {
            return known;
        }
        // Node counts are checked against `u32` when the city is encoded.
        let new = u32::try_from(self.network.nodes.len()).unwrap_or(u32::MAX);
        self.network.nodes.push(point);
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
