//! Reading a map of properties: which keys are read, which are ignored, which are refused, and typed values out of them.
//!
//! [`Shape`] tables are the one place that says what becomes of a property; docs/template.md lists the same.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use crate::diagnostic::{Mark, Scope, suggest};
use crate::evaluate::{Absent, Evaluator};
use crate::globals::merge;
use crate::node::{Entry, Map, Node, Value};

/// What becomes of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    Read,
    /// Without effect on one machine, or on what a caller sees.
    Ignored,
    /// Without effect on any answer, but worth saying.
    Warned(&'static str),
    /// Changes what callers see: an error with the reason.
    Refused(&'static str),
}

pub(crate) type Shape = &'static [(&'static str, Treatment)];

/// Evaluated properties, each with its place.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    /// Place of the map itself, for what is missing in it.
    pub(crate) mark: Mark,
    pub(crate) scope: Scope<'a>,
    entries: Vec<Entry>,
}

impl<'a> Fields<'a> {
    /// The properties of a resource, merged with their globals. Only what the shape reads or refuses is evaluated.
    pub(crate) fn of_resource(
        evaluator: &Evaluator<'_>,
        mark: Mark,
        own: Option<&Map>,
        globals: Option<&Map>,
        shape: &[Shape],
        scope: Scope<'a>,
    ) -> Self {
        let mut fields = Self { mark, scope, entries: Vec::new() };
        for entry in own.into_iter().flat_map(|own| &own.entries) {
            let global = globals.and_then(|globals| globals.get(&entry.key));
            let node = match global {
                // SAM replaces this one list: a function has one architecture.
                Some(global) if entry.key != "Architectures" => merge(global, &entry.node),
                Some(_) | None => Cow::Borrowed(&entry.node),
            };
            fields.evaluate(evaluator, shape, entry, &node);
        }
        let inherited = globals.into_iter().flat_map(|globals| &globals.entries);
        for entry in inherited.filter(|entry| own.is_none_or(|own| own.get(&entry.key).is_none())) {
            fields.evaluate(evaluator, shape, entry, &entry.node);
        }
        fields
    }

    /// The fields of an evaluated map inside a property.
    pub(crate) fn of_map(entry: &Entry, shape: &[Shape], scope: Scope<'a>) -> Option<Self> {
        let Some(map) = entry.node.as_map() else {
            scope.error(entry.mark, format!("{} is {}", entry.key, entry.node.kind()), "write a map");
            return None;
        };
        let mut fields = Self { mark: entry.mark, scope, entries: Vec::new() };
        for entry in &map.entries {
            fields.admit(shape, treatment(shape, &entry.key), entry.clone());
        }
        Some(fields)
    }

    fn evaluate(&mut self, evaluator: &Evaluator<'_>, shape: &[Shape], entry: &Entry, node: &Node) {
        let treatment = treatment(shape, &entry.key);
        let node = match treatment {
            // A refused property may be `AWS::NoValue` here, so that one template serves Ferry and AWS.
            Some(Treatment::Read | Treatment::Refused(_)) => match evaluator.evaluate(node, self.scope) {
                Ok(node) => node,
                Err(Absent::NoValue | Absent::Failed) => return,
            },
            Some(Treatment::Ignored | Treatment::Warned(_)) | None => Node { mark: node.mark, value: Value::Null },
        };
        self.admit(shape, treatment, Entry { key: entry.key.clone(), mark: entry.mark, node });
    }

    fn admit(&mut self, shape: &[Shape], treatment: Option<Treatment>, entry: Entry) {
        match treatment {
            Some(Treatment::Read) => self.entries.push(entry),
            Some(Treatment::Ignored) => {}
            Some(Treatment::Warned(why)) => self.scope.warn(entry.mark, format!("{} has no effect here", entry.key), why),
            Some(Treatment::Refused(why)) => self.scope.error(entry.mark, format!("{} is not supported", entry.key), why),
            None => {
                let known = shape.iter().flat_map(|part| part.iter().map(|(name, _)| *name));
                self.scope.error(entry.mark, format!("unknown property `{}`", entry.key), suggest(&entry.key, known));
            }
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        text(self.entry(key)?, self.scope)
    }

    /// A property that must be there.
    pub(crate) fn required_text(&self, key: &str, remedy: &str) -> Option<String> {
        if self.entry(key).is_none() {
            self.scope.error(self.mark, format!("{key} is missing"), remedy);
        }
        self.text(key)
    }

    pub(crate) fn number(&self, key: &str, range: RangeInclusive<u32>, unit: &str) -> Option<u32> {
        let entry = self.entry(key)?;
        let text = text(entry, self.scope)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let problem = format!("{key} `{}` is out of bounds", shortened(&text));
            self.scope.error(entry.node.mark, problem, format!("write a whole number from {} to {}{unit}", range.start(), range.end()));
        }
        number
    }

