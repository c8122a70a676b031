//! What is written, read again by the `csv` crate and serde_json.

use std::collections::HashSet;

use serde_json::{Map, Value};
use tempfile::TempDir;

use super::*;
use crate::record::FIELDS;
use crate::rows::{Parser, Step};

const SEED_CSV_BYTES: u64 = 7_800_000;
const SEED_JSON_BYTES: u64 = 17_100_000;
const FIRST_TWO: [&str; 2] = [
    "REG-0000001,EVT-20,Marlowe Finch Trio,2026-07-17,Blue Door Jazz Club,Leila Evans,leila.evans885@example.net,VIP,106.50,credit_card,Box 20",
    r#"REG-0000002,EVT-05,"Northern Lights Festival, Day 1",2026-05-22,"Lakeside Park, Oulu",Aoife Clarke,aoife.clarke374@example.org,General Admission,85.00,bank_transfer,Floor 21"#,
];

fn generated(records: u64, seed: u64, bad: u64) -> (TempDir, Generated) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { records, seed, bad, output: folder.path().to_path_buf(), formats: vec![Format::Csv, Format::Json] };
    let report = generate(&settings).unwrap();
    (folder, report)
}

fn bytes(folder: &TempDir, name: &str) -> Vec<u8> {
    std::fs::read(folder.path().join(name)).unwrap()
}

