//! What meets at a junction, and at which angles.

use super::control::Marks;
use super::junctions::Network;
use super::pbf::Extract;
use crate::city::Direction;
use crate::geo::{Point, Projection};
use crate::parts::StreetPart;
use crate::street::{Highway, Infra};
use crate::stress::Facts;

/// A street's bearing at a junction is that of its first metres: lines bend at once where they meet. In units of 1e-7 degree: 15 m.
const BEARING_UNITS: f64 = 1_350.0;
/// Less than this off the heading is straight on, in degrees.
const STRAIGHT_DEG: f64 = 35.0;

/// A street's end at a junction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub street: u32,
    /// Riding this way arrives at the junction.
    pub inward: Direction,
    pub enters: bool,
    pub leaves: bool,
    pub highway: Highway,
    /// Has motor traffic, and some of it arrives here.
    pub motor: bool,
    pub motor_enters: bool,
    pub on_track: bool,
    pub on_foot: bool,
    pub roundabout: bool,
    pub speed_kmh: u16,
    /// Both directions.
    pub lanes: u8,
    pub before: Marks,
    /// Leaving the junction, in degrees clockwise from north.
    pub bearing: f64,
}

/// The side of one's heading, when traffic keeps right: near is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Near,
    Straight,
    Far,
}

impl Leg {
    /// Degrees clockwise from going straight on out of `self` to leaving by `to`, in -180 .. 180.
    pub(super) fn turn_deg(&self, to: &Self) -> f64 {
        (to.bearing - self.bearing).rem_euclid(360.0) - 180.0
    }

    pub(super) fn is_straight(&self, to: &Self) -> bool {
        self.turn_deg(to).abs() < STRAIGHT_DEG
    }

    pub(super) fn side(&self, to: &Self, keeps_left: bool) -> Side {
        let degrees = if keeps_left { -self.turn_deg(to) } else { self.turn_deg(to) };
        match degrees {
            _ if degrees.abs() < STRAIGHT_DEG => Side::Straight,
            _ if degrees > 0.0 => Side::Near,
            _ => Side::Far,
        }
    }

    pub(super) fn outward(&self) -> Direction {
        match self.inward {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        }
    }
}

/// All legs, by junction.
pub(super) struct Legs {
    first: Vec<u32>,
    legs: Vec<Leg>,
}

impl Legs {
    pub(super) fn of(network: &Network, extract: &Extract) -> Self {
        let mut first = vec![0_u32; network.nodes.len() + 1];
        for street in &network.streets {
            first[street.tail as usize + 1] += 1;
            first[street.head as usize + 1] += 1;
        }
        for node in 1..first.len() {
            first[node] += first[node - 1];
        }
        let mut ends: Vec<(u32, Leg)> = Vec::with_capacity(network.streets.len() * 2);
        for (index, (street, origin)) in (0_u32..).zip(network.streets.iter().zip(&network.origins)) {
            let way = &extract.ways[origin.way as usize].usable;
            for (node, inward, before) in
                [(street.head, Direction::Forward, origin.before[0]), (street.tail, Direction::Backward, origin.before[1])]
            {
                ends.push((node, leg(index, street, [way.forward, way.backward], way.roundabout, inward, before)));
            }
        }
        // Stable: legs of a junction in the order of streets.
        ends.sort_by_key(|end| end.0);
        Self { first, legs: ends.into_iter().map(|end| end.1).collect() }
    }

    pub(super) fn at(&self, node: usize) -> &[Leg] {
        &self.legs[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

fn leg(index: u32, street: &StreetPart, ways: [Option<Facts>; 2], roundabout: bool, inward: Direction, before: Marks) -> Leg {
    let [arriving, departing] = if inward == Direction::Forward { ways } else { [ways[1], ways[0]] };
    // One direction at least is open.
    let known = arriving.or(departing);
    let infra = known.map_or(Infra::Path, |facts| facts.infra);
    let motor = !matches!(infra, Infra::Path | Infra::Walk | Infra::Steps | Infra::StepsWithRamp | Infra::Ferry);
    let lanes = known.map_or(1, |facts| if facts.oneway { facts.lanes } else { facts.lanes.saturating_mul(2) });
    let against_flow = arriving.is_none() && known.is_some_and(|facts| facts.oneway);
    Leg {
        street: index,
        inward,
        enters: arriving.is_some(),
        leaves: departing.is_some(),
        highway: known.map_or(Highway::Path, |facts| facts.highway),
        motor,
        motor_enters: motor && !against_flow,
        on_track: arriving.is_some_and(|facts| facts.infra == Infra::Track),
        on_foot: !motor && infra != Infra::Path && infra != Infra::Ferry,
        roundabout,
        speed_kmh: known.map_or(0, |facts| facts.speed_kmh),
        lanes,
        before,
        bearing: bearing(street, inward),
    }
}

/// Looking from the junction along the street.
fn bearing(street: &StreetPart, inward: Direction) -> f64 {
    let away = |points: &mut dyn Iterator<Item = &Point>| {
        let Some(start) = points.next() else { return 0.0 };
        let flat = Projection::at(start.lat_e7);
        let mut vector = (0.0, 0.0);
        for point in points {
            vector = flat.vector(*start, *point);
            if vector.0.hypot(vector.1) >= BEARING_UNITS {
                break;
            }
        }
        vector.0.atan2(vector.1).to_degrees()
    };
    match inward {
        Direction::Forward => away(&mut street.line.iter().rev()),
        Direction::Backward => away(&mut street.line.iter()),
    }
}
