//! A table against the source's fingerprints, and the first differences by name.
//!
//! The scan of a table marks each fingerprint that it finds the same, and keeps the items that are not: those of the smallest keys, no more than are to be
//! shown. When hashes differ, a second pass over the source does likewise with the rows whose mark is missing. A key that is among the
//! first K of all differing ones is among the first K of either side that has it, so the two short lists together name the first K whole.

use std::collections::{BTreeMap, BTreeSet};

use super::event::Difference;
use super::fingerprints::Fingerprints;
use super::item::{Item, hash_key};
use super::multiset::Multiset;
use crate::record::{FIELDS, KEY};

/// What is known of one table.
#[derive(Debug)]
pub struct Comparison {
    items: Multiset,
    /// One bit per fingerprint: whether the table has the same item.
    same: Vec<u64>,
    /// Items of keys that the source has not.
    extra: u64,
    of_table: Smallest,
    of_source: Smallest,
}

impl Comparison {
    /// `shown`: the most differences that will be asked for.
    pub fn new(source: &Fingerprints, shown: usize) -> Self {
        let same = vec![0; source.len().div_ceil(64)];
        Self { items: Multiset::default(), same, extra: 0, of_table: Smallest::new(shown), of_source: Smallest::new(shown) }
    }

    /// An item of the table.
    pub fn table_item(&mut self, source: &Fingerprints, item: &Item<'_>, scratch: &mut Vec<u8>) {
        let hash = item.hash(scratch);
        self.items.add(hash);
        match source.find(hash_key(item.key())) {
            Some((at, of_source)) if of_source == hash => self.same[at / 64] |= 1 << (at % 64),
            Some(_) => self.of_table.offer(item),
            None => {
                self.extra += 1;
                self.of_table.offer(item);
            }
        }
    }

    /// A row of the source, in the second pass: rows in the file's order, so that the last of a key stays.
    pub fn source_row(&mut self, source: &Fingerprints, item: &Item<'_>) {
        if let Some((at, _)) = source.find(hash_key(item.key()))
            && self.same[at / 64] & (1 << (at % 64)) == 0
        {
            self.of_source.offer(item);
        }
    }

    pub fn items(&self) -> Multiset {
        self.items
    }

    /// Keys whose items differ or are on one side only.
    pub fn differing_items(&self, source: &Fingerprints) -> u64 {
        let same: u64 = self.same.iter().map(|bits| u64::from(bits.count_ones())).sum();
        source.len() as u64 - same + self.extra
    }

    /// The first differences, by key and then by the fields' order.
    pub fn differences(&self, table: &str) -> Vec<Difference> {
        let keys: BTreeSet<&String> = self.of_source.items.keys().chain(self.of_table.items.keys()).collect();
        let of_key = |key: &String| difference(key, self.of_source.items.get(key), self.of_table.items.get(key), table);
        keys.into_iter().flat_map(of_key).take(self.of_table.most).collect()
    }
}

/// What is different between two items of one key; an item that is on one side only differs in its key.
fn difference(key: &str, source: Option<&Item<'_>>, table: Option<&Item<'_>>, name: &str) -> Vec<Difference> {
    let entry = |field: &str, left: Option<&str>, right: Option<&str>| Difference {
        key: key.to_owned(),
        field: field.to_owned(),
        left: left.map(str::to_owned),
        right: right.map(str::to_owned),
        between: ["source".to_owned(), name.to_owned()],
    };
    let (Some(source), Some(table)) = (source, table) else {
        return vec![entry(FIELDS[KEY], source.map(Item::key), table.map(Item::key))];
    };
    let unknown = table.names().filter(|name| !FIELDS.contains(name));
    let differing = FIELDS.into_iter().chain(unknown).filter_map(|field| match (source.get(field), table.get(field)) {
        (Some(left), Some(right)) if left.same(right) => None,
        (None, None) => None,
        (left, right) => Some(entry(field, left.map(|value| value.text()), right.map(|value| value.text()))),
    });
    differing.collect()
}

/// The items of the smallest keys that were offered; of a key offered twice, the later.
#[derive(Debug)]
struct Smallest {
    most: usize,
    items: BTreeMap<String, Item<'static>>,
}

impl Smallest {
    fn new(most: usize) -> Self {
        Self { most, items: BTreeMap::new() }
    }

