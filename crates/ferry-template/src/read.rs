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

    fn too_many_keys(mark: Mark) -> Self {
        let problem = format!("this map has more than {} keys", crate::limits::KEYS_MAX);
        Self::rule(mark, problem, "split the stack")
    }

    fn duplicate_key(mark: Mark, key: &str) -> Self {
        Self::rule(mark, format!("the key `{key}` is there twice"), "keep one: CloudFormation refuses duplicate keys")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::node::Value;

    /// The same tree with every place the same: the two readers may see a key's place differently.
    fn placeless(mut node: Node) -> Node {
        node.mark = Mark { line: 1, column: 1 };
        match &mut node.value {
            Value::List(items) => items.iter_mut().for_each(|item| *item = placeless(item.clone())),
            Value::Map(map) => map.entries.iter_mut().for_each(|entry| {
                entry.mark = node.mark;
                entry.node = placeless(entry.node.clone());
            }),
            Value::Null | Value::Scalar(_) => {}
        }
        node
    }

    fn json_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[ -~\u{e9}\u{1f600}\n\t]{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                // An empty key and `<<` mean something else in YAML.
                prop::collection::btree_map("[A-Za-z:#'\" ]{1,8}", inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// YAML is a superset of JSON, so each reader is the other's oracle.
        #[test]
        fn json_reads_the_same_through_both_readers(value in json_value(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.expect("json");
            let by_json = json::read(&text).expect("json");
            let by_yaml = yaml::read(&text).unwrap_or_else(|error| panic!("{error:?} in {text}"));
            prop_assert_eq!(placeless(by_json), placeless(by_yaml));
        }
    }
}
