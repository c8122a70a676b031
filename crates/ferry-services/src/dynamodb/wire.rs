//! Requests and answers as they stand on the wire: JSON in, JSON out, errors with `__type`.
//!
//! dynoxide's request types mark, within serde's messages, which error a value they refuse is to become. Reading those marks is part of
//! its own HTTP server, which is not built here; [`read`] does the same for a library's user.

use dynoxide::DynoxideError;
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// Where DynamoDB's own errors are named; `SerializationException` and throttling come from the layers before it.
pub(super) const NAMESPACE: &str = "com.amazonaws.dynamodb.v20120810";
pub(super) const CORAL: &str = "com.amazon.coral.service";
pub(super) const AVAILABILITY: &str = "com.amazon.coral.availability";

/// What serde's message of a refused value begins with, and what becomes of it. The longer marks come before those they begin with.
const MARKS: [(&str, MakeError, Position); 5] = [
    ("SERIALIZATION_AS_READ:", DynoxideError::SerializationException, Position::Kept),
    ("VALIDATION_AS_READ:", DynoxideError::ValidationException, Position::Kept),
    ("SERIALIZATION:", DynoxideError::SerializationException, Position::Dropped),
    ("VALIDATION_REQUEST:", DynoxideError::EnvelopedValidation, Position::Dropped),
    ("VALIDATION:", DynoxideError::ValidationException, Position::Dropped),
];

type MakeError = fn(String) -> DynoxideError;

/// Whether serde's "at line 1 column 2" stays in the message.
#[derive(Clone, Copy)]
enum Position {
    Kept,
    Dropped,
}

/// An operation that failed: its answer, and how much was refused for want of capacity.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) throttled: u64,
}

impl Refusal {
    /// An error by its full name, with a message if the real service gives one.
    pub(super) fn new(namespace: &str, code: &str, message: Option<&str>) -> Self {
        let kind = format!("{namespace}#{code}");
        let body = match message {
            Some(message) => json!({ "__type": kind, "message": message }),
            None => json!({ "__type": kind }),
        };
        Self { status: StatusCode::BAD_REQUEST, body: body.to_string(), throttled: 0 }
    }

    /// A body that is no JSON.
    pub(super) fn not_json() -> Self {
        Self::new(CORAL, "SerializationException", None)
    }

    /// dynoxide's error. The single-item writes put refused values into an envelope ("1 validation error detected: …"), the others
    /// do not.
    pub(super) fn of(operation: &str, error: DynoxideError) -> Self {
        let error = match error {
            DynoxideError::EnvelopedValidation(message) => {
                let enveloped =
                    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem") && !message.contains("validation error detected");
                let message = if enveloped { format!("1 validation error detected: {message}") } else { message };
                DynoxideError::ValidationException(message)
            }
            DynoxideError::ConditionalCheckFailedException(message, Some(item)) if operation == "ExecuteStatement" => {
                DynoxideError::StatementConditionalCheckFailed(message, item)
            }
            error => error,
        };
        let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
        Self { status, body: error.to_json(), throttled: 0 }
    }
}

/// Reads a request.
pub(super) fn read<Q: DeserializeOwned>(operation: &str, body: &str) -> Result<Q, Refusal> {
    serde_json::from_str(body).map_err(|error| refused(operation, &error))
}

/// Writes an answer.
pub(super) fn write<A: Serialize>(answer: &A) -> Result<String, Refusal> {
    serde_json::to_string(answer).map_err(|error| Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        ..Refusal::new(NAMESPACE, "InternalServerError", Some(&error.to_string()))
    })
}

fn refused(operation: &str, error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    if text.starts_with("recursion limit exceeded") {
        let message = "Nesting Levels have exceeded supported limits".to_owned();
        return Refusal::of(operation, DynoxideError::ValidationException(message));
    }
    if !error.is_data() {
        return Refusal::not_json();
    }
    for (mark, kind, position) in MARKS {
        if let Some(message) = text.strip_prefix(mark) {
            let message = match position {
                Position::Kept => message,
                Position::Dropped => without_position(message),
            };
            return Refusal::of(operation, kind(message.to_owned()));
        }
    }
    let message = without_position(&text);
    let error = if message.contains("empty AttributeValue") {
        DynoxideError::ValidationException(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes".to_owned(),
        )
    } else if message.contains("Supplied AttributeValue")
        || ["missing field", "unknown variant", "invalid type: null"].iter().any(|known| message.contains(known))
    {
        DynoxideError::ValidationException(message.to_owned())
    } else {
        DynoxideError::SerializationException(mismatch(message))
    };
    Refusal::of(operation, error)
}

/// serde's "invalid type: integer `23`, expected a string" in DynamoDB's words.
fn mismatch(message: &str) -> String {
    let Some((found, wanted)) = message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected ")) else {
        return match message.strip_prefix("expected string for ") {
            Some(_) => "Unexpected token received from parser".to_owned(),
            None => message.to_owned(),
        };
    };
    let wanted = match wanted {
        "a string" => "String",
        "a boolean" => "Boolean",
        "i64" | "u64" | "usize" => "Long",
        _ if found == "map" => return "Start of structure or map found where not expected".to_owned(),
        _ => return "Unexpected field type".to_owned(),
    };
    let value = match found.split(' ').next().unwrap_or_default() {
        "integer" => "NUMBER_VALUE",
        "floating" => "DECIMAL_VALUE",
        "string" => "STRING_VALUE",
        "boolean" if found.contains("true") => "TRUE_VALUE",
        "boolean" => "FALSE_VALUE",
        "sequence" => return format!("Unrecognized collection type class java.lang.{wanted}"),
        _ => return "Start of structure or map found where not expected".to_owned(),
    };
    format!("{value} cannot be converted to {wanted}")
}

fn without_position(message: &str) -> &str {
    match message.rfind(" at line ") {
        Some(at) if message[at..].contains(" column ") => &message[..at],
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use dynoxide::actions::put_item::PutItemRequest;
    use serde_json::Value;

    use super::*;

    fn refusal(body: &str) -> (String, String) {
        let refusal = read::<PutItemRequest>("PutItem", body).err().unwrap();
        let error: Value = serde_json::from_str(&refusal.body).unwrap();
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let kind = text("__type");
        (kind.rsplit('#').next().unwrap().to_owned(), text("message") + &text("Message"))
    }

    #[test]
    fn what_is_no_request_is_refused_in_dynamodbs_words() {
        assert_eq!(refusal("{"), ("SerializationException".to_owned(), String::new()));
        assert_eq!(
            refusal(r#"{"TableName": 23, "Item": {"a": {"S": "b"}}}"#),
            ("SerializationException".to_owned(), "NUMBER_VALUE cannot be converted to String".to_owned())
        );
        assert_eq!(
            refusal(r#"{"TableName": "Table", "Item": {"a": {}}}"#).1,
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        );
        assert_eq!(
            refusal(r#"{"TableName": "Table", "Item": {"a": {"S": "b", "N": "1"}}}"#),
            (
                "ValidationException".to_owned(),
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes".to_owned()
            )
        );
        let deep = format!("{{\"TableName\": \"Table\", \"Item\": {{\"a\": {}{}}}}}", "{\"L\": [".repeat(100), "]}".repeat(100));
        assert_eq!(refusal(&deep).0, "ValidationException");
    }
}
