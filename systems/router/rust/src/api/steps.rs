//! Turn by turn: legs on one street joined to steps, and what to do between them read from the geometry.
//!
//! The turn at a junction is the angle between where the rider came from and where they go, each looked at over [`LOOK_M`] of the line: the first metres
//! of a mapped junction often point elsewhere.

use super::journey::{Journey, Part};
use crate::geo::{METRES_PER_UNIT, Point, Projection};
use crate::json::Json;
use crate::street::{Highway, Infra};

const LOOK_M: f64 = 12.0;
/// Angles, in degrees, from which a turn is more than straight, than slight, than a turn, than sharp.
const SLIGHT: f64 = 20.0;
const TURN: f64 = 50.0;
const SHARP: f64 = 125.0;
const U_TURN: f64 = 165.0;

/// What the rider does where a step begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maneuver {
    Depart,
    Straight,
    SlightLeft,
    Left,
    SharpLeft,
    SlightRight,
    Right,
    SharpRight,
    UTurn,
    Arrive,
}

/// A stretch of one street.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) maneuver: Maneuver,
    pub(super) instruction: String,
    pub(super) name: Option<String>,
    pub(super) point: Point,
    pub(super) length_mm: u64,
    pub(super) duration_ms: u64,
    /// The worst of it; 0 on arrival.
    pub(super) lts: u8,
}

/// Writes `[{"instruction","maneuver","name","length_m","duration_s","point","lts"}, …]`.
pub(super) fn write_steps(json: &mut Json, journey: &Journey<'_>) {
    json.array(steps(journey), |json, step| {
        json.raw("{\"instruction\":").string(&step.instruction).raw(",\"maneuver\":\"").raw(step.maneuver.name());
        json.raw("\",\"name\":").optional(step.name.as_deref()).raw(",\"length_m\":").thousandths(step.length_mm);
        json.raw(",\"duration_s\":").thousandths(step.duration_ms).raw(",\"point\":").point(step.point);
        json.raw(",\"lts\":").integer(step.lts.into()).raw("}");
    });
}

/// The steps of a journey, from departure to arrival. None where nothing is ridden.
pub(super) fn steps(journey: &Journey<'_>) -> Vec<Step> {
    let (Some(first), Some(last)) = (journey.parts.first(), journey.points.last()) else { return Vec::new() };
    let mut steps = vec![depart(journey, first)];
    let mut before = first;
    for part in &journey.parts[1..] {
        let degrees = turn_degrees(&journey.points, part.points.start);
        let (same, via) = (before.is_same_street(part), before.ends_at_via);
        match steps.last_mut() {
            Some(step) if same && degrees.abs() < TURN && !via => {
                step.length_mm += u64::from(part.length_mm);
                step.duration_ms += part.duration_ms;
                step.lts = step.lts.max(part.lts);
            }
            _ => steps.push(turn(journey, part, degrees, same)),
        }
        before = part;
    }
    let arrived = "You have arrived".to_owned();
    steps.push(Step { maneuver: Maneuver::Arrive, instruction: arrived, name: None, point: *last, length_mm: 0, duration_ms: 0, lts: 0 });
    steps
}

fn depart(journey: &Journey<'_>, part: &Part<'_>) -> Step {
    const COMPASS: [&str; 8] = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
    let (x, y) = ahead(&journey.points, part.points.start);
    let eighth = (x.atan2(y).to_degrees() / 45.0).round().rem_euclid(8.0);
    let compass = COMPASS.iter().zip(0_u8..).find(|(_, index)| f64::from(*index) >= eighth).map_or(COMPASS[0], |(name, _)| name);
    step(journey, part, Maneuver::Depart, format!("Ride {compass} on {}", part.label()))
}

