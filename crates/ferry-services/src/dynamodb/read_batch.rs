//! Reads a `BatchWriteItem` request in one pass.
//!
//! dynoxide reads every attribute value as a tree of JSON first, which costs more than storing it. This reads the ordinary forms
//! straight into its types and leaves everything else (a wrong number, a member too many, a string for a boolean) to dynoxide's
//! own reading, which refuses it in DynamoDB's words: a request is never refused here.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dynoxide::actions::batch_write_item::{BatchWriteItemRequest, DeleteRequest, PutRequest, WriteRequest};
use dynoxide::types::validate_dynamo_number;
use dynoxide::{AttributeValue, Item};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::wire::{self, Refusal};

pub(super) fn read_batch(body: &str) -> Result<BatchWriteItemRequest, Refusal> {
    match serde_json::from_str::<Batch>(body) {
        Ok(batch) => Ok(batch.into()),
        Err(_) => wire::read("BatchWriteItem", body),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    request_items: HashMap<String, Vec<Write>>,
    #[serde(default)]
    return_consumed_capacity: Option<String>,
    #[serde(default)]
    return_item_collection_metrics: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Write {
    #[serde(default)]
    put_request: Option<Put>,
    #[serde(default)]
    delete_request: Option<Delete>,
}

#[derive(Deserialize)]
struct Put {
    #[serde(rename = "Item")]
    item: Attributes,
}

#[derive(Deserialize)]
struct Delete {
    #[serde(rename = "Key")]
    key: Attributes,
}

struct Attributes(Item);
struct Attribute(AttributeValue);

/// The one member of an attribute value.
#[derive(Deserialize)]
enum Type {
    S,
    N,
    B,
    #[serde(rename = "BOOL")]
    Bool,
    #[serde(rename = "NULL")]
    Null,
    SS,
    NS,
    BS,
    L,
    M,
}

impl From<Batch> for BatchWriteItemRequest {
    fn from(batch: Batch) -> Self {
        let request_items = batch.request_items.into_iter();
        Self {
            request_items: request_items.map(|(table, writes)| (table, writes.into_iter().map(WriteRequest::from).collect())).collect(),
            return_consumed_capacity: batch.return_consumed_capacity,
            return_item_collection_metrics: batch.return_item_collection_metrics,
        }
    }
}

impl From<Write> for WriteRequest {
    fn from(write: Write) -> Self {
        Self {
            put_request: write.put_request.map(|put| PutRequest { item: put.item.0 }),
            delete_request: write.delete_request.map(|delete| DeleteRequest { key: delete.key.0 }),
        }
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributesVisitor)
    }
}

struct AttributesVisitor;

impl<'de> Visitor<'de> for AttributesVisitor {
    type Value = Attributes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
        let mut attributes = Item::with_capacity(16);
        while let Some((name, Attribute(value))) = map.next_entry()? {
            attributes.insert(name, value);
        }
        Ok(Attributes(attributes))
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributeVisitor)
    }
}

struct AttributeVisitor;

impl<'de> Visitor<'de> for AttributeVisitor {
    type Value = Attribute;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attribute, A::Error> {
        let Some(kind) = map.next_key::<Type>()? else { return Err(A::Error::custom("no member")) };
        let value = match kind {
            Type::S => AttributeValue::S(map.next_value()?),
            Type::N => AttributeValue::N(number(map.next_value()?)?),
            Type::B => AttributeValue::B(binary(map.next_value()?)?),
            Type::Bool => AttributeValue::BOOL(map.next_value()?),
            Type::Null if map.next_value::<bool>()? => AttributeValue::NULL(true),
            Type::Null => return Err(A::Error::custom("a NULL that is not true")),
            Type::SS => AttributeValue::SS(map.next_value()?),
            Type::NS => AttributeValue::NS(map.next_value::<Vec<String>>()?.into_iter().map(number).collect::<Result<_, _>>()?),
            Type::BS => AttributeValue::BS(map.next_value::<Vec<&str>>()?.into_iter().map(binary).collect::<Result<_, _>>()?),
            Type::L => AttributeValue::L(map.next_value::<Vec<Attribute>>()?.into_iter().map(|attribute| attribute.0).collect()),
            Type::M => AttributeValue::M(map.next_value::<Attributes>()?.0),
        };
        if map.next_key::<serde::de::IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("a further member"));
        }
        Ok(Attribute(value))
    }
}

fn number<E: Error>(text: String) -> Result<String, E> {
    validate_dynamo_number(&text).map(|()| text).map_err(E::custom)
}

fn binary<E: Error>(text: &str) -> Result<Vec<u8>, E> {
    BASE64.decode(text).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let number = prop_oneof![Just("0".to_owned()), Just("-1.50".to_owned()), Just("1E+125".to_owned()), Just("x".to_owned())];
        let leaf = prop_oneof![
            any::<String>().prop_map(|text| json!({ "S": text })),
            number.clone().prop_map(|number| json!({ "N": number })),
            any::<Vec<u8>>().prop_map(|bytes| json!({ "B": BASE64.encode(bytes) })),
            any::<bool>().prop_map(|flag| json!({ "BOOL": flag })),
            any::<bool>().prop_map(|flag| json!({ "NULL": flag })),
            prop::collection::vec(any::<String>(), 1..4).prop_map(|set| json!({ "SS": set })),
            prop::collection::vec(number, 1..4).prop_map(|set| json!({ "NS": set })),
            Just(json!({ "BS": ["AQ==", "Ag=="] })),
            Just(json!({ "S": "a", "N": "1" })),
            Just(json!({ "S": "a", "N": null })),
            Just(json!({ "BOOL": "true" })),
            Just(json!({})),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|list| json!({ "L": list })),
                prop::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|map| json!({ "M": map.into_iter().collect::<serde_json::Map<_, _>>() })),
            ]
        })
    }

    proptest! {
        /// dynoxide's own reading is the oracle.
        #[test]
        fn reads_what_dynoxide_reads(values in prop::collection::vec((any::<String>(), value()), 0..6)) {
            let item: serde_json::Map<_, _> = values.into_iter().collect();
            let body = json!({ "RequestItems": { "Table": [{ "PutRequest": { "Item": item } }, { "DeleteRequest": { "Key": item } }] } }).to_string();
            let slow = wire::read::<BatchWriteItemRequest>("BatchWriteItem", &body);
            match (read_batch(&body), slow) {
                (Ok(fast), Ok(slow)) => {
                    let (fast, slow) = (&fast.request_items["Table"], &slow.request_items["Table"]);
                    prop_assert_eq!(&fast[0].put_request.as_ref().unwrap().item, &slow[0].put_request.as_ref().unwrap().item);
                    prop_assert_eq!(&fast[1].delete_request.as_ref().unwrap().key, &slow[1].delete_request.as_ref().unwrap().key);
                }
                (Err(fast), Err(slow)) => prop_assert_eq!(fast.body, slow.body),
                (fast, slow) => prop_assert!(false, "one refuses: {:?} {:?}", fast.err(), slow.err()),
            }
        }
    }
}
