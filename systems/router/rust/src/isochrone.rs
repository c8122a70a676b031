//! Where a rider gets to in a given time, as polygons.
//!
//! The pieces of street reached within a time are drawn as a field of distances on a raster: each raster point knows how far the nearest reached piece is.
//! The polygon is where that is less than [`MARGIN_CELLS`] cells, found by marching squares. Two things follow, and are tested:
//! every reached place is inside, because all four corners of its cell are within the margin; and the polygon of a longer time holds that of a shorter one
//! to within a cell, because its distances are nowhere greater.

use contour::ContourBuilder;

use crate::geo::{METRES_PER_UNIT, Point, Projection, round_i32};
use crate::json::Json;
use crate::limits::ISOCHRONE_RASTER_MAX;

/// Least width of a raster cell: a street with its two sides.
const CELL_M_MIN: f64 = 25.0;
/// Distance at which the polygon ends. A cell's corner is at most √2 cells from any place in it, and pieces are drawn every half cell: 1.91 are enough.
const MARGIN_CELLS: f64 = 2.0;
/// Raster points beyond the outermost street: the margin, and a ring that is outside, so that every polygon closes.
const FRAME_CELLS: f64 = 4.0;

/// A piece of street as it was ridden: a straight line and when its ends were reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    pub from: Point,
    pub to: Point,
    pub from_ms: u32,
    pub to_ms: u32,
}

/// One polygon: its outer ring, then its holes; each ring closed, outer rings counterclockwise as GeoJSON wants.
pub type Polygon = Vec<Vec<Point>>;

/// The area reached within each of `times_ms`, in their order.
#[must_use]
pub fn isochrones(pieces: &[Piece], times_ms: &[u32]) -> Vec<Vec<Polygon>> {
    let Some(raster) = Raster::round(pieces) else { return vec![Vec::new(); times_ms.len()] };
    times_ms.iter().map(|&time_ms| raster.polygons(&raster.field(pieces, time_ms))).collect()
}

/// Writes a Polygon or MultiPolygon geometry.
pub fn write_geometry(json: &mut Json, polygons: &[Polygon]) {
    let rings = |json: &mut Json, polygon: &Polygon| {
        json.array(polygon, |json, ring| {
            json.line(ring);
        });
    };
    if let [polygon] = polygons {
        json.raw("{\"type\":\"Polygon\",\"coordinates\":");
        rings(json, polygon);
    } else {
        json.raw("{\"type\":\"MultiPolygon\",\"coordinates\":").array(polygons, rings);
    }
    json.raw("}");
}

/// A grid of points over everything reached.
#[derive(Debug)]
struct Raster {
    map: Projection,
    corner: Point,
    /// Between neighbouring points, in units of latitude.
    cell: f64,
    columns: usize,
    rows: usize,
}

impl Raster {
    fn round(pieces: &[Piece]) -> Option<Self> {
        let points = || pieces.iter().flat_map(|piece| [piece.from, piece.to]);
        let (west, east) = (points().map(|p| p.lon_e7).min()?, points().map(|p| p.lon_e7).max()?);
        let (south, north) = (points().map(|p| p.lat_e7).min()?, points().map(|p| p.lat_e7).max()?);
        let corner = Point { lon_e7: west, lat_e7: south };
        let map = Projection::at(i32::midpoint(south, north));
        let (width, height) = map.vector(corner, Point { lon_e7: east, lat_e7: north });
        let room = cells_f64(ISOCHRONE_RASTER_MAX) - 2.0 * FRAME_CELLS - 2.0;
        let cell = (CELL_M_MIN / METRES_PER_UNIT).max(width.max(height) / room);
        let count = |extent: f64| whole(extent / cell + 2.0 * FRAME_CELLS) + 2;
        Some(Self { map, corner, cell, columns: count(width), rows: count(height) })
    }

    /// Where a place lies, in cells.
    fn place(&self, point: Point) -> (f64, f64) {
        let (x, y) = self.map.vector(self.corner, point);
        (x / self.cell + FRAME_CELLS, y / self.cell + FRAME_CELLS)
    }

    fn point(&self, x: f64, y: f64) -> Point {
        let (dx, dy) = ((x - FRAME_CELLS) * self.cell / self.map.lon_scale.max(0.001), (y - FRAME_CELLS) * self.cell);
        let lon_e7 = round_i32(f64::from(self.corner.lon_e7) + dx).clamp(-Point::MAX_LON_E7, Point::MAX_LON_E7);
        Point { lon_e7, lat_e7: round_i32(f64::from(self.corner.lat_e7) + dy).clamp(-Point::MAX_LAT_E7, Point::MAX_LAT_E7) }
    }

