//! The line ridden on a leg.

use super::{Leg, Route};
use crate::city::{City, Direction};
use crate::geo::Point;

pub(super) fn line(city: &City<'_>, route: &Route, leg: &Leg, line: &mut Vec<Point>) {
    city.line(leg.segment, line);
    let length_mm = city.segment(leg.segment).length_mm;
    let (low, high) = (leg.from_mm.min(leg.to_mm), leg.from_mm.max(leg.to_mm));
    // An end at 0 or the full length is a junction; any other is where a place was found.
    if (low, high) != (0, length_mm) {
        let at = |offset_mm| route.snaps.iter().find(|snap| snap.segment == leg.segment && snap.offset_mm == offset_mm);
        if let Some(end) = at(high).filter(|_| high < length_mm) {
            line.truncate(end.piece + 1);
            line.push(end.point);
        }
        if let Some(start) = at(low).filter(|_| low > 0) {
            let inner = (start.piece + 1).min(line.len() - 1);
            line.splice(..inner, [start.point]);
        }
    }
    line.dedup();
    if line.len() == 1 {
        line.push(line[0]);
    }
    if leg.direction == Direction::Backward {
        line.reverse();
    }
}

pub(super) fn all(city: &City<'_>, route: &Route, points: &mut Vec<Point>) {
    let mut part = Vec::new();
    for leg in &route.legs {
        line(city, route, leg, &mut part);
        let joins = usize::from(points.last() == part.first());
        points.extend_from_slice(&part[joins..]);
    }
}