    pub(crate) fn boolean(&self, key: &str) -> Option<bool> {
        let entry = self.entry(key)?;
        let value = boolean(&entry.node);
        if value.is_none() {
            self.scope.error(entry.node.mark, format!("{key} is neither true nor false"), "write true or false");
        }
        value
    }

    /// One of a fixed set of words.
    pub(crate) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let entry = self.entry(key)?;
        let text = text(entry, self.scope)?;
        let choice = choices.iter().find(|(word, _)| *word == text);
        if choice.is_none() {
            let remedy = suggest(&text, choices.iter().map(|(word, _)| *word));
            self.scope.error(entry.node.mark, format!("{key} cannot be `{}`", shortened(&text)), remedy);
        }
        choice.map(|(_, value)| *value)
    }

    /// A list of texts with their places. A single text stands for a list of one where `single` says so.
    pub(crate) fn texts(&self, key: &str, single: bool) -> Vec<(String, Mark)> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let items = match &entry.node.value {
            Value::List(items) => items.as_slice(),
            Value::Scalar(_) if single => std::slice::from_ref(&entry.node),
            Value::Null | Value::Scalar(_) | Value::Map(_) => {
                self.scope.error(entry.node.mark, format!("{key} is {}", entry.node.kind()), "write a list");
                return Vec::new();
            }
        };
        let item_entry = |item: &Node| Entry { key: format!("an item of {key}"), mark: item.mark, node: item.clone() };
        items.iter().filter_map(|item| Some((text(&item_entry(item), self.scope)?, item.mark))).collect()
    }

    /// A list of maps inside these fields.
    pub(crate) fn maps(&self, key: &str, shape: Shape) -> Vec<Self> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let Some(items) = entry.node.as_list() else {
            self.scope.error(entry.node.mark, format!("{key} is {}", entry.node.kind()), "write a list of maps");
            return Vec::new();
        };
        let item_entry = |item: &Node| Entry { key: format!("an item of {key}"), mark: item.mark, node: item.clone() };
        items.iter().filter_map(|item| Self::of_map(&item_entry(item), &[shape], self.scope)).collect()
    }

    /// A map inside these fields.
    pub(crate) fn map(&self, key: &str, shape: Shape) -> Option<Self> {
        Self::of_map(self.entry(key)?, &[shape], self.scope)
    }
}

fn treatment(shape: &[Shape], key: &str) -> Option<Treatment> {
    shape.iter().flat_map(|part| part.iter()).find(|(name, _)| *name == key).map(|(_, treatment)| *treatment)
}

/// The text of an evaluated value, or None with the reason reported.
pub(crate) fn text(entry: &Entry, scope: Scope<'_>) -> Option<String> {
    let Some(text) = entry.node.as_text() else {
        scope.error(entry.node.mark, format!("{} is {}", entry.key, entry.node.kind()), "write a single value");
        return None;
    };
    if text.contains("{{resolve:") {
        let problem = format!("{} holds a dynamic reference (`{{{{resolve:…}}}}`), which only AWS can resolve", entry.key);
        scope.error(entry.node.mark, problem, "pass the value by a parameter");
        return None;
    }
    Some(text.to_owned())
}

/// `yes` and its kin are booleans to SAM's YAML, so they are here.
pub(crate) fn boolean(node: &Node) -> Option<bool> {
    match node.as_scalar()?.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A value as messages quote it.
pub(crate) fn shortened(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 80;
    if text.chars().count() <= QUOTED_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(QUOTED_CHARS_MAX).chain(['…']).collect()
}
