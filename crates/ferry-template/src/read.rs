//! Template text to a [`Node`] tree: JSON by `serde_json`, anything else by YAML.

mod json;
mod yaml;

use std::path::Path;

use crate::diagnostic::{Mark, Scope};
use crate::limits::TEMPLATE_BYTES_MAX;
use crate::node::Node;

/// The document, or None with the reason reported.
pub(crate) fn read(text: &str, path: &Path, scope: Scope<'_>) -> Option<Node> {
    let start = Mark { line: 1, column: 1 };
    if text.len() > TEMPLATE_BYTES_MAX {
        let problem = format!("the template has {} bytes, CloudFormation takes at most {TEMPLATE_BYTES_MAX}", text.len());
        scope.error(start, problem, "split the stack, or move inline code into files");
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let named_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let read = match json::read(text) {
        Ok(node) => Ok(node),
        Err(error) if named_json || error.beyond_syntax => Err(error),
        Err(_) => yaml::read(text),
    };
    read.map_err(|error| scope.error(error.mark, error.problem, error.remedy)).ok()
}

/// Why the text is no template at all. Only the first is known: what follows a syntax error has no meaning.
#[derive(Debug)]
struct Unreadable {
    mark: Mark,
    problem: String,
    remedy: &'static str,
    /// The text is JSON, but a bound or a rule about it is broken: trying it as YAML would only repeat that less clearly.
    beyond_syntax: bool,
}

impl Unreadable {
    fn syntax(mark: Mark, problem: String) -> Self {
        Self { mark, problem, remedy: "correct the syntax here or just before", beyond_syntax: false }
    }

    fn rule(mark: Mark, problem: String, remedy: &'static str) -> Self {
        Self { mark, problem, remedy, beyond_syntax: true }
    }

    fn too_deep(mark: Mark) -> Self {
        let problem = format!("values are nested more than {} deep", crate::limits::NESTING_MAX);
        Self::rule(mark, problem, "flatten this part of the template")
    }

    fn duplicate_key(mark: Mark, key: &str) -> Self {
        Self::rule(mark, format!("the key `{key}` is there twice"), "keep one: CloudFormation refuses duplicate keys")
    }
}
