//! Basic customization: see [`super`].

use std::ops::Range;

use super::{DOWN, UP, Weights};
use crate::cch::graph::INF;
use crate::cch::pack::SHORTCUT;
use crate::cch::topology::Topology;

pub(super) fn run(topology: &Topology, weights: &mut Weights, cost: impl Fn(u32) -> u32 + Sync, threads: usize) {
    let runs = topology.runs(threads);
    let cost = &cost;
    std::thread::scope(|scope| {
        let (mut basic, mut via) = (weights.basic.as_mut_slice(), weights.via.as_mut_slice());
        for ends in runs.windows(2) {
            let nodes = ends[0]..ends[1];
            let offset = topology.first_up[nodes.start] as usize;
            let arcs = topology.first_up[nodes.end] as usize - offset;
            let (mine, rest) = basic.split_at_mut(arcs);
            let (my_via, rest_via) = via.split_at_mut(arcs);
            (basic, via) = (rest, rest_via);
            scope.spawn(move || {
                input(topology, Piece { offset, basic: &mut *mine, via: &mut *my_via }, cost);
                customize(topology, nodes, Piece { offset, basic: mine, via: my_via });
            });
        }
    });
    let top = runs[runs.len() - 1]..topology.node_count();
    let offset = topology.first_up[top.start] as usize;
    input(topology, Piece { offset, basic: &mut weights.basic[offset..], via: &mut weights.via[offset..] }, cost);
    customize(topology, top, Piece { offset: 0, basic: &mut weights.basic, via: &mut weights.via });
}

/// The input's weights of the arcs of `piece`: of parallel input arcs the cheapest each, the first of equally cheap ones.
fn input(topology: &Topology, piece: Piece<'_>, cost: impl Fn(u32) -> u32) {
    let Piece { offset, basic, via } = piece;
    basic.fill([INF; 2]);
    for (arc, &place) in (0_u32..).zip(&topology.place_of_arc) {
        // Of another piece, or a loop.
        let Some(weight) = (place as usize / 2).checked_sub(offset).and_then(|index| basic.get_mut(index)) else { continue };
        let direction = place as usize % 2;
        // Free arcs would allow cycles of no cost, and with them shortcuts made of themselves.
        let cost = cost(arc).max(1);
        if cost < weight[direction] {
            weight[direction] = cost;
            via[place as usize / 2 - offset][direction] = arc;
        }
    }
}

/// Weights of consecutive arcs, the first of which is arc `offset`.
struct Piece<'a> {
    offset: usize,
    basic: &'a mut [[u32; 2]],
    via: &'a mut [[u32; 2]],
}

/// Weight and way in one number, so that the smaller of two is the shorter and, of equally short ones, an input arc before a shortcut.
fn pack(weight: u32, via: u32) -> u64 {
    u64::from(weight) << 32 | u64::from(via)
}

/// Customizes the upward arcs of `nodes`. They and all lower arcs of these nodes lie in `piece`.
fn customize(topology: &Topology, nodes: Range<usize>, piece: Piece<'_>) {
    let Piece { offset, basic, via } = piece;
    let mut slots = vec![[0_u64; 2]; topology.height()];
    for node in nodes {
        let arcs = topology.up(node);
        if arcs.is_empty() {
            continue;
        }
        let mine = arcs.start - offset..arcs.end - offset;
        let depths = &topology.head_depth[arcs];
        for ((weight, via), depth) in basic[mine.clone()].iter().zip(&via[mine.clone()]).zip(depths) {
            slots[usize::from(*depth)] = [pack(weight[UP], via[UP]), pack(weight[DOWN], via[DOWN])];
        }
        for &[lower, end] in topology.lower(node) {
            let weights = &basic[lower as usize - offset..end as usize - offset];
            let depths = &topology.head_depth[lower as usize + 1..end as usize];
            lower_triangles(SHORTCUT | lower, weights, depths, &mut slots);
        }
        for ((weight, via), depth) in basic[mine.clone()].iter_mut().zip(&mut via[mine]).zip(depths) {
            let slot = slots[usize::from(*depth)];
            #[expect(clippy::cast_possible_truncation, reason = "taking the two halves apart")]
            for direction in [UP, DOWN] {
                weight[direction] = ((slot[direction] >> 32) as u32).min(INF);
                via[direction] = slot[direction] as u32;
            }
        }
    }
}

/// The ways over one lower node: `weights` of its arc to the node in question and of those to higher nodes, which have `depths`.
fn lower_triangles(way: u32, weights: &[[u32; 2]], depths: &[u16], slots: &mut [[u64; 2]]) {
    let Some((from, rest)) = weights.split_first() else { return };
    for (depth, to) in depths.iter().zip(rest) {
        let slot = &mut slots[usize::from(*depth)];
        slot[UP] = slot[UP].min(pack(from[DOWN] + to[UP], way));
        slot[DOWN] = slot[DOWN].min(pack(to[DOWN] + from[UP], way));
    }
}
