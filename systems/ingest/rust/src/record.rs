//! One registration: its eleven fields, when it is a bad row, and its text as a DynamoDB put.

use std::borrow::Cow;
use std::fmt;

use crate::decimal::Decimal;
use crate::limits::{ITEM_BYTES_MAX, KEY_BYTES_MAX};

/// Attribute names, in the order in which items are written.
pub const FIELDS: [&str; 11] = [
    "registration_id",
    "event_id",
    "event_name",
    "event_date",
    "venue",
    "attendee_name",
    "attendee_email",
    "ticket_type",
    "amount_paid",
    "payment_method",
    "seat_section",
];
/// Index of the partition key.
pub const KEY: usize = 0;
/// Index of the one number.
pub const AMOUNT: usize = 8;

/// What stands before each value in a put. The last one's end is [`PUT_END`].
const BEFORE: [&str; 11] = [
    r#"{"PutRequest":{"Item":{"registration_id":{"S":""#,
    r#""},"event_id":{"S":""#,
    r#""},"event_name":{"S":""#,
    r#""},"event_date":{"S":""#,
    r#""},"venue":{"S":""#,
    r#""},"attendee_name":{"S":""#,
    r#""},"attendee_email":{"S":""#,
    r#""},"ticket_type":{"S":""#,
    r#""},"amount_paid":{"N":""#,
    r#""},"payment_method":{"S":""#,
    r#""},"seat_section":{"S":""#,
];
const PUT_END: &str = r#""}}}}"#;

/// The values of a row, borrowed from the bytes that were read wherever nothing had to be unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// In the order of [`FIELDS`].
    pub values: [Cow<'a, str>; FIELDS.len()],
}

/// Why a row is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadRow {
    FieldCount {
        expected: usize,
        found: usize,
    },
    NotUtf8,
    NoKey,
    LongKey,
    Amount,
    TooLarge,
    /// Not an object of the eleven fields: what the JSON parser says.
    Json(String),
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount { expected, found } => write!(f, "{found} fields, the header has {expected}"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::NoKey => f.write_str("registration_id is empty"),
            Self::LongKey => write!(f, "registration_id is longer than {KEY_BYTES_MAX} bytes"),
            Self::Amount => f.write_str("amount_paid is not a decimal that DynamoDB stores"),
            Self::TooLarge => write!(f, "the item is larger than {ITEM_BYTES_MAX} bytes"),
            Self::Json(said) => write!(f, "not a registration: {said}"),
        }
    }
}

impl Record<'_> {
    pub fn key(&self) -> &str {
        &self.values[KEY]
    }

    /// Whether DynamoDB would take the item; the amount as it is to be written.
    ///
    /// # Errors
    /// Why it would not.
    pub fn check(&self) -> Result<Decimal<'_>, BadRow> {
        if self.key().is_empty() {
            return Err(BadRow::NoKey);
        }
        if self.key().len() > KEY_BYTES_MAX {
            return Err(BadRow::LongKey);
        }
        let amount = Decimal::parse(&self.values[AMOUNT]).ok_or(BadRow::Amount)?;
        let texts = self.values.iter().enumerate().filter(|(index, _)| *index != AMOUNT);
        let bytes: usize = FIELDS.iter().map(|name| name.len()).sum::<usize>() + texts.map(|(_, text)| text.len()).sum::<usize>();
        if bytes + amount.stored_bytes() > ITEM_BYTES_MAX {
            return Err(BadRow::TooLarge);
        }
        Ok(amount)
    }

    /// Appends the item as an element of a `BatchWriteItem` request.
    pub fn write_put(&self, amount: Decimal<'_>, body: &mut Vec<u8>) {
        for (index, (before, value)) in BEFORE.iter().zip(&self.values).enumerate() {
            body.extend_from_slice(before.as_bytes());
            if index == AMOUNT {
                amount.write(body);
            } else {
                write_escaped(value, body);
            }
        }
        body.extend_from_slice(PUT_END.as_bytes());
    }
}

/// Appends text as the inside of a JSON string.
pub(crate) fn write_escaped(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        if byte < 0x20 {
            out.extend_from_slice(br"\u00");
            out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        } else {
            out.extend_from_slice(&[b'\\', byte]);
        }
    }
    out.extend_from_slice(&bytes[copied..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn record(key: &str, amount: &str, other: &str) -> Record<'static> {
        let mut values: [Cow<'static, str>; 11] = std::array::from_fn(|_| Cow::Owned(other.to_owned()));
        values[KEY] = Cow::Owned(key.to_owned());
        values[AMOUNT] = Cow::Owned(amount.to_owned());
        Record { values }
    }

    #[test]
    fn bad_rows_say_why() {
        assert_eq!(record("", "1", "").check(), Err(BadRow::NoKey));
        assert_eq!(record(&"k".repeat(2049), "1", "").check(), Err(BadRow::LongKey));
        assert_eq!(record("k", "ten", "").check(), Err(BadRow::Amount));
        assert_eq!(record("k", "1", &"x".repeat(50_000)).check(), Err(BadRow::TooLarge));
        assert!(record("k", "1", "").check().is_ok());
    }

    proptest! {
        #[test]
        fn a_put_is_the_json_that_serde_writes(key in "\\PC{1,20}", other in any::<String>()) {
            let record = record(&key, "078.10", &other);
            let mut body = Vec::new();
            record.write_put(record.check().unwrap(), &mut body);
            let item: serde_json::Map<String, Value> = FIELDS.iter().zip(&record.values).enumerate()
                .map(|(index, (name, value))| ((*name).to_owned(), if index == AMOUNT { json!({"N": "078.10"}) } else { json!({"S": value}) })).collect();
            prop_assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"PutRequest": {"Item": item}}));
        }
    }
}
