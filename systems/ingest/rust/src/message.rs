//! What the functions are asked, what they answer, and what they tell the page on the way: the JSON that Rust, Python and the page agree on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a source file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    Json,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The object that a request without a key means.
    pub fn default_key(self) -> String {
        format!("registrations.{}", self.name())
    }
}

/// Which of the two functions speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Rust,
    Python,
}

/// A WebSocket connection to tell of progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub id: String,
    /// `https://{domainName}/{stage}`.
    pub endpoint: String,
}

/// What to do when the invocation's time is nearly over and rows are left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDeadline {
    /// Invoke this function again, asynchronously, with the checkpoint.
    #[default]
    Continue,
    /// Answer with the checkpoint.
    Return,
}

/// The event of `IngestRust` and `IngestPython`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadRequest {
    pub format: Format,
    #[serde(default)]
    pub key: Option<String>,
    #[serde(default)]
    pub run: Option<String>,
    #[serde(default)]
    pub connection: Option<Connection>,
    #[serde(default)]
    pub checkpoint: Option<Checkpoint>,
    #[serde(default)]
    pub on_deadline: Option<OnDeadline>,
}

impl LoadRequest {
    pub fn new(format: Format) -> Self {
        Self { format, key: None, run: None, connection: None, checkpoint: None, on_deadline: None }
    }
}

/// Rows counted: `records = written + rejected + duplicates`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of the source, without header and blank lines.
    pub records: u64,
    /// Items that the table has taken.
    pub written: u64,
    /// Bad rows: not written, but in the dead letters.
    pub rejected: u64,
    /// Rows that a later row of the same batch replaced before either was sent.
    pub duplicates: u64,
}

/// Where a load goes on: everything before `offset` is in the table, or in the dead letters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The version of the object that was read.
    pub etag: String,
    /// Its length.
    pub bytes: u64,
    /// A row boundary.
    pub offset: u64,
    /// Which invocation of the run comes next, from 0.
    pub invocation: u32,
    /// Column names of a CSV file.
    #[serde(default)]
    pub header: Option<Vec<String>>,
    pub counts: Counts,
    pub timings: LoadTimings,
    pub calls: Calls,
}

/// What a call cost, in milliseconds. Rust downloads and parses while it writes, so the parts are no sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadTimings {
    pub total_ms: f64,
    pub download_ms: f64,
    pub parse_ms: f64,
    pub write_ms: f64,
}

/// Calls made to the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// `BatchWriteItem` calls, all tries.
    pub batch_write: u64,
    /// Items that a call gave back.
    pub unprocessed_items: u64,
    /// Calls that were refused whole as too fast.
    pub throttled: u64,
    /// Tries after a failure that was no throttling, of any service.
    pub retries: u64,
}

/// An object in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectName {
    pub bucket: String,
    pub key: String,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// The answer of `IngestRust` and `IngestPython`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadAnswer {
    pub run: String,
    pub runtime: Language,
    pub format: Format,
    pub records: u64,
    pub written: u64,
    pub rejected: u64,
    pub duplicates: u64,
    pub dead_letters: Option<ObjectName>,
    /// `false`: rows are left, and `checkpoint` says from where.
    pub complete: bool,
    pub checkpoint: Option<Checkpoint>,
    /// Length of the source object.
    pub bytes: u64,
    pub timings: LoadTimings,
    pub calls: Calls,
    /// The function's memory size.
    pub memory_mb: u32,
}

/// Who a message of a run is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    pub run: String,
    pub runtime: Language,
    pub format: Format,
    pub memory_mb: u32,
}

/// What a loading function tells the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum LoadMessage {
    Started {
        #[serde(flatten)]
        speaker: Speaker,
        total_records: Option<u64>,
    },
    Progress {
        #[serde(flatten)]
        speaker: Speaker,
        /// Written so far: a multiple of 1,000.
        records: u64,
        elapsed_ms: f64,
        last_1000_ms: f64,
    },
    Finished(Box<LoadAnswer>),
    Failed {
        #[serde(flatten)]
        speaker: Speaker,
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_needs_only_its_format() {
        let request: LoadRequest = serde_json::from_value(json!({"format": "csv"})).unwrap();
        assert_eq!(request, LoadRequest::new(Format::Csv));
        let request: LoadRequest = serde_json::from_value(
            json!({"format": "json", "key": null, "on_deadline": "return", "connection": {"id": "a=", "endpoint": "https://x/live"}}),
        )
        .unwrap();
        assert_eq!(request.on_deadline, Some(OnDeadline::Return));
    }

    #[test]
    fn messages_carry_their_type_beside_their_fields() {
        let speaker = Speaker { run: "r".to_owned(), runtime: Language::Rust, format: Format::Csv, memory_mb: 128 };
        let message = LoadMessage::Progress { speaker, records: 1000, elapsed_ms: 5.0, last_1000_ms: 5.0 };
        let expected = json!({"type": "progress", "run": "r", "runtime": "rust", "format": "csv", "memory_mb": 128, "records": 1000, "elapsed_ms": 5.0, "last_1000_ms": 5.0});
        assert_eq!(serde_json::to_value(&message).unwrap(), expected);
        let back: LoadMessage = serde_json::from_value(expected).unwrap();
        assert_eq!(back, message);
    }
}
