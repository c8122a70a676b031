//! A small and balanced separator of a part, by growing flows.
//!
//! *Inertial flow* (Schild, Sommer 2015) lines the nodes up along a direction and separates the first ones from the last ones. *FlowCutter* (Hamann,
//! Strasser 2016) lets the smaller side swallow its region and one node of the separator, and separates again: cut after cut, each larger and better
//! balanced than the one before. Together (Gottesbüren, Hamann, Uhl, Wagner 2019) they give the separators used here, in four directions.

use super::flow::{Flow, SOURCE, TARGET};
use super::part::Part;
use crate::cch::graph::id;

/// Directions along which nodes are lined up.
const DIRECTIONS: [[i64; 2]; 4] = [[1, 0], [0, 1], [1, 1], [1, -1]];

/// Of the nodes, at each end of the line: what the sides begin with.
const START_PCT: usize = 5;
/// Of the nodes: what a separator must leave on its smaller side.
const SIDE_MIN_PCT: usize = 20;

/// A separator, and how good it is: nodes of it per node of its smaller side.
#[derive(Debug, Clone)]
pub(super) struct Separator {
    pub(super) nodes: Vec<u32>,
    smaller_side: usize,
}

/// `a` separates more cheaply than `b`.
fn is_better(a: (usize, usize), b: (usize, usize)) -> bool {
    a.0 * b.1 < b.0 * a.1
}

/// The best separator found in any direction; `None` when there is none, as in a clique.
pub(super) fn separate(part: &Part) -> Option<Separator> {
    let mut best: Option<Separator> = None;
    for direction in DIRECTIONS {
        along(part, direction, &mut best);
    }
    best
}

fn along(part: &Part, direction: [i64; 2], best: &mut Option<Separator>) {
    let key: Vec<i64> = part.place.iter().map(|place| direction[0] * i64::from(place[0]) + direction[1] * i64::from(place[1])).collect();
    let mut line: Vec<u32> = (0..id(part.len())).collect();
    let count = (part.len() * START_PCT / 100).max(1);
    line.select_nth_unstable_by_key(count - 1, |node| (key[*node as usize], *node));
    let (source, rest) = line.split_at_mut(count);
    let middle = rest.len() - count;
    let (_, _, _) = rest.select_nth_unstable_by_key(middle, |node| (key[*node as usize], *node));
    let mut flow = Flow::new(part, source, &rest[middle..]);
    if flow.members(SOURCE) == 0 || flow.members(TARGET) == 0 {
        return;
    }
    loop {
        // A separator of k nodes leaves at most (n - k) / 2 for the smaller side.
        let limit = best.as_ref().map_or(part.len(), |best| best.nodes.len() * (part.len() / 2) / best.smaller_side.max(1));
        if !flow.maximize(limit) {
            return;
        }
        for side in [SOURCE, TARGET] {
            let region = flow.region(side);
            let smaller_side = region.min(part.len() - region - flow.paths());
            let score = (flow.paths(), smaller_side);
            if smaller_side * 100 >= part.len() * SIDE_MIN_PCT
                && best.as_ref().is_none_or(|best| is_better(score, (best.nodes.len(), best.smaller_side)))
            {
                *best = Some(Separator { nodes: flow.separator(side).collect(), smaller_side });
            }
        }
        if !grow(&mut flow, &key) {
            return;
        }
    }
}

/// Grows the smaller region by one node of its separator; `false` when that cannot be done.
fn grow(flow: &mut Flow<'_>, key: &[i64]) -> bool {
    let smaller = if flow.region(SOURCE) <= flow.region(TARGET) { SOURCE } else { TARGET };
    for side in [smaller, 1 - smaller] {
        // One that needs no further path, and the hindmost of those: the front stays straight.
        let rank = |node: u32| {
            let along = key[node as usize];
            (flow.is_seen(1 - side, node), if side == SOURCE { along } else { -along }, node)
        };
        let candidates = flow.separator(side).filter(|node| flow.may_join(side, *node));
        if let Some(node) = candidates.min_by_key(|node| rank(*node)) {
            flow.assimilate(side);
            flow.pierce(side, node);
            return true;
        }
    }
    false
}
