//! The source's records as pairs of hashes, 32 bytes each whatever their length: what makes 3 million records fit a small function.
//!
//! One pass over the file pushes a pair per row; [`Fingerprints::new`] sorts them by key, and where a key is there more than once keeps
//! the last, as a sequential load leaves it in the table. Then any item of a table is looked up by its key's hash: absent, the same, or different.
//! So one scan of each table finds the differing keys, and only these are looked at by name.

use super::multiset::Multiset;

/// A row of the source: hash of its key, hash of the whole item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    pub key: u128,
    pub item: u128,
}

/// Sorted by key, each key once.
#[derive(Debug)]
pub struct Fingerprints {
    sorted: Vec<Fingerprint>,
}

impl Fingerprints {
    /// From the rows in the file's order.
    pub fn new(mut rows: Vec<Fingerprint>) -> Self {
        // Stable: rows of one key stay in the file's order, and the last of them is kept.
        rows.sort_by_key(|row| row.key);
        rows.dedup_by(|later, kept| {
            let same = later.key == kept.key;
            if same {
                *kept = *later;
            }
            same
        });
        Self { sorted: rows }
    }

    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Position and hash of the item of this key.
    pub fn find(&self, key: u128) -> Option<(usize, u128)> {
        let at = self.sorted.binary_search_by_key(&key, |row| row.key).ok()?;
        Some((at, self.sorted[at].item))
    }

    pub fn multiset(&self) -> Multiset {
        self.sorted.iter().map(|row| row.item).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_map_that_is_written_to_row_by_row(rows in vec((0_u128..20, any::<u128>()), 0..60)) {
            let expected: BTreeMap<u128, u128> = rows.iter().copied().collect();
            let found = Fingerprints::new(rows.iter().map(|&(key, item)| Fingerprint { key, item }).collect());
            prop_assert_eq!(found.len(), expected.len());
            prop_assert_eq!(found.multiset(), expected.values().copied().collect::<Multiset>());
            for key in 0..20 {
                prop_assert_eq!(found.find(key).map(|(_, item)| item), expected.get(&key).copied());
            }
            let positions: Vec<_> = expected.keys().map(|&key| found.find(key).unwrap().0).collect();
            prop_assert_eq!(positions, (0..expected.len()).collect::<Vec<_>>());
        }
    }
}
