//! Lines of segments as bytes: of each point but the first, the step from the point before, longitude then latitude, zigzag and seven bits a byte (LEB128).
//!
//! The first is the segment's tail and not stored. The last is its head: so who rides from street to street knows where each begins, and need not look junctions up. Most
//! steps take two bytes a number, so a point takes four instead of eight.

use crate::geo::Point;

/// Bytes of one number, at most: steps are between points on Earth.
const NUMBER_BYTES_MAX: u32 = 5;

/// Appends the points of `line` but the first.
pub(super) fn write(line: &[Point], out: &mut Vec<u8>) {
    let Some(mut at) = line.first().copied() else { return };
    for point in line.get(1..).unwrap_or_default() {
        number(point.lon_e7.wrapping_sub(at.lon_e7), out);
        number(point.lat_e7.wrapping_sub(at.lat_e7), out);
        at = *point;
    }
}

fn number(step: i32, out: &mut Vec<u8>) {
    let mut rest = (step.cast_unsigned() << 1) ^ (step >> 31).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

/// Bytes of the step from `a` to `b`.
pub(super) fn bytes(a: Point, b: Point) -> usize {
    let mut step = Vec::new();
    write(&[a, b], &mut step);
    step.len()
}

/// Appends the points that `bytes` hold, which come after `at`; bytes that are none end the line.
#[inline]
pub(crate) fn read(mut bytes: &[u8], mut at: Point, out: &mut Vec<Point>) {
    while let (Some(lon), Some(lat)) = (step(&mut bytes), step(&mut bytes)) {
        at = Point { lon_e7: at.lon_e7.wrapping_add(lon), lat_e7: at.lat_e7.wrapping_add(lat) };
        out.push(at);
    }
}

#[inline]
fn step(bytes: &mut &[u8]) -> Option<i32> {
    let mut number = 0_u32;
    for place in 0..NUMBER_BYTES_MAX {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7F) << (7 * place);
        if byte < 0x80 {
            return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_read_back(points in proptest::collection::vec((any::<i32>(), any::<i32>()), 2..9)) {
            let line: Vec<Point> = points.into_iter().map(|(lon_e7, lat_e7)| Point { lon_e7, lat_e7 }).collect();
            let (mut bytes, mut back) = (Vec::new(), vec![line[0]]);
            write(&line, &mut bytes);
            read(&bytes, line[0], &mut back);
            prop_assert_eq!(&back[..], &line[..]);
        }

        #[test]
        fn any_bytes_are_some_line(bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
            let mut line = Vec::new();
            read(&bytes, Point { lon_e7: i32::MAX, lat_e7: i32::MIN }, &mut line);
            prop_assert!(line.len() <= bytes.len() / 2);
        }
    }
}
