//! A template as a tree of located values: what the YAML and the JSON reader both make, and what evaluation takes and gives.
//!
//! Short tags are already in their long form (`!Ref X` is `{Ref: X}`), so an intrinsic function is a map of one entry named
//! `Ref` or `Fn::…`. Keys of a map are unique.

use crate::diagnostic::Mark;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) mark: Mark,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Map),
}

/// Text, and whether it was written bare: only a bare `true` is a boolean, only a bare `~` is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) bare: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Map {
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) mark: Mark,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn text(mark: Mark, text: impl Into<String>) -> Self {
        Self { mark, value: Value::Scalar(Scalar { text: text.into(), bare: false }) }
    }

    /// What this value is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(map) if map.intrinsic().is_some() => "an intrinsic function",
            Value::Map(_) => "a map",
        }
    }

    pub(crate) fn as_scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// An evaluated value as CloudFormation passes it on where a text is due.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar.canonical()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            Value::Null | Value::Scalar(_) | Value::Map(_) => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            Value::Null | Value::Scalar(_) | Value::List(_) => None,
        }
    }

    /// Values and text bytes in this tree: the unit of the limits on aliases and on evaluation.
    pub(crate) fn weight(&self) -> usize {
        const NODE_WEIGHT: usize = 16;
        NODE_WEIGHT
            + match &self.value {
                Value::Null => 0,
                Value::Scalar(scalar) => scalar.text.len(),
                Value::List(items) => items.iter().map(Self::weight).sum(),
                Value::Map(map) => map.entries.iter().map(|entry| entry.key.len() + entry.node.weight()).sum(),
            }
    }
}

impl Scalar {
    /// The text as CloudFormation passes it on: a bare `True` is the boolean `true`.
    pub(crate) fn canonical(&self) -> &str {
        match self.text.as_str() {
            "True" | "TRUE" if self.bare => "true",
            "False" | "FALSE" if self.bare => "false",
            text => text,
        }
    }
}

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The one entry of an intrinsic function. `Condition` is one only inside conditions, where it is asked for by name.
    pub(crate) fn intrinsic(&self) -> Option<&Entry> {
        match self.entries.as_slice() {
            [entry] if entry.key == "Ref" || entry.key.starts_with("Fn::") => Some(entry),
            _ => None,
        }
    }
}