    /// For every raster point, how much nearer than the margin a place reached in time is, in cells; -[`MARGIN_CELLS`] where none is near.
    fn field(&self, pieces: &[Piece], time_ms: u32) -> Vec<f64> {
        let mut field = vec![-MARGIN_CELLS; self.columns * self.rows];
        for piece in pieces.iter().filter(|piece| piece.from_ms <= time_ms) {
            let duration_ms = f64::from(piece.to_ms.saturating_sub(piece.from_ms)).max(1.0);
            let share = (f64::from(time_ms - piece.from_ms) / duration_ms).min(1.0);
            let (from, to) = (self.place(piece.from), self.place(piece.to));
            let (dx, dy) = ((to.0 - from.0) * share, (to.1 - from.1) * share);
            let steps = (dx.hypot(dy) * 2.0).ceil().max(1.0);
            for step in 0..=whole(steps) {
                let along = cells_f64(step) / steps;
                self.stamp(&mut field, from.0 + dx * along, from.1 + dy * along);
            }
        }
        field
    }

    fn stamp(&self, field: &mut [f64], x: f64, y: f64) {
        let span = |at: f64, count: usize| whole((at - MARGIN_CELLS).ceil().max(0.0))..(whole(at + MARGIN_CELLS) + 1).min(count);
        for row in span(y, self.rows) {
            for column in span(x, self.columns) {
                let nearer = MARGIN_CELLS - (cells_f64(column) - x).hypot(cells_f64(row) - y);
                let there = &mut field[row * self.columns + column];
                *there = there.max(nearer);
            }
        }
    }

    fn polygons(&self, field: &[f64]) -> Vec<Polygon> {
        // The field has the size that was promised and zero is a number, which is all that can be wrong.
        let contours = ContourBuilder::new(self.columns, self.rows, true).contours(field, &[0.0]).unwrap_or_default();
        let shapes = contours.into_iter().flat_map(|contour| contour.into_inner().0);
        let polygons = shapes.map(|shape| {
            let (outer, holes) = shape.into_inner();
            // The crate has the value of index i at i + 0.5.
            let ring = |points: Vec<(f64, f64)>, outer| closed(points.into_iter().map(|(x, y)| self.point(x - 0.5, y - 0.5)), outer);
            let outer = ring(outer.0.iter().map(|at| (at.x, at.y)).collect(), true);
            let holes = holes.iter().filter_map(|hole| ring(hole.0.iter().map(|at| (at.x, at.y)).collect(), false));
            outer.into_iter().flat_map(|outer| std::iter::once(outer).chain(holes.clone())).collect::<Polygon>()
        });
        polygons.filter(|polygon| !polygon.is_empty()).collect()
    }
}

/// A ring as GeoJSON wants it: its first point again at the end, counterclockwise when it is an outer one. `None` for one without area.
fn closed(points: impl Iterator<Item = Point>, outer: bool) -> Option<Vec<Point>> {
    let mut ring: Vec<Point> = points.collect();
    ring.dedup();
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let cross = |a: Point, b: Point| i128::from(a.lon_e7) * i128::from(b.lat_e7) - i128::from(b.lon_e7) * i128::from(a.lat_e7);
    let next = ring.iter().cycle().skip(1);
    let double_area: i128 = ring.iter().zip(next).map(|(a, b)| cross(*a, *b)).sum();
    if double_area == 0 {
        return None;
    }
    if (double_area > 0) != outer {
        ring.reverse();
    }
    ring.push(ring[0]);
    Some(ring)
}

