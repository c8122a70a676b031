//! A table by class or surface, whose keys are the names that OpenStreetMap uses.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::street::{Highway, Surface};

/// What a table may be keyed by.
pub trait Named: Copy + Ord + fmt::Debug + 'static {
    const WHAT: &'static str;
    fn all() -> &'static [Self];
    fn name(self) -> &'static str;
}

impl Named for Highway {
    const WHAT: &'static str = "class";
    fn all() -> &'static [Self] {
        &Self::ALL
    }
    fn name(self) -> &'static str {
        self.name()
    }
}

impl Named for Surface {
    const WHAT: &'static str = "surface";
    fn all() -> &'static [Self] {
        &Self::ALL
    }
    fn name(self) -> &'static str {
        self.name()
    }
}

/// A value for some keys.
#[derive(Debug, Clone, PartialEq)]
pub struct By<K, V>(BTreeMap<K, V>);

impl<K: Named, V> By<K, V> {
    #[must_use]
    pub fn get(&self, key: K) -> Option<&V> {
        self.0.get(&key)
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.0.get_mut(&key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }
}

fn key_from_name<K: Named, E: Error>(name: &str) -> Result<K, E> {
    K::all().iter().copied().find(|key| key.name() == name).ok_or_else(|| {
        let known: Vec<&str> = K::all().iter().map(|key| key.name()).collect();
        E::custom(format!("unknown {} `{name}`; there are {}", K::WHAT, known.join(", ")))
    })
}

/// A single key, by name.
pub(super) fn named<'de, K: Named, D: Deserializer<'de>>(deserializer: D) -> Result<K, D::Error> {
    key_from_name(&String::deserialize(deserializer)?)
}

pub(super) fn name<K: Named, S: Serializer>(key: &K, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(key.name())
}

impl<K: Named, V: Serialize> Serialize for By<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key.name(), value)))
    }
}

impl<'de, K: Named, V: Deserialize<'de>> Deserialize<'de> for By<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Named, V: Deserialize<'de>> Visitor<'de> for Rows<K, V> {
            type Value = By<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a table by {}", K::WHAT)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut rows = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    rows.insert(key_from_name(&name)?, map.next_value()?);
                }
                Ok(By(rows))
            }
        }
        deserializer.deserialize_map(Rows(PhantomData))
    }
}
