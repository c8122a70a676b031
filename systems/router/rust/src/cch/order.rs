//! The elimination order, by nested dissection.
//!
//! ```text
//! reduce     dead ends and chains, which cost nothing whenever they go, go first
//! separator  few nodes that split what is left into halves: they go last
//! part       the halves, each dissected in turn
//! small      a few dozen nodes: minimum degree
//! ```
//!
//! Whatever the order, routes are right; a good one keeps the hierarchy small. It depends on the graph and on where its nodes lie, not on costs.

mod degree;
mod flow;
mod part;
mod reduce;
mod separator;

use super::graph::{Graph, NONE, id};
use super::skeleton::Skeleton;
use part::Part;

/// Parts of up to so many nodes are not dissected.
const SMALL: usize = 64;

/// The nodes of `graph` in the order of their elimination. `place` gives each node's coordinates on a flat map, whatever the unit; it must have one for each node.
///
/// Works on up to `threads` threads; the order does not depend on how many.
pub fn nested_dissection(graph: &Graph<'_>, place: &[[i32; 2]], threads: usize) -> Vec<u32> {
    assert_eq!(place.len(), graph.node_count(), "a place for each node");
    let reduced = reduce::reduce(Skeleton::of(graph, |node| node));
    let mut order = reduced.eliminated;
    let mut number = vec![NONE; graph.node_count()];
    for (new, old) in (0_u32..).zip(&reduced.core) {
        number[*old as usize] = new;
    }
    let mut core = Part { first: vec![0], ..Part::default() };
    for &node in &reduced.core {
        core.name.push(node);
        core.place.push(place[node as usize]);
        core.neighbor.extend(reduced.graph.neighbors(node).iter().map(|neighbor| number[*neighbor as usize]));
        core.first.push(id(core.neighbor.len()));
    }
    drop(reduced.graph);
    let mut number = vec![NONE; graph.node_count()];
    for (new, old) in (0_u32..).zip(&core.name) {
        number[*old as usize] = new;
    }
    let mut upper = Vec::new();
    for part in core.without(&[]) {
        dissect(part, threads, &mut upper);
    }
    let mut kept = vec![false; core.len()];
    for node in &upper {
        kept[number[*node as usize] as usize] = true;
    }
    degree::eliminate(&core, &kept, &mut order);
    order.extend(upper);
    order
}

/// Appends the order of the separators of a connected part.
fn dissect(part: Part, threads: usize, order: &mut Vec<u32>) {
    if part.len() <= SMALL {
        return;
    }
    let Some(separator) = separator::separate(&part) else {
        return;
    };
    let names = separator.nodes.iter().map(|node| part.name[*node as usize]).collect::<Vec<_>>();
    let parts = part.without(&separator.nodes);
    drop(part);
    for part in parts {
        dissect(part, threads, order);
    }
    order.extend(names);
}