    fn offer(&mut self, item: &Item<'_>) {
        let key = item.key();
        let full = self.items.len() >= self.most;
        if full && self.items.last_key_value().is_none_or(|(last, _)| last.as_str() < key) {
            return;
        }
        self.items.insert(key.to_owned(), item.clone().into_owned());
        if self.items.len() > self.most {
            self.items.pop_last();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::verify::fingerprints::Fingerprint;
    use crate::verify::item::Attribute;

    fn item(key: u8, name: u8, amount: &str) -> Item<'static> {
        let text = |value: u8| Attribute::S(Cow::Owned(value.to_string()));
        let amount = Attribute::N(Cow::Owned(amount.to_owned()));
        Item::new(vec![(FIELDS[KEY].into(), text(key)), ("event_name".into(), text(name)), ("amount_paid".into(), amount)])
    }

    /// Everything in maps: the twin that is too big for a function and too plain to be wrong.
    fn oracle(rows: &[Item<'static>], table: &[Item<'static>], shown: usize) -> (bool, u64, Vec<Difference>) {
        let by_key = |items: &[Item<'static>]| -> BTreeMap<String, Item<'static>> {
            items.iter().map(|item| (item.key().to_owned(), item.clone())).collect()
        };
        let (source, table) = (by_key(rows), by_key(table));
        let keys: BTreeSet<_> = source.keys().chain(table.keys()).collect();
        let of_key = |key: &&String| difference(key, source.get(*key), table.get(*key), "T");
        let differing: Vec<_> = keys.iter().map(of_key).filter(|differences| !differences.is_empty()).collect();
        let count = differing.len() as u64;
        (count == 0, count, differing.into_iter().flatten().take(shown).collect())
    }

    fn compare(rows: &[Item<'static>], table: &[Item<'static>], shown: usize) -> (bool, u64, Vec<Difference>) {
        let scratch = &mut Vec::new();
        let prints = rows.iter().map(|row| Fingerprint { key: hash_key(row.key()), item: row.hash(scratch) }).collect();
        let source = Fingerprints::new(prints);
        let mut comparison = Comparison::new(&source, shown);
        table.iter().for_each(|item| comparison.table_item(&source, item, scratch));
        rows.iter().for_each(|row| comparison.source_row(&source, row));
        (comparison.items() == source.multiset(), comparison.differing_items(&source), comparison.differences("T"))
    }

    fn any_item() -> impl Strategy<Value = Item<'static>> {
        (0_u8..12, 0_u8..2, prop::sample::select(&["5", "5.0", "6"][..])).prop_map(|(key, name, amount)| item(key, name, amount))
    }

    proptest! {
        #[test]
        fn like_the_twin_that_keeps_everything(rows in vec(any_item(), 0..30), others in vec(any_item(), 0..6), dropped in 0_usize..4, shown in 1_usize..8) {
            // What a load of the rows leaves, then some items lost, changed or added.
            let mut table: BTreeMap<String, Item<'static>> = rows.iter().map(|row| (row.key().to_owned(), row.clone())).collect();
            (0..dropped).for_each(|_| { table.pop_first(); });
            table.extend(others.into_iter().map(|other| (other.key().to_owned(), other)));
            let table: Vec<_> = table.into_values().rev().collect();
            prop_assert_eq!(compare(&rows, &table, shown), oracle(&rows, &table, shown));
        }
    }

    #[test]
    fn differences_name_key_and_field() {
        let (equal, count, found) =
            compare(&[item(1, 1, "5.0"), item(2, 1, "5"), item(3, 1, "5")], &[item(1, 1, "5"), item(2, 7, "6")], 10);
        assert!(!equal);
        assert_eq!(count, 2);
        let entry = |key: &str, field: &str, left: Option<&str>, right: Option<&str>| Difference {
            key: key.to_owned(),
            field: field.to_owned(),
            left: left.map(str::to_owned),
            right: right.map(str::to_owned),
            between: ["source".to_owned(), "T".to_owned()],
        };
        let expected = [
            entry("2", "event_name", Some("1"), Some("7")),
            entry("2", "amount_paid", Some("5"), Some("6")),
            entry("3", FIELDS[KEY], Some("3"), None),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn attributes_that_the_source_has_not_are_differences() {
        let source = item(1, 1, "5");
        let table: Item<'static> = Item::new(
            source
                .names()
                .map(|name| (name.to_owned().into(), source.get(name).unwrap().clone()))
                .chain([("note".into(), Attribute::Other("{\"NULL\":true}".into()))])
                .collect(),
        );
        let (_, _, found) = compare(&[source], &[table], 10);
        assert_eq!((found[0].field.as_str(), found[0].left.as_deref(), found[0].right.as_deref()), ("note", None, Some("{\"NULL\":true}")));
        assert_eq!(found.len(), 1);
    }
}
