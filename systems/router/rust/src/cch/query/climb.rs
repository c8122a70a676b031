//! One side of a query: climbs up the elimination tree.

use super::Door;
use crate::cch::error::{CchError, damaged};
use crate::cch::graph::{INF, NONE, id};
use crate::cch::pack::{Entries, Index};

/// No distance yet: beyond any.
const EMPTY: u64 = u64::MAX;
/// In the lower half of a slot: the rest is the number of a door.
const DOOR: u32 = 1 << 31;

/// Which way entries are ridden: from the lower node to the higher, or from the higher to the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// All climbs from one set of doors.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Those of this query are the first `used`; memory of earlier ones is kept.
    climbs: Vec<Climb>,
    used: usize,
    /// Climbs under way. No two are at one node.
    active: Vec<usize>,
    /// Nodes that were relaxed, in ascending order.
    trail: Vec<Step>,
    passed: usize,
}

#[derive(Debug, Default)]
struct Climb {
    node: u32,
    depth: usize,
    /// By depth, up to that of the first node: distance from the doors × 2^32 + the entry that led here, or [`DOOR`] + a door.
    slots: Vec<u64>,
}

/// A climb and where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) node: u32,
    depth: usize,
    climb: usize,
}

/// A node that was relaxed.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The first of the entries relaxed.
    first: u32,
    depth: u32,
    climb: u32,
}

fn slot(cost: u32, from: u32) -> u64 {
    u64::from(cost) << 32 | u64::from(from)
}

#[expect(clippy::cast_possible_truncation, reason = "taking the two halves apart")]
fn cost_and_from(slot: u64) -> (u32, u32) {
    ((slot >> 32) as u32, slot as u32)
}

impl Side {
    pub(super) fn passed(&self) -> usize {
        self.passed
    }

    pub(super) fn relaxed(&self) -> usize {
        self.trail.len()
    }

    /// Forgets the last query and begins a climb at each open door.
    pub(super) fn open(&mut self, index: Index<'_>, doors: &[Door]) -> Result<(), CchError> {
        self.used = 0;
        self.active.clear();
        self.trail.clear();
        self.passed = 0;
        for (number, door) in (0_u32..).zip(doors).filter(|(_, door)| door.cost < INF) {
            let node = door.node;
            let depth = index.node(node).ok_or(CchError::NoNode { node })?.depth;
            let climb = match self.at(node) {
                Some(climb) => climb,
                None => self.begin(node, depth),
            };
            let Climb { slots, depth, .. } = &mut self.climbs[climb];
            slots[*depth] = slots[*depth].min(slot(door.cost, DOOR | number));
        }
        Ok(())
    }

    fn begin(&mut self, node: u32, depth: u16) -> usize {
        if self.used == self.climbs.len() {
            self.climbs.push(Climb::default());
        }
        let climb = &mut self.climbs[self.used];
        (climb.node, climb.depth) = (node, usize::from(depth));
        climb.slots.clear();
        climb.slots.resize(climb.depth + 1, EMPTY);
        self.active.push(self.used);
        self.used += 1;
        self.used - 1
    }

    fn at(&self, node: u32) -> Option<usize> {
        self.active.iter().copied().find(|climb| self.climbs[*climb].node == node)
    }

    /// The climb that is at the lowest node; `None` when all have ended.
    pub(super) fn lowest(&self) -> Option<Found> {
        let climb = self.active.iter().copied().min_by_key(|climb| self.climbs[*climb].node)?;
        Some(Found { node: self.climbs[climb].node, depth: self.climbs[climb].depth, climb })
    }

    /// The distance of the node where a climb is.
    pub(super) fn cost(&self, at: Found) -> u32 {
        cost_and_from(self.climbs[at.climb].slots[at.depth]).0
    }

