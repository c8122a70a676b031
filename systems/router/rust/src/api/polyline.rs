//! Google's encoded polyline at precision 6: a line as a short text.

use crate::geo::Point;

/// The text; of its characters only the backslash needs escaping in JSON.
pub(super) fn polyline6(line: &[Point]) -> String {
    let mut text = String::with_capacity(line.len() * 6);
    let mut before = (0, 0);
    for point in line {
        let here = (micro(point.lat_e7), micro(point.lon_e7));
        push(&mut text, here.0 - before.0);
        push(&mut text, here.1 - before.1);
        before = here;
    }
    text
}

/// In 1e-6 degree, half up.
fn micro(e7: i32) -> i32 {
    (e7 + 5).div_euclid(10)
}

/// Zigzag, then five bits at a time from the lowest, each with a bit that says whether more follow.
fn push(text: &mut String, step: i32) {
    let mut bits = u64::from(step.unsigned_abs()) * 2 - u64::from(step < 0);
    loop {
        let more = bits > 0x1f;
        let chunk = u8::try_from(bits & 0x1f).unwrap_or(0) | if more { 0x20 } else { 0 };
        text.push(char::from(chunk + 63));
        bits >>= 5;
        if !more {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_example() {
        // Google's: (38.5, -120.2), (40.7, -120.95), (43.252, -126.453), here at precision 6 as Valhalla and OSRM decode it.
        let line = [(385, -1202), (407, -12_095), (43_252, -126_453)];
        let scale = [(1_000_000, 1_000_000), (1_000_000, 100_000), (10_000, 10_000)];
        let line: Vec<Point> =
            line.iter().zip(scale).map(|((lat, lon), (by_lat, by_lon))| Point { lat_e7: lat * by_lat, lon_e7: lon * by_lon }).collect();
        assert_eq!(polyline6(&line), "_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI");
        assert_eq!(polyline6(&[]), "");
    }
}
