//! What VerifyTables is asked and what it answers.

use serde::{Deserialize, Serialize};

use super::limits::{DIFFERENCES_DEFAULT, DIFFERENCES_MAX};
use crate::message::{Connection, Format};

/// `{"format", "differences", "connection"}`, each of which may be null or left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Which of the two files; null is CSV.
    pub format: Option<Format>,
    pub differences: Option<usize>,
    pub connection: Option<Connection>,
}

impl Event {
    pub fn shown(&self) -> usize {
        self.differences.unwrap_or(DIFFERENCES_DEFAULT).clamp(1, DIFFERENCES_MAX)
    }
}

/// Whether both tables hold exactly what the source says.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub equal: bool,
    pub tables: Vec<TableAnswer>,
    pub source: SourceAnswer,
    /// The first by key, then by table, then by field.
    pub differences: Vec<Difference>,
    pub timings: Timings,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct TableAnswer {
    pub name: String,
    pub items: u64,
    /// 32 hexadecimal digits.
    pub hash: String,
    /// Keys whose item is not the source's, or is on one side only.
    pub differing_items: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct SourceAnswer {
    pub key: String,
    /// Distinct keys of good rows.
    pub items: u64,
    pub hash: String,
}

/// One field of one key. Null on a side that has no such field; a missing item lacks its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub key: String,
    pub field: String,
    pub left: Option<String>,
    pub right: Option<String>,
    /// `["source", table]`.
    pub between: [String; 2],
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Timings {
    pub total_ms: u64,
    pub source_ms: u64,
    pub scan_ms: u64,
}
