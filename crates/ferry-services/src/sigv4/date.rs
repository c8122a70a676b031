//! Times as signatures have them: `20260131T120000Z`.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// Reads `20260131T120000Z`; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| bytes[from..to].iter().all(u8::is_ascii_digit);
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' || !digits(0, 8) || !digits(9, 15) {
        return None;
    }
    let two = |from: usize| text[from..from + 2].parse::<u8>().ok();
    let date = Date::from_calendar_date(text[..4].parse().ok()?, Month::try_from(two(4)?).ok()?, two(6)?).ok()?;
    Some(PrimitiveDateTime::new(date, Time::from_hms(two(9)?, two(11)?, two(13)?).ok()?).assume_utc())
}

/// Writes `20260131T120000Z`.
pub(super) fn format(time: OffsetDateTime) -> String {
    let (date, clock) = (time.date(), time.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", clock.hour(), clock.minute(), clock.second())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "20260131",
            "20260131T120000",
            "20261331T120000Z",
            "20260230T000000Z",
            "20260131T250000Z",
            "2026013aT120000Z",
            "2026013éT12000Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}|[0-9]{8}T[0-9]{6}Z") {
            if let Some(time) = parse(&text) {
                prop_assert_eq!(format(time), text);
            }
        }

        #[test]
        fn what_is_written_is_read(seconds in 0_i64..4_000_000_000) {
            let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            prop_assert_eq!(parse(&format(time)), Some(time));
        }
    }
}
