//! Web Mercator: from degrees to the pixels of a tile.
//!
//! A tile is [`EXTENT`] units wide, y down, its corner at 0, 0. Lines may leave it by [`BUFFER`] on every side, so that strokes and joins
//! at its edge look as if there were no edge.

use std::f64::consts::PI;

use crate::geo::{Point, UNITS_PER_DEGREE};

pub const EXTENT: i32 = 4096;
/// A sixty-fourth of a tile: 4 pixels of a 256-pixel tile.
pub const BUFFER: i32 = 64;
/// North and south ends of the map.
const MAX_LAT: f64 = 85.051_128_779_806_6;

/// A tile of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileId {
    pub z: u8,
    pub x: u32,
    pub y: u32,
}

/// A point in tile units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pixel {
    pub x: f64,
    pub y: f64,
}

/// A box of degrees in fixed point, both corners inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub south_west: Point,
    pub north_east: Point,
}

impl Bounds {
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.south_west.lon_e7 <= other.north_east.lon_e7
            && other.south_west.lon_e7 <= self.north_east.lon_e7
            && self.south_west.lat_e7 <= other.north_east.lat_e7
            && other.south_west.lat_e7 <= self.north_east.lat_e7
    }
}

impl TileId {
    /// `None` where zoom `z` has no such tile.
    #[must_use]
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        (z <= 30 && x >> z == 0 && y >> z == 0).then_some(Self { z, x, y })
    }

    fn scale(self) -> f64 {
        f64::from(1_u32 << self.z) * f64::from(EXTENT)
    }

    #[must_use]
    pub fn pixel(self, point: Point) -> Pixel {
        let lat = (f64::from(point.lat_e7) / UNITS_PER_DEGREE).clamp(-MAX_LAT, MAX_LAT).to_radians();
        let x = f64::from(point.lon_e7) / UNITS_PER_DEGREE / 360.0 + 0.5;
        let y = 0.5 - lat.tan().asinh() / (2.0 * PI);
        Pixel { x: x * self.scale() - f64::from(self.x) * f64::from(EXTENT), y: y * self.scale() - f64::from(self.y) * f64::from(EXTENT) }
    }

    #[must_use]
    pub fn point(self, pixel: Pixel) -> Point {
        let x = (pixel.x + f64::from(self.x) * f64::from(EXTENT)) / self.scale();
        let y = (pixel.y + f64::from(self.y) * f64::from(EXTENT)) / self.scale();
        let lon = ((x - 0.5) * 360.0).clamp(-180.0, 180.0);
        let lat = ((0.5 - y) * 2.0 * PI).sinh().atan().to_degrees().clamp(-90.0, 90.0);
        Point::from_degrees(lon, lat).unwrap_or(Point { lon_e7: 0, lat_e7: 0 })
    }

    /// The tile with its buffer.
    #[must_use]
    pub fn bounds(self) -> Bounds {
        let (low, high) = (f64::from(-BUFFER), f64::from(EXTENT + BUFFER));
        Bounds { south_west: self.point(Pixel { x: low, y: high }), north_east: self.point(Pixel { x: high, y: low }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_is_one_tile() {
        let world = TileId::new(0, 0, 0).unwrap();
        let middle = world.pixel(Point { lon_e7: 0, lat_e7: 0 });
        assert_eq!((middle.x, middle.y), (2048.0, 2048.0));
        let corner = world.pixel(Point { lon_e7: -1_800_000_000, lat_e7: 850_511_288 });
        assert!(corner.x.abs() < 1e-6 && corner.y.abs() < 1e-4, "{corner:?}");
        assert_eq!(TileId::new(1, 2, 0), None);
    }

    #[test]
    fn porto_is_where_maps_have_it() {
        // Slippy-map tile of 41.1496 N, 8.6109 W at zoom 14, by the formula of the OpenStreetMap wiki.
        let tile = TileId::new(14, 7800, 6133).unwrap();
        let pixel = tile.pixel(Point { lon_e7: -86_109_000, lat_e7: 411_496_000 });
        assert!((0.0..4096.0).contains(&pixel.x) && (0.0..4096.0).contains(&pixel.y), "{pixel:?}");
        let back = tile.point(pixel);
        assert!(back.lon_e7.abs_diff(-86_109_000) <= 1 && back.lat_e7.abs_diff(411_496_000) <= 1);
    }

    #[test]
    fn bounds_hold_what_touches() {
        let bounds = TileId::new(14, 7800, 6133).unwrap().bounds();
        let here = Bounds { south_west: bounds.north_east, north_east: bounds.north_east };
        assert!(bounds.overlaps(&here) && here.overlaps(&bounds));
        let beyond = Point { lon_e7: bounds.north_east.lon_e7 + 1, ..bounds.north_east };
        assert!(!bounds.overlaps(&Bounds { south_west: beyond, north_east: beyond }));
    }
}
