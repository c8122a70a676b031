//! `Runtime` and `Handler`.

use crate::diagnostic::suggest;
use crate::fields::{Fields, shortened};

/// The runtimes that Ferry starts.
pub(crate) const RUNTIMES: [&str; 12] = [
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "provided.al2",
    "provided.al2023",
];

/// Runtimes that are Lambda's, or were, by how they begin; and why they are not Ferry's.
const OTHERS: [(&str, &str); 7] = [
    ("java", "Ferry runs Python, Node.js and OS-only runtimes"),
    ("dotnet", "Ferry runs Python, Node.js and OS-only runtimes"),
    ("ruby", "Ferry runs Python, Node.js and OS-only runtimes"),
    ("go1.x", "AWS has retired it: use provided.al2023"),
    ("python2.7", "AWS has retired it: use python3.13"),
    ("nodejs1", "AWS has retired it: use nodejs22.x"),
    ("python3.", "AWS has retired it, or does not have it yet: use python3.13"),
];

/// The runtime; empty when it is wrong, which is reported.
pub(super) fn read(fields: &Fields<'_>) -> String {
    let Some(runtime) = fields.required_text("Runtime", "name one, such as `Runtime: provided.al2023` for Rust") else {
        return String::new();
    };
    if RUNTIMES.contains(&runtime.as_str()) {
        return runtime;
    }
    let mark = fields.entry("Runtime").map_or(fields.mark, |entry| entry.node.mark);
    let name = shortened(&runtime);
    match OTHERS.iter().find(|(start, _)| runtime.starts_with(start)) {
        Some((_, why)) => fields.scope.error(mark, format!("the runtime {name} is not supported"), *why),
        None if runtime == "provided" => {
            fields.scope.error(mark, "the runtime provided is not supported", "AWS has retired it: use provided.al2023");
        }
        None => fields.scope.error(mark, format!("`{name}` is no runtime of Lambda"), suggest(&runtime, RUNTIMES)),
    }
    String::new()
}

/// The handler. An OS-only runtime starts `bootstrap` whatever it says, so there it may be left out.
pub(super) fn handler(fields: &Fields<'_>, runtime: &str) -> String {
    let handler = if runtime.starts_with("provided") || runtime.is_empty() {
        fields.text("Handler").unwrap_or_else(|| "bootstrap".to_owned())
    } else {
        let remedy = format!("name the function that {runtime} calls, such as `index.handler`");
        fields.required_text("Handler", &remedy).unwrap_or_default()
    };
    if handler.len() > 128 || handler.contains(char::is_whitespace) {
        let mark = fields.entry("Handler").map_or(fields.mark, |entry| entry.node.mark);
        fields.scope.error(mark, "this is no Handler", "write up to 128 characters without spaces");
    }
    handler
}
