//! How an on-demand table grows: it takes up to double its previous peak.

use std::time::Duration;

use super::units::Units;

/// A peak counts as previous when the half hour in which it was reached is over.
const WINDOW: Duration = Duration::from_secs(30 * 60);

/// The peak is the most units used within one second of time.
#[derive(Debug)]
pub(super) struct Growth {
    /// Of earlier windows, a second.
    previous_peak: Units,
    /// Of the window under way, a second.
    peak: Units,
    window_start: Duration,
    second: u64,
    used_in_second: Units,
}

impl Growth {
    /// A table that takes `start_per_s`: as if half of that had been its peak.
    pub(super) fn new(start_per_s: Units, now: Duration) -> Self {
        let previous_peak = start_per_s.halved();
        Self { previous_peak, peak: Units::ZERO, window_start: now, second: now.as_secs(), used_in_second: Units::ZERO }
    }

    /// What the table takes a second.
    pub(super) fn limit(&mut self, now: Duration) -> Units {
        self.advance(now);
        self.previous_peak.doubled()
    }

    pub(super) fn used(&mut self, units: Units, now: Duration) {
        self.advance(now);
        self.used_in_second += units;
    }

    fn advance(&mut self, now: Duration) {
        if now.as_secs() > self.second {
            // A bucket's content may let a second take more than the limit; the table has not grown by that.
            self.peak = self.peak.max(self.used_in_second.min(self.previous_peak.doubled()));
            self.used_in_second = Units::ZERO;
            self.second = now.as_secs();
        }
        if now.saturating_sub(self.window_start) >= WINDOW {
            self.previous_peak = self.previous_peak.max(self.peak);
            self.peak = Units::ZERO;
            self.window_start = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn doubles_with_the_previous_peak_after_half_an_hour() {
        let start = Units::new(4_000.0);
        let mut growth = Growth::new(start, Duration::ZERO);
        growth.used(Units::new(4_000.0), MINUTE);
        assert_eq!(growth.limit(29 * MINUTE), start);
        assert_eq!(growth.limit(30 * MINUTE), Units::new(8_000.0));
        // A window without traffic takes nothing away.
        assert_eq!(growth.limit(120 * MINUTE), Units::new(8_000.0));
    }

    #[test]
    fn little_traffic_does_not_make_it_grow() {
        let mut growth = Growth::new(Units::new(4_000.0), Duration::ZERO);
        for minute in 1..60 {
            growth.used(Units::new(1_500.0), minute * MINUTE);
        }
        assert_eq!(growth.limit(90 * MINUTE), Units::new(4_000.0));
    }
}
