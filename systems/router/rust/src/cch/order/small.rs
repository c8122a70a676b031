//! Parts of a few dozen nodes: minimum degree.

use super::part::Part;
use crate::cch::graph::id;

/// Parts up to this size need no dissection. Neighbourhoods are bits of a word.
pub(super) const SMALL: usize = 64;

/// Eliminates the node with the fewest neighbours, again and again.
pub(super) fn order(part: &Part) -> Vec<u32> {
    debug_assert!(part.len() <= SMALL);
    let mut near: Vec<u64> = (0..id(part.len())).map(|node| part.neighbors(node).iter().fold(0, |bits, other| bits | 1 << other)).collect();
    let mut left: Vec<usize> = (0..part.len()).collect();
    let mut order = Vec::with_capacity(part.len());
    while let Some(index) = (0..left.len()).min_by_key(|index| (near[left[*index]].count_ones(), left[*index])) {
        let node = left.swap_remove(index);
        order.push(part.name[node]);
        let others = near[node];
        for other in (0..part.len()).filter(|other| others >> other & 1 == 1) {
            near[other] = (near[other] | others) & !(1 << node | 1 << other);
        }
    }
    order
}
