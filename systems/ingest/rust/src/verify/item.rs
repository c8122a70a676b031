//! An item as the verifier sees it, from a table or from the source file, and the bytes that are hashed for it.
//!
//! Two items are the same when they have the same attributes by name, type and value: text exactly, numbers by value (see
//! [`super::decimal`]). The order in which a page of a Scan or a line of the file names them does not count.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_128;

use super::decimal;
use crate::record::{FIELDS, KEY};

/// Attributes in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    attributes: Vec<(Cow<'a, str>, Attribute<'a>)>,
}

/// A value of an attribute. The source has texts and numbers only; anything else in a table is kept as its JSON, to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute<'a> {
    S(Cow<'a, str>),
    N(Cow<'a, str>),
    Other(Cow<'a, str>),
}

impl<'a> Item<'a> {
    pub fn new(mut attributes: Vec<(Cow<'a, str>, Attribute<'a>)>) -> Self {
        attributes.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        Self { attributes }
    }

    /// The value of the partition key; empty when it has none, which no table and no good row allows.
    pub fn key(&self) -> &str {
        self.get(FIELDS[KEY]).map_or("", Attribute::text)
    }

    pub fn get(&self, name: &str) -> Option<&Attribute<'a>> {
        let at = self.attributes.binary_search_by(|(other, _)| other.as_ref().cmp(name)).ok()?;
        Some(&self.attributes[at].1)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_ref())
    }

    /// Hash of the whole item. `scratch` is reused from item to item.
    pub fn hash(&self, scratch: &mut Vec<u8>) -> u128 {
        scratch.clear();
        for (name, value) in &self.attributes {
            // Lengths stand before texts, so that no two different items are the same bytes.
            write_text(name, scratch);
            value.write_canonical(scratch);
        }
        xxh3_128(scratch)
    }

    pub fn into_owned(self) -> Item<'static> {
        let attributes = self.attributes.into_iter();
        Item { attributes: attributes.map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned())).collect() }
    }
}

/// Hash of a partition key's value.
pub fn hash_key(key: &str) -> u128 {
    xxh3_128(key.as_bytes())
}

impl<'a> Attribute<'a> {
    /// What is shown of it: the text, the number's text, or the JSON.
    pub fn text(&self) -> &str {
        match self {
            Self::S(text) | Self::N(text) | Self::Other(text) => text,
        }
    }

    /// Whether it is the same value; `78.10` is `78.1`.
    pub fn same(&self, other: &Self) -> bool {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        self.write_canonical(&mut left);
        other.write_canonical(&mut right);
        left == right
    }

    fn write_canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::S(text) => {
                out.push(b'S');
                write_text(text, out);
            }
            Self::N(text) => {
                out.push(b'N');
                if !decimal::write_canonical(text, out) {
                    write_text(text, out);
                }
                // Ends a number, whose length is not written before it.
                out.push(b';');
            }
            Self::Other(json) => {
                out.push(b'?');
                write_text(json, out);
            }
        }
    }

    fn into_owned(self) -> Attribute<'static> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        match self {
            Self::S(text) => Attribute::S(own(text)),
            Self::N(text) => Attribute::N(own(text)),
            Self::Other(json) => Attribute::Other(own(json)),
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Borrowed where the JSON has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// `{"registration_id": {"S": "R1"}, "amount_paid": {"N": "78.1"}, …}`.
impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attributes;
        impl<'de> Visitor<'de> for Attributes {
            type Value = Item<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an item: attributes by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut attributes = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    attributes.push((name, value));
                }
                Ok(Item::new(attributes))
            }
        }
        deserializer.deserialize_map(Attributes)
    }
}

/// `{"S": "text"}`, `{"N": "78.1"}`, `{"BOOL": true}`, …
impl<'de: 'a, 'a> Deserialize<'de> for Attribute<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = Attribute<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an attribute value: one entry named by its type")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let Some(Text(kind)) = map.next_key()? else { return Err(A::Error::invalid_length(0, &self)) };
                let value = match &*kind {
                    "S" => Attribute::S(map.next_value::<Text<'_>>()?.0),
                    "N" => Attribute::N(map.next_value::<Text<'_>>()?.0),
                    _ => Attribute::Other(Cow::Owned(format!("{{\"{kind}\":{}}}", map.next_value::<&RawValue>()?.get()))),
                };
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(value),
                    Some(IgnoredAny) => Err(A::Error::invalid_length(2, &self)),
                }
            }
        }
        deserializer.deserialize_map(Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(json: &str) -> Item<'_> {
        serde_json::from_str(json).unwrap()
    }

    fn hash(json: &str) -> u128 {
        item(json).hash(&mut Vec::new())
    }

    #[test]
    fn order_and_the_form_of_numbers_do_not_count() {
        let one = r#"{"registration_id":{"S":"R1"},"amount_paid":{"N":"78.10"}}"#;
        assert_eq!(hash(one), hash(r#"{"amount_paid":{"N":"7.81E1"},"registration_id":{"S":"R1"}}"#));
        assert_eq!(item(one).key(), "R1");
        assert_eq!(item(one).names().collect::<Vec<_>>(), ["amount_paid", "registration_id"]);
    }

    #[test]
    fn names_types_and_texts_count() {
        let different = [
            r#"{"a":{"S":"1"}}"#,
            r#"{"a":{"N":"1"}}"#,
            r#"{"b":{"S":"1"}}"#,
            r#"{"a":{"S":"1 "}}"#,
            r#"{"a":{"S":"01"}}"#,
            r#"{"a":{"S":""}}"#,
            r#"{"a":{"NULL":true}}"#,
            r#"{"a":{"BOOL":true}}"#,
            r#"{"a":{"S":"1"},"b":{"S":""}}"#,
            r#"{"a":{"S":"1b"}}"#,
            "{}",
        ];
        for (at, left) in different.iter().enumerate() {
            for right in &different[at + 1..] {
                assert_ne!(hash(left), hash(right), "{left} {right}");
            }
        }
    }

    #[test]
    fn escapes_are_read_and_plain_text_is_borrowed() {
        let escaped = item(r#"{"a":{"S":"caf\u00e9 \"x\"\n"}}"#);
        assert_eq!(escaped.get("a").unwrap().text(), "café \"x\"\n");
        let plain = item(r#"{"a":{"S":"café"}}"#);
        assert!(matches!(plain.get("a"), Some(Attribute::S(Cow::Borrowed("café")))));
        assert_eq!(plain.clone().into_owned(), plain);
    }

    #[test]
    fn other_types_are_kept_as_json() {
        assert_eq!(item(r#"{"a":{"L":[{"S":"x"}]}}"#).get("a"), Some(&Attribute::Other(Cow::Borrowed(r#"{"L":[{"S":"x"}]}"#))));
        for bad in [r#"{"a":{}}"#, r#"{"a":{"S":"x","N":"1"}}"#, r#"{"a":"x"}"#, r#"{"a":{"S":1}}"#] {
            assert!(serde_json::from_str::<Item<'_>>(bad).is_err(), "{bad}");
        }
    }
}