fn turn(journey: &Journey<'_>, part: &Part<'_>, degrees: f64, same: bool) -> Step {
    let maneuver = Maneuver::of_turn(degrees);
    let instruction = match (part.highway, maneuver.words()) {
        (Highway::Ferry, _) => format!("Take {}", part.label()),
        (_, Some(words)) if same => format!("{words} to stay on {}", part.label()),
        (_, Some(words)) => format!("{words} onto {}", part.label()),
        (_, None) => format!("Continue on {}", part.label()),
    };
    step(journey, part, maneuver, instruction)
}

fn step(journey: &Journey<'_>, part: &Part<'_>, maneuver: Maneuver, instruction: String) -> Step {
    Step {
        maneuver,
        instruction,
        name: part.name.map(ToOwned::to_owned),
        point: journey.points[part.points.start],
        length_mm: part.length_mm.into(),
        duration_ms: part.duration_ms,
        lts: part.lts,
    }
}

impl Maneuver {
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Depart => "depart",
            Self::Straight => "straight",
            Self::SlightLeft => "slight_left",
            Self::Left => "left",
            Self::SharpLeft => "sharp_left",
            Self::SlightRight => "slight_right",
            Self::Right => "right",
            Self::SharpRight => "sharp_right",
            Self::UTurn => "u_turn",
            Self::Arrive => "arrive",
        }
    }

    fn words(self) -> Option<&'static str> {
        match self {
            Self::SlightLeft => Some("Bear left"),
            Self::Left => Some("Turn left"),
            Self::SharpLeft => Some("Turn sharp left"),
            Self::SlightRight => Some("Bear right"),
            Self::Right => Some("Turn right"),
            Self::SharpRight => Some("Turn sharp right"),
            Self::UTurn => Some("Turn round"),
            Self::Depart | Self::Straight | Self::Arrive => None,
        }
    }

    /// From the angle of a turn: to the left is positive.
    #[must_use]
    pub(super) fn of_turn(degrees: f64) -> Self {
        let left = degrees > 0.0;
        match degrees.abs() {
            angle if angle < SLIGHT => Self::Straight,
            angle if angle < TURN => [Self::SlightRight, Self::SlightLeft][usize::from(left)],
            angle if angle < SHARP => [Self::Right, Self::Left][usize::from(left)],
            angle if angle < U_TURN => [Self::SharpRight, Self::SharpLeft][usize::from(left)],
            _ => Self::UTurn,
        }
    }
}

impl Part<'_> {
    fn is_same_street(&self, next: &Self) -> bool {
        let same_kind = (self.highway == Highway::Ferry) == (next.highway == Highway::Ferry);
        same_kind && self.name == next.name && (self.name.is_some() || self.kind() == next.kind())
    }

    fn label(&self) -> &str {
        self.name.unwrap_or_else(|| self.kind())
    }

    /// What a street without a name is called.
    fn kind(&self) -> &'static str {
        match (self.highway, self.infra) {
            (Highway::Ferry, _) => "the ferry",
            (_, Infra::Steps | Infra::StepsWithRamp) => "the steps",
            (Highway::Cycleway, _) => "the cycle path",
            (Highway::Footway | Highway::Pedestrian, _) => "the footway",
            (Highway::Path | Highway::Bridleway, _) => "the path",
            (Highway::Track, _) => "the track",
            (Highway::Service, _) => "the service road",
            _ => "the road",
        }
    }
}

/// The angle turned at `points[at]`, in degrees, -180 ..= 180: to the left is positive. 0 where either side has no length.
fn turn_degrees(points: &[Point], at: usize) -> f64 {
    let (from, to) = (behind(points, at), ahead(points, at));
    let (cross, dot) = (from.0 * to.1 - from.1 * to.0, from.0 * to.0 + from.1 * to.1);
    if cross == 0.0 && dot == 0.0 { 0.0 } else { cross.atan2(dot).to_degrees() }
}

/// East and north, from `points[at]` to what lies [`LOOK_M`] ahead.
fn ahead(points: &[Point], at: usize) -> (f64, f64) {
    look(points[at], points[at + 1..].iter())
}

