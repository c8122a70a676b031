//! From a place to the nearest street.
//!
//! The nearest *point of the nearest segment*, by flat distance on a map that is true at the place itself. At a junction several segments are equally
//! near: the lowest id is taken, and along one line the first piece, so that every implementation finds the same one. Where the point lies along the
//! segment is a whole number of millimetres, `floor(share of the line's flat length × length_mm + 0.5)`; from there on there is only integer arithmetic.

use crate::city::City;
use crate::geo::{METRES_PER_UNIT, Point, Projection, round_i32};
use crate::limits::SNAP_LIMIT_M;

/// Search boxes, in metres, each tried when the one before holds nothing near enough. In a city the first nearly always does.
const RADII_M: [f64; 3] = [40.0, 120.0, SNAP_LIMIT_M];

/// A place on a street.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snap {
    pub segment: u32,
    /// The point lies between points `piece` and `piece + 1` of the segment's line.
    pub piece: usize,
    pub point: Point,
    /// Millimetres along the segment, from its tail: 0 ..= `length_mm`.
    pub offset_mm: u32,
    /// How far the street is from the place asked for.
    pub distance_m: f64,
}

impl Snap {
    /// The junction where this is, if it is exactly at one.
    #[must_use]
    pub fn junction(&self, city: &City<'_>) -> Option<u32> {
        let segment = city.segment(self.segment);
        match self.offset_mm {
            0 => Some(segment.tail),
            offset if offset == segment.length_mm => Some(segment.head),
            _ => None,
        }
    }
}

/// The nearest point of the nearest street, unless it is farther than [`SNAP_LIMIT_M`].
#[must_use]
pub fn snap(city: &City<'_>, place: Point) -> Option<Snap> {
    let map = Projection::at(place.lat_e7);
    let mut line = Vec::new();
    for radius_m in RADII_M {
        let mut best: Option<(f64, u32, Foot)> = None;
        for segment in city.grid().near(place, radius_m) {
            city.line(segment, &mut line);
            let foot = foot_on_line(map, &line, place);
            let nearer = best.as_ref().is_none_or(|(square, id, _)| foot.square < *square || (foot.square == *square && segment < *id));
            if nearer {
                best = Some((foot.square, segment, foot));
            }
        }
        let Some((square, segment, foot)) = best else { continue };
        let distance_m = square.sqrt() * METRES_PER_UNIT;
        if distance_m <= radius_m {
            city.line(segment, &mut line);
            return Some(place_on(map, segment, &line, city.segment(segment).length_mm, &foot, distance_m));
        }
    }
    None
}

/// The nearest point of a line: which piece, how far along it (0 ..= 1), squared distance.
#[derive(Debug, Clone, Copy)]
struct Foot {
    piece: usize,
    along: f64,
    square: f64,
}

fn foot_on_line(map: Projection, line: &[Point], place: Point) -> Foot {
    let mut best = Foot { piece: 0, along: 0.0, square: f64::INFINITY };
    for (piece, ends) in line.windows(2).enumerate() {
        let (dx, dy) = map.vector(ends[0], ends[1]);
        let (px, py) = map.vector(ends[0], place);
        let length_square = dx * dx + dy * dy;
        let along = if length_square > 0.0 { ((px * dx + py * dy) / length_square).clamp(0.0, 1.0) } else { 0.0 };
        let (ex, ey) = (along * dx - px, along * dy - py);
        let square = ex * ex + ey * ey;
        if square < best.square {
            best = Foot { piece, along, square };
        }
    }
    best
}

fn place_on(map: Projection, segment: u32, line: &[Point], length_mm: u32, foot: &Foot, distance_m: f64) -> Snap {
    let (mut before, mut total) = (0.0, 0.0);
    for (piece, ends) in line.windows(2).enumerate() {
        let length = map.distance(ends[0], ends[1]);
        if piece == foot.piece {
            before = total + foot.along * length;
        }
        total += length;
    }
    let share = if total > 0.0 { before / total } else { 0.0 };
    let (a, b) = (line[foot.piece], line[foot.piece + 1]);
    let between = |a: i32, b: i32| round_i32(f64::from(a) + foot.along * (f64::from(b) - f64::from(a)));
    let point = Point { lon_e7: between(a.lon_e7, b.lon_e7), lat_e7: between(a.lat_e7, b.lat_e7) };
    Snap { segment, piece: foot.piece, point, offset_mm: offset_mm(share, length_mm), distance_m }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 0 ..= 1 of a u32, rounded and bounded by it")]
fn offset_mm(share: f64, length_mm: u32) -> u32 {
    ((share * f64::from(length_mm) + 0.5).floor() as u32).min(length_mm)
}
