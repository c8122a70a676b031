//! The REPORT line at the end of an invocation's log: what AWS bills, and the memory it took.
//!
//! `LogType=Tail` brings the last 4 KB of the log with the answer. The line is fields `Name: value unit`, a tab between each and the next:
//! `REPORT RequestId: 6f…`, `Duration: 1.20 ms`, `Billed Duration: 2 ms`, `Memory Size: 128 MB`, `Max Memory Used: 30 MB`, `Init Duration: 41.3 ms`.

use serde::{Deserialize, Serialize};

/// Of one invocation, or of all the invocations of one run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub billed_ms: u64,
    pub duration_ms: f64,
    /// Of a cold start; null when the sandbox was warm.
    pub init_ms: Option<f64>,
    pub max_memory_mb: u32,
}

impl Report {
    /// From a log's tail; None when it has no whole REPORT line.
    pub fn parse(tail: &str) -> Option<Self> {
        let line = tail.lines().rev().find_map(|line| line.strip_prefix("REPORT "))?;
        let field = |name: &str| line.split('\t').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix(": "));
        let number = |name: &str, unit: &str| field(name)?.strip_suffix(unit);
        Some(Self {
            billed_ms: number("Billed Duration", " ms")?.parse().ok()?,
            duration_ms: number("Duration", " ms")?.parse().ok()?,
            init_ms: number("Init Duration", " ms").and_then(|text| text.parse().ok()),
            max_memory_mb: number("Max Memory Used", " MB")?.parse().ok()?,
        })
    }

    /// With an invocation that went on from this one's checkpoint.
    pub fn and_then(self, next: Self) -> Self {
        Self {
            billed_ms: self.billed_ms + next.billed_ms,
            duration_ms: self.duration_ms + next.duration_ms,
            init_ms: self.init_ms.or(next.init_ms),
            max_memory_mb: self.max_memory_mb.max(next.max_memory_mb),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLD: &str = "START RequestId: a Version: $LATEST\nloaded\nEND RequestId: a\n\
        REPORT RequestId: a\tDuration: 3120.55 ms\tBilled Duration: 3162 ms\tMemory Size: 1024 MB\tMax Memory Used: 38 MB\tInit Duration: 41.20 ms\t\n";

    #[test]
    fn a_cold_and_a_warm_start() {
        let cold = Report { billed_ms: 3162, duration_ms: 3120.55, init_ms: Some(41.2), max_memory_mb: 38 };
        assert_eq!(Report::parse(COLD), Some(cold));
        let warm = COLD.replace("\tInit Duration: 41.20 ms", "");
        assert_eq!(Report::parse(&warm), Some(Report { init_ms: None, ..cold }));
    }

    #[test]
    fn fields_after_the_known_ones_and_other_lines_do_not_matter() {
        let traced = COLD.replace("\t\n", "\t\nXRAY TraceId: 1-2\tSegmentId: 3\tSampled: true\t\n");
        assert_eq!(Report::parse(&traced), Report::parse(COLD));
        let timed_out = COLD.replace("\t\n", "\tStatus: timeout\t\n");
        assert_eq!(Report::parse(&timed_out), Report::parse(COLD));
        let told_by_the_function = format!("REPORT of my own\n{COLD}");
        assert_eq!(Report::parse(&told_by_the_function), Report::parse(COLD));
    }

    #[test]
    fn no_report_is_none() {
        for tail in [
            "",
            "REPORT RequestId: a",
            "END RequestId: a\n",
            "REPORT RequestId: a\tDuration: x ms\tBilled Duration: 1 ms\tMax Memory Used: 3 MB",
        ] {
            assert_eq!(Report::parse(tail), None, "{tail:?}");
        }
    }

    #[test]
    fn invocations_of_one_run_add_up() {
        let first = Report { billed_ms: 10, duration_ms: 9.5, init_ms: Some(4.0), max_memory_mb: 30 };
        let second = Report { billed_ms: 5, duration_ms: 4.5, init_ms: None, max_memory_mb: 33 };
        assert_eq!(first.and_then(second), Report { billed_ms: 15, duration_ms: 14.0, init_ms: Some(4.0), max_memory_mb: 33 });
    }
}
