//! Lambda's own log lines, text and JSON. Tools parse them, so tabs, order and the trailing tab matter.

use std::fmt::Write as _;
use std::time::Duration;

use ferry_template::LogFormat;
use serde_json::{Value, json};

use crate::clock::rfc3339_ms;
use crate::lifecycle::{Failure, InitReport, InitStatus, Report, Status};

/// What the platform says, in either format. Times are Unix times.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Platform<'a> {
    InitStart {
        runtime: &'a str,
        runtime_arn: &'a str,
        suppressed: bool,
    },
    InitReport(&'a InitReport),
    Start {
        request_id: &'a str,
    },
    /// The end of an invocation: why it failed, END and REPORT.
    Report(&'a ReportLine<'a>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ReportLine<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) report: &'a Report,
    pub(crate) billed_ms: u64,
    pub(crate) memory_mib: u32,
    pub(crate) max_memory_mib: u32,
    pub(crate) timeout_s: f64,
}

impl Platform<'_> {
    /// The lines, without newlines.
    pub(crate) fn lines(&self, format: LogFormat, time: Duration) -> Vec<String> {
        match format {
            LogFormat::Text => self.text(time),
            LogFormat::Json => self.json(time),
        }
    }

    fn text(&self, time: Duration) -> Vec<String> {
        match self {
            // A suppressed INIT leaves no line unless it fails.
            Self::InitStart { suppressed: true, .. } => Vec::new(),
            Self::InitStart { runtime, runtime_arn, suppressed: false } => {
                vec![format!("INIT_START Runtime Version: {runtime}\tRuntime Version ARN: {runtime_arn}")]
            }
            Self::InitReport(report) => init_report_text(report).into_iter().collect(),
            Self::Start { request_id } => vec![format!("START RequestId: {request_id} Version: $LATEST")],
            Self::Report(line) => line.text(time),
        }
    }

    fn json(&self, time: Duration) -> Vec<String> {
        let event = |kind: &str, record: Value| json!({"time": rfc3339_ms(time), "type": kind, "record": record}).to_string();
        match self {
            Self::InitStart { runtime, runtime_arn, suppressed } => vec![event(
                "platform.initStart",
                json!({"initializationType": "on-demand", "phase": phase(*suppressed), "runtimeVersion": runtime, "runtimeVersionArn": runtime_arn,
                       "functionVersion": "$LATEST"}),
            )],
            Self::InitReport(report) => vec![event("platform.initReport", init_report_json(report))],
            Self::Start { request_id } => vec![event("platform.start", json!({"requestId": request_id, "version": "$LATEST"}))],
            Self::Report(line) => {
                let mut done = json!({"requestId": line.request_id, "metrics": {"durationMs": millis(line.report.duration)}});
                let mut report = json!({"requestId": line.request_id, "metrics": line.metrics_json()});
                for record in [&mut done, &mut report] {
                    put_status(record, line.report);
                }
                vec![event("platform.runtimeDone", done), event("platform.report", report)]
            }
        }
    }
}

impl ReportLine<'_> {
    fn text(&self, time: Duration) -> Vec<String> {
        let id = self.request_id;
        let mut lines = Vec::with_capacity(3);
        match &self.report.status {
            Status::Timeout => lines.push(format!("{} {id} Task timed out after {:.2} seconds", rfc3339_ms(time), self.timeout_s)),
            Status::Failed(failure @ (Failure::Exited { .. } | Failure::OutOfMemory)) => {
                lines.push(format!("{} {}", failure.message(id, self.timeout_s), failure.error_type()));
            }
            Status::Success | Status::HandledError(_) | Status::Failed(_) => {}
        }
        lines.push(format!("END RequestId: {id}"));
        let mut report = format!(
            "REPORT RequestId: {id}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
            millis(self.report.duration),
            self.billed_ms,
            self.memory_mib,
            self.max_memory_mib
        );
        if let Some(init) = self.report.init {
            let _ = write!(report, "Init Duration: {:.2} ms\t", millis(init));
        }
        match &self.report.status {
            Status::Timeout => report.push_str("Status: timeout"),
            Status::Failed(failure) => {
                let _ = write!(report, "Status: error\tError Type: {}", failure.error_type());
            }
            Status::Success | Status::HandledError(_) => {}
        }
        lines.push(report);
        lines
    }

    fn metrics_json(&self) -> Value {
        let mut metrics = json!({
            "durationMs": millis(self.report.duration),
            "billedDurationMs": self.billed_ms,
            "memorySizeMB": self.memory_mib,
            "maxMemoryUsedMB": self.max_memory_mib,
        });
        if let Some(init) = self.report.init {
            metrics["initDurationMs"] = json!(millis(init));
        }
        metrics
    }
}

