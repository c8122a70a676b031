//! What must be known of tables to judge a request before it is carried out: that they exist, and their keys. Asked of dynoxide once,
//! and again after any change of tables.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::types::ScalarAttributeType;
use dynoxide::{AttributeValue, Database, Item};

/// Bytes of a partition key's value, and of a sort key's.
const KEY_BYTES_MAX: [usize; 2] = [2_048, 1_024];

#[derive(Debug)]
pub(super) struct Schema {
    /// Names and types of the key attributes.
    key: Vec<(String, ScalarAttributeType)>,
    /// Nothing but items: no index, no stream.
    pub(super) is_plain: bool,
}

#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<HashMap<String, Arc<Schema>>>);

impl Schemas {
    /// `None` where there is no such table.
    pub(super) fn get(&self, db: &Database, table: &str) -> Option<Arc<Schema>> {
        let mut schemas = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(schema) = schemas.get(table) {
            return Some(Arc::clone(schema));
        }
        let table = db.describe_table(DescribeTableRequest { table_name: table.to_owned() }).ok()?.table;
        let types = &table.attribute_definitions;
        let is_plain = table.global_secondary_indexes.is_none()
            && table.local_secondary_indexes.is_none()
            && table.vector_indexes.is_none()
            && table.stream_specification.is_none();
        let key = table.key_schema.into_iter().filter_map(|key| {
            let definition = types.iter().find(|definition| definition.attribute_name == key.attribute_name)?;
            Some((key.attribute_name, definition.attribute_type.clone()))
        });
        let schema = Arc::new(Schema { key: key.collect(), is_plain });
        schemas.insert(table.table_name, Arc::clone(&schema));
        Some(schema)
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Schema {
    /// Whether each item holds the table's key, as it must be, and no two hold the same.
    pub(super) fn keys_are_sound<'a>(&self, items: impl Iterator<Item = &'a Item>) -> bool {
        let mut seen = HashSet::new();
        items.map(|item| self.key_of(item)).all(|key| key.is_some_and(|key| seen.insert(key)))
    }

    fn key_of(&self, item: &Item) -> Option<Vec<String>> {
        let part = |((name, kind), bytes_max): (&(String, ScalarAttributeType), usize)| {
            let value = item.get(name)?;
            let is_sound = match (value, kind) {
                (AttributeValue::S(text), ScalarAttributeType::S) => (1..=bytes_max).contains(&text.len()),
                (AttributeValue::B(bytes), ScalarAttributeType::B) => (1..=bytes_max).contains(&bytes.len()),
                (AttributeValue::N(_), ScalarAttributeType::N) => true,
                _ => false,
            };
            if is_sound { value.to_key_string() } else { None }
        };
        self.key.iter().zip(KEY_BYTES_MAX).map(part).collect()
    }
}
