//! Which segments are near a place: a uniform grid.
//!
//! The box round all lines is cut into `columns × rows` cells; `segments[first[c] .. first[c + 1]]` are the segments whose line touches cell
//! c = row × columns + column, ascending. A segment stands in every cell it touches, so a box that overlaps a line overlaps a
//! cell that lists it. Cells are about [`CELL_M`] wide, wider where that would make more than two a segment.

use super::format::GridShape;
use crate::geo::{METRES_PER_UNIT, Point, Projection};

/// Wanted width of a cell, in metres: a street block or two.
const CELL_M: f64 = 120.0;
const CELLS_MIN: f64 = 64.0;

#[derive(Debug, Clone, Copy)]
pub struct Grid<'a> {
    pub(super) shape: &'a GridShape,
    pub(super) first: &'a [u32],
    pub(super) segments: &'a [u32],
}

impl<'a> Grid<'a> {
    /// Lists the segments of every cell that the box of `radius_m` round `center` overlaps; a segment may come more than once.
    pub fn near(self, center: Point, radius_m: f64) -> impl Iterator<Item = u32> + 'a {
        let half_lat = radius_m / METRES_PER_UNIT;
        // The box is as wide as its side nearest the pole needs; 0.001 keeps it finite there.
        let widest = center.lat_e7.saturating_abs().saturating_add(units(half_lat)).min(Point::MAX_LAT_E7);
        let half_lon = half_lat / Projection::at(widest).lon_scale.max(0.001);
        let reach = |middle: i32, half: f64| (i64::from(middle) - i64::from(units(half)), i64::from(middle) + i64::from(units(half)));
        let shape = self.shape;
        let (west, east) = reach(center.lon_e7, half_lon);
        let (south, north) = reach(center.lat_e7, half_lat);
        let columns = span(west, east, shape.min_lon_e7, shape.cell_lon_e7, shape.columns);
        let rows = span(south, north, shape.min_lat_e7, shape.cell_lat_e7, shape.rows);
        let row_starts = rows.map(move |row| row * shape.columns as usize);
        row_starts.flat_map(move |start| {
            let cells = start + columns.start..start + columns.end;
            let [from, to] = [cells.start, cells.end].map(|cell| self.first.get(cell).map_or(0, |first| *first as usize));
            self.segments.get(from..to).unwrap_or_default().iter().copied()
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which only widens a search box to the whole Earth")]
fn units(x: f64) -> i32 {
    x.ceil() as i32
}

/// The cells of one axis that `low ..= high` overlaps.
fn span(low: i64, high: i64, min: i32, cell: u32, count: u32) -> std::ops::Range<usize> {
    let cell_of = |x: i64| (x - i64::from(min)).div_euclid(i64::from(cell));
    let clamp = |x: i64| usize::try_from(x.clamp(0, i64::from(count))).unwrap_or(0);
    clamp(cell_of(low))..clamp(cell_of(high) + 1)
}

/// The grid of some lines: its shape, `first` and `segments`.
pub(super) fn build(lines: &[&[Point]]) -> (GridShape, Vec<u32>, Vec<u32>) {
    let shape = shape(lines);
    let cells = shape.columns as usize * shape.rows as usize;
    let mut listed = Vec::new();
    for (line, segment) in lines.iter().zip(0..) {
        let from = listed.len();
        for piece in line.windows(2) {
            touch(&shape, piece[0], piece[1], |cell| listed.push((cell, segment)));
        }
        listed[from..].sort_unstable();
        let mut kept = from;
        for next in from..listed.len() {
            if kept == from || listed[kept - 1] != listed[next] {
                listed[kept] = listed[next];
                kept += 1;
            }
        }
        listed.truncate(kept);
    }
    listed.sort_unstable();
    let mut first = Vec::with_capacity(cells + 1);
    let mut position = 0;
    for cell in 0..=cells {
        while listed.get(position).is_some_and(|(at, _)| *at < cell) {
            position += 1;
        }
        first.push(u32::try_from(position).unwrap_or(u32::MAX));
    }
    (shape, first, listed.into_iter().map(|(_, segment)| segment).collect())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "cell sizes and counts, bounded here"
)]
fn shape(lines: &[&[Point]]) -> GridShape {
    let points = || lines.iter().flat_map(|line| line.iter());
    let [min_lon_e7, max_lon_e7] = [points().map(|p| p.lon_e7).min(), points().map(|p| p.lon_e7).max()].map(Option::unwrap_or_default);
    let [min_lat_e7, max_lat_e7] = [points().map(|p| p.lat_e7).min(), points().map(|p| p.lat_e7).max()].map(Option::unwrap_or_default);
    let middle = i32::midpoint(min_lat_e7, max_lat_e7);
    let scale = Projection::at(middle).lon_scale.max(0.001);
    let (width, height) = (f64::from(max_lon_e7) - f64::from(min_lon_e7), f64::from(max_lat_e7) - f64::from(min_lat_e7));
    let cells_max = (2.0 * lines.len() as f64).max(CELLS_MIN);
    let cell = (CELL_M / METRES_PER_UNIT).max((width * scale * height / cells_max).sqrt()).max((width * scale).max(height) / cells_max);
    let (cell_lon_e7, cell_lat_e7) = ((cell / scale).ceil() as u32, cell.ceil() as u32);
    let count = |extent: f64, cell: u32| (extent / f64::from(cell)).floor() as u32 + 1;
    let (columns, rows) = (count(width, cell_lon_e7), count(height, cell_lat_e7));
    GridShape { min_lon_e7, min_lat_e7, max_lon_e7, max_lat_e7, cell_lon_e7, cell_lat_e7, columns, rows }
}

/// Calls `at` with every cell the straight piece a-b touches (and perhaps a neighbour), row by row, so that a long diagonal does not fill its whole box.
fn touch(shape: &GridShape, a: Point, b: Point, mut at: impl FnMut(usize)) {
    let (low, high) = if a.lat_e7 <= b.lat_e7 { (a, b) } else { (b, a) };
    let rise = f64::from(high.lat_e7) - f64::from(low.lat_e7);
    let lon_at = |lat: i64| -> i64 {
        let lat = lat.clamp(i64::from(low.lat_e7), i64::from(high.lat_e7)) - i64::from(low.lat_e7);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "an interpolated longitude, far inside both types"
        )]
        let lon = (f64::from(low.lon_e7) + (f64::from(high.lon_e7) - f64::from(low.lon_e7)) * (lat as f64 / rise)) as i64;
        lon
    };
    for row in span(i64::from(low.lat_e7), i64::from(high.lat_e7), shape.min_lat_e7, shape.cell_lat_e7, shape.rows) {
        let south = i64::from(shape.min_lat_e7) + i64::try_from(row).unwrap_or(0) * i64::from(shape.cell_lat_e7);
        let [p, q] =
            if rise > 0.0 { [lon_at(south), lon_at(south + i64::from(shape.cell_lat_e7))] } else { [a.lon_e7, b.lon_e7].map(i64::from) };
        // One unit to each side covers the rounding of `lon_at`.
        for column in span(p.min(q) - 1, p.max(q) + 1, shape.min_lon_e7, shape.cell_lon_e7, shape.columns) {
            at(row * shape.columns as usize + column);
        }
    }
}
