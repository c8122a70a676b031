//! What an index must be for its answers to be right.
//!
//! A query trusts none of this: it looks up every number it reads, moves strictly upward and unpacks strictly downward, so a damaged index makes it answer
//! [`CchError::Damaged`] (or a wrong route), never panic, never run on. The full check reads every byte, which a cold start cannot afford; it is for whoever writes or doubts a file.

use super::error::CchError;
use super::graph::{INF, NONE};
use super::metric::{MetricView, SHORTCUT, TWO_WAY};
use super::query::Index;
use super::topology::Tree;

type Checked = Result<(), CchError>;

fn fault(part: &'static str, index: usize, problem: &'static str) -> Checked {
    Err(CchError::Damaged { part, index, problem })
}

impl Index<'_> {
    /// Checks every invariant of the tree and the metric that does not need the input graph: see [`Topology`](super::Topology) and [`metric`](super::metric).
    ///
    /// # Errors
    /// [`CchError::Damaged`] with the first fault.
    pub fn check(&self) -> Checked {
        check_tree(self.tree)?;
        let tails = check_nodes(self.tree, self.metric)?;
        for entry in 0..tails.len() {
            if let Some(problem) = self.entry_problem(entry, &tails) {
                return fault("entries", entry, problem);
            }
        }
        Ok(())
    }

    fn entry_problem(&self, entry: usize, tails: &[u32]) -> Option<&'static str> {
        let (metric, tail) = (self.metric, tails[entry]);
        if metric.head_depth[entry] >= self.tree.depth[tail as usize] {
            return Some("leads to no ancestor");
        }
        if metric.weight[entry] == 0 || metric.weight[entry] >= INF {
            return Some("has a weight that is none");
        }
        let group = Group::of(metric, entry, tail);
        let via = metric.via[entry];
        if via & SHORTCUT != 0 {
            return self.shortcut_problem(entry, group, tails);
        }
        let twin = match (via & TWO_WAY != 0, self.tree.twin.get((via & !TWO_WAY) as usize)) {
            (true, Some(twin)) => *twin,
            (false, Some(_)) => 0,
            (_, None) => return Some("is no input arc"),
        };
        if (via & TWO_WAY != 0) != (group == Group::Both) || twin == NONE {
            return Some("does not say how its arc is ridden the other way");
        }
        None
    }

    fn shortcut_problem(&self, entry: usize, group: Group, tails: &[u32]) -> Option<&'static str> {
        let (tree, metric, tail) = (self.tree, self.metric, tails[entry]);
        let low = (metric.via[entry] & !SHORTCUT) as usize;
        let Some(high) = low.checked_add_signed(metric.beside[entry].into()) else { return Some("has no second child") };
        if low >= entry || high >= entry || tails[low] != tails[high] {
            return Some("has children that are not of one lower node");
        }
        let middle = tails[low];
        if metric.head_depth[low] != tree.depth[tail as usize] || metric.head_depth[high] != metric.head_depth[entry] || !is_above(tree, middle, tail) {
            return Some("has children that lead elsewhere");
        }
        if u64::from(metric.weight[low]) + u64::from(metric.weight[high]) != u64::from(metric.weight[entry]) {
            return Some("weighs not what its children weigh");
        }
        let (first, second) = (Group::of(metric, low, middle), Group::of(metric, high, middle));
        let fits = match group {
            Group::Up => first != Group::Up && second != Group::Down,
            Group::Down => first != Group::Down && second != Group::Up,
            Group::Both => first == Group::Both && second == Group::Both,
        };
        (!fits).then_some("has children that cannot be ridden its way")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Up,
    Both,
    Down,
}

impl Group {
    fn of(metric: MetricView<'_>, entry: usize, tail: u32) -> Self {
        let arcs = metric.nodes[tail as usize];
        let index = entry - arcs.first as usize;
        if index < usize::from(arcs.up_only) {
            Self::Up
        } else if index < usize::from(arcs.up) {
            Self::Both
        } else {
            Self::Down
        }
    }
}

/// Whether the way up from `node` passes `ancestor`.
fn is_above(tree: Tree<'_>, node: u32, ancestor: u32) -> bool {
    let mut at = node;
    while at < ancestor {
        at = tree.parent[at as usize];
    }
    at == ancestor
}

fn check_tree(tree: Tree<'_>) -> Checked {
    let nodes = tree.parent.len();
    if tree.rank.len() != nodes || tree.depth.len() != nodes {
        return fault("tree", 0, "has arrays of different lengths");
    }
    let mut seen = vec![false; nodes];
    for (node, rank) in tree.rank.iter().enumerate() {
        match seen.get_mut(*rank as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => return fault("rank", node, "is no rank, or another node's"),
        }
    }
    for (node, &parent) in tree.parent.iter().enumerate() {
        let expected = match tree.depth.get(parent as usize) {
            None if parent == NONE => Some(0),
            Some(depth) if parent as usize > node => depth.checked_add(1),
            _ => None,
        };
        if expected != Some(tree.depth[node]) {
            return fault("parent", node, "is not above, or not one less deep");
        }
    }
    match tree.twin.iter().enumerate().find(|(arc, twin)| **twin != NONE && tree.twin.get(**twin as usize).is_none_or(|back| *back as usize != *arc)) {
        Some((arc, _)) => fault("twin", arc, "is not its twin's twin"),
        None => Ok(()),
    }
}

/// Checks where entries lie, and returns whose each is.
fn check_nodes(tree: Tree<'_>, metric: MetricView<'_>) -> Result<Vec<u32>, CchError> {
    let entries = metric.weight.len();
    if [metric.head_depth.len(), metric.via.len(), metric.beside.len()] != [entries; 3] || metric.nodes.len() != tree.parent.len() + 1 {
        fault("metric", 0, "has arrays of different lengths")?;
    }
    let mut tails = Vec::with_capacity(entries);
    for (node, pair) in (0_u32..).zip(metric.nodes.windows(2)) {
        let (arcs, end) = (pair[0], pair[1].first as usize);
        let first = arcs.first as usize;
        if first != tails.len() || end > entries || end < first + usize::from(arcs.up) || arcs.up < arcs.up_only {
            fault("nodes", node as usize, "has entries that are not there")?;
        }
        tails.resize(end, node);
    }
    if tails.len() != entries {
        fault("nodes", tree.parent.len(), "leaves entries over")?;
    }
    Ok(tails)
}
