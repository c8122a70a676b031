//! Why the target could not be asked.

#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("{operation} {function} got no answer from {endpoint}; is `ferry up` running there?")]
    Transport { operation: &'static str, function: String, endpoint: String, source: Box<ureq::Error> },
    #[error("{operation} {function} was refused with {status} {error_type}: {message}")]
    Refused { operation: &'static str, function: String, status: u16, error_type: String, message: String },
    #[error("the answer to {operation} {function} is not what the Lambda API gives")]
    Unreadable { operation: &'static str, function: String, source: serde_json::Error },
    #[error("Invoke {function} gave no REPORT line in X-Amz-Log-Result; the target must honour X-Amz-Log-Type: Tail")]
    NoReport { function: String },
    #[error("the configuration of {function} was not in place after {waited_s} s: {status}")]
    UpdateFailed { function: String, waited_s: u64, status: String },
}
