//! What an index must be for its answers to be right.
//!
//! A query trusts none of this: it looks up every number it reads, moves strictly upward and unpacks strictly downward, so a damaged index makes it answer
//! [`CchError::Damaged`] (or a wrong route), never panic, never run on. The full check reads every byte, which a cold start cannot afford; it is for whoever writes or doubts a file.

use super::error::CchError;
use super::graph::{INF, NONE, id};
use super::pack::{Index, PackView, RUN, SEVERAL, SHORTCUT, STOPS_MAX, Way};

type Checked = Result<(), CchError>;

fn fault(part: &'static str, index: usize, problem: &'static str) -> Checked {
    Err(CchError::Damaged { part, index, problem })
}

/// Whose an entry is, and which way it is ridden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    node: u32,
    is_up: bool,
}

impl PackView<'_> {
    /// Checks every invariant that does not need the input graph, which has `input_arcs` arcs: see [`pack`](super::pack).
    ///
    /// # Errors
    /// [`CchError::Damaged`] with the first fault.
    pub fn check(&self, input_arcs: usize) -> Checked {
        if self.stops.is_empty() || self.stops.len() > STOPS_MAX || !self.weights.len().is_multiple_of(self.stops.len()) {
            return fault("stops", 0, "are none, or too many, or not all have weights");
        }
        let index = self.index(0)?;
        self.check_tree()?;
        let owners = check_nodes(index)?;
        if let Some(arc) = self.runs.iter().position(|arc| *arc as usize >= input_arcs) {
            return fault("runs", arc, "is no input arc");
        }
        for stop in 0..self.stops.len() {
            check_weights(self.index(stop)?)?;
        }
        for (entry, way) in self.ways.iter().enumerate() {
            let among = if way.via() & RUN == SEVERAL { self.alternatives_of(*way) } else { Some(std::slice::from_ref(way).to_vec()) };
            let Some(among) = among else { return fault("alternatives", entry, "are not there") };
            if let Some(problem) = among.iter().find_map(|way| self.way_problem(*way, entry, &owners, input_arcs)) {
                return fault("ways", entry, problem);
            }
        }
        Ok(())
    }

    fn alternatives_of(&self, way: Way) -> Option<Vec<Way>> {
        let first = (way.via() & !RUN) as usize;
        let among = self.alternatives.get(first..first + usize::try_from(way.beside).ok()?)?;
        Some(among.iter().map(|alternative| alternative.way).collect())
    }

    fn check_tree(&self) -> Checked {
        let Some((_, nodes)) = self.nodes.split_last() else { return fault("nodes", 0, "are none") };
        for (node, record) in nodes.iter().enumerate() {
            let expected = match nodes.get(record.parent as usize) {
                None if record.parent == NONE => Some(0),
                Some(parent) if record.parent as usize > node => parent.depth.checked_add(1),
                _ => None,
            };
            if expected != Some(record.depth) {
                return fault("parent", node, "is not above, or not one less deep");
            }
        }
        Ok(())
    }

    fn way_problem(&self, way: Way, entry: usize, owners: &[Owner], input_arcs: usize) -> Option<&'static str> {
        match way.via() & RUN {
            SEVERAL => Some("has alternatives of alternatives"),
            RUN => {
                let end = ((way.via() & !RUN) as usize).checked_add(usize::try_from(way.beside).ok()?);
                end.is_none_or(|end| end > self.runs.len() || way.beside < 1).then_some("is a run that is not there")
            }
            SHORTCUT => {
                let [first, second] = way.parts().map(|part| part as usize);
                if first >= entry || second >= entry || owners[first].node != owners[second].node {
                    return Some("has parts that are not of one lower node");
                }
                let (low, high) = if owners[entry].is_up { (first, second) } else { (second, first) };
                let ends = [self.nodes[owners[entry].node as usize].depth, self.head_depth[entry]];
                let leads_there =
                    [self.head_depth[low], self.head_depth[high]] == ends && self.is_above(owners[low].node, owners[entry].node);
                let is_ridden = (owners[first].is_up, owners[second].is_up) == (false, true);
                (!leads_there || !is_ridden).then_some("has parts that lead elsewhere")
            }
            _ => (way.via() as usize >= input_arcs).then_some("is no input arc"),
        }
    }

    /// Whether the way up from `node` passes `ancestor`.
    fn is_above(&self, node: u32, ancestor: u32) -> bool {
        let mut at = node;
        while at < ancestor {
            at = self.nodes[at as usize].parent;
        }
        at == ancestor
    }
}

/// Checks where entries lie and where they lead, and returns whose each is.
fn check_nodes(index: Index<'_>) -> Result<Vec<Owner>, CchError> {
    let pack = index.pack;
    let (entries, varying) = (pack.head_depth.len(), index.weights.len());
    if pack.ways.len() != entries || entries.checked_sub(varying) != Some(pack.lines.len()) {
        fault("entries", 0, "are in arrays of different lengths")?;
    }
    let mut owners = Vec::with_capacity(entries);
    for node in 0..id(index.node_count()) {
        for is_up in [true, false] {
            let Some(run) = index
                .entries(node, is_up)
                .filter(|run| run.range.start == owners.len() && run.lines.len() + run.varying.len() == run.range.len())
            else {
                fault("nodes", node as usize, "has entries that are not there")?;
                break;
            };
            let depth = pack.nodes[node as usize].depth;
            let mut seen = 0;
            let all_lead_up = index.each(&run, |_, head_depth, _| {
                seen += 1;
                (head_depth < depth).then_some(())
            });
            if all_lead_up.is_none() || seen != run.range.len() {
                fault("entries of node", node as usize, "lead to no ancestor")?;
            }
            owners.resize(run.range.end, Owner { node, is_up });
        }
    }
    let end = pack.nodes.last().map(|end| (end.first as usize, end.first_varying as usize));
    if owners.len() != entries || end != Some((entries, varying)) {
        fault("nodes", index.node_count(), "leaves entries over")?;
    }
    Ok(owners)
}

fn check_weights(index: Index<'_>) -> Checked {
    let valid = |weight: u64| (1..=u64::from(INF)).contains(&weight);
    if let Some(entry) = index.weights.iter().position(|weight| !valid(u64::from(*weight))) {
        return fault("weights", entry, "is no weight");
    }
    let stress_weight = u64::from(index.stress_weight);
    match index.pack.lines.iter().position(|line| !valid(u64::from(line.base) + u64::from(line.slope) * stress_weight)) {
        Some(line) => fault("lines", line, "is no weight"),
        None => Ok(()),
    }
}
