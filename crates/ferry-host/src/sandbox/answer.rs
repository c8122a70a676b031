//! What the caller hears, in AWS's shapes.

use bytes::Bytes;

use crate::invoke::{FunctionError, InvokeAnswer, Payload};
use crate::lifecycle::{Failure, Report};
use crate::runtime_api::Content;

const APPLICATION_JSON: &str = "application/json";

/// `{"errorType":…,"errorMessage":…}`, as Lambda answers for a sandbox that failed.
pub(super) fn failure_json(failure: &Failure, request_id: &str, timeout_s: f64) -> String {
    let message = failure.message(request_id, timeout_s);
    serde_json::json!({"errorType": failure.error_type(), "errorMessage": message}).to_string()
}

pub(super) fn success(content: Content) -> InvokeAnswer {
    answer(Payload::Buffered(content.bytes), None, content.content_type)
}

pub(super) fn reported_error(content: Content) -> InvokeAnswer {
    answer(Payload::Buffered(content.bytes), Some(FunctionError::Handled), content.content_type)
}

pub(super) fn failure(payload: Bytes) -> InvokeAnswer {
    answer(Payload::Buffered(payload), Some(FunctionError::Unhandled), None)
}

pub(super) fn answer(payload: Payload, function_error: Option<FunctionError>, content_type: Option<String>) -> InvokeAnswer {
    let content_type = content_type.unwrap_or_else(|| APPLICATION_JSON.to_owned());
    InvokeAnswer { payload, function_error, log_tail: None, metrics: None, content_type }
}

/// Duration and INIT together, in whole milliseconds begun (INIT is billed since August 2025).
pub(super) fn billed_ms(report: &Report) -> u64 {
    let total = report.duration + report.init.unwrap_or_default();
    u64::try_from(total.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lifecycle::Status;

    #[test]
    fn billing_rounds_init_and_duration_up_together() {
        let of = |init_us, duration_us| {
            billed_ms(&Report {
                duration: Duration::from_micros(duration_us),
                init: Some(Duration::from_micros(init_us)),
                status: Status::Success,
            })
        };
        assert_eq!(of(400, 500), 1);
        assert_eq!(of(600, 500), 2);
        assert_eq!(of(0, 1000), 1);
    }
}
