//! Rows that a loader must not write: one of each kind in turn, and what is wrong with it.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draw::Draw;
use super::format::csv_field;
use crate::limits::ITEM_BYTES_MAX;
use crate::record::{AMOUNT, KEY};

/// Index of a text that may be anything.
const ATTENDEE_NAME: usize = 5;

/// A row without its line end, and its fault.
pub(super) struct BadRow {
    pub(super) raw: Vec<u8>,
    reason: &'static str,
}

impl BadRow {
    /// The `number`-th bad row of a file. Kinds go round, so that a few rows already have each of them.
    pub(super) fn draw(rng: &mut Rng, number: u64) -> Self {
        let record = Draw::new(rng.u64(..)).next();
        let mut fields: Vec<Vec<u8>> = record.values().iter().map(|value| value.as_bytes().to_vec()).collect();
        // Were one of them written after all, it would not hide behind a good record.
        fields[KEY] = format!("BAD-{number:08}").into_bytes();
        let reason = match number % 8 {
            0 => {
                fields.pop();
                "a field is missing"
            }
            1 => {
                fields.push(b"surplus".to_vec());
                "there is a field too many"
            }
            2 => {
                fields[KEY].clear();
                "registration_id is empty"
            }
            3 => {
                fields[AMOUNT] = b"seventy-eight".to_vec();
                "amount_paid is not a decimal"
            }
            4 => {
                fields[AMOUNT] = "1".repeat(39).into_bytes();
                "amount_paid has 39 significant digits"
            }
            5 => {
                fields[AMOUNT] = b"1E+126".to_vec();
                "amount_paid is too large for DynamoDB"
            }
            6 => {
                fields[ATTENDEE_NAME] = b"Zo\xeb (Latin-1)".to_vec();
                "attendee_name is not UTF-8"
            }
            _ => {
                fields[ATTENDEE_NAME] = vec![b'n'; ITEM_BYTES_MAX];
                "the item is over 400 KB"
            }
        };
        Self { raw: row(&fields), reason }
    }

    /// As a line of `bad.ndjson`: `row` counts the rows after the header from 1, `offset` is where it begins in the file.
    pub(super) fn listed(&self, row: u64, offset: u64) -> Value {
        json!({ "row": row, "offset": offset, "bytes": self.raw.len(), "reason": self.reason })
    }
}

fn row(fields: &[Vec<u8>]) -> Vec<u8> {
    let mut raw = Vec::new();
    for (number, field) in fields.iter().enumerate() {
        if number > 0 {
            raw.push(b',');
        }
        match std::str::from_utf8(field) {
            Ok(text) => csv_field(text, &mut raw),
            Err(_) => raw.extend_from_slice(field),
        }
    }
    raw
}
