//! Two answers to one event: payloads, or function errors, as a caller of Invoke gets them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::value::first_mismatch;
use super::{Rule, http};
use crate::limits::SHOWN_CHARS_MAX;
use crate::target::Invocation;

/// The first place where two answers to one event part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub event: String,
    /// JSON pointer into the answer (into the body's JSON after `/body`); empty for the answer as a whole.
    pub pointer: String,
    /// What the baseline answered there, as JSON text, cut to 200 characters; absent when it has nothing there.
    pub baseline: Option<String>,
    pub candidate: Option<String>,
    pub reason: String,
}

/// What a function error's payload says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FunctionFailure {
    pub error_type: String,
    pub message: String,
}

impl FunctionFailure {
    /// `None` when the function answered; fields the payload lacks are empty.
    pub(crate) fn of(invocation: &Invocation) -> Option<Self> {
        let word = invocation.function_error.as_ref()?;
        let payload: Value = serde_json::from_slice(&invocation.payload).unwrap_or_default();
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        Some(Self { error_type: text("errorType").unwrap_or(word).to_owned(), message: cut(text("errorMessage").unwrap_or_default()) })
    }

    /// Lambda's own types: the sandbox failed, and the function answered nothing at all.
    fn is_platforms(&self) -> bool {
        ["Sandbox.", "Runtime.", "Function.", "Extension."].iter().any(|prefix| self.error_type.starts_with(prefix))
    }
}

impl Rule {
    /// `None` when the answers count as equal.
    pub fn difference(&self, event: &str, baseline: &Invocation, candidate: &Invocation) -> Option<Difference> {
        let failures = (FunctionFailure::of(baseline), FunctionFailure::of(candidate));
        let whole = |reason: &str| {
            let shown = |invocation: &Invocation| Some(cut(&String::from_utf8_lossy(&invocation.payload)));
            let (baseline, candidate) = (shown(baseline), shown(candidate));
            Some(Difference { event: event.to_owned(), pointer: String::new(), baseline, candidate, reason: reason.to_owned() })
        };
        match failures {
            (None, None) => {}
            (Some(left), Some(right)) if left.is_platforms() && right.is_platforms() => {
                return whole("both sandboxes failed, so neither function answered");
            }
            (Some(left), Some(right)) if left.error_type == right.error_type => return None,
            (Some(_), Some(_)) => return whole("both failed, with different error types"),
            (Some(_), None) => return whole("the baseline failed"),
            (None, Some(_)) => return whole("the candidate failed"),
        }
        let values = (serde_json::from_slice(&baseline.payload), serde_json::from_slice(&candidate.payload));
        let (Ok(mut left), Ok(mut right)): (Result<Value, _>, Result<Value, _>) = values else {
            return if baseline.payload == candidate.payload { None } else { whole("bytes differ, and not both are JSON") };
        };
        http::as_clients_see(&mut left, &mut right);
        let mismatch = first_mismatch(self, &left, &right)?;
        Some(Difference {
            event: event.to_owned(),
            pointer: mismatch.pointer,
            baseline: mismatch.baseline.map(|value| cut(&value.to_string())),
            candidate: mismatch.candidate.map(|value| cut(&value.to_string())),
            reason: mismatch.reason.to_owned(),
        })
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