#[expect(clippy::cast_precision_loss, reason = "a raster has at most 512 rows and columns")]
fn cells_f64(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a raster has at most 512 rows and columns, and `as` saturates"
)]
fn whole(cells: f64) -> usize {
    cells as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(x: i32, y: i32) -> Point {
        Point { lon_e7: 249_000_000 + x * 1000, lat_e7: 601_700_000 + y * 1000 }
    }

    /// By counting crossings, in exact integers.
    fn ring_holds(ring: &[Point], place: Point) -> bool {
        let crosses = |ends: &[Point]| {
            let (a, b) = if ends[0].lat_e7 <= ends[1].lat_e7 { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
            let [dx, dy, px, py] =
                [b.lon_e7 - a.lon_e7, b.lat_e7 - a.lat_e7, place.lon_e7 - a.lon_e7, place.lat_e7 - a.lat_e7].map(i128::from);
            a.lat_e7 <= place.lat_e7 && place.lat_e7 < b.lat_e7 && px * dy < py * dx
        };
        ring.windows(2).filter(|ends| crosses(ends)).count() % 2 == 1
    }

    fn holds(polygons: &[Polygon], place: Point) -> bool {
        polygons.iter().any(|polygon| polygon.iter().filter(|ring| ring_holds(ring, place)).count() == 1)
    }

    /// Whether a place or one within a cell of it is inside: marching squares may join the corners of a cell in two ways.
    fn near(polygons: &[Polygon], place: Point, pieces: &[Piece]) -> bool {
        let cell = round_i32(Raster::round(pieces).unwrap().cell);
        // A degree of longitude is half as long here.
        let moved = |x: i32, y: i32| Point { lon_e7: place.lon_e7 + 2 * x * cell, lat_e7: place.lat_e7 + y * cell };
        (-1..=1).any(|x| (-1..=1).any(|y| holds(polygons, moved(x, y))))
    }

    #[test]
    fn a_ring_of_streets_has_a_hole() {
        let corners = [at(0, 0), at(100, 0), at(100, 50), at(0, 50), at(0, 0)];
        let pieces: Vec<Piece> = corners.windows(2).map(|ends| Piece { from: ends[0], to: ends[1], from_ms: 0, to_ms: 1000 }).collect();
        let [reached, nothing]: [_; 2] = isochrones(&pieces, &[1000, 0]).try_into().unwrap();
        assert_eq!((reached.len(), reached[0].len()), (1, 2), "{reached:?}");
        assert!(holds(&reached, at(50, 0)) && holds(&reached, at(0, 25)) && !holds(&reached, at(50, 25)) && !holds(&reached, at(50, -10)));
        // At once, only the corners where a street begins.
        assert_eq!(nothing.len(), 4);
        assert!(holds(&nothing, at(0, 0)) && !holds(&nothing, at(50, 0)));
    }

    #[test]
    fn nothing_reached_is_no_polygon() {
        assert_eq!(isochrones(&[], &[1, 2]), vec![Vec::<Polygon>::new(); 2]);
    }

    proptest! {
        /// Reached places are inside; what is inside for a shorter time is inside for a longer; rings are closed and turn the right way.
        #[test]
        fn reached_places_are_inside_and_times_nest(
            drawn in proptest::collection::vec((0..900_i32, 0..500_i32, -90..90_i32, -90..90_i32, 0..600_000_u32, 0..300_000_u32), 1..30),
            places in proptest::collection::vec((-50..950_i32, -50..550_i32), 50),
            scale in 1..40_i32,
        ) {
            let pieces: Vec<Piece> = drawn.iter().map(|&(x, y, dx, dy, from_ms, duration_ms)| {
                Piece { from: at(x * scale, y * scale), to: at((x + dx) * scale, (y + dy) * scale), from_ms, to_ms: from_ms + duration_ms }
            }).collect();
            let times = [200_000, 400_000, 900_000];
            let areas = isochrones(&pieces, &times);
            for (area, time_ms) in areas.iter().zip(times) {
                for piece in pieces.iter().filter(|piece| piece.from_ms <= time_ms) {
                    let share = (f64::from(time_ms - piece.from_ms) / f64::from(piece.to_ms - piece.from_ms).max(1.0)).min(1.0);
                    for along in [0.0, 0.37, 1.0] {
                        let between = |a: i32, b: i32| round_i32(f64::from(a) + (f64::from(b) - f64::from(a)) * share * along);
                        let place = Point { lon_e7: between(piece.from.lon_e7, piece.to.lon_e7), lat_e7: between(piece.from.lat_e7, piece.to.lat_e7) };
                        prop_assert!(holds(area, place), "{:?} at {}", place, time_ms);
                    }
                }
                for ring in area.iter().flatten() {
                    prop_assert!(ring.len() >= 4 && ring.first() == ring.last());
                }
            }
            for &(x, y) in &places {
                let place = at(x * scale, y * scale);
                for both in areas.windows(2) {
                    prop_assert!(!holds(&both[0], place) || near(&both[1], place, &pieces), "{:?}", place);
                }
            }
        }
    }
}
