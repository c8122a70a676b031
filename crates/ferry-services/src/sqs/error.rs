//! SQS's errors and their two names: the JSON protocol's in `__type`, the query protocol's, which clients still show and test for,
//! in the header `x-amzn-query-error`.

use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;

use crate::body::ResponseBody;
use crate::front::wire::{JSON_1_0, answer};
use crate::service::Throttled;

const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
pub(super) const NAMESPACE: &str = "com.amazonaws.sqs";
const CORAL: &str = "com.amazon.coral.service";

/// Which error. The names are the JSON protocol's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InternalFailure,
    InvalidAddress,
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidBatchEntryId,
    InvalidMessageContents,
    InvalidParameterValue,
    MessageNotInflight,
    MissingParameter,
    OverLimit,
    PurgeQueueInProgress,
    QueueDoesNotExist,
    QueueNameExists,
    ReceiptHandleIsInvalid,
    RequestThrottled,
    SerializationException,
    TooManyEntriesInBatchRequest,
    UnknownOperation,
    UnsupportedOperation,
}

impl Code {
    /// The JSON protocol's namespace and name, and the query protocol's name.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::BatchEntryIdsNotDistinct => (NAMESPACE, "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
            Self::BatchRequestTooLong => (NAMESPACE, "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"),
            Self::EmptyBatchRequest => (NAMESPACE, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
            Self::InternalFailure => (CORAL, "InternalFailure", "InternalFailure"),
            Self::InvalidAddress => (NAMESPACE, "InvalidAddress", "InvalidAddress"),
            Self::InvalidAttributeName => (NAMESPACE, "InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidAttributeValue => (NAMESPACE, "InvalidAttributeValue", "InvalidAttributeValue"),
            Self::InvalidBatchEntryId => (NAMESPACE, "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"),
            Self::InvalidMessageContents => (NAMESPACE, "InvalidMessageContents", "InvalidMessageContents"),
            Self::InvalidParameterValue => (CORAL, "InvalidParameterValueException", "InvalidParameterValue"),
            Self::MessageNotInflight => (NAMESPACE, "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
            Self::MissingParameter => (CORAL, "MissingRequiredParameterException", "MissingParameter"),
            Self::OverLimit => (NAMESPACE, "OverLimit", "OverLimit"),
            Self::PurgeQueueInProgress => (NAMESPACE, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"),
            Self::QueueDoesNotExist => (NAMESPACE, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            Self::QueueNameExists => (NAMESPACE, "QueueNameExists", "QueueAlreadyExists"),
            Self::ReceiptHandleIsInvalid => (NAMESPACE, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::RequestThrottled => (NAMESPACE, "RequestThrottled", "RequestThrottled"),
            Self::SerializationException => (CORAL, "SerializationException", "MalformedInput"),
            Self::TooManyEntriesInBatchRequest => {
                (NAMESPACE, "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
            }
            Self::UnknownOperation => (CORAL, "UnknownOperationException", "InvalidAction"),
            Self::UnsupportedOperation => (NAMESPACE, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InternalFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::InvalidAddress | Self::ReceiptHandleIsInvalid => StatusCode::NOT_FOUND,
            Self::OverLimit | Self::PurgeQueueInProgress | Self::RequestThrottled => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Why an operation, or one entry of a batch, failed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct SqsError {
    pub(super) code: Code,
    pub(super) message: String,
}

impl SqsError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn no_such_queue() -> Self {
        Self::new(Code::QueueDoesNotExist, "The specified queue does not exist.")
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::new(Code::MissingParameter, format!("The request must contain the parameter {parameter}."))
    }

    pub(super) fn value(value: impl std::fmt::Display, parameter: &str, reason: &str) -> Self {
        Self::new(Code::InvalidParameterValue, format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
    }

    pub(super) fn invalid(reason: impl std::fmt::Display) -> Self {
        Self::new(Code::InvalidParameterValue, format!("One or more parameters are invalid. Reason: {reason}"))
    }

    /// As an entry of a batch's `Failed`. The codes there are the query protocol's.
    pub(super) fn entry(&self, id: &str) -> serde_json::Value {
        let sender = !self.code.status().is_server_error();
        json!({ "Id": id, "SenderFault": sender, "Code": self.code.names().2, "Message": self.message })
    }

    pub(super) fn response(&self) -> Response<ResponseBody> {
        let (namespace, name, query_name) = self.code.names();
        let body = json!({ "__type": format!("{namespace}#{name}"), "message": self.message });
        let status = self.code.status();
        let mut response = answer(status, JSON_1_0, body.to_string());
        let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
        if let Ok(value) = HeaderValue::try_from(format!("{query_name};{fault}")) {
            response.headers_mut().insert(QUERY_ERROR, value);
        }
        if self.code == Code::RequestThrottled {
            response.extensions_mut().insert(Throttled(1));
        }
        response
    }
}
