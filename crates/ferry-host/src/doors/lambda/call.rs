//! One request of the Lambda API, read: what the operations take their parameters from.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request;
use serde::de::IgnoredAny;

use super::error::ApiError;
use crate::doors::limits::CLIENT_CONTEXT_BYTES_MAX;

pub(super) struct Call<'a> {
    /// The function's name as given: name, partial ARN or ARN.
    pub(super) name: &'a str,
    pub(super) head: &'a request::Parts,
    pub(super) payload: Bytes,
    pub(super) request_id: String,
}

impl Call<'_> {
    pub(super) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let query = self.head.uri.query()?;
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A header that is readable text.
    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The event: valid JSON, checked once without building it. No body at all means an empty object, as on AWS.
    pub(super) fn event(&self) -> Result<Bytes, ApiError> {
        if self.payload.is_empty() {
            return Ok(Bytes::from_static(b"{}"));
        }
        check_json(&self.payload).map_err(|why| {
            ApiError::InvalidRequestContent(format!("Could not parse request body into json: Could not parse payload into json: {why}"))
        })?;
        Ok(self.payload.clone())
    }

    /// Whether `LogType=Tail` was asked.
    pub(super) fn tail(&self) -> Result<bool, ApiError> {
        match self.header("x-amz-log-type") {
            None | Some("None") => Ok(false),
            Some("Tail") => Ok(true),
            Some(other) => Err(invalid_member(other, "logType", "[None, Tail]")),
        }
    }

    /// The JSON of `X-Amz-Client-Context`.
    pub(super) fn client_context(&self) -> Result<Option<String>, ApiError> {
        let Some(value) = self.head.headers.get("x-amz-client-context") else { return Ok(None) };
        if value.len() > CLIENT_CONTEXT_BYTES_MAX {
            let message = format!("Client context must be smaller than or equal to {CLIENT_CONTEXT_BYTES_MAX} bytes.");
            return Err(ApiError::InvalidRequestContent(message));
        }
        let json = STANDARD.decode(value.as_bytes()).ok().filter(|json| check_json(json).is_ok());
        let text = json.and_then(|json| String::from_utf8(json).ok());
        text.map(Some)
            .ok_or_else(|| ApiError::InvalidRequestContent("Client context must be a valid Base64-encoded JSON object.".to_owned()))
    }
}

/// A parameter outside its set of values, in AWS's words.
pub(super) fn invalid_member(value: &str, member: &str, set: &str) -> ApiError {
    ApiError::InvalidParameterValue(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: {set}"
    ))
}

fn check_json(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_checked_to_its_end() {
        for good in ["{}", "null", " [1, 2.5e3, \"\\u00e9\"] ", "\"text\""] {
            assert_eq!(check_json(good.as_bytes()), Ok(()), "{good}");
        }
        for bad in [&b"{"[..], b"{} x", b"{'a':1}", b"\"\xff\"", b" "] {
            assert!(check_json(bad).is_err(), "{bad:?}");
        }
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(check_json(deep.as_bytes()), Ok(()), "no recursion");
    }
}
