//! The routing graph of a city, read: see [`crate::expand`] for what states and arcs are.

use std::ops::Range;

use super::City;
use super::Direction;
use super::format::{Arrival, EXPANDED, NONE};
use crate::limits::ARC_COST_MAX;
use crate::parts::{Stop, turn};

/// A direction of a segment as one number.
#[must_use]
pub const fn way_id(segment: u32, direction: Direction) -> u32 {
    (segment << 1) | direction as u32
}

/// The reverse of [`way_id`].
#[must_use]
pub const fn street_of(way: u32) -> (u32, Direction) {
    (way >> 1, if way & 1 == 0 { Direction::Forward } else { Direction::Backward })
}

impl<'a> City<'a> {
    #[must_use]
    pub fn state_count(&self) -> usize {
        self.state_node.len()
    }

    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.arc_way.len()
    }

    /// The ids of the arcs that leave a state.
    #[must_use]
    #[inline]
    pub fn arcs(&self, state: u32) -> Range<u32> {
        match self.first_out.get(state as usize..state as usize + 2) {
            // Beyond the arrays only in a damaged file: it shall not be walked through.
            Some(&[first, end]) if end as usize <= self.arc_way.len() => first..end,
            _ => 0..0,
        }
    }

    /// The segment an arc runs on, and which way.
    #[must_use]
    #[inline]
    pub fn street(&self, arc: u32) -> (u32, Direction) {
        street_of(self.arc_way.get(arc as usize).copied().unwrap_or(NONE))
    }

    /// The kind of turn an arc begins with.
    #[must_use]
    #[inline]
    pub fn turn(&self, arc: u32) -> u8 {
        self.arc_turn.get(arc as usize).copied().unwrap_or(0)
    }

    /// The state that an arc leads to.
    #[must_use]
    pub fn head(&self, arc: u32) -> u32 {
        let (segment, direction) = self.street(arc);
        self.state_after(segment, direction).unwrap_or(NONE)
    }

    /// What an arc costs at a stop, its turn included.
    #[must_use]
    pub fn cost(&self, arc: u32, stop: Stop) -> u32 {
        let (segment, direction) = self.street(arc);
        let way = self.way_costs(segment, direction).map_or(ARC_COST_MAX, |costs| costs.cost(stop));
        way + self.turn_cost(self.turn(arc), stop)
    }

    #[must_use]
    pub fn turn_cost(&self, kind: u8, stop: Stop) -> u32 {
        let (delay_dm, stress_dm) = self.turn_parts(kind);
        turn(delay_dm, stress_dm).at(stop)
    }

    /// Delay and stress of a kind of turn, in decimetres.
    #[must_use]
    pub fn turn_parts(&self, kind: u8) -> (u16, u16) {
        self.turn_kinds.get(usize::from(kind)).map_or((0, 0), |turn| (turn.delay_dm, turn.stress_dm))
    }

    /// What every arc costs at a stop: what the index is customized from.
    #[must_use]
    pub fn arc_costs(&self, stop: Stop) -> Vec<u32> {
        (0_u32..).take(self.arc_count()).map(|arc| self.cost(arc, stop)).collect()
    }

    /// `first_out` and the heads of all arcs: what [`crate::cch::Graph`] is made from. States are numbered in elimination order.
    #[must_use]
    pub fn graph(&self) -> (&'a [u32], Vec<u32>) {
        (self.first_out, (0_u32..).take(self.arc_count()).map(|arc| self.head(arc)).collect())
    }

    /// The junction where a state is.
    #[must_use]
    pub fn state_node(&self, state: u32) -> u32 {
        self.state_node.get(state as usize).copied().unwrap_or(0)
    }

    /// Where a rider is who has ridden a way to its end.
    #[must_use]
    pub fn state_after(&self, segment: u32, direction: Direction) -> Option<u32> {
        let node = self.segment(segment).to(direction);
        match self.only_state(node)? {
            Ok(state) => Some(state),
            Err(arrivals) => {
                let way = way_id(segment, direction);
                arrivals.iter().find(|arrival| arrival.way == way).map(|arrival| arrival.state)
            }
        }
    }

    /// Writes the states of a junction to `states`, ascending.
    pub fn states_of(&self, node: u32, states: &mut Vec<u32>) {
        states.clear();
        match self.only_state(node) {
            Some(Ok(state)) => states.push(state),
            Some(Err(arrivals)) => {
                states.extend(arrivals.iter().map(|arrival| arrival.state));
                states.sort_unstable();
                states.dedup();
            }
            None => {}
        }
    }

    /// Whether turns at a junction cost something or are forbidden.
    #[must_use]
    pub fn has_turns(&self, node: u32) -> bool {
        matches!(self.only_state(node), Some(Err(_)))
    }

    /// The only state of a junction, or else its arrivals.
    fn only_state(&self, node: u32) -> Option<Result<u32, &'a [Arrival]>> {
        let packed = *self.node_state.get(node as usize)?;
        if packed & EXPANDED == 0 {
            return Some(Ok(packed));
        }
        let from = self.expanded.get((packed & !EXPANDED) as usize..)?;
        let count = from.iter().position(|arrival| arrival.way == NONE)?;
        Some(Err(&from[..count]))
    }
}
