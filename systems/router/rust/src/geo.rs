//! Places in fixed point, and the two ways this crate measures between them.
//!
//! A [`Point`] is a pair of `i32` in 1e-7 degree, OpenStreetMap's own resolution: 1.1 cm of latitude. Street *lengths* are
//! great-circle, measured once, at build time. *Snapping* and the *search heuristic* use a flat [`Projection`] built from
//! `+ - * /` and `sqrt` alone, which IEEE 754 rounds the same way in every language: that is what lets the Python original
//! give the same answer to the last digit. Its one cosine is rounded to 2^-20, so that a libm's last bit cannot show.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Units of a [`Point`] in one degree.
pub const UNITS_PER_DEGREE: f64 = 1e7;
/// Mean Earth radius (IUGG), in metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;
const RADIANS_PER_UNIT: f64 = std::f64::consts::PI / 180.0 / UNITS_PER_DEGREE;
/// One unit of latitude, in metres.
pub const METRES_PER_UNIT: f64 = EARTH_RADIUS_M * RADIANS_PER_UNIT;
const COSINE_STEPS: f64 = 1_048_576.0;

/// A place: longitude and latitude in 1e-7 degree, in GeoJSON's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Point {
    pub lon_e7: i32,
    pub lat_e7: i32,
}

impl Point {
    pub const MAX_LON_E7: i32 = 1_800_000_000;
    pub const MAX_LAT_E7: i32 = 900_000_000;

    /// From degrees, rounded half up; `None` when not finite or outside -180..=180, -90..=90.
    #[must_use]
    pub fn from_degrees(lon: f64, lat: f64) -> Option<Self> {
        let in_range = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
        in_range.then(|| Self { lon_e7: round_i32(lon * UNITS_PER_DEGREE), lat_e7: round_i32(lat * UNITS_PER_DEGREE) })
    }

    #[must_use]
    pub fn is_on_earth(self) -> bool {
        self.lon_e7.abs_diff(0) <= Self::MAX_LON_E7.abs_diff(0) && self.lat_e7.abs_diff(0) <= Self::MAX_LAT_E7.abs_diff(0)
    }
}

/// Nearest integer, half up: `floor(x + 0.5)`, the rule both languages share. Saturates.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates; callers' values are coordinates or lengths in range")]
pub fn round_i32(x: f64) -> i32 {
    (x + 0.5).floor() as i32
}

/// Great-circle distance in metres (haversine).
#[must_use]
pub fn haversine_m(a: Point, b: Point) -> f64 {
    let lat = [a.lat_e7, b.lat_e7].map(|lat| f64::from(lat) * RADIANS_PER_UNIT);
    let half_lat = (lat[1] - lat[0]) / 2.0;
    let half_lon = (f64::from(b.lon_e7) - f64::from(a.lon_e7)) * RADIANS_PER_UNIT / 2.0;
    let h = half_lat.sin().powi(2) + lat[0].cos() * lat[1].cos() * half_lon.sin().powi(2);
    2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
}

/// A flat map whose unit is 1e-7 degree of latitude, true at one latitude. Euclidean distance on it is a metric, so that a
/// multiple of it may serve as a consistent A* heuristic whatever the distortion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// Cosine of the latitude where the map is true, a multiple of 2^-20.
    pub lon_scale: f64,
}

impl Projection {
    #[must_use]
    pub fn at(lat_e7: i32) -> Self {
        let cosine = (f64::from(lat_e7) * RADIANS_PER_UNIT).cos();
        Self { lon_scale: (cosine * COSINE_STEPS + 0.5).floor() / COSINE_STEPS }
    }

    /// The vector from `a` to `b`.
    #[must_use]
    pub fn vector(self, a: Point, b: Point) -> (f64, f64) {
        let dx = (f64::from(b.lon_e7) - f64::from(a.lon_e7)) * self.lon_scale;
        let dy = f64::from(b.lat_e7) - f64::from(a.lat_e7);
        (dx, dy)
    }

    #[must_use]
    pub fn distance(self, a: Point, b: Point) -> f64 {
        let (dx, dy) = self.vector(a, b);
        (dx * dx + dy * dy).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_kilometres() {
        let a = Point::from_degrees(24.0, 60.0).unwrap();
        let b = Point::from_degrees(24.0, 61.0).unwrap();
        assert!((haversine_m(a, b) - 111_195.08).abs() < 0.01);
        assert!((haversine_m(a, Point::from_degrees(25.0, 60.0).unwrap()) - 55_596.6).abs() < 3.0);
    }

    #[test]
    fn rounds_half_up_and_refuses_what_is_not_on_earth() {
        assert_eq!(Point::from_degrees(-0.000_000_05, 0.000_000_05), Some(Point { lon_e7: 0, lat_e7: 1 }));
        for (lon, lat) in [(180.1, 0.0), (0.0, -90.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(Point::from_degrees(lon, lat), None);
        }
        assert!(!Point { lon_e7: i32::MIN, lat_e7: 0 }.is_on_earth());
    }

    #[test]
    fn flat_and_round_distances_agree_within_the_snap_limit() {
        let a = Point::from_degrees(24.94, 60.17).unwrap();
        let b = Point::from_degrees(24.944, 60.1715).unwrap();
        let flat_m = Projection::at(a.lat_e7).distance(a, b) * METRES_PER_UNIT;
        assert!((flat_m / haversine_m(a, b) - 1.0).abs() < 1e-4);
    }
}
