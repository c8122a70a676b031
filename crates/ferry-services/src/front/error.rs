//! Errors that the front answers with in a service's stead, injected ones among them, and their names in each family of wire
//! formats: the same refusal is `SignatureDoesNotMatch` to S3 and `InvalidSignatureException` to DynamoDB.

use http::StatusCode;

use crate::body::CollectError;
use crate::limits::CLOCK_SKEW_MINUTES;

/// An error of one request.
#[derive(Debug)]
pub struct FrontError {
    pub kind: FrontErrorKind,
    pub request_id: String,
}

#[derive(Debug, thiserror::Error)]
pub enum FrontErrorKind {
    #[error("We encountered an internal error. Please try again. (injected)")]
    InternalError,
    #[error("Please reduce your request rate. (injected)")]
    Unavailable,
    #[error("{0}")]
    Body(CollectError),
    #[error("The request has no signature, and this endpoint was started with a secret")]
    AuthenticationMissing,
    #[error("The authorization is malformed: {0}")]
    AuthorizationMalformed(String),
    #[error("The access key {0} is not the one that this endpoint was started with")]
    AccessKeyUnknown(String),
    #[error("The request signature we calculated does not match the signature you provided. Check your key and signing method.")]
    SignatureMismatch,
    #[error("There were headers present in the request which were not signed: {0}")]
    HeadersUnsigned(String),
    #[error(
        "The difference between the request time {request_time} and the current time {server_time} is more than {CLOCK_SKEW_MINUTES} minutes"
    )]
    TimeTooSkewed { request_time: String, server_time: String },
    #[error("Request has expired")]
    Expired,
    #[error("Request is not valid yet")]
    NotYetValid,
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed")]
    PayloadHashMismatch,
    #[error("{0}")]
    NotImplemented(String),
    #[error("{0}")]
    InvalidRequest(String),
}

/// Whose names an error has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireFamily {
    /// S3's XML.
    S3,
    /// JSON 1.0 with `__type`: DynamoDB, SQS.
    Json,
    /// The Query protocol's XML: STS.
    Query,
}

impl FrontErrorKind {
    /// What the client is told: begins with AWS's own sentence, by which programs and people know the error.
    pub fn message(&self, family: WireFamily) -> String {
        let words = match (self, family) {
            (Self::AccessKeyUnknown(_), WireFamily::S3) => "The AWS Access Key Id you provided does not exist in our records.",
            (Self::AccessKeyUnknown(_), _) => "The security token included in the request is invalid.",
            (Self::TimeTooSkewed { .. }, WireFamily::S3) => "The difference between the request time and the current time is too large.",
            (Self::TimeTooSkewed { request_time, server_time }, _) if request_time < server_time => "Signature expired.",
            (Self::TimeTooSkewed { .. }, _) => "Signature not yet current.",
            _ => return self.to_string(),
        };
        format!("{words} {self}")
    }