    /// Relaxes the entries of the node where a climb is, unless it is as far as `bound`, and moves the climb to the node's parent.
    pub(super) fn step(&mut self, index: Index<'_>, at: Found, direction: Direction, bound: u32) -> Result<(), CchError> {
        self.passed += 1;
        let cost = self.cost(at);
        if cost < bound {
            let entries = index.entries(at.node, direction == Direction::Up).ok_or(damaged("nodes", at.node))?;
            if !entries.range.is_empty() {
                self.trail.push(Step { first: id(entries.range.start), depth: id(at.depth), climb: id(at.climb) });
            }
            self.climbs[at.climb].relax(index, &entries, cost).ok_or(damaged("entries of node", at.node))?;
        }
        let parent = index.node(at.node).ok_or(damaged("parent", at.node))?.parent;
        if parent == NONE {
            self.active.retain(|climb| *climb != at.climb);
            return Ok(());
        }
        if parent <= at.node || at.depth == 0 {
            return Err(damaged("parent", at.node));
        }
        let met = if self.active.len() == 1 { None } else { self.at(parent) };
        let climb = &mut self.climbs[at.climb];
        (climb.node, climb.depth) = (parent, at.depth - 1);
        if let Some(met) = met {
            self.active.retain(|climb| *climb != at.climb);
            self.join(at.climb, met).ok_or(damaged("depth", parent))?;
        }
        Ok(())
    }

    /// Brings what climb `from` knows of the nodes further up into climb `into`, which is at the same node.
    fn join(&mut self, from: usize, into: usize) -> Option<()> {
        let [from, into] = self.climbs.get_disjoint_mut([from, into]).ok()?;
        if from.depth != into.depth {
            return None;
        }
        for (slot, other) in into.slots[..=into.depth].iter_mut().zip(&from.slots) {
            *slot = (*slot).min(*other);
        }
        Some(())
    }

    /// Appends the entries over which the distance of the node `at` came about, from there down, and returns the number of the door.
    pub(super) fn trace(&self, at: Found, entries: &mut Vec<u32>) -> Result<usize, CchError> {
        let (mut climb, mut depth) = (at.climb, at.depth);
        let mut above = u32::MAX;
        loop {
            let (_, from) = cost_and_from(self.climbs[climb].slots[depth]);
            if from & DOOR != 0 {
                return Ok((from & !DOOR) as usize);
            }
            entries.push(from);
            let step = self.trail.partition_point(|step| step.first <= from).checked_sub(1).map(|index| self.trail[index]);
            // Each step is further down, so this ends.
            let step = step.filter(|step| step.first < above).ok_or(damaged("entry", from))?;
            (climb, depth, above) = (step.climb as usize, step.depth as usize, step.first);
        }
    }
}

impl Climb {
    /// `None` when an entry does not lead up, or its numbers lead out of the arrays.
    fn relax(&mut self, index: Index<'_>, entries: &Entries, cost: u32) -> Option<()> {
        let slots = self.slots.get_mut(..self.depth)?;
        let heads = &index.pack.head_depth;
        let lines = index.pack.lines.get(entries.lines.clone())?;
        let depths = heads.get(entries.first_line..)?.get(..lines.len())?;
        for ((entry, depth), line) in (id(entries.first_line)..).zip(depths).zip(lines) {
            shorten(slots, *depth, cost, line.at(index.stress_weight), entry)?;
        }
        let weights = index.weights.get(entries.varying.clone())?;
        let depths = heads.get(entries.first_varying..)?.get(..weights.len())?;
        for ((entry, depth), weight) in (id(entries.first_varying)..).zip(depths).zip(weights) {
            shorten(slots, *depth, cost, *weight, entry)?;
        }
        Some(())
    }
}

#[inline]
fn shorten(slots: &mut [u64], depth: u16, cost: u32, weight: u32, entry: u32) -> Option<()> {
    let known = slots.get_mut(usize::from(depth))?;
    // A cost is below INF; so is a weight, or INF itself, in a file that is not damaged.
    *known = (*known).min(slot(cost.wrapping_add(weight), entry));
    Some(())
}
