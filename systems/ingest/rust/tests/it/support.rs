//! Files to load, and what a table must hold afterwards.

use std::collections::BTreeMap;

use ingest::load::Settings;
use ingest::message::Format;
use ingest::record::{AMOUNT, FIELDS, KEY};
use serde_json::{Value, json};

pub(crate) fn settings() -> Settings {
    Settings {
        source_bucket: "source".to_owned(),
        table: "registrations".to_owned(),
        function: Some("IngestRust".to_owned()),
        memory_mb: 1024,
        dead_letter_quota: 1_000,
    }
}

/// A value of a row. Keys repeat when `keys` is less than the number of rows.
fn value(row: usize, field: usize, keys: usize) -> String {
    match field {
        KEY => format!("REG-{:06}", row % keys),
        AMOUNT => format!("{}.{:02}", 1 + row % 300, row % 100),
        _ => format!("{} {row} \u{e9}", FIELDS[field]),
    }
}

pub(crate) fn file(format: Format, rows: usize, keys: usize) -> Vec<u8> {
    let rows = (0..rows).map(|row| -> Vec<String> { (0..FIELDS.len()).map(|field| value(row, field, keys)).collect() });
    match format {
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(FIELDS).expect("as the test made it");
            rows.for_each(|row| writer.write_record(row).expect("as the test made it"));
            writer.into_inner().expect("as the test made it")
        }
        Format::Json => {
            let objects = rows.map(|row| {
                let fields = FIELDS.iter().zip(&row).enumerate();
                let fields =
                    fields.map(
                        |(index, (name, value))| {
                            if index == AMOUNT { format!("\"{name}\":{value}") } else { format!("\"{name}\":{}", json!(value)) }
                        },
                    );
                format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
            });
            format!("[{}]", objects.collect::<Vec<_>>().join(",\n")).into_bytes()
        }
    }
}

/// The table after one obvious pass over the rows, one by one.
pub(crate) fn expected(rows: usize, keys: usize) -> BTreeMap<String, Value> {
    let mut table = BTreeMap::new();
    for row in 0..rows {
        let fields = FIELDS.iter().enumerate();
        let item: serde_json::Map<String, Value> = fields
            .map(|(field, name)| ((*name).to_owned(), json!({ if field == AMOUNT { "N" } else { "S" }: value(row, field, keys) })))
            .collect();
        table.insert(value(row, KEY, keys), Value::Object(item));
    }
    table
}
