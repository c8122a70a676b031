//! `UpdateFunctionConfiguration`: memory size, timeout and environment. Every other field belongs to the template.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::LambdaDoor;
use super::call::Call;
use super::error::ApiError;
use crate::doors::body::Body;
use crate::doors::limits::{ENVIRONMENT_BYTES_MAX, MEMORY_MIB, TIMEOUT_S};
use crate::invoke::ConfigurationChange;

#[derive(Deserialize)]
struct Environment {
    #[serde(rename = "Variables", default)]
    variables: BTreeMap<String, String>,
}

pub(super) fn serve(door: &LambdaDoor, call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let function = door.function(call)?;
    let change = parse(&call.payload)?;
    let changed = door.invoke.update_configuration(&function.name, change).map_err(|error| ApiError::from_invoke(error, &function))?;
    super::json(&door.configuration(&changed))
}

fn parse(body: &[u8]) -> Result<ConfigurationChange, ApiError> {
    let fields: Map<String, Value> = serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
        .map_err(|error| ApiError::InvalidRequestContent(format!("Could not parse request body into json: {error}")))?;
    let mut change = ConfigurationChange::default();
    for (field, value) in fields.into_iter().filter(|(_, value)| !value.is_null()) {
        match field.as_str() {
            "MemorySize" => change.memory_mib = Some(number("memorySize", &value, MEMORY_MIB)?),
            "Timeout" => change.timeout_s = Some(number("timeout", &value, TIMEOUT_S)?),
            "Environment" => change.environment = Some(environment(value)?),
            other => {
                return Err(ApiError::InvalidParameterValue(format!(
                    "Ferry does not change {other}, only MemorySize, Timeout and Environment: set it in the template"
                )));
            }
        }
    }
    Ok(change)
}

fn number(member: &str, value: &Value, range: RangeInclusive<u64>) -> Result<u32, ApiError> {
    let bound = match value.as_u64() {
        Some(number) if range.contains(&number) => return u32::try_from(number).map_err(|error| ApiError::Service(error.to_string())),
        Some(number) if number > *range.end() => format!("less than or equal to {}", range.end()),
        _ => format!("greater than or equal to {}", range.start()),
    };
    Err(ApiError::InvalidParameterValue(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {bound}"
    )))
}

fn environment(value: Value) -> Result<BTreeMap<String, String>, ApiError> {
    let invalid = |why: String| Err(ApiError::InvalidParameterValue(why));
    let variables = match serde_json::from_value::<Environment>(value) {
        Ok(Environment { variables }) => variables,
        Err(error) => return invalid(format!("Environment is not {{\"Variables\": {{name: text}}}}: {error}")),
    };
    let name_is_valid = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic()) && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if let Some(name) = variables.keys().find(|name| !name_is_valid(name)) {
        return invalid(format!("Environment variable name '{name}' is not letters, digits and underscores after a first letter"));
    }
    if variables.values().any(|value| value.contains('\0')) {
        return invalid("Environment variables must not hold a NUL character".to_owned());
    }
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > ENVIRONMENT_BYTES_MAX {
        return invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. \
             They are {bytes} bytes."
        ));
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn served_fields_become_a_change() {
        let change = parse(br#"{"MemorySize":512,"Timeout":7,"Environment":{"Variables":{"A":"1"}},"Role":null}"#).unwrap();
        assert_eq!((change.memory_mib, change.timeout_s), (Some(512), Some(7)));
        assert_eq!(change.environment, Some(BTreeMap::from([("A".to_owned(), "1".to_owned())])));
        assert_eq!(parse(b"").unwrap(), ConfigurationChange::default());
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let refusal = |body: &str| parse(body.as_bytes()).unwrap_err().to_string();
        assert!(refusal(r#"{"Handler":"x"}"#).contains("does not change Handler"));
        assert!(refusal(r#"{"MemorySize":64}"#).contains("greater than or equal to 128"));
        assert!(refusal(r#"{"MemorySize":10241}"#).contains("less than or equal to 10240"));
        assert!(refusal(r#"{"Timeout":"7"}"#).contains("'timeout'"));
        assert!(refusal(r#"{"Environment":{"Variables":{"1A":"x"}}}"#).contains("'1A'"));
        assert!(refusal(&format!(r#"{{"Environment":{{"Variables":{{"A":"{}"}}}}}}"#, "x".repeat(4096))).contains("4KB"));
        assert!(refusal("[").contains("Could not parse request body"));
    }
}
