//! Errors of the Lambda API: status, type and body, so that SDKs raise the exception of the same name.

use ferry_template::Function;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::doors::body::{Body, ReadError};
use crate::invoke::InvokeError;

/// An error answer. Display is its message.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(in crate::doors) enum ApiError {
    #[error("{0}")]
    ResourceNotFound(String),
    #[error("{0}")]
    InvalidParameterValue(String),
    #[error("{0}")]
    InvalidRequestContent(String),
    #[error("Request must be smaller than {limit} bytes for the {operation} operation")]
    RequestTooLarge { limit: usize, operation: &'static str },
    #[error("Rate Exceeded.")]
    TooManyRequests { reason: ThrottleReason },
    #[error("{0}")]
    AccessDenied(String),
    /// An operation of the Lambda API that Ferry does not serve, or none of its operations at all.
    #[error("{0}")]
    UnknownOperation(String),
    #[error("{0}")]
    RequestTimeout(String),
    #[error("{0}")]
    Service(String),
}

/// `Reason` of a 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::enum_variant_names, reason = "these are AWS's words")]
pub(in crate::doors) enum ThrottleReason {
    ConcurrentInvocationLimitExceeded,
    ReservedFunctionConcurrentInvocationLimitExceeded,
    CallerRateLimitExceeded,
}

/// What a client is told to wait after a 429, in seconds.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("1");

impl ApiError {
    /// An invocation of `function` that did not run.
    pub(in crate::doors) fn from_invoke(error: InvokeError, function: &Function) -> Self {
        match error {
            InvokeError::NotFound { .. } => Self::ResourceNotFound(error.to_string()),
            InvokeError::TooManyRequests => Self::TooManyRequests {
                reason: match function.reserved_concurrency {
                    Some(_) => ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded,
                    None => ThrottleReason::ConcurrentInvocationLimitExceeded,
                },
            },
            InvokeError::InvalidParameter(message) => Self::InvalidParameterValue(message),
            InvokeError::Service(_) | InvokeError::ShuttingDown => Self::Service(error.to_string()),
        }
    }

    /// A body that could not be read, for the operation that wanted it.
    pub(in crate::doors) fn from_read(error: &ReadError, operation: &'static str) -> Self {
        match *error {
            ReadError::TooLarge { limit } => Self::RequestTooLarge { limit, operation },
            ReadError::TooSlow => Self::RequestTimeout(format!("Cannot read the request: {error}")),
            ReadError::Broken => Self::InvalidRequestContent(format!("Cannot read the request: {error}")),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::ResourceNotFound(_) | Self::UnknownOperation(_) => StatusCode::NOT_FOUND,
            Self::InvalidParameterValue(_) | Self::InvalidRequestContent(_) => StatusCode::BAD_REQUEST,
            Self::RequestTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::AccessDenied(_) => StatusCode::FORBIDDEN,
            Self::RequestTimeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Service(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// `x-amzn-ErrorType`: the exception's name.
    fn error_type(&self) -> &'static str {
        match self {
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::InvalidParameterValue(_) => "InvalidParameterValueException",
            Self::InvalidRequestContent(_) => "InvalidRequestContentException",
            Self::RequestTooLarge { .. } => "RequestTooLargeException",
            Self::TooManyRequests { .. } => "TooManyRequestsException",
            Self::AccessDenied(_) => "AccessDeniedException",
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::RequestTimeout(_) => "RequestTimeoutException",
            Self::Service(_) => "ServiceException",
        }
    }

    /// Some exceptions spell their message member `Message`, others `message`.
    fn body(&self) -> ErrorBody {
        let text = Some(self.to_string());
        let (capital, small) = match self {
            Self::ResourceNotFound(_) | Self::AccessDenied(_) | Self::UnknownOperation(_) | Self::RequestTimeout(_) | Self::Service(_) => {
                (text, None)
            }
            Self::InvalidParameterValue(_)
            | Self::InvalidRequestContent(_)
            | Self::RequestTooLarge { .. }
            | Self::TooManyRequests { .. } => (None, text),
        };
        ErrorBody {
            reason: if let Self::TooManyRequests { reason } = self { Some(*reason) } else { None },
            r#type: if matches!(self, Self::Service(_)) { "Service" } else { "User" },
            capital,
            small,
        }
    }

    pub(in crate::doors) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(serde_json::to_vec(&self.body()).unwrap_or_default()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(self.error_type()));
        if matches!(self, Self::TooManyRequests { .. }) {
            headers.insert("retry-after", RETRY_AFTER_S);
        }
        response
    }
}

#[derive(Serialize)]
struct ErrorBody {
    #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
    reason: Option<ThrottleReason>,
    #[serde(rename = "Type")]
    r#type: &'static str,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    capital: Option<String>,
    #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
    small: Option<String>,
}
