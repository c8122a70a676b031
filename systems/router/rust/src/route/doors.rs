//! How a place on a street joins the routing graph.
//!
//! A place inside a street is left by riding on either way that is open, to the state at its end; it is reached by every arc of the street, in proportion to the part ridden.
//! A place exactly at a junction *is* that junction, whatever one-way street it was found on: every state there is an arrival, and who departs there has come by no
//! way, so takes no turn.

use super::leg::Leg;
use crate::city::{City, Direction};
use crate::limits::ROUTE_COST_MAX;
use crate::parts::Stop;
use crate::search::Door;
use crate::snap::Snap;

/// The ways between a place and states of the graph: what is ridden on each, if anything.
#[derive(Debug, Default)]
pub(super) struct Ends {
    pub(super) doors: Vec<Door>,
    pub(super) legs: Vec<Option<Leg>>,
    states: Vec<u32>,
}

impl Ends {
    fn clear(&mut self) {
        self.doors.clear();
        self.legs.clear();
    }

    fn push(&mut self, state: u32, leg: Option<Leg>) {
        let cost = leg.map_or(0, |leg| u32::try_from(leg.cost).unwrap_or(ROUTE_COST_MAX));
        self.doors.push(Door { node: state, cost });
        self.legs.push(leg);
    }

    /// From a place.
    pub(super) fn depart(&mut self, city: &City<'_>, stop: Stop, from: &Snap) {
        self.clear();
        let Some(node) = from.junction(city) else {
            for direction in Direction::BOTH {
                let end_mm = if direction == Direction::Forward { city.segment(from.segment).length_mm } else { 0 };
                let leg = Leg::ride(city, stop, (from.segment, direction), (from.offset_mm, end_mm), 0);
                if let (Some(leg), Some(state)) = (leg, city.state_after(from.segment, direction)) {
                    self.push(state, Some(leg));
                }
            }
            return;
        };
        let mut states = std::mem::take(&mut self.states);
        city.states_of(node, &mut states);
        if !city.has_turns(node) {
            states.iter().for_each(|state| self.push(*state, None));
        } else {
            let mut ways: Vec<(u32, Direction)> = states.iter().flat_map(|state| city.arcs(*state)).map(|arc| city.street(arc)).collect();
            ways.sort_unstable();
            ways.dedup();
            for way in ways {
                if let (Some(leg), Some(state)) = (Leg::whole(city, stop, way, 0), city.state_after(way.0, way.1)) {
                    self.push(state, Some(leg));
                }
            }
        }
        self.states = states;
    }

    /// To a place.
    pub(super) fn arrive(&mut self, city: &City<'_>, stop: Stop, to: &Snap) {
        self.clear();
        let mut states = std::mem::take(&mut self.states);
        if let Some(node) = to.junction(city) {
            city.states_of(node, &mut states);
            states.iter().for_each(|state| self.push(*state, None));
        } else {
            let segment = city.segment(to.segment);
            for direction in Direction::BOTH {
                let start_mm = if direction == Direction::Forward { 0 } else { segment.length_mm };
                city.states_of(segment.from(direction), &mut states);
                for state in &states {
                    for arc in city.arcs(*state).filter(|arc| city.street(*arc) == (to.segment, direction)) {
                        let leg = Leg::ride(city, stop, (to.segment, direction), (start_mm, to.offset_mm), city.turn(arc));
                        if leg.is_some() {
                            self.push(*state, leg);
                        }
                    }
                }
            }
        }
        self.states = states;
    }
}

/// The cheapest way between two places that passes no state: nothing at all between two names of one place, else part of a street. The outer `None` where there is no such way.
pub(super) fn direct(city: &City<'_>, stop: Stop, from: &Snap, to: &Snap) -> Option<Option<Leg>> {
    let (start, end) = (from.junction(city), to.junction(city));
    if (start.is_some() && start == end) || (from.segment == to.segment && from.offset_mm == to.offset_mm) {
        return Some(None);
    }
    let segment = city.segment(to.segment);
    let part = |direction, from_mm| Leg::ride(city, stop, (to.segment, direction), (from_mm, to.offset_mm), 0);
    let leg = match (start, end) {
        (None, _) if from.segment == to.segment => {
            part(if from.offset_mm < to.offset_mm { Direction::Forward } else { Direction::Backward }, from.offset_mm)
        }
        // Departing at a junction takes no turn, which its arcs do.
        (Some(node), None) => {
            let begins = |direction: &Direction| segment.from(*direction) == node;
            let ways = Direction::BOTH.into_iter().filter(begins);
            let legs = ways.filter_map(|direction| part(direction, if direction == Direction::Forward { 0 } else { segment.length_mm }));
            legs.min_by_key(|leg| leg.cost)
        }
        _ => None,
    };
    leg.map(Some)
}