    /// HTTP status and AWS's code.
    pub fn code(&self, family: WireFamily) -> (StatusCode, &'static str) {
        use StatusCode as S;
        use WireFamily::{Json, Query, S3};
        match (self, family) {
            (Self::InternalError, S3) => (S::INTERNAL_SERVER_ERROR, "InternalError"),
            (Self::InternalError, Json) => (S::INTERNAL_SERVER_ERROR, "InternalServerError"),
            (Self::InternalError, Query) => (S::INTERNAL_SERVER_ERROR, "InternalFailure"),
            (Self::Unavailable, S3) => (S::SERVICE_UNAVAILABLE, "SlowDown"),
            (Self::Unavailable, Json | Query) => (S::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
            (Self::Body(CollectError::TooLarge { .. }), S3) => (S::BAD_REQUEST, "MaxMessageLengthExceeded"),
            (Self::Body(CollectError::TooLarge { .. }), Json | Query) => (S::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
            (Self::Body(CollectError::TooSlow { .. }), S3) => (S::BAD_REQUEST, "RequestTimeout"),
            (Self::Body(CollectError::TooSlow { .. }), Json | Query) => (S::REQUEST_TIMEOUT, "RequestTimeout"),
            (Self::Body(CollectError::Broken(_)), S3) => (S::BAD_REQUEST, "IncompleteBody"),
            (Self::Body(CollectError::Broken(_)), Json | Query) => (S::BAD_REQUEST, "SerializationException"),
            (Self::AuthenticationMissing, S3) => (S::FORBIDDEN, "AccessDenied"),
            (Self::AuthenticationMissing, Json) => (S::BAD_REQUEST, "MissingAuthenticationTokenException"),
            (Self::AuthenticationMissing, Query) => (S::FORBIDDEN, "MissingAuthenticationToken"),
            (Self::AuthorizationMalformed(_), S3) => (S::BAD_REQUEST, "AuthorizationHeaderMalformed"),
            (Self::AuthorizationMalformed(_), Json) => (S::BAD_REQUEST, "IncompleteSignatureException"),
            (Self::AuthorizationMalformed(_), Query) => (S::BAD_REQUEST, "IncompleteSignature"),
            (Self::AccessKeyUnknown(_), S3) => (S::FORBIDDEN, "InvalidAccessKeyId"),
            (Self::AccessKeyUnknown(_), Json) => (S::BAD_REQUEST, "UnrecognizedClientException"),
            (Self::AccessKeyUnknown(_), Query) => (S::FORBIDDEN, "InvalidClientTokenId"),
            (Self::SignatureMismatch | Self::TimeTooSkewed { .. }, Json) => (S::BAD_REQUEST, "InvalidSignatureException"),
            (Self::SignatureMismatch, S3 | Query) => (S::FORBIDDEN, "SignatureDoesNotMatch"),
            (Self::TimeTooSkewed { .. }, S3) => (S::FORBIDDEN, "RequestTimeTooSkewed"),
            (Self::TimeTooSkewed { .. }, Query) => (S::FORBIDDEN, "SignatureDoesNotMatch"),
            (Self::HeadersUnsigned(_) | Self::Expired | Self::NotYetValid, S3) => (S::FORBIDDEN, "AccessDenied"),
            (Self::HeadersUnsigned(_) | Self::Expired | Self::NotYetValid, Json) => (S::BAD_REQUEST, "InvalidSignatureException"),
            (Self::HeadersUnsigned(_) | Self::Expired | Self::NotYetValid, Query) => (S::FORBIDDEN, "SignatureDoesNotMatch"),
            (Self::PayloadHashMismatch, S3) => (S::BAD_REQUEST, "XAmzContentSHA256Mismatch"),
            (Self::PayloadHashMismatch, Json) => (S::BAD_REQUEST, "InvalidSignatureException"),
            (Self::PayloadHashMismatch, Query) => (S::FORBIDDEN, "SignatureDoesNotMatch"),
            (Self::NotImplemented(_), S3) => (S::NOT_IMPLEMENTED, "NotImplemented"),
            (Self::NotImplemented(_), Json) => (S::BAD_REQUEST, "UnknownOperationException"),
            (Self::NotImplemented(_), Query) => (S::BAD_REQUEST, "InvalidAction"),
            (Self::InvalidRequest(_), S3) => (S::BAD_REQUEST, "InvalidRequest"),
            (Self::InvalidRequest(_), Json) => (S::BAD_REQUEST, "SerializationException"),
            (Self::InvalidRequest(_), Query) => (S::BAD_REQUEST, "ValidationError"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_begin_with_awss_sentence() {
        let unknown = FrontErrorKind::AccessKeyUnknown("AKID".to_owned());
        assert!(unknown.message(WireFamily::S3).starts_with("The AWS Access Key Id you provided does not exist in our records. "));
        assert!(unknown.message(WireFamily::Json).starts_with("The security token included in the request is invalid. "));
        assert!(unknown.message(WireFamily::Query).ends_with("The access key AKID is not the one that this endpoint was started with"));
        let skewed = |request_time: &str, server_time: &str| FrontErrorKind::TimeTooSkewed {
            request_time: request_time.to_owned(),
            server_time: server_time.to_owned(),
        };
        let (early, late) = ("20260131T120000Z", "20260131T122000Z");
        assert!(skewed(early, late).message(WireFamily::Json).starts_with("Signature expired. "));
        assert!(skewed(late, early).message(WireFamily::Query).starts_with("Signature not yet current. "));
        let of_s3 = skewed(early, late).message(WireFamily::S3);
        assert!(of_s3.starts_with("The difference between the request time and the current time is too large. "), "{of_s3}");
        assert_eq!(FrontErrorKind::Expired.message(WireFamily::S3), "Request has expired");
    }
}
