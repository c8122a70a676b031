//! Each entry's number; nodes, weights and lines.
//!
//! Runs of nodes count their entries first, so that each then knows where its own begin.

use std::ops::Range;

use super::{Customized, Kind};
use crate::cch::customize::{DOWN, UP};
use crate::cch::error::CchError;
use crate::cch::graph::{NONE, id};
use crate::cch::pack::{Line, Pack, PackNode};
use crate::cch::threads::{each, take};

/// Entries of a node, at most.
const NODE_ENTRIES_MAX: usize = i16::MAX.unsigned_abs() as usize;

/// The four groups in which a node's entries lie: direction, and whether they are lines.
const GROUPS: [(usize, bool); 4] = [(UP, true), (UP, false), (DOWN, false), (DOWN, true)];

/// How many entries there are.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    lines: usize,
    varying: usize,
}

/// What is written of a run of nodes.
struct Piece<'a> {
    nodes: Range<usize>,
    /// Entries before.
    before: Count,
    records: &'a mut [PackNode],
    head_depth: &'a mut [u16],
    lines: &'a mut [Line],
    /// Of each stop.
    weights: Vec<&'a mut [u32]>,
    /// From the first arc of the first node.
    place: &'a mut [[u32; 2]],
}

/// Numbers the entries, the nodes being those of `pieces`, one after the other; writes the entry of each arc and direction to `place`, and all of `pack` but what entries consist of.
pub(super) fn run(customized: &Customized<'_>, pieces: &[Range<usize>], place: &mut [[u32; 2]], pack: &mut Pack) -> Result<(), CchError> {
    let counts = each(pieces, |nodes| count(customized, nodes.clone())).into_iter().collect::<Result<Vec<_>, _>>()?;
    let (lines, varying) = counts.iter().fold((0, 0), |(lines, varying), count| (lines + count.lines, varying + count.varying));
    let stops = customized.stops.len();
    pack.nodes = vec![PackNode::default(); customized.topology.node_count() + 1];
    pack.head_depth = vec![0; lines + varying];
    pack.lines = vec![Line::default(); lines];
    pack.weights = vec![0; stops * varying];

    let (mut records, mut head_depth, mut line, mut place) = (&mut *pack.nodes, &mut *pack.head_depth, &mut *pack.lines, place);
    let mut weights: Vec<&mut [u32]> = pack.weights.chunks_exact_mut(varying.max(1)).collect();
    let mut before = Count::default();
    let pieces = pieces.iter().zip(&counts).map(|(nodes, count)| {
        let topology = customized.topology;
        let piece = Piece {
            nodes: nodes.clone(),
            before,
            records: take(&mut records, nodes.len()),
            head_depth: take(&mut head_depth, count.lines + count.varying),
            lines: take(&mut line, count.lines),
            weights: weights.iter_mut().map(|weights| take(weights, count.varying)).collect(),
            place: take(&mut place, (topology.first_up[nodes.end] - topology.first_up[nodes.start]) as usize),
        };
        before = Count { lines: before.lines + count.lines, varying: before.varying + count.varying };
        piece
    });
    let pieces: Vec<Piece<'_>> = pieces.collect();
    each(pieces, |piece| write(customized, piece));
    if let Some(end) = pack.nodes.last_mut() {
        *end = PackNode { parent: NONE, first: id(lines + varying), first_varying: id(varying), ..PackNode::default() };
    }
    Ok(())
}

fn count(customized: &Customized<'_>, nodes: Range<usize>) -> Result<Count, CchError> {
    let mut count = Count::default();
    for node in nodes {
        let before = count.lines + count.varying;
        for arc in customized.topology.up(node) {
            for direction in [UP, DOWN] {
                match customized.kind(arc, direction) {
                    Kind::Dropped => {}
                    Kind::Line(_) => count.lines += 1,
                    Kind::Varying => count.varying += 1,
                }
            }
        }
        if count.lines + count.varying - before > NODE_ENTRIES_MAX {
            return Err(CchError::TooDense { what: "the entries of one node", limit: NODE_ENTRIES_MAX });
        }
    }
    Ok(count)
}

fn write(customized: &Customized<'_>, piece: Piece<'_>) {
    let Piece { nodes, before, records, head_depth, lines, mut weights, place } = piece;
    let topology = customized.topology;
    let (first_entry, first_arc) = (before.lines + before.varying, topology.first_up[nodes.start] as usize);
    let mut written = Count::default();
    let mut kinds = Vec::new();
    for (node, record) in nodes.zip(records) {
        let arcs = topology.up(node);
        kinds.clear();
        kinds.extend(arcs.clone().map(|arc| [UP, DOWN].map(|direction| customized.kind(arc, direction))));
        place[arcs.start - first_arc..arcs.end - first_arc].fill([NONE; 2]);
        let first = written.lines + written.varying;
        let first_varying = before.varying + written.varying;
        let mut ends = [0_u16; 4];
        for (end, (direction, is_line)) in ends.iter_mut().zip(GROUPS) {
            let arcs_of_group = if is_line && lines.is_empty() { arcs.start..arcs.start } else { arcs.clone() };
            for (arc, kinds) in arcs_of_group.zip(&kinds) {
                let entry = written.lines + written.varying;
                match kinds[direction] {
                    Kind::Line(line) if is_line => {
                        lines[written.lines] = line;
                        written.lines += 1;
                    }
                    Kind::Varying if !is_line => {
                        for (weights, stop) in weights.iter_mut().zip(&customized.stops) {
                            weights[written.varying] = stop.basic[arc][direction];
                        }
                        written.varying += 1;
                    }
                    _ => continue,
                }
                place[arc - first_arc][direction] = id(first_entry + entry);
                head_depth[entry] = topology.head_depth[arc];
            }
            // They were counted: not more than NODE_ENTRIES_MAX.
            *end = u16::try_from(written.lines + written.varying - first).unwrap_or(u16::MAX);
        }
        *record = PackNode {
            parent: topology.parent[node],
            first: id(first_entry + first),
            first_varying: id(first_varying),
            depth: topology.depth[node],
            up_lines: ends[0],
            up: ends[1],
            reserved: 0,
        };
    }
}
