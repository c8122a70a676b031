//! Money as decimal text, from the file to the table: never a float.

use crate::limits::{DECIMAL_DIGITS_MAX, DECIMAL_EXPONENT_MAX, DECIMAL_EXPONENT_MIN};

/// A decimal number that DynamoDB stores: at most 38 digits from the first that is not zero to the last, and 1E-130 to 9.99…E+125, or zero.
///
/// Trailing zeros count as digits, as they do for Python's SDK: `1.00` has three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: Option<i32>,
    digits: usize,
}

impl<'a> Decimal<'a> {
    /// Reads `[+-]digits[.digits][e[+-]digits]`; a digit on one side of the point is enough. `None` for anything else, and for what DynamoDB refuses.
    pub fn parse(text: &'a str) -> Option<Self> {
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(read_exponent(exponent)?)),
            None => (unsigned, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let leading = whole.bytes().chain(fraction.bytes()).take_while(|&byte| byte == b'0').count();
        let digits = whole.len() + fraction.len() - leading;
        if digits == 0 {
            return Some(Self { negative: false, whole: "0", fraction: "", exponent: None, digits });
        }
        // Power of ten of the first digit that is not zero.
        let first = i64::try_from(whole.len()).ok()? - 1 - i64::try_from(leading).ok()? + i64::from(exponent.unwrap_or(0));
        let stored = digits <= DECIMAL_DIGITS_MAX && (DECIMAL_EXPONENT_MIN..=DECIMAL_EXPONENT_MAX).contains(&first);
        stored.then_some(Self { negative, whole, fraction, exponent, digits })
    }

    /// Appends the number, digit for digit as it was, in the one shape that every service reads: no plus sign, a digit before the point, none missing behind it.
    pub fn write(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        out.extend_from_slice(if self.whole.is_empty() { b"0" } else { self.whole.as_bytes() });
        if !self.fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(self.fraction.as_bytes());
        }
        if let Some(exponent) = self.exponent {
            out.extend_from_slice(format!("E{exponent}").as_bytes());
        }
    }

    /// At most what DynamoDB counts it as: two digits a byte, one for the exponent, one for the sign.
    pub fn stored_bytes(&self) -> usize {
        self.digits.div_ceil(2) + 2
    }
}

/// An exponent too long for the range of numbers is read as one that is out of it.
fn read_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let out_of_range = 1_000_000;
    let magnitude = digits.parse::<i32>().unwrap_or(out_of_range).min(out_of_range);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Option<String> {
        let mut out = Vec::new();
        Decimal::parse(text)?.write(&mut out);
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn decimals_stay_digit_for_digit() {
        for text in ["0", "78.10", "-3", "12345678901234567890123456789012345678", "0.00000001", "007.5"] {
            assert_eq!(written(text).as_deref(), Some(text));
        }
        assert_eq!(written("+5").as_deref(), Some("5"));
        assert_eq!(written(".5").as_deref(), Some("0.5"));
        assert_eq!(written("5.").as_deref(), Some("5"));
        assert_eq!(written("-0.00e7").as_deref(), Some("0"));
        assert_eq!(written("1e3").as_deref(), Some("1E3"));
    }

    #[test]
    fn what_dynamodb_refuses_is_refused() {
        let bad = ["", "-", ".", "e1", "1e", "1e+", "1.2.3", " 1", "1 ", "1,5", "NaN", "Infinity", "0x10", "1_000", "\u{0661}"];
        for text in bad {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
        assert_eq!(Decimal::parse("123456789012345678901234567890123456789"), None, "39 digits");
        assert_eq!(Decimal::parse("1.00000000000000000000000000000000000000"), None, "39 digits with trailing zeros");
    }

    #[test]
    fn magnitudes_end_where_dynamodbs_do() {
        assert!(Decimal::parse("9.99E125").is_some() && Decimal::parse("1E126").is_none());
        assert!(Decimal::parse("1E-130").is_some() && Decimal::parse("1E-131").is_none());
        assert!(Decimal::parse("0.1E-129").is_some() && Decimal::parse("10E125").is_none());
        assert!(Decimal::parse("1E99999999999999999999").is_none());
        assert!(Decimal::parse("0E99999999999999999999").is_some());
    }
}
