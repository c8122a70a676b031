//! Small parts: minimum degree, with regard to what surrounds them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::part::Part;
use crate::cch::graph::id;

/// Eliminates every node of `graph` that is not `kept`, the one with the fewest neighbours first and, of those, one over the lowest tree. Appends their names to `order`.
pub(super) fn eliminate(graph: &Part, kept: &[bool], order: &mut Vec<u32>) {
    let mut near: Vec<Vec<u32>> =
        (0..id(graph.len())).map(|node| if kept[node as usize] { vec![] } else { graph.neighbors(node).to_vec() }).collect();
    for list in &mut near {
        list.sort_unstable();
    }
    let mut height = vec![0_u32; graph.len()];
    let mut queue: BinaryHeap<_> =
        (0..id(graph.len())).filter(|node| !kept[*node as usize]).map(|node| Reverse((near[node as usize].len(), 0_u32, node))).collect();
    let mut gone = vec![false; graph.len()];
    let mut union = Vec::new();
    while let Some(Reverse((degree, level, node))) = queue.pop() {
        let index = node as usize;
        if gone[index] || degree != near[index].len() || level != height[index] {
            continue;
        }
        gone[index] = true;
        order.push(graph.name[index]);
        let others = std::mem::take(&mut near[index]);
        for &other in &others {
            let list = &mut near[other as usize];
            if kept[other as usize] {
                continue;
            }
            union.clear();
            merge(list, &others, &mut union);
            union.retain(|near| *near != node && *near != other);
            list.clone_from(&union);
            height[other as usize] = height[other as usize].max(level + 1);
            queue.push(Reverse((union.len(), height[other as usize], other)));
        }
    }
}

/// The union of two ascending lists.
fn merge(a: &[u32], b: &[u32], union: &mut Vec<u32>) {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        let next = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) => *x.min(y),
            (Some(x), None) | (None, Some(x)) => *x,
            (None, None) => return,
        };
        a.next_if_eq(&next);
        b.next_if_eq(&next);
        union.push(next);
    }
}
