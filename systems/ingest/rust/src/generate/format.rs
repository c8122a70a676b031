//! How a registration is written: as a CSV row, or as an element of a JSON array.

use super::draw::Registration;
use crate::message::Format;
use crate::record::{AMOUNT, FIELDS, write_escaped};

/// What Python's `csv.writer` and RFC 4180 end lines with.
pub(super) const CSV_LINE_END: &[u8] = b"\r\n";

pub(super) fn head(format: Format) -> String {
    match format {
        Format::Csv => format!("{}\r\n", FIELDS.join(",")),
        Format::Json => "[".to_owned(),
    }
}

pub(super) fn tail(format: Format) -> &'static str {
    match format {
        Format::Csv => "",
        Format::Json => "\n]\n",
    }
}

/// Appends one row to `line`, with what parts it from the row before.
pub(super) fn row(format: Format, record: &Registration, first: bool, line: &mut Vec<u8>) {
    match format {
        Format::Csv => csv_row(record, line),
        Format::Json => {
            line.extend_from_slice(if first { b"\n" } else { b",\n" });
            json_row(record, line);
        }
    }
}

fn csv_row(record: &Registration, line: &mut Vec<u8>) {
    for (number, value) in record.values().into_iter().enumerate() {
        if number > 0 {
            line.push(b',');
        }
        csv_field(value, line);
    }
    line.extend_from_slice(CSV_LINE_END);
}

/// What is not ASCII stays as it is.
fn json_row(record: &Registration, line: &mut Vec<u8>) {
    for (number, (field, value)) in FIELDS.into_iter().zip(record.values()).enumerate() {
        line.extend_from_slice(if number == 0 { b"{\"" } else { b",\"" });
        line.extend_from_slice(field.as_bytes());
        line.extend_from_slice(b"\": ");
        if number == AMOUNT {
            // A number, with its two decimals kept: 78.10.
            line.extend_from_slice(value.as_bytes());
        } else {
            line.push(b'"');
            write_escaped(value, line);
            line.push(b'"');
        }
    }
    line.push(b'}');
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
