//! JSON with places. `serde_json` reads the text; each value is kept raw first, and a raw value borrows from the text, so
//! its address tells where it stands.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Unreadable;
use crate::diagnostic::Mark;
use crate::limits::{KEYS_MAX, NESTING_MAX};
use crate::node::{Entry, Map, Node, Scalar, Value};

pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let mark = Mark { line: error.line().max(1), column: error.column().max(1) };
        Unreadable::syntax(mark, format!("this is not JSON: {error}"))
    })?;
    let mut reader = Reader { text, offset: 0, mark: Mark { line: 1, column: 1 } };
    reader.node(raw, 0)
}

struct Reader<'t> {
    text: &'t str,
    /// Where `mark` points. Values are met in the order of the text, so this only moves forward.
    offset: usize,
    mark: Mark,
}

impl<'t> Reader<'t> {
    fn node(&mut self, raw: &'t RawValue, depth: usize) -> Result<Node, Unreadable> {
        let mark = self.mark_of(raw.get());
        if depth >= NESTING_MAX {
            return Err(Unreadable::too_deep(mark));
        }
        let value = match raw.get().as_bytes().first() {
            Some(b'{') => Value::Map(self.map(raw, mark, depth)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = parse(raw, mark)?;
                Value::List(items.into_iter().map(|item| self.node(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Value::Scalar(Scalar { text: parse(raw, mark)?, bare: false }),
            Some(b'n') => Value::Null,
            _ => Value::Scalar(Scalar { text: raw.get().to_owned(), bare: true }),
        };
        Ok(Node { mark, value })
    }

    fn map(&mut self, raw: &'t RawValue, mark: Mark, depth: usize) -> Result<Map, Unreadable> {
        let members = raw.deserialize_map(Members).map_err(|error| bad_value(mark, &error))?;
        if members.len() > KEYS_MAX {
            return Err(Unreadable::too_many_keys(mark));
        }
        let mut map = Map::default();
        let mut seen = HashSet::new();
        for (key, raw) in members {
            let node = self.node(raw, depth + 1)?;
            if !seen.insert(key.clone()) {
                return Err(Unreadable::duplicate_key(node.mark, &key));
            }
            map.entries.push(Entry { key, mark: node.mark, node });
        }
        Ok(map)
    }

    fn mark_of(&mut self, part: &str) -> Mark {
        let offset = part.as_ptr().addr() - self.text.as_ptr().addr();
        for character in self.text[self.offset..offset].chars() {
            if character == '\n' {
                self.mark = Mark { line: self.mark.line + 1, column: 1 };
            } else {
                self.mark.column += 1;
            }
        }
        self.offset = offset;
        self.mark
    }
}

fn parse<'t, T: serde::Deserialize<'t>>(raw: &'t RawValue, mark: Mark) -> Result<T, Unreadable> {
    serde_json::from_str(raw.get()).map_err(|error| bad_value(mark, &error))
}

/// The syntax held, so what is left are strings that are no text, such as half a surrogate pair.
fn bad_value(mark: Mark, error: &serde_json::Error) -> Unreadable {
    Unreadable::rule(mark, format!("this JSON value cannot be read: {error}"), "correct this value")
}

/// The members of an object in order, duplicates included: a map type would swallow them.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark_at(node: &Node, path: &[&str]) -> (usize, usize) {
        let node = path.iter().fold(node, |node, key| node.as_map().and_then(|map| map.get(key)).expect("key"));
        (node.mark.line, node.mark.column)
    }

    #[test]
    fn values_know_their_place_and_their_style() {
        let node = read("{\"a\": {\"é\": 1,\n  \"b\": [\"true\", true, null]}}").expect("json");
        assert_eq!(mark_at(&node, &["a", "é"]), (1, 13));
        assert_eq!(mark_at(&node, &["a", "b"]), (2, 8));
        let list = node.as_map().and_then(|map| map.get("a")?.as_map()?.get("b")?.as_list()).expect("list");
        assert_eq!(list[0].value, Value::Scalar(Scalar { text: "true".to_owned(), bare: false }));
        assert_eq!(list[1].value, Value::Scalar(Scalar { text: "true".to_owned(), bare: true }));
        assert_eq!(list[2].value, Value::Null);
    }

    #[test]
    fn escapes_beyond_yaml_are_read() {
        let node = read(r#"{"smile": "\ud83d\ude00 \/"}"#).expect("json");
        assert_eq!(node.as_map().and_then(|map| map.get("smile")?.as_scalar()), Some("😀 /"));
    }

    #[test]
    fn what_is_wrong_is_located() {
        let told = |text: &str| read(text).map_err(|error| (error.mark.line, error.problem)).expect_err("wrong");
        assert_eq!(told("{\n\"a\": 1,\n\"a\": 2}"), (3, "the key `a` is there twice".to_owned()));
        assert_eq!(told("{\n\"a\": tru}").0, 2);
        assert!(told("{\"a\":\n\"\\ud800\"}").1.contains("cannot be read"));
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let wide: Vec<String> = (0..=KEYS_MAX).map(|n| format!("\"k{n}\": 1")).collect();
        assert_eq!(told(&format!("{{{}}}", wide.join(","))).1, "this map has more than 2000 keys");
        assert_eq!(told(&deep).1, "values are nested more than 64 deep");
    }
}
