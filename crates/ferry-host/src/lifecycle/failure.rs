//! Failures of a sandbox in AWS's words: error types and messages.

use crate::kernel::Exit;
use crate::limits::RESPONSE_BYTES_MAX;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The process ended before it had answered.
    Exited {
        code: Option<i32>,
        signal: Option<i32>,
    },
    OutOfMemory,
    TimedOut,
    /// The runtime called `init/error`, with this type.
    InitError(String),
    ResponseTooLarge,
    TruncatedResponse,
    InvalidResponseMode,
    /// The function failed in the middle of a streamed response.
    Midstream,
}

impl Failure {
    pub(crate) fn of_exit(exit: Exit) -> Self {
        if exit.oom { Self::OutOfMemory } else { Self::Exited { code: exit.code, signal: exit.signal } }
    }

    /// `errorType`, and `Error Type` in log lines.
    pub(crate) fn error_type(&self) -> &str {
        match self {
            Self::Exited { .. } => "Runtime.ExitError",
            Self::OutOfMemory => "Runtime.OutOfMemory",
            Self::TimedOut => "Sandbox.Timedout",
            Self::InitError(error_type) => error_type,
            Self::ResponseTooLarge => "Function.ResponseSizeTooLarge",
            Self::TruncatedResponse => "Runtime.TruncatedResponse",
            Self::InvalidResponseMode => "Runtime.InvalidResponseModeHeader",
            Self::Midstream => "Function.Unknown",
        }
    }

    /// `errorMessage`.
    pub(crate) fn message(&self, request_id: &str, timeout_s: f64) -> String {
        let text = match self {
            Self::ResponseTooLarge => {
                return format!("Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
            }
            Self::Exited { code, signal } => exit_message(*code, *signal),
            Self::OutOfMemory => exit_message(None, Some(9)),
            Self::TimedOut => format!("Task timed out after {timeout_s:.2} seconds"),
            Self::InitError(error_type) => format!("Runtime failed to initialize: {error_type}"),
            Self::TruncatedResponse => "The runtime's response was cut short".to_owned(),
            Self::InvalidResponseMode => "Invalid function response mode".to_owned(),
            Self::Midstream => "The function failed in the middle of its response".to_owned(),
        };
        format!("RequestId: {request_id} Error: {text}")
    }
}

/// As Go words it, which Lambda's supervisor is written in.
fn exit_message(code: Option<i32>, signal: Option<i32>) -> String {
    match (code, signal) {
        (_, Some(signal)) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
        (Some(0) | None, None) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), None) => format!("Runtime exited with error: exit status {code}"),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

/// `Lambda-Runtime-Function-Error-Type` as Lambda takes it over: `Runtime.X` and `Function.X` as they are, anything else
/// as unknown, so that a function cannot pass for the sandbox.
pub(crate) fn error_type_of_header(header: &str) -> String {
    let reason = header.strip_prefix("Runtime.").or_else(|| header.strip_prefix("Function."));
    let well_formed = reason.is_some_and(|reason| {
        reason.len() > 1
            && reason.starts_with(|first: char| first.is_ascii_uppercase())
            && reason.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    match (well_formed, header.starts_with("Function.")) {
        (true, _) => header.to_owned(),
        (false, true) => "Function.Unknown".to_owned(),
        (false, false) => "Runtime.Unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_lambda() {
        let exited = |code, signal| Failure::of_exit(Exit { code, signal, oom: false }).message("id", 3.0);
        assert_eq!(exited(Some(1), None), "RequestId: id Error: Runtime exited with error: exit status 1");
        assert_eq!(exited(Some(0), None), "RequestId: id Error: Runtime exited without providing a reason");
        assert_eq!(exited(None, Some(11)), "RequestId: id Error: Runtime exited with error: signal: segmentation fault");
        assert_eq!(exited(None, Some(40)), "RequestId: id Error: Runtime exited with error: signal: signal 40");
        let oom = Failure::of_exit(Exit { code: None, signal: Some(9), oom: true });
        assert_eq!(
            (oom.error_type(), oom.message("id", 3.0).as_str()),
            ("Runtime.OutOfMemory", "RequestId: id Error: Runtime exited with error: signal: killed")
        );
        assert_eq!(Failure::TimedOut.message("id", 3.0), "RequestId: id Error: Task timed out after 3.00 seconds");
        assert_eq!(
            Failure::ResponseTooLarge.message("id", 3.0),
            "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        );
    }

    #[test]
    fn error_types_of_the_runtime_are_taken_over_only_when_they_are_its_own() {
        assert_eq!(error_type_of_header("Runtime.ImportModuleError"), "Runtime.ImportModuleError");
        assert_eq!(error_type_of_header("Function.Panic"), "Function.Panic");
        assert_eq!(error_type_of_header("Function.bad type"), "Function.Unknown");
        assert_eq!(error_type_of_header("Sandbox.Timedout"), "Runtime.Unknown");
        assert_eq!(error_type_of_header("ValueError"), "Runtime.Unknown");
        assert_eq!(error_type_of_header(""), "Runtime.Unknown");
    }
}
