//! The routing graph: junctions, told apart by how one came to them where that matters.
//!
//! Where every turn is free a junction is one *state*. Where some turn costs or is forbidden, ways that lead there are grouped by what they may do next, and each group is a state of its own.
//! An *arc* leads from a state over a *way* (one direction of a street) to the state at its end, and begins with a turn of some kind: so an arc leaving a state that
//! stands for several ways in has the same turn for all of them.
//!
//! **Rules at a junction with turns.** The turns that the parts list are as listed; the way back over the same street is of the kind called [`U_TURN`], if there is such a
//! kind and another way on; all others are free. At other junctions everything is free, turning back too.
//!
//! **Nothing is cut off by a forbidden turn.** Restrictions are drawn for cars and sometimes drawn wrong. A forbidden turn without which some way could not be entered from,
//! or not be left for, the rest of the city is lifted: those from one strongly connected part of the graph to another. All of them together join
//! the parts as they were joined without any rule.

use std::collections::{BTreeMap, HashMap};

use crate::city::Direction;
use crate::city::format::{Arrival, EXPANDED, NONE};
use crate::parts::{CityParts, TurnRule};

/// The [`TurnKind`](crate::parts::TurnKind) of riding back whence one came.
pub const U_TURN: &str = "u_turn";

/// The routing graph; arrays as in [`crate::city`]. Arcs of a state are ordered by way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expanded {
    pub node_state: Vec<u32>,
    pub expanded: Vec<Arrival>,
    pub state_node: Vec<u32>,
    pub first_out: Vec<u32>,
    pub arc_way: Vec<u32>,
    pub arc_turn: Vec<u8>,
    /// Of each arc, the state it leads to.
    pub arc_head: Vec<u32>,
    /// Forbidden turns that are allowed nevertheless, as (from way, to way).
    pub lifted: Vec<(u32, u32)>,
}

/// The open ways that end and begin at each junction, ascending.
struct Ways {
    first_in: Vec<u32>,
    into: Vec<u32>,
    first_out: Vec<u32>,
    out: Vec<u32>,
    /// Of each way, open or not.
    to: Vec<u32>,
}

/// Expands a city whose streets end at its junctions.
#[must_use]
pub fn expand(parts: &CityParts) -> Expanded {
    let ways = Ways::of(parts);
    let mut listed: HashMap<(u32, u32), TurnRule> = HashMap::with_capacity(parts.turns.len());
    for turn in &parts.turns {
        listed.insert((way(turn.from), way(turn.to)), turn.rule);
    }
    let u_turn = parts.turn_kinds.iter().position(|kind| kind.name == U_TURN).and_then(|kind| u8::try_from(kind).ok()).unwrap_or(0);
    let graph = states(parts, &ways, &listed, u_turn);
    let forbidden: Vec<(u32, u32)> = listed.iter().filter(|(_, rule)| **rule == TurnRule::Forbidden).map(|(turn, _)| *turn).collect();
    if forbidden.is_empty() {
        return graph;
    }
    let mut lifted = cut_off(&graph, &ways, forbidden);
    if lifted.is_empty() {
        return graph;
    }
    lifted.sort_unstable();
    for turn in &lifted {
        listed.insert(*turn, TurnRule::Kind(0));
    }
    Expanded { lifted, ..states(parts, &ways, &listed, u_turn) }
}

const fn way((street, direction): (u32, Direction)) -> u32 {
    (street << 1) | direction as u32
}

impl Ways {
    fn of(parts: &CityParts) -> Self {
        let mut to = Vec::with_capacity(parts.streets.len() * 2);
        let (mut ins, mut outs) = (Vec::new(), Vec::new());
        for (street, part) in (0_u32..).zip(&parts.streets) {
            let ends =
                [(Direction::Forward, part.forward, part.tail, part.head), (Direction::Backward, part.backward, part.head, part.tail)];
            for (direction, open, from, end) in ends {
                to.push(end);
                if open.is_some() {
                    ins.push((end, way((street, direction))));
                    outs.push((from, way((street, direction))));
                }
            }
        }
        let (first_in, into) = grouped(ins, parts.nodes.len());
        let (first_out, out) = grouped(outs, parts.nodes.len());
        Self { first_in, into, first_out, out, to }
    }

    fn into(&self, node: usize) -> &[u32] {
        &self.into[self.first_in[node] as usize..self.first_in[node + 1] as usize]
    }

    fn out(&self, node: usize) -> &[u32] {
        &self.out[self.first_out[node] as usize..self.first_out[node + 1] as usize]
    }
}

/// Pairs by their first, as offsets and seconds.
fn grouped(mut pairs: Vec<(u32, u32)>, groups: usize) -> (Vec<u32>, Vec<u32>) {
    pairs.sort_unstable();
    let mut first = vec![0_u32; groups + 1];
    for (group, _) in &pairs {
        first[*group as usize + 1] += 1;
    }
    for group in 0..groups {
        first[group + 1] += first[group];
    }
    (first, pairs.into_iter().map(|(_, value)| value).collect())
}

/// What is ridden after a way: (way, kind of turn).
type Row = Vec<(u32, u8)>;

