//! The REPORT line at the end of an invocation's log, in both log formats.
//!
//! Text: `REPORT RequestId: <id>`, then tab-separated `Name: value unit` fields. JSON: one object of type
//! `platform.report`. Fields that are not known here are passed over, because AWS adds some from time to time.

use serde::Deserialize;

/// What Lambda says that one invocation took. Both formats give the same fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub request_id: String,
    pub duration_ms: f64,
    pub billed_duration_ms: f64,
    pub memory_size_mib: f64,
    pub max_memory_used_mib: f64,
    /// Only on the first invocation of a sandbox, and not when INIT failed and ran again inside the invocation.
    pub init_duration_ms: Option<f64>,
    /// `error`, `timeout`; text reports leave out `success`.
    pub status: Option<String>,
    pub error_type: Option<String>,
}

/// The last report of a log tail. The last, because a function may print a line that looks like one, and the
/// platform's own comes after all that the function wrote.
pub fn find_report(log: &str) -> Option<Report> {
    log.lines().rev().find_map(|line| parse_text(line).or_else(|| parse_json(line)))
}

fn parse_text(line: &str) -> Option<Report> {
    let mut fields = line.strip_prefix("REPORT RequestId: ")?.split('\t');
    let request_id = fields.next()?.trim().to_owned();
    let fields: Vec<(&str, &str)> = fields.filter_map(|field| field.trim().split_once(": ")).collect();
    let text = |name: &str| fields.iter().find(|field| field.0 == name).map(|field| field.1.trim());
    let number = |name: &str, unit: &str| decimal(text(name)?.strip_suffix(unit)?.trim_end());
    Some(Report {
        request_id,
        duration_ms: number("Duration", "ms")?,
        billed_duration_ms: number("Billed Duration", "ms")?,
        memory_size_mib: number("Memory Size", "MB")?,
        max_memory_used_mib: number("Max Memory Used", "MB")?,
        init_duration_ms: number("Init Duration", "ms"),
        status: text("Status").map(str::to_owned),
        error_type: text("Error Type").map(str::to_owned),
    })
}

/// Digits with an optional fraction: `f64::from_str` would also take `inf`, `NaN`, signs and exponents.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let value: f64 = if digits(whole) && digits(fraction) { text.parse().ok()? } else { return None };
    value.is_finite().then_some(value)
}

fn parse_json(line: &str) -> Option<Report> {
    if !line.contains("platform.report") {
        return None;
    }
    let entry: JsonEntry = serde_json::from_str(line.trim()).ok()?;
    let JsonRecord { request_id, metrics, status, error_type } = entry.record;
    let numbers = [metrics.duration_ms, metrics.billed_duration_ms, metrics.memory_size_mib, metrics.max_memory_used_mib];
    if entry.kind != "platform.report" || numbers.into_iter().chain(metrics.init_duration_ms).any(f64::is_sign_negative) {
        return None;
    }
    Some(Report {
        request_id,
        duration_ms: metrics.duration_ms,
        billed_duration_ms: metrics.billed_duration_ms,
        memory_size_mib: metrics.memory_size_mib,
        max_memory_used_mib: metrics.max_memory_used_mib,
        init_duration_ms: metrics.init_duration_ms,
        status: status.filter(|status| status != "success"),
        error_type,
    })
}

