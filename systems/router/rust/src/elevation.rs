//! Heights of the ground from elevation models: SRTM's HGT tiles and GeoTIFF.
//!
//! A model is any number of [`Tile`]s; where they overlap the first that knows a height gives it. A height between samples is bilinear; one beside a void is unknown. [`climb`]
//! makes climbs and descents of streets out of it.

pub mod climb;
mod geotiff;
mod hgt;

use std::path::{Path, PathBuf};

use crate::geo::{METRES_PER_UNIT, Point, Projection, UNITS_PER_DEGREE};

#[derive(Debug, thiserror::Error)]
pub enum ElevationError {
    #[error("cannot read the elevation model {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{}: {reason}", path.display())]
    Shape { path: PathBuf, reason: String },
    #[error("{} is no readable GeoTIFF", path.display())]
    Tiff {
        path: PathBuf,
        #[source]
        source: tiff::TiffError,
    },
}

/// A grid of heights, north up, in WGS 84 degrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Of the centre of the north-western sample.
    pub west: f64,
    pub north: f64,
    /// Degrees between samples, both positive.
    pub step_lon: f64,
    pub step_lat: f64,
    pub columns: usize,
    pub rows: usize,
    /// From north to south, each row from west to east, in metres; NaN is a void. `columns × rows` of them.
    pub heights: Vec<f32>,
}

impl Tile {
    /// The height at a place in degrees, unless it is outside or beside a void.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "within the grid's size, which was checked"
    )]
    fn height(&self, lon: f64, lat: f64) -> Option<f64> {
        let (x, y) = ((lon - self.west) / self.step_lon, (self.north - lat) / self.step_lat);
        if !(x >= 0.0 && y >= 0.0 && x <= (self.columns - 1) as f64 && y <= (self.rows - 1) as f64) {
            return None;
        }
        let (column, row) = ((x as usize).min(self.columns.saturating_sub(2)), (y as usize).min(self.rows.saturating_sub(2)));
        let (fx, fy) = (x - column as f64, y - row as f64);
        let at = |row: usize, column: usize| f64::from(self.heights[row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)]);
        let upper = at(row, column) * (1.0 - fx) + at(row, column + 1) * fx;
        let lower = at(row + 1, column) * (1.0 - fx) + at(row + 1, column + 1) * fx;
        Some(upper * (1.0 - fy) + lower * fy).filter(|height| height.is_finite())
    }
}

/// An elevation model.
#[derive(Debug, Clone, Default)]
pub struct Heights {
    tiles: Vec<Tile>,
}

impl Heights {
    /// From tiles made elsewhere.
    #[must_use]
    pub fn of(tiles: Vec<Tile>) -> Self {
        Self { tiles }
    }

    /// Reads files: `.hgt` by its name (`N41W009.hgt`), all others as GeoTIFF.
    ///
    /// # Errors
    /// When one cannot be read, or is no grid in WGS 84 degrees.
    pub fn read(paths: &[PathBuf]) -> Result<Self, ElevationError> {
        let read = |path: &PathBuf| {
            let is_hgt = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("hgt"));
            if is_hgt { hgt::read(path) } else { geotiff::read(path) }
        };
        Ok(Self { tiles: paths.iter().map(read).collect::<Result<_, _>>()? })
    }

    #[must_use]
    pub fn tile_count(&self) -> usize {
        self.tiles.len()
    }

    /// The height at a place in metres: the mean of it and of four places half of `smooth_m` away, unless the model does not know the place itself.
    #[must_use]
    pub fn height(&self, point: Point, smooth_m: f64) -> Option<f64> {
        let (lon, lat) = (f64::from(point.lon_e7) / UNITS_PER_DEGREE, f64::from(point.lat_e7) / UNITS_PER_DEGREE);
        let centre = self.exact(lon, lat)?;
        let off_lat = smooth_m / 2.0 / METRES_PER_UNIT / UNITS_PER_DEGREE;
        let off_lon = off_lat / Projection::at(point.lat_e7).lon_scale.max(0.01);
        // Opposite places count together, so that a slope's height stays what it is beside a void.
        let pair =
            |lon_off: f64, lat_off: f64| Some((self.exact(lon + lon_off, lat + lat_off)?, self.exact(lon - lon_off, lat - lat_off)?));
        let (mut sum, mut count) = (centre, 1.0);
        for (a, b) in [pair(off_lon, 0.0), pair(0.0, off_lat)].into_iter().flatten() {
            sum += a + b;
            count += 2.0;
        }
        Some(sum / count)
    }

    fn exact(&self, lon: f64, lat: f64) -> Option<f64> {
        self.tiles.iter().find_map(|tile| tile.height(lon, lat))
    }
}

fn shape<T>(path: &Path, reason: impl Into<String>) -> Result<T, ElevationError> {
    Err(ElevationError::Shape { path: path.to_owned(), reason: reason.into() })
}

/// A slope for tests: `height = east × metres + north × metres`, per degree, over a box around a place.
#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "a height in metres")]
pub(crate) fn plane(centre: Point, per_degree_lon: f64, per_degree_lat: f64) -> Tile {
    let (columns, rows, step) = (201, 201, 0.0005);
    let (lon, lat) = (f64::from(centre.lon_e7) / UNITS_PER_DEGREE, f64::from(centre.lat_e7) / UNITS_PER_DEGREE);
    let mut heights = Vec::new();
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        heights.push((500.0 + f64::from(column - 100) * step * per_degree_lon - f64::from(row - 100) * step * per_degree_lat) as f32);
    }
    let (west, north) = (lon - 100.0 * step, lat + 100.0 * step);
    Tile { west, north, step_lon: step, step_lat: step, columns: 201, rows: 201, heights }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bilinear_between_samples_and_nothing_beside_a_void() {
        let heights = vec![10.0, 20.0, f32::NAN, 30.0, 40.0, 50.0];
        let tile = Tile { west: 0.0, north: 1.0, step_lon: 1.0, step_lat: 1.0, columns: 3, rows: 2, heights };
        assert_eq!(tile.height(0.5, 0.5), Some(25.0));
        assert_eq!(
            (tile.height(0.0, 1.0), tile.height(1.0, 0.0)),
            (Some(10.0), None),
            "an exact sample beside a void is beside it all the same"
        );
        assert_eq!(
            (tile.height(1.5, 0.5), tile.height(-0.1, 0.5), tile.height(0.5, 1.1), tile.height(f64::NAN, 0.5)),
            (None, None, None, None)
        );
    }

    #[test]
    fn smoothing_keeps_a_slope() {
        let centre = Point::from_degrees(-8.6, 41.1).unwrap();
        let model = Heights::of(vec![plane(centre, 3_000.0, -2_000.0)]);
        assert!((model.height(centre, 60.0).unwrap() - 500.0).abs() < 0.01);
        assert_eq!(model.height(Point::from_degrees(0.0, 0.0).unwrap(), 60.0), None);
    }
}
