//! SAM's `Globals`, merged by SAM's rules: maps merge, lists concatenate (global first), single values of the resource win.
//! An intrinsic function counts as a single value, because merging comes before evaluation.

use std::borrow::Cow;

use crate::diagnostic::{Scope, suggest};
use crate::node::{Entry, Map, Node, Value};

/// Sections that SAM knows. Those of resource types that Ferry does not serve have nothing to act on.
const SECTIONS: [&str; 8] =
    ["Api", "CapacityProvider", "Function", "HttpApi", "LayerVersion", "SimpleTable", "StateMachine", "WebSocketApi"];

/// What SAM does not take from Globals although a function has it.
const NOT_GLOBAL: [(&str, &[&str]); 3] = [
    ("Function", &["Events", "FunctionName", "ImageConfig", "ImageUri", "InlineCode", "PackageType", "Policies", "Role"]),
    ("HttpApi", &["DefinitionBody", "DefinitionUri", "Description", "DisableExecuteApiEndpoint", "Name", "StageName"]),
    ("WebSocketApi", &["Auth", "Description", "Name", "Routes", "StageName"]),
];

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Globals<'t> {
    pub(crate) function: Option<&'t Map>,
    pub(crate) http_api: Option<&'t Map>,
    pub(crate) web_socket_api: Option<&'t Map>,
}

impl<'t> Globals<'t> {
    pub(crate) fn read(section: Option<&'t Node>, scope: Scope<'_>) -> Self {
        let Some(node) = section else { return Self::default() };
        let Some(map) = node.as_map() else {
            scope.error(node.mark, format!("Globals is {}", node.kind()), "write a map with a section such as `Function`");
            return Self::default();
        };
        for entry in &map.entries {
            if !SECTIONS.contains(&entry.key.as_str()) {
                scope.error(entry.mark, format!("Globals has an unknown section `{}`", entry.key), suggest(&entry.key, SECTIONS));
            }
            let refused = NOT_GLOBAL.iter().filter(|(section, _)| *section == entry.key).flat_map(|(_, keys)| *keys);
            for key in refused {
                if let Some(wrong) = entry.node.as_map().and_then(|map| map.entry(key)) {
                    scope.error(wrong.mark, format!("SAM does not take {key} from Globals"), "write it in each resource");
                }
            }
        }
        let section = |name: &str| map.get(name).and_then(Node::as_map);
        Self { function: section("Function"), http_api: section("HttpApi"), web_socket_api: section("WebSocketApi") }
    }
}

/// One property of a resource with its global.
pub(crate) fn merge<'n>(global: &'n Node, local: &'n Node) -> Cow<'n, Node> {
    match (&global.value, &local.value) {
        (Value::Map(left), Value::Map(right)) if left.intrinsic().is_none() && right.intrinsic().is_none() => {
            Cow::Owned(Node { mark: local.mark, value: Value::Map(merge_maps(left, right)) })
        }
        (Value::List(left), Value::List(right)) => {
            let items = left.iter().chain(right).cloned().collect();
            Cow::Owned(Node { mark: local.mark, value: Value::List(items) })
        }
        _ => Cow::Borrowed(local),
    }
}

fn merge_maps(global: &Map, local: &Map) -> Map {
    let merged = global.entries.iter().map(|entry| match local.entry(&entry.key) {
        Some(own) => Entry { node: merge(&entry.node, &own.node).into_owned(), ..own.clone() },
        None => entry.clone(),
    });
    let added = local.entries.iter().filter(|entry| global.get(&entry.key).is_none()).cloned();
    Map { entries: merged.chain(added).collect() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnostic::Report;

    fn merged(global: &str, local: &str) -> String {
        let report = Report::new(Path::new("t"));
        let read = |text: &str| crate::read::read(text, Path::new("t"), report.stack()).expect("yaml");
        show(&merge(&read(global), &read(local)))
    }

    fn show(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Scalar(scalar) => scalar.text.clone(),
            Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
            Value::Map(map) => {
                let members: Vec<String> = map.entries.iter().map(|entry| format!("{}:{}", entry.key, show(&entry.node))).collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    #[test]
    fn maps_merge_lists_concatenate_single_values_win() {
        assert_eq!(merged("{a: 1, b: {c: 2, d: 3}}", "{b: {d: 4, e: 5}, f: 6}"), "{a:1,b:{c:2,d:4,e:5},f:6}");
        assert_eq!(merged("[1, 2]", "[3]"), "[1,2,3]");
        assert_eq!(merged("1", "2"), "2");
    }

    #[test]
    fn intrinsic_functions_and_other_kinds_do_not_mix() {
        assert_eq!(merged("{Ref: A}", "{Ref: B}"), "{Ref:B}");
        assert_eq!(merged("{a: 1}", "{Ref: B}"), "{Ref:B}");
        assert_eq!(merged("[1]", "{a: 2}"), "{a:2}");
    }
}
