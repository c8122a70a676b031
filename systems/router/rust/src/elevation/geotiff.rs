//! GeoTIFF: one band of heights, in WGS 84 degrees, placed by a pixel scale and one tie point.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

use super::{ElevationError, Tile, shape};

/// Keys of the geo key directory, and their values.
const MODEL_TYPE: u16 = 1024;
const MODEL_GEOGRAPHIC: u16 = 2;
const RASTER_TYPE: u16 = 1025;
const PIXEL_IS_POINT: u16 = 2;
const SAMPLES_MAX: u64 = 400_000_000;

pub(super) fn read(path: &Path) -> Result<Tile, ElevationError> {
    let file = File::open(path).map_err(|source| ElevationError::Read { path: path.to_owned(), source })?;
    let broken = |source| ElevationError::Tiff { path: path.to_owned(), source };
    let mut decoder = Decoder::new(BufReader::new(file)).map_err(broken)?;
    let (columns, rows) = decoder.dimensions().map_err(broken)?;
    if columns < 2 || rows < 2 || u64::from(columns) * u64::from(rows) > SAMPLES_MAX {
        return shape(path, format!("{columns} x {rows} samples: give at least 2 x 2 and at most {SAMPLES_MAX} of them"));
    }
    let scale = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag).unwrap_or_default();
    let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).unwrap_or_default();
    let keys = decoder.get_tag_u16_vec(Tag::GeoKeyDirectoryTag).unwrap_or_default();
    let (&[step_lon, step_lat, ..], &[column, row, _, lon, lat, ..]) = (&scale[..], &tie[..]) else {
        return shape(path, "it has no pixel scale and tie point: `gdalwarp -t_srs EPSG:4326` gives it both");
    };
    if key(&keys, MODEL_TYPE).is_some_and(|model| model != MODEL_GEOGRAPHIC) {
        return shape(path, "its coordinates are no degrees: `gdalwarp -t_srs EPSG:4326` makes them so");
    }
    let sane = |step: f64| step > 0.0 && step < 1.0;
    if !(sane(step_lon) && sane(step_lat) && lon.abs() <= 360.0 && lat.abs() <= 90.0 && column.is_finite() && row.is_finite()) {
        return shape(path, format!("its placement makes no sense in degrees (steps {step_lon}, {step_lat} at {lon}, {lat})"));
    }
    let void = decoder.get_tag_ascii_string(Tag::GdalNodata).ok().and_then(|text| text.trim_matches(['\0', ' ']).parse::<f64>().ok());
    let mut heights = samples(path, decoder.read_image().map_err(broken)?)?;
    if heights.len() as u64 != u64::from(columns) * u64::from(rows) {
        return shape(path, format!("{} samples for {columns} x {rows}: give a file with one band", heights.len()));
    }
    for height in &mut heights {
        // Nothing on Earth is higher or deeper: whatever marks a void without saying so.
        if void.is_some_and(|void| (f64::from(*height) - void).abs() < 1e-3) || !(-500.0..=9000.0).contains(height) {
            *height = f32::NAN;
        }
    }
    // A sample is the mean of its pixel, unless the file says that it is a point.
    let half = if key(&keys, RASTER_TYPE) == Some(PIXEL_IS_POINT) { 0.0 } else { 0.5 };
    let (west, north) = (lon + (half - column) * step_lon, lat - (half - row) * step_lat);
    Ok(Tile { west, north, step_lon, step_lat, columns: columns as usize, rows: rows as usize, heights })
}

/// A short value of the directory: rows of key, location (0: here), count, value, after a header row.
fn key(keys: &[u16], wanted: u16) -> Option<u16> {
    keys.chunks_exact(4).skip(1).find(|row| row[0] == wanted && row[1] == 0).map(|row| row[3])
}

#[expect(clippy::cast_possible_truncation, reason = "heights in metres need no more than f32")]
fn samples(path: &Path, image: DecodingResult) -> Result<Vec<f32>, ElevationError> {
    Ok(match image {
        DecodingResult::F32(values) => values,
        DecodingResult::F64(values) => values.into_iter().map(|value| value as f32).collect(),
        DecodingResult::I16(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::U16(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::I32(values) => values.into_iter().map(|value| f64::from(value) as f32).collect(),
        DecodingResult::U8(values) => values.into_iter().map(f32::from).collect(),
        _ => return shape(path, "its samples are of a kind that is not read: 16- or 32-bit integers and floats are"),
    })
}

#[cfg(test)]
mod tests {
    use tiff::encoder::{TiffEncoder, colortype};

    use super::*;

    fn write(path: &Path, scale: &[f64], keys: &[u16]) {
        let mut encoder = TiffEncoder::new(File::create(path).unwrap()).unwrap();
        let mut image = encoder.new_image::<colortype::Gray32Float>(3, 2).unwrap();
        let tags = image.encoder();
        tags.write_tag(Tag::ModelPixelScaleTag, scale).unwrap();
        tags.write_tag(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, -9.0, 42.0, 0.0][..]).unwrap();
        tags.write_tag(Tag::GeoKeyDirectoryTag, keys).unwrap();
        tags.write_tag(Tag::GdalNodata, "-9999").unwrap();
        image.write_data(&[1.0, 2.5, -9999.0, 4.0, 5.0, 6.0]).unwrap();
    }

    #[test]
    fn placed_by_scale_and_tie_point() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dem.tif");
        write(&path, &[0.5, 0.25, 0.0], &[1, 1, 0, 2, MODEL_TYPE, 0, 1, 2, RASTER_TYPE, 0, 1, 1]);
        let tile = read(&path).unwrap();
        assert_eq!((tile.west, tile.north, tile.columns, tile.rows), (-8.75, 41.875, 3, 2));
        assert_eq!((tile.heights[1], tile.heights[2].is_nan(), tile.heights[5]), (2.5, true, 6.0));
        write(&path, &[0.5, 0.25, 0.0], &[1, 1, 0, 1, RASTER_TYPE, 0, 1, 2]);
        assert_eq!(read(&path).unwrap().west, -9.0);
        write(&path, &[30.0, 30.0, 0.0], &[1, 1, 0, 1, MODEL_TYPE, 0, 1, 1]);
        assert!(read(&path).unwrap_err().to_string().contains("no degrees"));
        std::fs::write(&path, b"no tiff").unwrap();
        assert!(matches!(read(&path), Err(ElevationError::Tiff { .. })));
    }
}