fn csv_rows(data: &[u8]) -> Vec<Vec<String>> {
    let mut reader = ::csv::Reader::from_reader(data);
    assert_eq!(reader.headers().unwrap(), FIELDS.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn within_one_percent(bytes: u64, of: u64) -> bool {
    bytes.abs_diff(of) * 100 <= of
}

#[test]
fn fifty_thousand_records_have_the_sizes_of_the_published_run() {
    let (folder, report) = generated(50_000, 1, 0);
    let [csv, json] = report.files.as_slice() else { panic!("not two files: {report:?}") };
    assert!(within_one_percent(csv.bytes, SEED_CSV_BYTES) && within_one_percent(json.bytes, SEED_JSON_BYTES), "{report:?}");
    for file in &report.files {
        assert_eq!(std::fs::metadata(&file.path).unwrap().len(), file.bytes);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
}

#[test]
fn csv_and_json_hold_the_same_records() {
    let (folder, _) = generated(5_000, 7, 0);
    let rows = csv_rows(&bytes(&folder, "registrations.csv"));
    let text = bytes(&folder, "registrations.json");
    let objects: Vec<Map<String, Value>> = serde_json::from_slice(&text).unwrap();
    assert_eq!((rows.len(), objects.len()), (5_000, 5_000));
    for (row, object) in rows.iter().zip(&objects) {
        assert_eq!(object.keys().map(String::as_str).collect::<Vec<_>>(), FIELDS);
        for ((field, value), wanted) in object.iter().zip(row) {
            match value {
                Value::Number(amount) => {
                    assert_eq!(field, "amount_paid");
                    assert_eq!(amount.as_f64().unwrap(), wanted.parse::<f64>().unwrap());
                }
                text => assert_eq!(text.as_str().unwrap(), wanted),
            }
        }
    }
    // A number as text: with both decimals.
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\"amount_paid\": 78.10,"), "an amount has lost its zero");
}

#[test]
fn records_are_plausible() {
    let (folder, _) = generated(20_000, 3, 0);
    let data = bytes(&folder, "registrations.csv");
    let rows = csv_rows(&data);
    let column = |number: usize| rows.iter().map(|row| row[number].as_str()).collect::<HashSet<_>>();
    assert_eq!(column(0).len(), 20_000, "every registration has a key of its own");
    assert_eq!((column(1).len(), column(2).len()), (30, 30));
    assert!(rows.iter().any(|row| !row[5].is_ascii()) && rows.iter().all(|row| row[6].is_ascii()));
    assert!(rows.iter().any(|row| row[4].contains('"') && row[4].contains(',')), "no venue needs quotes");
    assert!(rows.iter().any(|row| row[9].is_empty() && row[8] == "0.00"), "nobody was invited");
    assert!(String::from_utf8(data).unwrap().contains(r#","The ""Boiler Room"", Leeds","#));
}

#[test]
fn a_seed_decides_every_byte() {
    let (first, _) = generated(2_000, 11, 5);
    let (again, _) = generated(2_000, 11, 5);
    let (other, _) = generated(2_000, 12, 5);
    for name in ["registrations.csv", "registrations.json", "bad.ndjson"] {
        assert_eq!(bytes(&first, name), bytes(&again, name), "{name}");
        assert_ne!(bytes(&first, name), bytes(&other, name), "{name}");
    }
}

#[test]
fn bad_rows_stand_where_they_are_listed_and_change_no_record() {
    let (plain, _) = generated(500, 5, 0);
    let (mixed, report) = generated(500, 5, 20);
    assert_eq!((report.bad, report.files.len()), (20, 3));
    let data = bytes(&mixed, "registrations.csv");
    let listed = String::from_utf8(bytes(&mixed, "bad.ndjson")).unwrap();
    let mut good = Vec::new();
    let mut end = 0;
    let mut reasons = HashSet::new();
    for line in listed.lines() {
        let bad: Value = serde_json::from_str(line).unwrap();
        let place = |field: &str| usize::try_from(bad[field].as_u64().unwrap()).unwrap();
        let (start, length) = (place("offset"), place("bytes"));
        good.extend_from_slice(&data[end..start]);
        end = start + length + format::CSV_LINE_END.len();
        assert_eq!(&data[end - 2..end], format::CSV_LINE_END);
        let rows_before = ::csv::ReaderBuilder::new().flexible(true).from_reader(&data[..start]).into_byte_records().count();
        assert_eq!(place("row"), rows_before + 1);
        reasons.insert(bad["reason"].as_str().unwrap().to_owned());
    }
    good.extend_from_slice(&data[end..]);
    assert_eq!(reasons.len(), 8, "every kind of fault is there: {reasons:?}");
    assert_eq!(good, bytes(&plain, "registrations.csv"));
    assert_eq!(bytes(&mixed, "registrations.json"), bytes(&plain, "registrations.json"));
}

#[test]
fn the_loader_finds_exactly_the_bad_rows() {
    let (folder, _) = generated(300, 2, 16);
    let listed = String::from_utf8(bytes(&folder, "bad.ndjson")).unwrap();
    let listed = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let listed: Vec<_> = listed.map(|bad| (bad["row"].as_u64().unwrap(), bad["offset"].as_u64().unwrap())).collect();
    let mut parser = Parser::new(Format::Csv);
    parser.push(&bytes(&folder, "registrations.csv"));
    parser.end();
    let (mut found, mut number) = (Vec::new(), 0);
    while let Step::Row(row) = parser.step().unwrap() {
        number += 1;
        if row.record.and_then(|record| record.check().map(|_| ())).is_err() {
            found.push((number, row.offset));
        }
    }
    assert_eq!(number, 316);
    assert_eq!(found, listed);
}

#[test]
fn the_first_records_never_change() {
    let (folder, _) = generated(2, 1, 0);
    let text = String::from_utf8(bytes(&folder, "registrations.csv")).unwrap();
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), FIRST_TWO, "benchmarks of different days would be of different data");
}

#[test]
fn no_records_are_files_that_can_be_read() {
    let (folder, _) = generated(0, 1, 0);
    assert!(csv_rows(&bytes(&folder, "registrations.csv")).is_empty());
    assert_eq!(serde_json::from_slice::<Value>(&bytes(&folder, "registrations.json")).unwrap(), serde_json::json!([]));
}

#[test]
fn bad_rows_need_the_csv_file() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { records: 1, seed: 1, bad: 1, output: folder.path().to_path_buf(), formats: vec![Format::Json] };
    assert!(matches!(generate(&settings), Err(GenerateError::BadWithoutCsv)));
}
