//! Dates as portals write them.

/// The year, and the year with the part of it that has passed. Read are `2021-09-11…`, `2021/09/11…`, `9/11/2021…` (month first), and a spreadsheet's day number (`43549.6`).
#[must_use]
pub(super) fn parse(text: &str) -> Option<(u16, f64)> {
    let text = text.trim();
    let date = text.split(['T', ' ']).next()?;
    let separator = if date.contains('/') { '/' } else { '-' };
    let fields: Vec<&str> = date.split(separator).collect();
    let [a, b, c] = fields[..] else { return serial(text) };
    let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, a, b) };
    civil(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn civil(year: u16, month: u16, day: u16) -> Option<(u16, f64)> {
    if !((1970..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)) {
        return None;
    }
    // To the day is more than ages need: months of equal length.
    Some((year, f64::from(year) + (f64::from(month - 1) * 30.4 + f64::from(day - 1)) / 366.0))
}

/// Days since 1899-12-30, as spreadsheets count.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a year in 1970 ..= 2100")]
fn serial(text: &str) -> Option<(u16, f64)> {
    let days: f64 = text.parse().ok()?;
    // 1970-01-01 to 2100-12-31.
    let years = 1970.0 + (days - 25_569.0) / 365.2425;
    (1970.0..2101.0).contains(&years).then(|| (years.floor() as u16, years))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_portals_write_them() {
        for (text, year, part) in [
            ("6/22/2019 2:02", 2019, 0.47),
            ("09/11/2021", 2021, 0.69),
            ("06/22/2019 02:02:00 AM", 2019, 0.47),
            ("2021-09-11T00:00:00.000", 2021, 0.69),
            ("2021/09/11 00:00:00", 2021, 0.69),
            ("43549.61319", 2019, 0.23),
        ] {
            let (found, when) = parse(text).expect(text);
            assert!(found == year && (when - f64::from(year) - part).abs() < 0.01, "{text}: {when}");
        }
        for text in ["", "yesterday", "13/45/2019", "2019-00-01", "1/1/1850", "-5", "nan", "9e99", "1-2-3-4"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
