//! The elimination tree, and the final numbers of the nodes.
//!
//! The parent of a node is the first neighbour to be eliminated after it, once the neighbours of everything eliminated before have been joined. All
//! that a node's upward arcs can lead to are its ancestors.
//!
//! Any order in which children come before parents gives the same hierarchy. The one chosen here is a postorder, so that a subtree is one run of numbers, with
//! the *top* taken out and put at the end: nodes with so large a subtree that most queries pass them, a few pages together. Below the top
//! the tree falls into independent runs of numbers, the *blocks*.

use super::graph::{NONE, id};
use super::skeleton::Skeleton;

/// A subtree larger than one part in so many of the graph makes its root a node of the top.
const TOP_SHARE: usize = 32;

/// How a hierarchy is numbered.
#[derive(Debug)]
pub(super) struct Layout {
    /// Old numbers in the new order.
    pub(super) order: Vec<u32>,
    /// New numbers at which blocks begin, ascending, and that at which the top begins.
    pub(super) block_first: Vec<u32>,
}

/// The parent of every node of `skeleton` when its nodes are eliminated in the order of their numbers; [`NONE`] for roots (Liu 1990).
pub(super) fn parents(skeleton: &Skeleton) -> Vec<u32> {
    let nodes = skeleton.node_count();
    let mut parent = vec![NONE; nodes];
    // Shortcut to a far ancestor found so far.
    let mut ancestor = vec![NONE; nodes];
    for node in 0..id(nodes) {
        for &neighbor in skeleton.neighbors(node).iter().take_while(|neighbor| **neighbor < node) {
            let mut below = neighbor;
            loop {
                let above = ancestor[below as usize];
                if above == node {
                    break;
                }
                ancestor[below as usize] = node;
                if above == NONE {
                    parent[below as usize] = node;
                    break;
                }
                below = above;
            }
        }
    }
    parent
}

/// The new numbering for a tree given by `parent`.
pub(super) fn layout(parent: &[u32]) -> Layout {
    let mut size = vec![1_u32; parent.len()];
    for (node, &above) in parent.iter().enumerate() {
        if above != NONE {
            size[above as usize] += size[node];
        }
    }
    let top_size = parent.len() / TOP_SHARE;
    let is_top = |node: u32| size[node as usize] as usize > top_size;
    let (mut order, mut top, mut block_first) = (Vec::with_capacity(parent.len()), Vec::new(), Vec::new());
    for node in postorder(parent, &size) {
        if is_top(node) {
            top.push(node);
            continue;
        }
        order.push(node);
        let above = parent[node as usize];
        if above == NONE || is_top(above) {
            block_first.push(id(order.len()) - size[node as usize]);
        }
    }
    block_first.push(id(order.len()));
    order.extend(top);
    Layout { order, block_first }
}

/// Children before parents, the largest child last: the way up from most nodes then runs through consecutive numbers.
fn postorder(parent: &[u32], size: &[u32]) -> Vec<u32> {
    let mut by_size: Vec<u32> = (0..id(parent.len())).collect();
    by_size.sort_by_key(|node| (size[*node as usize], *node));
    let (mut first_child, mut next_sibling) = (vec![NONE; parent.len()], vec![NONE; parent.len()]);
    let mut roots = Vec::new();
    for &node in &by_size {
        let above = parent[node as usize];
        if above == NONE {
            roots.push(node);
        } else {
            next_sibling[node as usize] = first_child[above as usize];
            first_child[above as usize] = node;
        }
    }
    // Written from the last to the first: parents before children, the largest child first.
    let mut order = Vec::with_capacity(parent.len());
    let mut stack = roots;
    while let Some(node) = stack.pop() {
        order.push(node);
        let from = stack.len();
        let mut child = first_child[node as usize];
        while child != NONE {
            stack.push(child);
            child = next_sibling[child as usize];
        }
        stack[from..].reverse();
    }
    order.reverse();
    order
}
