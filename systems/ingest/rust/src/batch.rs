//! Up to 25 puts, written straight into the body of their `BatchWriteItem` request.
//!
//! DynamoDB refuses a whole batch in which a key occurs twice, so a row replaces an earlier one of its key in the batch: the last wins, as it would one by one.

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

use crate::decimal::Decimal;
use crate::limits::{BATCH_BYTES_MAX, BATCH_ITEMS_MAX};
use crate::record::{Record, write_escaped};

/// A partition key's hash. Two keys with one hash only wait for each other, or are written once too often; what is dropped is compared as text.
pub type KeyHash = u64;

pub fn key_hash(key: &str) -> KeyHash {
    xxh3_64(key.as_bytes())
}

/// One put of a request body.
#[derive(Clone, Debug)]
pub struct Put<T> {
    pub key: KeyHash,
    /// Its text in the body.
    pub start: usize,
    pub end: usize,
    /// Whatever its owner wants to know about it again.
    pub tag: T,
}

/// A request body that is being written.
#[derive(Debug)]
pub struct Batch<T> {
    body: Vec<u8>,
    puts: Vec<Put<T>>,
    empty_bytes: usize,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    New,
    /// In place of an earlier row of the same key.
    Replaced,
}

impl<T> Batch<T> {
    /// An empty batch for a table.
    pub fn new(table: &str, expected_bytes: usize) -> Self {
        let mut body = Vec::with_capacity(expected_bytes);
        body.extend_from_slice(br#"{"RequestItems":{""#);
        write_escaped(table, &mut body);
        body.extend_from_slice(br#"":["#);
        Self { empty_bytes: body.len(), body, puts: Vec::with_capacity(BATCH_ITEMS_MAX) }
    }

    pub fn len(&self) -> usize {
        self.puts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.puts.is_empty()
    }

    /// No further item belongs in.
    pub fn is_full(&self) -> bool {
        self.puts.len() >= BATCH_ITEMS_MAX || self.body.len() >= BATCH_BYTES_MAX
    }

    pub fn bytes(&self) -> usize {
        self.body.len() - self.empty_bytes
    }

    /// Writes a row that [`Record::check`] has passed.
    pub fn add(&mut self, record: &Record<'_>, amount: Decimal<'_>, tag: T) -> Added {
        let key = key_hash(record.key());
        let start = self.body.len();
        record.write_put(amount, &mut self.body);
        let end = self.body.len();
        self.body.push(b',');
        let earlier = self.puts.iter().position(|put| put.key == key && self.same_key(put, start));
        self.puts.push(Put { key, start, end, tag });
        match earlier {
            Some(index) => {
                self.remove(index);
                Added::Replaced
            }
            None => Added::New,
        }
    }

    /// Adds a put that another batch has written.
    pub fn add_written(&mut self, key: KeyHash, put: &[u8], tag: T) {
        let start = self.body.len();
        self.body.extend_from_slice(put);
        self.puts.push(Put { key, start, end: self.body.len(), tag });
        self.body.push(b',');
    }

    /// Closes the request. It must not be empty.
    pub fn seal(mut self) -> (Bytes, Vec<Put<T>>) {
        assert!(!self.puts.is_empty(), "DynamoDB refuses an empty batch");
        self.body.pop();
        self.body.extend_from_slice(b"]}}");
        (self.body.into(), self.puts)
    }

    /// The key is the first attribute of each put and texts are escaped in one way, so equal keys are equal up to the first quote of the value's end.
    fn same_key(&self, put: &Put<T>, start: usize) -> bool {
        let earlier = &self.body[put.start..put.end];
        let later = &self.body[start..];
        let marker = br#""},"event_id":"#;
        let end = later.windows(marker.len()).position(|window| window == marker).unwrap_or(later.len());
        earlier.get(..end + marker.len()).is_some_and(|earlier| earlier == &later[..end + marker.len()])
    }

    fn remove(&mut self, index: usize) {
        let put = self.puts.remove(index);
        let gone = put.end + 1 - put.start;
        self.body.drain(put.start..=put.end);
        for later in &mut self.puts[index..] {
            later.start -= gone;
            later.end -= gone;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::record::{AMOUNT, FIELDS, KEY};

    fn record(key: &str, venue: &str) -> Record<'static> {
        let mut values: [Cow<'static, str>; FIELDS.len()] = std::array::from_fn(|_| Cow::Owned(venue.to_owned()));
        values[KEY] = Cow::Owned(key.to_owned());
        values[AMOUNT] = Cow::Borrowed("1.50");
        Record { values }
    }

    proptest! {
        /// The oracle is a map: last wins.
        #[test]
        fn a_batch_holds_each_key_once_with_its_last_row(rows in prop::collection::vec(("[ab\"\\\\,]{1,2}", ".{0,8}"), 1..25)) {
            let mut batch = Batch::new("T\"able", 0);
            let mut expected = BTreeMap::new();
            for (number, (key, venue)) in rows.iter().enumerate() {
                let record = record(key, venue);
                let added = batch.add(&record, record.check().unwrap(), number);
                prop_assert_eq!(added == Added::Replaced, expected.insert(key.clone(), (venue.clone(), number)).is_some());
            }
            let (body, puts) = batch.seal();
            let request: Value = serde_json::from_slice(&body).unwrap();
            let items = request["RequestItems"]["T\"able"].as_array().unwrap();
            prop_assert_eq!(items.len(), expected.len());
            for (put, item) in puts.iter().zip(items) {
                let own: Value = serde_json::from_slice(&body[put.start..put.end]).unwrap();
                prop_assert_eq!(&own, item);
                let item = &item["PutRequest"]["Item"];
                let key = item["registration_id"]["S"].as_str().unwrap();
                prop_assert_eq!(put.key, key_hash(key));
                let (venue, number) = &expected[key];
                prop_assert_eq!((item["venue"]["S"].as_str().unwrap(), put.tag), (venue.as_str(), *number));
            }
        }
    }
}