#[derive(Deserialize)]
struct JsonEntry {
    #[serde(rename = "type")]
    kind: String,
    record: JsonRecord,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonRecord {
    request_id: String,
    metrics: JsonMetrics,
    status: Option<String>,
    error_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonMetrics {
    duration_ms: f64,
    billed_duration_ms: f64,
    #[serde(rename = "memorySizeMB")]
    memory_size_mib: f64,
    #[serde(rename = "maxMemoryUsedMB")]
    max_memory_used_mib: f64,
    init_duration_ms: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLD: &str = "REPORT RequestId: 8f5\tDuration: 12.34 ms\tBilled Duration: 136 ms\tMemory Size: 128 MB\tMax Memory Used: 31 MB\tInit Duration: 123.45 ms\t\n";

    #[test]
    fn a_cold_start_as_aws_writes_it() {
        let report = find_report(&format!("START RequestId: 8f5 Version: $LATEST\nEND RequestId: 8f5\n{COLD}")).unwrap();
        assert_eq!(report.request_id, "8f5");
        assert_eq!((report.duration_ms, report.billed_duration_ms), (12.34, 136.0));
        assert_eq!((report.memory_size_mib, report.max_memory_used_mib), (128.0, 31.0));
        assert_eq!((report.init_duration_ms, report.status, report.error_type), (Some(123.45), None, None));
    }

    #[test]
    fn a_failure_with_x_ray_and_unknown_fields() {
        let line = "REPORT RequestId: a\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 512 MB\tMax Memory Used: 512 MB\t\
                    Restore Duration: 9.1 ms\tStatus: error\tError Type: Runtime.OutOfMemory\nXRAY TraceId: 1-2-3\tSegmentId: 4\tSampled: true\n";
        let report = find_report(line).unwrap();
        assert_eq!(report.status.as_deref(), Some("error"));
        assert_eq!(report.error_type.as_deref(), Some("Runtime.OutOfMemory"));
        assert_eq!(report.init_duration_ms, None);
    }

    #[test]
    fn the_json_log_format() {
        let line = r#"{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{"requestId":"b","metrics":{"durationMs":1.5,
            "billedDurationMs":4,"memorySizeMB":256,"maxMemoryUsedMB":7,"initDurationMs":2.25},"status":"success"}}"#
            .replace('\n', " ");
        let report = find_report(&format!("{{\"type\":\"platform.start\"}}\n{line}\n")).unwrap();
        assert_eq!((report.billed_duration_ms, report.init_duration_ms, report.status), (4.0, Some(2.25), None));
    }

    #[test]
    fn a_line_that_the_function_forged_loses_to_the_last() {
        let forged = COLD.replace("12.34", "0.01");
        assert_eq!(find_report(&format!("{forged}{COLD}")).unwrap().duration_ms, 12.34);
    }

    #[test]
    fn half_a_report_is_none() {
        for end in ["", "\tDuration: 1 ms", "\tDuration: NaN ms\tBilled Duration: 1 ms\tMemory Size: 1 MB\tMax Memory Used: 1 MB"] {
            assert_eq!(find_report(&format!("REPORT RequestId: a{end}")), None);
        }
        assert_eq!(find_report(&COLD.replace("12.34", "-1")), None);
    }

    fn reports() -> impl Strategy<Value = Report> {
        let hundredths = || (0u32..100_000_000).prop_map(|n| f64::from(n) / 100.0);
        let mib = || (1u32..10_241).prop_map(f64::from);
        let ids = ("[0-9a-f-]{1,36}", proptest::option::of("timeout|error"), proptest::option::of("[A-Z][A-Za-z.]{0,30}"));
        (ids, hundredths(), 0u32..1_000_000, mib(), mib(), proptest::option::of(hundredths())).prop_map(
            |((request_id, status, error_type), duration_ms, billed, memory_size_mib, max_memory_used_mib, init_duration_ms)| Report {
                request_id,
                duration_ms,
                billed_duration_ms: f64::from(billed),
                memory_size_mib,
                max_memory_used_mib,
                init_duration_ms,
                status,
                error_type,
            },
        )
    }

    fn as_text(report: &Report) -> String {
        let optional = |name: &str, value: Option<String>| value.map_or(String::new(), |value| format!("\t{name}: {value}"));
        format!(
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB{}{}{}\t",
            report.request_id,
            report.duration_ms,
            report.billed_duration_ms,
            report.memory_size_mib,
            report.max_memory_used_mib,
            optional("Init Duration", report.init_duration_ms.map(|ms| format!("{ms:.2} ms"))),
            optional("Status", report.status.clone()),
            optional("Error Type", report.error_type.clone()),
        )
    }

    proptest! {
        #[test]
        fn written_reports_are_read_back(report in reports(), before in "[^\u{0}]{0,200}") {
            prop_assert_eq!(find_report(&format!("{before}\n{}\n", as_text(&report))), Some(report));
        }

        #[test]
        fn no_log_makes_it_panic(log in "\\PC*", cut in 0usize..200, byte in any::<char>()) {
            let _ = find_report(&log);
            let mut line: Vec<char> = COLD.chars().collect();
            let at = cut % line.len();
            line[at] = byte;
            let _ = find_report(&line.iter().collect::<String>());
            let _ = find_report(&line[..at].iter().collect::<String>());
        }
    }
}
