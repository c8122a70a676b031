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
    bytes: &'a [u8],
    direction: Direction,
    is_whole: bool,
}

/// Appends the line of a whole route.
///
/// A long route's streets lie all over the file, and nearly every look-up misses the processor's cache. So all of them are looked up before the first is decoded: such
/// loads do not wait for one another. Where a street begins is known from the one before.
pub(super) fn all(city: &City<'_>, route: &Route, points: &mut Vec<Point>) {
    let find = |leg: &Leg| Found {
        bytes: city.line_bytes(leg.segment),
        direction: leg.direction,
        is_whole: leg.length_mm() == city.segment(leg.segment).length_mm,
    };
    let found: Vec<Found<'_>> = route.legs.iter().map(find).collect();
    // Of each line one byte, for the same reason; the sum is of no use but to have been read.
    let touched = found.iter().fold(0_u8, |sum, street| sum.wrapping_add(street.bytes.first().copied().unwrap_or(0)));
    std::hint::black_box(touched);
    let mut at = None;
    let mut part = Vec::new();
    for (leg, street) in route.legs.iter().zip(&found) {
        if street.is_whole {
            let start = at.unwrap_or_else(|| city.point(city.segment(leg.segment).from(leg.direction)));
            if points.last() != Some(&start) {
                points.push(start);
            }
            street.append(start, points);
        } else {
            line(city, route, leg, &mut part);
            let joins = usize::from(points.last() == part.first());
            points.extend_from_slice(&part[joins..]);
        }
        at = points.last().copied();
    }
}

impl Found<'_> {
    /// Appends the line after its first point, which is `start`.
    fn append(&self, start: Point, points: &mut Vec<Point>) {
        let from = points.len();
        if self.direction == Direction::Forward {
            crate::city::line::read(self.bytes, start, points);
            return;
        }
        // As seen from a tail at 0, 0: turned round, each point is followed by the one that is to stand in its place, and the last by the tail.
        crate::city::line::read(self.bytes, Point { lon_e7: 0, lat_e7: 0 }, points);
        let Some(Point { lon_e7, lat_e7 }) = points.get(from..).and_then(<[Point]>::last).copied() else { return };
        let tail = Point { lon_e7: start.lon_e7.wrapping_sub(lon_e7), lat_e7: start.lat_e7.wrapping_sub(lat_e7) };
        let points = &mut points[from..];
        points.reverse();
        points.rotate_left(1);
        for point in points.iter_mut() {
            *point = Point { lon_e7: tail.lon_e7.wrapping_add(point.lon_e7), lat_e7: tail.lat_e7.wrapping_add(point.lat_e7) };
        }
        if let Some(last) = points.last_mut() {
            *last = tail;
        }
    }
}
