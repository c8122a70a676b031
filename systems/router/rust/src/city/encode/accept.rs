//! What parts are accepted.

use crate::cch::CchError;
use crate::city::Direction;
use crate::limits::COUNT_MAX;
use crate::parts::{CityParts, StreetPart, TurnRule};

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EncodeError {
    #[error("street {street} {problem}")]
    Street { street: usize, problem: &'static str },
    #[error("turn {turn} {problem}")]
    Turn { turn: usize, problem: &'static str },
    #[error("the {what} of the city {problem}")]
    Table { what: &'static str, problem: &'static str },
    #[error("the routing graph cannot be indexed")]
    Index(#[from] CchError),
    #[error("{what}: {count} are too many for one city file; take a smaller extract")]
    TooMany { what: &'static str, count: usize },
}

pub(super) fn check(parts: &CityParts) -> Result<(), EncodeError> {
    for (what, problem) in [
        ("name", name_problem(&parts.name)),
        ("stops", stops_problem(parts)),
        ("classes", classes_problem(parts)),
        ("kinds of turns", kinds_problem(parts)),
    ] {
        problem.map_or(Ok(()), |problem| Err(EncodeError::Table { what, problem }))?;
    }
    for (index, street) in parts.streets.iter().enumerate() {
        street_problem(parts, street).map_or(Ok(()), |problem| Err(EncodeError::Street { street: index, problem }))?;
    }
    let open = |(street, direction): (u32, Direction)| {
        let street = parts.streets.get(street as usize)?;
        if direction == Direction::Forward { street.forward } else { street.backward }
    };
    let kinds = parts.turn_kinds.len().max(1);
    for (index, turn) in parts.turns.iter().enumerate() {
        let problem = match turn.rule {
            _ if open(turn.from).is_none() || open(turn.to).is_none() => "is between ways that are not open",
            TurnRule::Kind(kind) if usize::from(kind) >= kinds => "is of no known kind",
            _ => continue,
        };
        return Err(EncodeError::Turn { turn: index, problem });
    }
    // A way is its street × 2 + direction, and one bit marks expanded junctions.
    id(parts.streets.len().saturating_mul(4), "streets").map(|_| ())
}

fn name_problem(name: &str) -> Option<&'static str> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (name.len() > 64 || !name.bytes().all(good)).then_some("is not 1 to 64 of a-z, 0-9 and \"-\"")
}

fn stops_problem(parts: &CityParts) -> Option<&'static str> {
    let rising =
        parts.stops.windows(2).all(|pair| pair[0].comfort_pct < pair[1].comfort_pct && pair[0].stress_weight <= pair[1].stress_weight);
    let last = parts.stops.last().is_none_or(|stop| stop.comfort_pct <= 100);
    (!rising || !last).then_some("do not rise from 0 to 100")
}

fn classes_problem(parts: &CityParts) -> Option<&'static str> {
    let bad = parts.classes.iter().any(|class| class.effort_pct < 100 || !(1..=4).contains(&class.lts));
    let many = parts.classes.len() > usize::from(u16::MAX);
    (bad || many).then_some("are more than 65,535, or quicker than riding, or of no level of stress")
}

fn kinds_problem(parts: &CityParts) -> Option<&'static str> {
    let free = parts.turn_kinds.first().is_none_or(|kind| kind.delay_dm == 0 && kind.stress_dm == 0);
    (!free || parts.turn_kinds.len() > 255).then_some("are more than 255, or the first is not free")
}

fn street_problem(parts: &CityParts, street: &StreetPart) -> Option<&'static str> {
    let ends = [street.tail, street.head].map(|node| parts.nodes.get(node as usize));
    let ways = || [street.forward, street.backward].into_iter().flatten();
    if ends.contains(&None) {
        Some("ends at a node that is not there")
    } else if street.line.len() < 2 || street.length_mm == 0 {
        Some("has fewer than two points or no length")
    } else if [street.line.first(), street.line.last()] != ends {
        Some("does not begin and end at its nodes")
    } else if ways().next().is_none() {
        Some("is closed both ways")
    } else if ways().any(|way| usize::from(way.class) >= parts.classes.len()) {
        Some("is of a class that is not there")
    } else if street.name.is_some_and(|name| name as usize >= parts.names.len()) {
        Some("has a name that is not there")
    } else {
        None
    }
}

pub(super) fn id(count: usize, what: &'static str) -> Result<u32, EncodeError> {
    let too_many = EncodeError::TooMany { what, count };
    if count > COUNT_MAX { Err(too_many) } else { u32::try_from(count).map_err(|_| too_many) }
}
