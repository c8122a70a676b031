//! SRTM tiles: a degree square of big-endian 16-bit metres, 1,201 or 3,601 a side (3 or 1 arc second), north first, its rims shared with its neighbours. The file's name is its
//! south-western corner; -32,768 is a void.

use std::path::Path;

use super::{ElevationError, Tile, shape};

const VOID: i16 = i16::MIN;

pub(super) fn read(path: &Path) -> Result<Tile, ElevationError> {
    let Some((south, west)) = path.file_stem().and_then(|stem| corner(stem.to_str()?)) else {
        return shape(path, "the name of an HGT file is its corner, like N41W009.hgt");
    };
    let bytes = std::fs::read(path).map_err(|source| ElevationError::Read { path: path.to_owned(), source })?;
    let (side, step) = match bytes.len() {
        2_884_802 => (1201, 1.0 / 1200.0),
        25_934_402 => (3601, 1.0 / 3600.0),
        length => {
            return shape(path, format!("{length} bytes are no HGT tile: 2,884,802 (3 arc seconds) or 25,934,402 (1 arc second) are"));
        }
    };
    let metres = |pair: &[u8]| match i16::from_be_bytes([pair[0], pair[1]]) {
        VOID => f32::NAN,
        height => f32::from(height),
    };
    let heights = bytes.chunks_exact(2).map(metres).collect();
    Ok(Tile { west, north: south + 1.0, step_lon: step, step_lat: step, columns: side, rows: side, heights })
}

/// `N41W009` -> (41, -9).
fn corner(name: &str) -> Option<(f64, f64)> {
    let signed = |text: &str, positive: &str, negative: &str, digits: usize, most: f64| {
        let (sign, rest) = text.split_at_checked(1)?;
        let value = rest.get(..digits)?.parse::<u16>().ok().map(f64::from).filter(|value| *value <= most)?;
        match sign {
            _ if sign == positive => Some(value),
            _ if sign == negative => Some(-value),
            _ => None,
        }
    };
    let upper = name.to_ascii_uppercase();
    Some((signed(&upper, "N", "S", 2, 90.0)?, signed(upper.get(3..)?, "E", "W", 3, 180.0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_where_its_name_says() {
        for (name, expected) in
            [("N41W009", Some((41.0, -9.0))), ("s33e151", Some((-33.0, 151.0))), ("X41W009", None), ("N41", None), ("N4éW009", None)]
        {
            assert_eq!(corner(name), expected, "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("N41W009.hgt");
        let mut bytes = vec![0_u8; 2_884_802];
        // The north-western sample is 258 m, its neighbour a void.
        bytes[..4].copy_from_slice(&[1, 2, 0x80, 0]);
        std::fs::write(&path, &bytes).unwrap();
        let tile = read(&path).unwrap();
        assert_eq!((tile.north, tile.west, tile.heights[0], tile.heights[1].is_nan(), tile.heights[2]), (42.0, -9.0, 258.0, true, 0.0));
        std::fs::write(&path, &bytes[1..]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("2884801 bytes"));
    }
}