fn put_status(record: &mut Value, report: &Report) {
    record["status"] = match &report.status {
        Status::Success => "success",
        Status::HandledError(_) | Status::Failed(_) => "error",
        Status::Timeout => "timeout",
    }
    .into();
    match &report.status {
        Status::HandledError(error_type) => record["errorType"] = error_type.as_str().into(),
        Status::Failed(failure) => record["errorType"] = failure.error_type().into(),
        Status::Success | Status::Timeout => {}
    }
}

fn init_report_text(report: &InitReport) -> Option<String> {
    let InitStatus::Failed(failure) = &report.status else { return None };
    let mut line = format!("INIT_REPORT Init Duration: {:.2} ms\tPhase: {}\tStatus: ", millis(report.duration), phase(report.suppressed));
    if *failure == Failure::TimedOut {
        line.push_str("timeout");
    } else {
        let _ = write!(line, "error\tError Type: {}", failure.error_type());
    }
    Some(line)
}

fn init_report_json(report: &InitReport) -> Value {
    let mut record = json!({
        "initializationType": "on-demand",
        "phase": phase(report.suppressed),
        "metrics": {"durationMs": millis(report.duration)},
    });
    match &report.status {
        InitStatus::Success => record["status"] = "success".into(),
        InitStatus::Failed(Failure::TimedOut) => record["status"] = "timeout".into(),
        InitStatus::Failed(failure) => {
            record["status"] = "error".into();
            record["errorType"] = failure.error_type().into();
        }
    }
    record
}

fn phase(suppressed: bool) -> &'static str {
    if suppressed { "invoke" } else { "init" }
}

/// Milliseconds with the three decimals that Lambda gives.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Duration = Duration::from_millis(1_769_860_800_123);

    fn report_lines(format: LogFormat, status: Status, init: Option<Duration>) -> Vec<String> {
        let report = Report { duration: Duration::from_micros(12_345), init, status };
        let line = ReportLine { request_id: "id", report: &report, billed_ms: 113, memory_mib: 128, max_memory_mib: 31, timeout_s: 3.0 };
        Platform::Report(&line).lines(format, NOON)
    }

    #[test]
    fn report_is_tab_separated_with_init_duration_last() {
        let warm = report_lines(LogFormat::Text, Status::Success, None);
        assert_eq!(
            warm,
            [
                "END RequestId: id",
                "REPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 113 ms\tMemory Size: 128 MB\tMax Memory Used: 31 MB\t"
            ]
        );
        let cold = report_lines(LogFormat::Text, Status::Success, Some(Duration::from_millis(100)));
        assert!(cold[1].ends_with("Max Memory Used: 31 MB\tInit Duration: 100.00 ms\t"), "{cold:?}");
    }

    #[test]
    fn a_failure_is_said_before_end_and_in_the_report() {
        let timeout = report_lines(LogFormat::Text, Status::Timeout, None);
        assert_eq!(timeout[0], "2026-01-31T12:00:00.123Z id Task timed out after 3.00 seconds");
        assert!(timeout[2].ends_with("Max Memory Used: 31 MB\tStatus: timeout"), "{timeout:?}");
        let exit = report_lines(
            LogFormat::Text,
            Status::Failed(Failure::Exited { code: Some(1), signal: None }),
            Some(Duration::from_millis(100)),
        );
        assert_eq!(exit[0], "RequestId: id Error: Runtime exited with error: exit status 1 Runtime.ExitError");
        assert!(exit[2].ends_with("Init Duration: 100.00 ms\tStatus: error\tError Type: Runtime.ExitError"), "{exit:?}");
    }

    #[test]
    fn json_format_has_the_telemetry_records() {
        let lines = report_lines(LogFormat::Json, Status::HandledError("Runtime.Unknown".into()), Some(Duration::from_millis(100)));
        let report: Value = serde_json::from_str(&lines[1]).unwrap();
        assert_eq!(
            report,
            json!({"time": "2026-01-31T12:00:00.123Z", "type": "platform.report", "record": {"requestId": "id", "status": "error", "errorType": "Runtime.Unknown",
                "metrics": {"durationMs": 12.345, "billedDurationMs": 113, "memorySizeMB": 128, "maxMemoryUsedMB": 31, "initDurationMs": 100.0}}})
        );
    }

    #[test]
    fn init_is_reported_in_text_only_when_it_failed() {
        let report = |suppressed, status| InitReport { duration: Duration::from_millis(998), suppressed, status };
        let text = |report: &InitReport| Platform::InitReport(report).lines(LogFormat::Text, NOON);
        assert!(text(&report(false, InitStatus::Success)).is_empty());
        assert_eq!(
            text(&report(false, InitStatus::Failed(Failure::TimedOut))),
            ["INIT_REPORT Init Duration: 998.00 ms\tPhase: init\tStatus: timeout"]
        );
        assert_eq!(
            text(&report(true, InitStatus::Failed(Failure::InitError("Runtime.Unknown".into())))),
            ["INIT_REPORT Init Duration: 998.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.Unknown"]
        );
    }
}
