//! The input: a directed graph, borrowed.

use super::error::CchError;

/// Costs and distances from here on mean "no way". Two of them added stay below 2^32.
pub const INF: u32 = i32::MAX.cast_unsigned();
/// "None" where an id is optional.
pub const NONE: u32 = u32::MAX;
/// Nodes and arcs of the input, and arcs of the hierarchy, are each fewer than this: two bits of an id stay free for tags.
pub(super) const COUNT_MAX: usize = 1 << 30;

/// A directed graph in CSR form (forward star). Loops, parallel arcs, nodes without arcs and unconnected parts are all allowed.
///
/// | array | length | invariant |
/// |---|---|---|
/// | `first_out` | n + 1 | arcs of node v are `first_out[v] .. first_out[v + 1]`; starts at 0, never falls, ends at m |
/// | `head` | m | node the arc leads to, < n |
#[derive(Debug, Clone, Copy)]
pub struct Graph<'a> {
    first_out: &'a [u32],
    head: &'a [u32],
}

impl<'a> Graph<'a> {
    /// # Errors
    /// When the arrays do not keep the invariants.
    pub fn new(first_out: &'a [u32], head: &'a [u32]) -> Result<Self, CchError> {
        let fault = |problem| Err(CchError::Graph { problem });
        let (Some(0), Some(last)) = (first_out.first(), first_out.last()) else {
            return fault("first_out does not start at 0");
        };
        if *last as usize != head.len() || !first_out.is_sorted() {
            return fault("first_out falls, or does not end at the number of arcs");
        }
        let nodes = first_out.len() - 1;
        if nodes >= COUNT_MAX || head.len() >= COUNT_MAX {
            return fault("it has 2^30 nodes or arcs, or more");
        }
        if head.iter().any(|head| *head as usize >= nodes) {
            return fault("an arc leads to no node");
        }
        Ok(Self { first_out, head })
    }

    #[must_use]
    pub fn node_count(&self) -> usize {
        self.first_out.len() - 1
    }

    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.head.len()
    }

    #[must_use]
    pub fn head(&self, arc: u32) -> u32 {
        self.head[arc as usize]
    }

    /// Every arc as (id, tail, head), in the order of ids.
    pub fn arcs(&self) -> impl Iterator<Item = (u32, u32, u32)> + use<'a> {
        let (first_out, head) = (self.first_out, self.head);
        let of_node = move |tail: u32| {
            let arcs = first_out[tail as usize]..first_out[tail as usize + 1];
            arcs.map(move |arc| (arc, tail, head[arc as usize]))
        };
        (0..id(first_out.len() - 1)).flat_map(of_node)
    }
}

/// A count or an index as an id. Every array here has fewer than [`COUNT_MAX`] elements: [`Graph::new`] and the completion see to it.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "indices are below COUNT_MAX")]
pub(super) fn id(index: usize) -> u32 {
    debug_assert!(index <= COUNT_MAX);
    index as u32
}
