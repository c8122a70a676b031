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

/// A whole street of a route, looked up but not yet decoded.
#[derive(Debug, Clone, Copy)]
struct Found<'a> {
    /// Its junctions, from tail to head.
    ends: [Point; 2],
    bytes: &'a [u8],
    direction: Direction,
}

/// Appends the line of a whole route.
///
/// A long route's streets lie all over the file, and nearly every look-up misses the processor's cache. So all of them are looked up before the first is decoded: such
/// loads do not wait for one another.
pub(super) fn all(city: &City<'_>, route: &Route, points: &mut Vec<Point>) {
    let is_whole = |leg: &Leg| leg.length_mm() == city.segment(leg.segment).length_mm;
    let found: Vec<Found<'_>> = route
        .legs
        .iter()
        .map(|leg| {
            let segment = city.segment(leg.segment);
            Found {
                ends: [city.point(segment.tail), city.point(segment.head)],
                bytes: city.line_bytes(leg.segment),
                direction: leg.direction,
            }
        })
        .collect();
    // Of each line one byte, for the same reason; the sum is of no use but to have been read.
    let touched = found.iter().fold(0_u8, |sum, street| sum.wrapping_add(street.bytes.first().copied().unwrap_or(0)));
    std::hint::black_box(touched);
    let mut part = Vec::new();
    for (leg, street) in route.legs.iter().zip(&found) {
        if is_whole(leg) {
            street.append(points);
        } else {
            line(city, route, leg, &mut part);
            let joins = usize::from(points.last() == part.first());
            points.extend_from_slice(&part[joins..]);
        }
    }
}

impl Found<'_> {
    fn append(&self, points: &mut Vec<Point>) {
        let [tail, head] = self.ends;
        let (start, end) = if self.direction == Direction::Forward { (tail, head) } else { (head, tail) };
        if points.last() != Some(&start) {
            points.push(start);
        }
        let from = points.len();
        crate::city::line::read(self.bytes, tail, points);
        if self.direction == Direction::Backward {
            points[from..].reverse();
        }
        points.push(end);
    }
}