fn states(parts: &CityParts, ways: &Ways, listed: &HashMap<(u32, u32), TurnRule>, u_turn: u8) -> Expanded {
    let mut has_turns = vec![false; parts.nodes.len()];
    for (from, to) in listed.keys() {
        let junction = ways.to[*from as usize];
        has_turns[junction as usize] |= ways.out(junction as usize).binary_search(to).is_ok();
    }
    let mut graph = Expanded { first_out: vec![0], ..Expanded::default() };
    for (node, &has_turns) in has_turns.iter().enumerate() {
        let out = ways.out(node);
        if !has_turns {
            graph.node_state.push(count(graph.state_node.len()));
            graph.state(node, out.iter().map(|to| (*to, 0)));
            continue;
        }
        graph.node_state.push(EXPANDED | count(graph.expanded.len()));
        let mut groups: BTreeMap<Row, u32> = BTreeMap::new();
        for from in ways.into(node) {
            let row: Row = out
                .iter()
                .filter_map(|to| match listed.get(&(*from, *to)) {
                    Some(TurnRule::Forbidden) => None,
                    Some(TurnRule::Kind(kind)) => Some((*to, *kind)),
                    None if from ^ to == 1 && out.len() > 1 => Some((*to, u_turn)),
                    None => Some((*to, 0)),
                })
                .collect();
            let state = match groups.get(&row) {
                Some(state) => *state,
                None => {
                    let state = graph.state(node, row.iter().copied());
                    groups.insert(row, state);
                    state
                }
            };
            graph.expanded.push(Arrival { way: *from, state });
        }
        graph.expanded.push(Arrival { way: NONE, state: NONE });
    }
    graph.arc_head = graph.arc_way.iter().map(|way| graph.after(ways, *way)).collect();
    graph
}

/// Counts are below 2^31: `encode` refuses more streets than that.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(EXPANDED)
}

impl Expanded {
    fn state(&mut self, node: usize, arcs: impl Iterator<Item = (u32, u8)>) -> u32 {
        let state = count(self.state_node.len());
        self.state_node.push(count(node));
        for (way, turn) in arcs {
            self.arc_way.push(way);
            self.arc_turn.push(turn);
        }
        self.first_out.push(count(self.arc_way.len()));
        state
    }

    fn after(&self, ways: &Ways, way: u32) -> u32 {
        let packed = self.node_state[ways.to[way as usize] as usize];
        if packed & EXPANDED == 0 {
            return packed;
        }
        let arrivals = &self.expanded[(packed & !EXPANDED) as usize..];
        arrivals.iter().take_while(|arrival| arrival.way != NONE).find(|arrival| arrival.way == way).map_or(NONE, |arrival| arrival.state)
    }

    /// Renumbers the states: `rank[old] = new`.
    #[must_use]
    pub fn renumbered(&self, rank: &[u32]) -> Self {
        let mut order = vec![0_u32; rank.len()];
        for (old, new) in (0_u32..).zip(rank) {
            order[*new as usize] = old;
        }
        let rename = |packed: &u32| if packed & EXPANDED == 0 { rank[*packed as usize] } else { *packed };
        let arrival = |arrival: &Arrival| match arrival.way {
            NONE => *arrival,
            way => Arrival { way, state: rank[arrival.state as usize] },
        };
        let mut new = Self {
            node_state: self.node_state.iter().map(rename).collect(),
            expanded: self.expanded.iter().map(arrival).collect(),
            state_node: order.iter().map(|old| self.state_node[*old as usize]).collect(),
            first_out: vec![0],
            lifted: self.lifted.clone(),
            ..Self::default()
        };
        for old in order {
            let arcs = self.first_out[old as usize] as usize..self.first_out[old as usize + 1] as usize;
            new.arc_way.extend_from_slice(&self.arc_way[arcs.clone()]);
            new.arc_turn.extend_from_slice(&self.arc_turn[arcs.clone()]);
            new.arc_head.extend(self.arc_head[arcs].iter().map(|head| rank[*head as usize]));
            new.first_out.push(count(new.arc_way.len()));
        }
        new
    }
}

/// Of the forbidden turns, those between different strongly connected parts of states and ways.
fn cut_off(graph: &Expanded, ways: &Ways, forbidden: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    // States first, then ways: a state leads to the ways of its arcs, a way to the state at its end.
    let states = graph.state_node.len();
    let way_node = |way: u32| count(states + way as usize);
    let mut first = graph.first_out.clone();
    let mut head: Vec<u32> = graph.arc_way.iter().map(|way| way_node(*way)).collect();
    let mut open = vec![false; ways.to.len()];
    for way in &ways.into {
        open[*way as usize] = true;
    }
    for (way, open) in (0_u32..).zip(&open) {
        if *open {
            head.push(graph.after(ways, way));
        }
        first.push(count(head.len()));
    }
    let component = crate::components::strong(&first, &head);
    let part = |node: u32| component[node as usize];
    let is_turn = |from: u32, to: u32| open[from as usize] && ways.out(ways.to[from as usize] as usize).binary_search(&to).is_ok();
    let mut cut = forbidden;
    cut.retain(|(from, to)| is_turn(*from, *to) && part(graph.after(ways, *from)) != part(way_node(*to)));
    cut
}
