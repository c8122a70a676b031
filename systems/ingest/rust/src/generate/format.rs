//! How a registration is written: as a CSV row, or as an element of a JSON array.

use std::fmt;
use std::io::Write as _;

use super::FIELDS;
use super::draw::Registration;

/// What Python's `csv.writer` and RFC 4180 end lines with.
pub(super) const CSV_LINE_END: &[u8] = b"\r\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    Csv,
    Json,
}

impl FileFormat {
    pub const ALL: [Self; 2] = [Self::Csv, Self::Json];

    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "registrations.csv",
            Self::Json => "registrations.json",
        }
    }

    pub(super) fn head(self) -> String {
        match self {
            Self::Csv => format!("{}\r\n", FIELDS.join(",")),
            Self::Json => "[".to_owned(),
        }
    }

    pub(super) fn tail(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => "\n]\n",
        }
    }

    /// Appends one row to `line`, with what parts it from the row before.
    pub(super) fn row(self, record: &Registration, first: bool, line: &mut Vec<u8>) {
        match self {
            Self::Csv => {
                for (number, value) in record.values().into_iter().enumerate() {
                    if number > 0 {
                        line.push(b',');
                    }
                    csv_field(value, line);
                }
                line.extend_from_slice(CSV_LINE_END);
            }
            Self::Json => {
                line.extend_from_slice(if first { b"\n{" } else { b",\n{" });
                for (number, (field, value)) in FIELDS.into_iter().zip(record.values()).enumerate() {
                    if number > 0 {
                        line.push(b',');
                    }
                    line.extend_from_slice(format!("\"{field}\": ").as_bytes());
                    if field == "amount_paid" {
                        // A number, with its two decimals kept: 78.10.
                        line.extend_from_slice(value.as_bytes());
                    } else {
                        json_string(value, line);
                    }
                }
                line.push(b'}');
            }
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Csv => "csv",
            Self::Json => "json",
        })
    }
}

/// Quoted only where the value needs it, as spreadsheets and Python's `csv.writer` do.
pub(super) fn csv_field(value: &str, line: &mut Vec<u8>) {
    if !value.contains([',', '"', '\r', '\n']) {
        return line.extend_from_slice(value.as_bytes());
    }
    line.push(b'"');
    line.extend_from_slice(value.replace('"', "\"\"").as_bytes());
    line.push(b'"');
}

/// What is not ASCII stays as it is.
fn json_string(value: &str, line: &mut Vec<u8>) {
    line.push(b'"');
    for byte in value.bytes() {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            0..=0x1f => {
                let escaped = write!(line, "\\u{byte:04x}");
                debug_assert!(escaped.is_ok(), "a Vec takes every write");
            }
            _ => line.push(byte),
        }
    }
    line.push(b'"');
}