/// East and north, from what lies [`LOOK_M`] behind to `points[at]`.
fn behind(points: &[Point], at: usize) -> (f64, f64) {
    let (x, y) = look(points[at], points[..at].iter().rev());
    (-x, -y)
}

fn look<'p>(from: Point, points: impl Iterator<Item = &'p Point>) -> (f64, f64) {
    let map = Projection::at(from.lat_e7);
    let mut vector = (0.0, 0.0);
    for point in points {
        let next = map.vector(from, *point);
        if next.0.hypot(next.1) * METRES_PER_UNIT >= LOOK_M {
            // The point LOOK_M away, on the last piece: solved by halves, 20 of them, for the piece may begin anywhere near.
            let at = |share: f64| (vector.0 + (next.0 - vector.0) * share, vector.1 + (next.1 - vector.1) * share);
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..20 {
                let middle = f64::midpoint(low, high);
                let (x, y) = at(middle);
                if x.hypot(y) * METRES_PER_UNIT < LOOK_M { low = middle } else { high = middle }
            }
            return at(high);
        }
        vector = next;
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i32, y: i32) -> Point {
        Point { lon_e7: 249_000_000 + x * 1000, lat_e7: 601_700_000 + y * 1000 }
    }

    /// A journey whose parts are straight lines from corner to corner.
    fn journey<'n>(corners: &[(i32, i32)], names: &[Option<&'n str>]) -> Journey<'n> {
        let mut journey = Journey::default();
        for (ends, name) in corners.windows(2).zip(names) {
            let start = journey.points.len();
            journey.points.extend(ends.iter().map(|&(x, y)| at(x, y)));
            let points = start..journey.points.len();
            journey.parts.push(Part { points, name: *name, length_mm: 1000, duration_ms: 200, lts: 2, ..Part::EMPTY });
        }
        journey
    }

    fn told(corners: &[(i32, i32)], names: &[Option<&str>]) -> Vec<String> {
        steps(&journey(corners, names)).into_iter().map(|step| step.instruction).collect()
    }

    #[test]
    fn north_then_west_is_a_left_turn() {
        let told = |last| told(&[(0, 0), (0, 100), last], &[Some("A"), Some("B")]);
        assert_eq!(told((-100, 100)), ["Ride north on A", "Turn left onto B", "You have arrived"]);
        assert_eq!(told((100, 100)), ["Ride north on A", "Turn right onto B", "You have arrived"]);
        assert_eq!(told((100, 200))[1], "Bear right onto B");
        assert_eq!(told((-150, 40))[1], "Turn sharp left onto B");
        assert_eq!(told((0, 0))[1], "Turn round onto B");
        assert_eq!(told((5, 200))[1], "Continue on B");
    }

    #[test]
    fn one_street_is_one_step_until_it_turns() {
        let corners = [(0, 0), (100, 0), (200, 10), (300, 0), (300, -100)];
        let names = [Some("A"); 4];
        assert_eq!(told(&corners, &names), ["Ride east on A", "Turn right to stay on A", "You have arrived"]);
        let steps = steps(&journey(&corners, &names));
        assert_eq!((steps[0].length_mm, steps[0].duration_ms, steps[1].point), (3000, 600, at(300, 0)));
        assert_eq!(told(&corners[..3], &[None, None]), ["Ride east on the road", "You have arrived"]);
    }

    #[test]
    fn the_first_metres_do_not_decide() {
        // North; then a metre west, as across a traffic island, then on north.
        let mut journey = journey(&[(0, 0), (0, 100), (0, 200)], &[Some("A"), Some("B")]);
        journey.points[2..].copy_from_slice(&[at(0, 100), at(-1, 200)]);
        journey.points.insert(3, Point { lon_e7: at(0, 100).lon_e7 - 180, ..at(0, 100) });
        journey.parts[1].points = 2..5;
        assert_eq!(steps(&journey)[1].maneuver, Maneuver::Straight);
    }

    #[test]
    fn nothing_ridden_is_no_step() {
        assert_eq!(steps(&Journey::default()), []);
    }
}
