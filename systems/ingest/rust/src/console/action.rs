//! What the page asks for. Checked here, so that the conductor starts nothing it cannot do; an error names the field, what is wrong
//! with it and what would be right, since it is shown to the person at the page.

use serde_json::{Map, Value};
use thiserror::Error;

use super::limits::{MEMORY_MB, MESSAGE_BYTES_MAX};
use crate::message::{Format, Language};

/// A message of the page, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    WarmUp { memory_mb: u32 },
    RunOne { runtime: Language, format: Format, memory_mb: u32 },
    RunAll { memory_mb: u32 },
    Verify { format: Format },
}

#[derive(Debug, PartialEq, Eq, Error)]
pub enum ActionError {
    #[error("the message has {0} bytes, more than {MESSAGE_BYTES_MAX}: send only action, runtime, format and memory_mb")]
    TooLong(usize),
    #[error("the message is not a JSON object: send for example {{\"action\":\"runAll\",\"memory_mb\":1024}}")]
    NotAnObject,
    #[error("action is {0}: send one of \"warmUp\", \"runOne\", \"runAll\", \"verify\"")]
    Action(String),
    #[error("{field} is {found}: send {wanted}")]
    Field { field: &'static str, found: String, wanted: String },
}

impl Action {
    pub fn parse(body: &str) -> Result<Self, ActionError> {
        if body.len() > MESSAGE_BYTES_MAX {
            return Err(ActionError::TooLong(body.len()));
        }
        let Ok(fields) = serde_json::from_str::<Map<String, Value>>(body) else { return Err(ActionError::NotAnObject) };
        match fields.get("action").and_then(Value::as_str) {
            Some("warmUp") => Ok(Self::WarmUp { memory_mb: memory_mb(&fields)? }),
            Some("runOne") => Ok(Self::RunOne {
                runtime: choice(&fields, "runtime", RUNTIMES)?,
                format: choice(&fields, "format", FORMATS)?,
                memory_mb: memory_mb(&fields)?,
            }),
            Some("runAll") => Ok(Self::RunAll { memory_mb: memory_mb(&fields)? }),
            Some("verify") => Ok(Self::Verify { format: choice(&fields, "format", FORMATS)? }),
            _ => Err(ActionError::Action(found(&fields, "action"))),
        }
    }
}

const RUNTIMES: [(&str, Language); 2] = [("rust", Language::Rust), ("python", Language::Python)];
const FORMATS: [(&str, Format); 2] = [("csv", Format::Csv), ("json", Format::Json)];

fn choice<T: Copy>(fields: &Map<String, Value>, field: &'static str, choices: [(&str, T); 2]) -> Result<T, ActionError> {
    let value = fields.get(field).and_then(Value::as_str);
    let chosen = choices.iter().find(|(name, _)| Some(*name) == value);
    let [(one, _), (other, _)] = choices;
    chosen.map(|(_, choice)| *choice).ok_or_else(|| ActionError::Field {
        field,
        found: found(fields, field),
        wanted: format!("\"{one}\" or \"{other}\""),
    })
}

fn memory_mb(fields: &Map<String, Value>) -> Result<u32, ActionError> {
    let value = fields.get("memory_mb").and_then(Value::as_u64).and_then(|value| u32::try_from(value).ok());
    value.filter(|value| MEMORY_MB.contains(value)).ok_or_else(|| ActionError::Field {
        field: "memory_mb",
        found: found(fields, "memory_mb"),
        wanted: format!("a whole number from {} to {}", MEMORY_MB.start(), MEMORY_MB.end()),
    })
}

fn found(fields: &Map<String, Value>, field: &str) -> String {
    fields.get(field).map_or_else(|| "missing".to_owned(), Value::to_string)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_four_actions() {
        let parsed = |body| Action::parse(body).unwrap();
        assert_eq!(parsed(r#"{"action":"warmUp","memory_mb":128}"#), Action::WarmUp { memory_mb: 128 });
        assert_eq!(parsed(r#"{"action":"runAll","memory_mb":3008}"#), Action::RunAll { memory_mb: 3008 });
        assert_eq!(parsed(r#"{"action":"verify","format":"json"}"#), Action::Verify { format: Format::Json });
        assert_eq!(
            parsed(r#"{"action":"runOne","runtime":"python","format":"csv","memory_mb":1024}"#),
            Action::RunOne { runtime: Language::Python, format: Format::Csv, memory_mb: 1024 }
        );
    }

    #[test]
    fn an_error_names_the_field_what_it_is_and_what_it_should_be() {
        let told = |body: &str| Action::parse(body).unwrap_err().to_string();
        assert_eq!(told(r#"{"action":"runAll","memory_mb":64}"#), "memory_mb is 64: send a whole number from 128 to 3008");
        assert_eq!(told(r#"{"action":"runAll"}"#), "memory_mb is missing: send a whole number from 128 to 3008");
        assert_eq!(told(r#"{"action":"verify","format":"xml"}"#), "format is \"xml\": send \"csv\" or \"json\"");
        assert_eq!(told(r#"{"action":"runOne","format":"csv","memory_mb":128}"#), "runtime is missing: send \"rust\" or \"python\"");
        assert_eq!(told(r#"{"action":"stop"}"#), "action is \"stop\": send one of \"warmUp\", \"runOne\", \"runAll\", \"verify\"");
        assert_eq!(Action::parse("[]"), Err(ActionError::NotAnObject));
        assert_eq!(Action::parse(&" ".repeat(2000)), Err(ActionError::TooLong(2000)));
        for memory in ["\"1024\"", "1024.5", "-128", "4294967424", "null", "3009", "127"] {
            assert!(told(&format!(r#"{{"action":"warmUp","memory_mb":{memory}}}"#)).starts_with("memory_mb is "), "{memory}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(body in ".{0,64}", action in "warmUp|runOne|runAll|verify|[a-z]*", memory in any::<i64>()) {
            let _ = Action::parse(&body);
            let _ = Action::parse(&format!(r#"{{"action":"{action}","memory_mb":{memory},"runtime":"rust","format":"csv"}}"#));
        }
    }
}
