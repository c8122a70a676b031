//! A line as a short string: the encoded polyline format, at six decimals of a degree ("polyline6").
//!
//! Each point is its latitude and longitude less those of the point before, in millionths of a degree. The sign of such a difference goes to its lowest bit, and
//! the rest into groups of five bits, lowest group first, bit 5 set in all but the last; a group + 63 is a character, so that all are printable.

use crate::geo::Point;

/// Appends `points` to `line`. Half a millionth of a degree rounds away from zero.
pub fn encode(points: impl IntoIterator<Item = Point>, line: &mut String) {
    let mut bytes = std::mem::take(line).into_bytes();
    let (mut lat, mut lon) = (0, 0);
    let points = points.into_iter();
    // Points of a street are mostly less than 500 m apart: two or three characters a coordinate.
    bytes.reserve(6 * points.size_hint().0);
    for point in points {
        let next = (round(point.lat_e7), round(point.lon_e7));
        write(next.0 - lat, &mut bytes);
        write(next.1 - lon, &mut bytes);
        (lat, lon) = next;
    }
    // All of it is ASCII after what was text before, so nothing is ever lost; bytes are pushed in a third of the time of characters.
    *line = String::from_utf8(bytes).unwrap_or_default();
}

/// Ten-millionths to millionths. The result, and the difference of two, are far from the ends of an `i32`.
fn round(e7: i32) -> i32 {
    let (whole, rest) = (e7 / 10, e7 % 10);
    whole + i32::from(rest >= 5) - i32::from(rest <= -5)
}

fn write(difference: i32, line: &mut Vec<u8>) {
    // The sign as the lowest bit: 0, -1, 1, -2 -> 0, 1, 2, 3.
    let mut left = (difference << 1 ^ difference >> 31).cast_unsigned();
    while left >= 32 {
        line.push(character(left & 31 | 32));
        left >>= 5;
    }
    line.push(character(left));
}

fn character(group: u32) -> u8 {
    let [byte, ..] = (group + 63).to_le_bytes();
    byte
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lat_e7: i32, lon_e7: i32) -> Point {
        Point { lon_e7, lat_e7 }
    }

    fn encoded(points: &[Point]) -> String {
        let mut line = String::new();
        encode(points.iter().copied(), &mut line);
        line
    }

    /// The slow twin: back to (latitude, longitude) in millionths.
    fn decode(line: &str) -> Vec<(i64, i64)> {
        let mut numbers = Vec::new();
        let (mut value, mut shift) = (0_i64, 0);
        for byte in line.bytes() {
            let group = i64::from(byte) - 63;
            assert!((0..64).contains(&group), "{line:?}");
            value += (group % 32) << shift;
            shift += 5;
            if group < 32 {
                numbers.push(if value % 2 == 0 { value / 2 } else { -(value + 1) / 2 });
                (value, shift) = (0, 0);
            }
        }
        let sums = numbers.chunks(2).scan((0, 0), |sum, pair| {
            *sum = (sum.0 + pair[0], sum.1 + pair[1]);
            Some(*sum)
        });
        sums.collect()
    }

    #[test]
    fn lines_worked_out_by_hand() {
        assert_eq!(encoded(&[]), "");
        // 0 -> group 0; 1 -> 2; -1 -> 1; 16 -> 32 = 0 + 32, 1.
        assert_eq!(encoded(&[point(0, 0)]), "??");
        assert_eq!(encoded(&[point(10, -10)]), "A@");
        assert_eq!(encoded(&[point(160, 0), point(160, 10)]), "_@??A");
        // 38.5 -> 77,000,000 = 8 | 2 | 14 | 27 | 13 | 2 in groups of five; -120.2 -> 240,399,999 = 31 | 21 | 3 | 9 | 5 | 7.
        assert_eq!(encoded(&[point(385_000_000, -1_202_000_000)]), "_izlhA~rlgdF");
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!([4, 5, 14, 15, -4, -5, -14, -15].map(round), [0, 1, 1, 2, 0, -1, -1, -2]);
    }

    #[test]
    fn the_ends_of_the_world_come_back() {
        let corners = [
            point(900_000_000, 1_800_000_000),
            point(-900_000_000, -1_800_000_000),
            point(900_000_000, -1_800_000_000),
            point(0, 1_800_000_000),
        ];
        assert_eq!(
            decode(&encoded(&corners)),
            [(90_000_000, 180_000_000), (-90_000_000, -180_000_000), (90_000_000, -180_000_000), (0, 180_000_000)]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_line_comes_back(points in proptest::collection::vec((-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000), 0..40)) {
            let points: Vec<_> = points.into_iter().map(|(lat, lon)| point(lat, lon)).collect();
            let expected: Vec<_> = points.iter().map(|point| (i64::from(round(point.lat_e7)), i64::from(round(point.lon_e7)))).collect();
            assert_eq!(decode(&encoded(&points)), expected);
        }
    }
}
