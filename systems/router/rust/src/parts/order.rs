//! Streets and junctions numbered by place: those near each other get near numbers.
//!
//! A route reads what is stored of its streets. Stored in the order of an extract they lie all over the file; in this order a few pages hold those of a quarter, and one line of the
//! processor's cache those of a street. Streets follow a Hilbert curve, junctions the streets.

use super::{CityParts, StreetPart};
use crate::city::NONE;
use crate::geo::Point;

/// Cells on each side of the curve's square, as a power of two: some 10 m in a metro.
const LEVELS: u32 = 15;

impl CityParts {
    /// The same city with other numbers for streets and junctions.
    #[must_use]
    pub fn in_order_of_place(mut self) -> Self {
        let square = Square::round(&self.nodes);
        let key = |street: &StreetPart| street.line.get(street.line.len() / 2).map_or(0, |point| square.along(*point));
        let mut streets: Vec<(u32, u32, StreetPart)> =
            (0..).zip(self.streets).map(|(old, street): (u32, _)| (key(&street), old, street)).collect();
        streets.sort_by_key(|(key, old, _)| (*key, *old));
        let mut number = vec![0; streets.len()];
        (0..).zip(&streets).for_each(|(new, (_, old, _)): (u32, _)| number[*old as usize] = new);
        self.streets = streets.into_iter().map(|(_, _, street)| street).collect();
        for way in self.turns.iter_mut().flat_map(|turn| [&mut turn.from, &mut turn.to]) {
            way.0 = number[way.0 as usize];
        }
        self.order_junctions();
        self
    }

    /// In the order in which streets first touch them.
    fn order_junctions(&mut self) {
        let mut number = vec![NONE; self.nodes.len()];
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for end in self.streets.iter_mut().flat_map(|street| [&mut street.tail, &mut street.head]) {
            let new = &mut number[*end as usize];
            if *new == NONE {
                *new = u32::try_from(nodes.len()).unwrap_or(NONE);
                nodes.push(self.nodes[*end as usize]);
            }
            *end = *new;
        }
        let untouched = number.iter().zip(&self.nodes).filter(|(number, _)| **number == NONE).map(|(_, node)| *node);
        nodes.extend(untouched);
        self.nodes = nodes;
    }
}

/// The square that the curve fills.
struct Square {
    west: i32,
    south: i32,
    side: u64,
}

impl Square {
    fn round(points: &[Point]) -> Self {
        let span = |of: fn(&Point) -> i32| {
            let low = points.iter().map(of).min().unwrap_or(0);
            (low, points.iter().map(of).max().unwrap_or(0).abs_diff(low))
        };
        let ((west, width), (south, height)) = (span(|point| point.lon_e7), span(|point| point.lat_e7));
        Self { west, south, side: u64::from(width.max(height)) + 1 }
    }

    /// How far along the curve a point is.
    fn along(&self, point: Point) -> u32 {
        let cell = |at: i32, low: i32| {
            let cell = (u64::from(at.abs_diff(low)) << LEVELS) / self.side;
            u32::try_from(cell).unwrap_or(0).min((1 << LEVELS) - 1)
        };
        hilbert(cell(point.lon_e7, self.west), cell(point.lat_e7, self.south))
    }
}

/// The place of a cell on Hilbert's curve: quarter by quarter, each turned so that the curve through it begins where the one before ended.
fn hilbert(mut x: u32, mut y: u32) -> u32 {
    let mut along = 0;
    for level in (0..LEVELS).rev() {
        let (right, upper) = (x >> level & 1, y >> level & 1);
        along = (along << 2) | ((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
    }
    along
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_from_each_cell_to_a_neighbour() {
        let mut cells: Vec<(u32, u32, u32)> = (0..32).flat_map(|x| (0..32).map(move |y| (hilbert(x, y), x, y))).collect();
        cells.sort_unstable();
        assert!(cells.iter().zip(0..).all(|((along, ..), expected)| *along == expected), "the first 32 x 32 cells come first");
        assert!(cells.windows(2).all(|pair| pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2) == 1));
    }
}
