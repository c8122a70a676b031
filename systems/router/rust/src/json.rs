//! JSON written straight into bytes, numbers from their fixed-point integers and never through floats.

use crate::geo::Point;

/// Two digits at a time: half the divisions.
const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
/// Digits of the longest `u64`.
const DIGITS_MAX: usize = 20;

/// A JSON text in the making. Whoever writes keeps brackets and commas in order.
#[derive(Debug, Default)]
pub struct Json(Vec<u8>);

impl Json {
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// The text. Everything written was UTF-8.
    #[must_use]
    pub fn finish(self) -> String {
        String::from_utf8(self.0).unwrap_or_default()
    }

    /// As it is: brackets, keys, literals.
    pub fn raw(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// A quoted string.
    pub fn string(&mut self, text: &str) -> &mut Self {
        // Writing a string into a Vec cannot fail.
        let _ = serde_json::to_writer(&mut self.0, text);
        self
    }

    /// A quoted string, or null.
    pub fn optional(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.string(text),
            None => self.raw("null"),
        }
    }

    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    pub fn integer(&mut self, value: u64) -> &mut Self {
        let mut digits = [0; DIGITS_MAX];
        let start = write_digits(value, &mut digits);
        self.0.extend_from_slice(&digits[start..]);
        self
    }

    pub fn signed(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.0.push(b'-');
        }
        self.integer(value.unsigned_abs())
    }

    /// `fixed / 10^decimals`, without trailing zeros but with one decimal at least: 12.0, -0.05, 24.9413. `decimals` is 1 to 9.
    pub fn decimal(&mut self, fixed: i64, decimals: usize) -> &mut Self {
        let mut digits = [b'0'; DIGITS_MAX];
        let start = write_digits(fixed.unsigned_abs(), &mut digits).min(DIGITS_MAX - 1 - decimals);
        let point = DIGITS_MAX - decimals;
        let end = digits[point + 1..].iter().rposition(|digit| *digit != b'0').map_or(point + 1, |last| point + 2 + last);
        if fixed < 0 {
            self.0.push(b'-');
        }
        self.0.extend_from_slice(&digits[start..point]);
        self.0.push(b'.');
        self.0.extend_from_slice(&digits[point..end]);
        self
    }

    /// Thousandths: millimetres as metres, milliseconds as seconds.
    pub fn thousandths(&mut self, fixed: u64) -> &mut Self {
        self.decimal(i64::try_from(fixed).unwrap_or(i64::MAX), 3)
    }

    /// Tenths: decimetres as metres.
    pub fn tenths(&mut self, fixed: u64) -> &mut Self {
        self.decimal(i64::try_from(fixed).unwrap_or(i64::MAX), 1)
    }

    /// `[lon, lat]` in degrees.
    pub fn point(&mut self, point: Point) -> &mut Self {
        self.raw("[").decimal(point.lon_e7.into(), 7).raw(",").decimal(point.lat_e7.into(), 7).raw("]")
    }

    /// `[[lon, lat], …]`
    pub fn line(&mut self, points: &[Point]) -> &mut Self {
        self.array(points, |json, point| {
            json.point(*point);
        })
    }

    /// `[…]`, one item after the other.
    pub fn array<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) -> &mut Self {
        self.raw("[");
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]")
    }
}

/// Writes `value` to the end of `digits`; where it starts.
fn write_digits(mut value: u64, digits: &mut [u8; DIGITS_MAX]) -> usize {
    let mut at = DIGITS_MAX;
    while value >= 10 {
        let pair = usize::try_from(value % 100).unwrap_or(0) * 2;
        value /= 100;
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if value > 0 || at == DIGITS_MAX {
        at -= 1;
        digits[at] = b'0' + u8::try_from(value).unwrap_or(0);
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(fixed: i64, decimals: usize) -> String {
        let mut json = Json::default();
        json.decimal(fixed, decimals);
        json.finish()
    }

    #[test]
    fn decimals_are_the_shortest_that_say_the_same() {
        for (fixed, decimals, text) in [
            (0, 3, "0.0"),
            (12_000, 3, "12.0"),
            (12_345, 3, "12.345"),
            (50, 3, "0.05"),
            (-1, 7, "-0.0000001"),
            (249_413_000, 7, "24.9413"),
            (-1_800_000_000, 7, "-180.0"),
            (7, 1, "0.7"),
        ] {
            assert_eq!(decimal(fixed, decimals), text);
        }
    }

    #[test]
    fn strings_are_escaped_and_arrays_joined() {
        let mut json = Json::default();
        json.array(["a\"b", "Å\n"], |json, text| {
            json.string(text);
        });
        json.optional(None);
        assert_eq!(json.finish(), "[\"a\\\"b\",\"Å\\n\"]null");
    }

    proptest! {
        #[test]
        fn integers_are_as_the_standard_writes_them(value: u64, shift in 0..64_u32) {
            let mut json = Json::default();
            json.integer(value >> shift);
            prop_assert_eq!(json.finish(), (value >> shift).to_string());
        }

        #[test]
        fn decimals_read_back(fixed in -99_999_999_999_i64..99_999_999_999, decimals in 1..9_usize) {
            let text = decimal(fixed, decimals);
            let (whole, fraction) = text.split_once('.').unwrap();
            prop_assert_eq!(format!("{whole}{fraction:0<decimals$}").parse::<i64>().unwrap(), fixed, "{}", text);
        }
    }
}
