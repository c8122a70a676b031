//! Perfect customization: see [`super`].

use std::ops::Range;

use super::{DOWN, UP};
use crate::cch::graph::INF;
use crate::cch::topology::Topology;

/// Writes `perfect`, from customized `basic` weights.
pub(super) fn run(topology: &Topology, basic: &[[u32; 2]], perfect: &mut [[u32; 2]], threads: usize) {
    let runs = topology.runs(threads);
    let top = runs[runs.len() - 1];
    let (mut rest, above) = perfect.split_at_mut(topology.first_up[top] as usize);
    customize(topology, top..topology.node_count(), basic, above, &[]);
    let above = &*above;
    std::thread::scope(|scope| {
        for ends in runs.windows(2) {
            let arcs = topology.first_up[ends[1]] as usize - topology.first_up[ends[0]] as usize;
            let (mine, others) = rest.split_at_mut(arcs);
            rest = others;
            let nodes = ends[0]..ends[1];
            scope.spawn(move || customize(topology, nodes, basic, mine, above));
        }
    });
}

/// Customizes the upward arcs of `nodes`, which are `mine`; ancestors' arcs lie there or `above`, at the end of all arcs.
fn customize(topology: &Topology, nodes: Range<usize>, basic: &[[u32; 2]], mine: &mut [[u32; 2]], above: &[[u32; 2]]) {
    let offset = topology.first_up[nodes.start] as usize;
    let above_offset = topology.arc_count() - above.len();
    // By depth: the node's basic weights, INF where it has no arc; its perfect weights.
    let mut from = vec![[INF; 2]; topology.height()];
    let mut best = vec![[INF; 2]; topology.height()];
    for node in nodes.rev() {
        let arcs = topology.up(node);
        if arcs.len() < 2 {
            mine[arcs.start - offset..arcs.end - offset].copy_from_slice(&basic[arcs]);
            continue;
        }
        let depths = &topology.head_depth[arcs.clone()];
        let highest = depths[depths.len() - 1];
        for (depth, weight) in depths.iter().zip(&basic[arcs.clone()]) {
            from[usize::from(*depth)] = *weight;
            best[usize::from(*depth)] = *weight;
        }
        let (mine_below, mine_above) = mine.split_at_mut(arcs.end - offset);
        for &head in &topology.head[arcs.start..arcs.end - 1] {
            let between = topology.up(head as usize);
            let weights = match between.start.checked_sub(above_offset) {
                Some(start) if !above.is_empty() => &above[start..start + between.len()],
                _ => &mine_above[between.start - arcs.end..between.end - arcs.end],
            };
            upper_triangles(topology.depth[head as usize], highest, weights, &topology.head_depth[between], &from, &mut best);
        }
        for (depth, weight) in depths.iter().zip(&mut mine_below[arcs.start - offset..]) {
            *weight = best[usize::from(*depth)];
            from[usize::from(*depth)] = [INF; 2];
        }
    }
}

/// The ways over one or the other end of each arc of a higher node: the node of depth `via`, whose arcs have `weights` and lead to `depths`.
fn upper_triangles(via: u16, highest: u16, weights: &[[u32; 2]], depths: &[u16], from: &[[u32; 2]], best: &mut [[u32; 2]]) {
    let to_via = from[usize::from(via)];
    let mut best_via = best[usize::from(via)];
    for (depth, weight) in depths.iter().zip(weights) {
        if *depth < highest {
            break;
        }
        let to_other = from[usize::from(*depth)];
        let other = &mut best[usize::from(*depth)];
        other[UP] = other[UP].min(to_via[UP] + weight[UP]);
        other[DOWN] = other[DOWN].min(weight[DOWN] + to_via[DOWN]);
        best_via[UP] = best_via[UP].min(to_other[UP] + weight[DOWN]);
        best_via[DOWN] = best_via[DOWN].min(weight[UP] + to_other[DOWN]);
    }
    best[usize::from(via)] = best_via;
}
