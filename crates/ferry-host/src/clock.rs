//! Time: the monotonic clock that durations and deadlines are measured with, and the wall clock that people and
//! `Deadline-Ms` read. The only place where the host reads the wall clock.

use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Both clocks, tied together once so that they never disagree within a host's life.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
    /// Unix time at `origin`.
    origin_epoch: Duration,
}

impl Clock {
    /// Reads both clocks of the machine.
    #[expect(clippy::disallowed_methods, reason = "the edge at which wall time enters the host")]
    pub fn start() -> Self {
        let origin_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { origin: Instant::now(), origin_epoch }
    }

    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// Unix time of `instant`.
    pub fn epoch(&self, instant: Instant) -> Duration {
        match instant.checked_duration_since(self.origin) {
            Some(later) => self.origin_epoch + later,
            None => self.origin_epoch.saturating_sub(self.origin - instant),
        }
    }

    /// Unix time of `instant` in whole milliseconds.
    pub fn epoch_ms(&self, instant: Instant) -> u64 {
        u64::try_from(self.epoch(instant).as_millis()).unwrap_or(u64::MAX)
    }
}

const RFC3339_MS: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const DATE_SLASHES: &[BorrowedFormatItem<'_>] = format_description!("[year]/[month]/[day]");

/// `2026-01-31T12:00:00.123Z`, as Lambda writes times in logs.
pub fn rfc3339_ms(epoch: Duration) -> String {
    format_utc(epoch, RFC3339_MS)
}

/// `2026/01/31`, as in the names of log streams.
pub fn date_slashes(epoch: Duration) -> String {
    format_utc(epoch, DATE_SLASHES)
}

fn format_utc(epoch: Duration, format: &[BorrowedFormatItem<'_>]) -> String {
    let time = time::Duration::try_from(epoch).ok().and_then(|since| OffsetDateTime::UNIX_EPOCH.checked_add(since));
    time.and_then(|time| time.format(format).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_as_lambda_does() {
        let epoch = Duration::from_millis(1_769_860_800_123);
        assert_eq!(rfc3339_ms(epoch), "2026-01-31T12:00:00.123Z");
        assert_eq!(date_slashes(epoch), "2026/01/31");
    }

    #[test]
    fn epoch_follows_the_monotonic_clock_both_ways() {
        let clock = Clock::start();
        let second = Duration::from_secs(1);
        assert_eq!(clock.epoch(clock.origin + second), clock.origin_epoch + second);
        assert_eq!(clock.epoch(clock.origin - second), clock.origin_epoch - second);
    }
}
