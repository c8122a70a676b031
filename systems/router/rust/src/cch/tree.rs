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

fn sizes(parent: &[u32]) -> Vec<u32> {
    let mut size = vec![1_u32; parent.len()];
    for (node, &above) in parent.iter().enumerate() {
        if above != NONE {
            size[above as usize] += size[node];
        }
    }
    size
}

fn is_top(size: u32, nodes: usize) -> bool {
    size as usize > nodes / TOP_SHARE
}

/// The nodes in the order of their new numbers, for a tree given by `parent`.
pub(super) fn layout(parent: &[u32]) -> Vec<u32> {
    let size = sizes(parent);
    let (top, mut order): (Vec<u32>, Vec<u32>) =
        postorder(parent, &size).into_iter().partition(|node| is_top(size[*node as usize], parent.len()));
    order.extend(top);
    order
}

/// Nodes at which blocks begin, ascending, and that at which the top begins. A tree that was not numbered as [`layout`] does may have to be one block.
pub(super) fn blocks(parent: &[u32]) -> Vec<u32> {
    let size = sizes(parent);
    let top = size.iter().position(|size| is_top(*size, parent.len())).unwrap_or(parent.len());
    let mut first = Vec::new();
    let mut covered = 0;
    for node in 0..top {
        // A subtree that is one run of numbers ends with its root, and begins where the one before ended.
        if parent[node] as usize >= top {
            if covered + size[node] as usize != node + 1 {
                return vec![0, id(top)];
            }
            first.push(id(covered));
            covered = node + 1;
        }
    }
    first.push(id(covered));
    first
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
