//! Decimals by value: `78.10`, `78.1` and `7.81E1` are one number, and none of them passes through a float.
//!
//! DynamoDB stores a number's value, not its text, and gives back a normalised one. So the source's `78.10` and the table's `78.1` must hash
//! alike: both are written as sign, significant digits and the exponent of the last of these, which is one form for each value.

/// Writes `text`'s value to `out` in its one form; false, and nothing written, when it is not a decimal.
pub(super) fn write_canonical(text: &str, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let written = try_write(text.as_bytes(), out).is_some();
    if !written {
        out.truncate(start);
    }
    written
}

/// As DynamoDB reads it: `[+-] digits [. digits] [E [+-] digits]`, with digits on at least one side of the point.
fn try_write(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (negative, unsigned) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&unsigned[..at], parse_exponent(&unsigned[at + 1..])?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    let digits = || whole.iter().chain(fraction);
    if digits().next().is_none() || !digits().all(u8::is_ascii_digit) {
        return None;
    }
    let count = whole.len() + fraction.len();
    let leading = digits().take_while(|&&digit| digit == b'0').count();
    if leading == count {
        out.push(b'0');
        return Some(());
    }
    let trailing = digits().rev().take_while(|&&digit| digit == b'0').count();
    let last = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(i64::try_from(trailing).ok()?)?;
    if negative {
        out.push(b'-');
    }
    out.extend(digits().skip(leading).take(count - leading - trailing));
    out.push(b'E');
    out.extend_from_slice(last.to_string().as_bytes());
    Some(())
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Only zero has an exponent beyond an i64, and zero has one form whatever its exponent.
    let out_of_range = if text.starts_with(b"-") { i64::MIN } else { i64::MAX };
    Some(std::str::from_utf8(text).ok()?.parse().unwrap_or(out_of_range))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> Option<String> {
        let mut out = Vec::new();
        write_canonical(text, &mut out).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn one_form_for_each_value() {
        for same in [
            &["78.10", "78.1", "+78.1", "0078.1000", "7.81E1", "781e-1", "0.781E+2"][..],
            &["100", "1E2", "1e+02", "100.", "100.00", "0.1E3"],
            &["0", "-0", "0.00", "+0E9", ".0", "0E99999999999999999999"],
            &["-0.5", "-.5", "-5E-1"],
            &["12345678901234567890123456789012345678", "1.2345678901234567890123456789012345678E37"],
        ] {
            let forms: Vec<_> = same.iter().map(|text| canonical(text).expect(text)).collect();
            assert!(forms.iter().all(|form| *form == forms[0]), "{same:?} gave {forms:?}");
        }
        assert_eq!(canonical("78.10").as_deref(), Some("781E-1"));
        assert_ne!(canonical("0.1"), canonical("-0.1"));
        assert_ne!(canonical("1E2"), canonical("1E3"));
    }

    #[test]
    fn what_is_no_decimal_is_not_written() {
        for text in ["", "-", ".", "1.2.3", "1e", "1e+", "e5", "0x10", "1 ", "١", "NaN", "--1"] {
            let mut out = b"kept".to_vec();
            assert!(!write_canonical(text, &mut out), "{text:?}");
            assert_eq!(out, b"kept", "{text:?}");
        }
    }

    proptest! {
        /// Against arithmetic: the value in units of 10^-6, as an integer.
        #[test]
        fn equal_forms_are_equal_values(a in -2_000_i64..2_000, b in -2_000_i64..2_000, a_shift in 0_u32..4, b_shift in 0_u32..4, zeros in 0_usize..4) {
            let value = |mantissa: i64, shift: u32| mantissa * 10_i64.pow(6 - shift);
            let a_text = format!("{a}{}E-{}", "0".repeat(zeros), a_shift as usize + zeros);
            let b_text = format!("{b}e-{b_shift}");
            prop_assert_eq!(canonical(&a_text) == canonical(&b_text), value(a, a_shift) == value(b, b_shift), "{} {}", a_text, b_text);
        }

        #[test]
        fn any_text_is_answered(text in ".{0,12}") {
            let _ = canonical(&text);
        }
    }
}
