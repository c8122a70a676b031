//! Numbers as people read them: three significant digits, thousands apart.

use crate::stats::Ratio;

/// 0.042, 2.31, 23.1, 231, 12,345.
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    if size >= 99.95 {
        return thousands(&format!("{value:.0}"));
    }
    let decimals = match size {
        0.0 => 0,
        _ if size >= 9.995 => 1,
        _ if size >= 0.9995 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

pub(super) fn count(value: u64) -> String {
    thousands(&value.to_string())
}

/// 0.203, 3.412, 21.63: below a cent the request price alone would be all that shows.
pub(super) fn usd(value: f64) -> String {
    thousands(&if value < 10.0 { format!("{value:.3}") } else { format!("{value:.2}") })
}

/// Figures that are measured in whole units.
pub(super) fn whole(value: f64) -> String {
    thousands(&format!("{value:.0}"))
}

pub(super) fn times(ratio: &Ratio) -> String {
    format!("{}x", figure(ratio.median))
}

pub(super) fn interval(ratio: &Ratio) -> Option<String> {
    Some(format!("[{}, {}]", figure(ratio.low?), figure(ratio.high?)))
}

/// A comma before every third digit of the whole part.
fn thousands(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::with_capacity(number.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_that_matter() {
        for (value, text) in [
            (0.0, "0"),
            (0.0423, "0.042"),
            (0.9996, "1.00"),
            (2.314, "2.31"),
            (9.996, "10.0"),
            (23.14, "23.1"),
            (99.96, "100"),
            (231.4, "231"),
            (999.6, "1,000"),
            (1_234_567.0, "1,234,567"),
            (-1_234.0, "-1,234"),
        ] {
            assert_eq!(figure(value), text);
        }
        assert_eq!((count(999), count(1_000)), ("999".to_owned(), "1,000".to_owned()));
        assert_eq!((usd(0.2034), usd(1_234.5), whole(7_951.0)), ("0.203".to_owned(), "1,234.50".to_owned(), "7,951".to_owned()));
    }
}
