//! `Environment.Variables`: names as Lambda takes them, 4 KB in all.

use std::collections::BTreeMap;

use crate::fields::{Fields, Treatment, text};
use crate::limits::ENVIRONMENT_BYTES_MAX;
use crate::node::{Entry, Node, Value};

/// Variables that Lambda sets itself and refuses to have set.
pub(crate) const RESERVED: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

pub(super) fn read(fields: &Fields<'_>) -> BTreeMap<String, String> {
    let environment = fields.map("Environment", &[("Variables", Treatment::Read)]);
    let Some(variables) = environment.as_ref().and_then(|environment| environment.entry("Variables")) else {
        return BTreeMap::new();
    };
    let Some(map) = variables.node.as_map() else {
        fields.scope.error(variables.mark, format!("Variables is {}", variables.node.kind()), "write a map of names to values");
        return BTreeMap::new();
    };
    let read: BTreeMap<String, String> = map.entries.iter().filter_map(|entry| variable(entry, fields)).collect();
    let bytes: usize = read.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > ENVIRONMENT_BYTES_MAX {
        let problem = format!("the environment variables have {bytes} bytes");
        fields.scope.error(variables.mark, problem, format!("Lambda takes {ENVIRONMENT_BYTES_MAX}: move large values into a file"));
    }
    read
}

fn variable(entry: &Entry, fields: &Fields<'_>) -> Option<(String, String)> {
    let name = &entry.key;
    let begins = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    if RESERVED.contains(&name.as_str()) {
        fields.scope.error(entry.mark, format!("{name} is set by Lambda itself"), "choose another name");
        return None;
    }
    if !begins || name.len() < 2 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let remedy = "begin with a letter and use two or more letters, digits and _";
        fields.scope.error(entry.mark, format!("`{name}` is no name for an environment variable"), remedy);
        return None;
    }
    if is_read_differently(&entry.node) {
        let problem = format!("{name} is written bare, and SAM's YAML turns it into something else");
        fields.scope.warn(entry.node.mark, problem, "quote it to keep the text as written, as Ferry does");
    }
    Some((name.clone(), text(entry, fields.scope)?))
}

/// Whether YAML 1.1, which SAM reads, takes this bare text for a boolean, an octal number, a time or a number that is written
/// in a shorter way.
fn is_read_differently(node: &Node) -> bool {
    let Value::Scalar(scalar) = &node.value else { return false };
    let text = scalar.text.as_str();
    if !scalar.bare || text.is_empty() {
        return false;
    }
    let switch = ["yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let digits = text.trim_start_matches(['+', '-']);
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && digits.contains(|c: char| c.is_ascii_digit());
    let integer = text.parse::<i64>().is_ok_and(|number| number.to_string() == text);
    let float = text.parse::<f64>().is_ok_and(|number| format!("{number:?}") == text);
    let only = |allowed: &str| digits.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    let number_like = only("._") && digits.matches('.').count() <= 1 || digits.starts_with("0x") || digits.starts_with("0b");
    switch || numeric && !integer && !float && (number_like || only(":") || text.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Mark;
    use crate::node::Scalar;

    #[test]
    fn bare_texts_that_sam_would_change_are_known() {
        let changed = |text: &str| {
            let value = Value::Scalar(Scalar { text: text.to_owned(), bare: true });
            is_read_differently(&Node { mark: Mark { line: 1, column: 1 }, value })
        };
        for text in ["yes", "Off", "010", "1_000", "1.10", "1e3", "0x1F", "12:30", "+5"] {
            assert!(changed(text), "{text}");
        }
        for text in ["true", "512", "-1", "1.5", "0", "v1.10", "10.0.0.1", "https://x", "no-op", "1.2.3", "2012-10-17"] {
            assert!(!changed(text), "{text}");
        }
    }
}
