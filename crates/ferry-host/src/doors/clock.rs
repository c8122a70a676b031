//! Wall time of a request: the doors' one place that reads the clock.

use std::time::SystemTime;

use time::format_description::FormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// `12/Mar/2020:19:03:58 +0000`: `requestContext.time`.
const COMMON_LOG: &[FormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]");
/// `2024-05-01T12:34:56.000+0000`: `LastModified`.
const LAST_MODIFIED: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3][offset_hour sign:mandatory][offset_minute]");

/// Milliseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "requests are stamped with the time at which they arrive; nothing is decided by it")]
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

pub(super) fn common_log(epoch_ms: u64) -> String {
    format(epoch_ms, COMMON_LOG)
}

pub(super) fn last_modified(epoch_ms: u64) -> String {
    format(epoch_ms, LAST_MODIFIED)
}

/// Times beyond the year 9999 become the epoch.
fn format(epoch_ms: u64, form: &[FormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(epoch_ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .to_offset(UtcOffset::UTC)
        .format(form)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_aws() {
        assert_eq!(common_log(1_583_348_638_390), "04/Mar/2020:19:03:58 +0000");
        assert_eq!(last_modified(1_583_348_638_390), "2020-03-04T19:03:58.390+0000");
        assert_eq!(common_log(u64::MAX), "01/Jan/1970:00:00:00 +0000");
    }
}
