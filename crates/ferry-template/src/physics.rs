//! `Metadata.Ferry.Physics` of the template itself: the document as JSON. What it may say is for the local services to judge.

use serde_json::{Map, Number, Value as Json};

use crate::diagnostic::Scope;
use crate::model::Physics;
use crate::node::{Entry, Node, Scalar, Value};

pub(crate) fn read(entry: &Entry, scope: Scope<'_>) -> Option<Physics> {
    if entry.node.as_map().is_none() {
        scope.error(entry.mark, format!("Physics is {}", entry.node.kind()), "write a map of latency, faults, tables and seed");
        return None;
    }
    Some(Physics { document: json(&entry.node, scope)?, line: entry.mark.line })
}

/// A value as a JSON document has it; None when it holds a function, which is reported.
fn json(node: &Node, scope: Scope<'_>) -> Option<Json> {
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(scalar) => self::scalar(scalar),
        Value::List(items) => Json::Array(items.iter().map(|item| json(item, scope)).collect::<Option<_>>()?),
        Value::Map(map) => {
            if let Some(function) = map.intrinsic() {
                scope.error(function.mark, format!("Physics holds {}", function.key), "write the value itself");
                return None;
            }
            let member = |entry: &Entry| Some((entry.key.clone(), json(&entry.node, scope)?));
            Json::Object(map.entries.iter().map(member).collect::<Option<Map<_, _>>>()?)
        }
    })
}

/// Only what is written bare is anything but a text.
fn scalar(scalar: &Scalar) -> Json {
    let text = || Json::String(scalar.text.clone());
    if !scalar.bare {
        return text();
    }
    match scalar.canonical() {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        "null" | "~" | "" => Json::Null,
        bare => bare.parse::<Number>().map_or_else(|_| text(), Json::Number),
    }
}
