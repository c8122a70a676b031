//! Both parsers give the same rows wherever the file is cut into pieces; the `csv` crate and `serde_json` are the oracles.

use ingest::message::Format;
use ingest::record::{AMOUNT, BadRow, FIELDS, KEY};
use ingest::rows::{Parser, SourceError, Step};
use proptest::prelude::*;
use proptest::sample::Index;

/// A row as a test compares it.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Good(Box<[String; FIELDS.len()]>),
    Bad(BadRow),
}

/// Everything a parser gives of a file that comes in these pieces.
fn rows(mut parser: Parser, pieces: &[&[u8]]) -> (Vec<(u64, u64, Seen)>, Option<SourceError>) {
    let (mut seen, mut pieces) = (Vec::new(), pieces.iter());
    loop {
        match parser.step() {
            Ok(Step::Row(row)) => {
                let record = match row.record {
                    Ok(record) => Seen::Good(Box::new(record.values.map(String::from))),
                    Err(bad) => Seen::Bad(bad),
                };
                seen.push((row.offset, row.end, record));
            }
            Ok(Step::More) => match pieces.next() {
                Some(piece) => parser.push(piece),
                None => parser.end(),
            },
            Ok(Step::End) => return (seen, None),
            Err(error) => return (seen, Some(error)),
        }
    }
}

fn whole(format: Format, file: &[u8]) -> (Vec<(u64, u64, Seen)>, Option<SourceError>) {
    rows(Parser::new(format), &[file])
}

fn cut<'a>(file: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(file.len() + 1)).chain([0, file.len()]).collect();
    at.sort_unstable();
    at.windows(2).map(|ends| &file[ends[0]..ends[1]]).collect()
}

fn header() -> String {
    FIELDS.join(",")
}

/// A row whose every field but the key and the amount is `text`.
fn csv_row(key: &str, text: &str) -> String {
    let fields = (0..FIELDS.len()).map(|field| match field {
        KEY => key.to_owned(),
        AMOUNT => "1.50".to_owned(),
        _ => text.to_owned(),
    });
    fields.collect::<Vec<_>>().join(",")
}

fn good(seen: &[(u64, u64, Seen)], row: usize) -> &[String; FIELDS.len()] {
    match &seen[row].2 {
        Seen::Good(values) => values,
        Seen::Bad(bad) => panic!("row {row} is bad: {bad}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Bytes that are mostly structure: quotes, commas, line ends of every kind.
    #[test]
    fn csv_rows_are_those_of_the_csv_crate(body in "[\",\r\na\u{e9}]{0,120}", cuts in prop::collection::vec(any::<Index>(), 0..6)) {
        let file = format!("{}\n{body}", header());
        let (seen, error) = whole(Format::Csv, file.as_bytes());
        prop_assert_eq!(&rows(Parser::new(Format::Csv), &cut(file.as_bytes(), &cuts)), &(seen.clone(), error.clone()));
        let mut oracle = csv::ReaderBuilder::new().flexible(true).from_reader(file.as_bytes());
        let expected: Vec<csv::StringRecord> = oracle.records().map(|record| record.expect("as the test made it")).collect();
        // The oracle takes a quote without an end for a row that ends with the file.
        prop_assert_eq!(seen.len() + usize::from(error.is_some()), expected.len());
        for ((_, _, seen), expected) in seen.iter().zip(&expected) {
            match seen {
                Seen::Good(values) => prop_assert_eq!(values.to_vec(), expected.iter().collect::<Vec<_>>()),
                Seen::Bad(bad) => prop_assert_eq!(bad, &BadRow::FieldCount { expected: FIELDS.len(), found: expected.len() }),
            }
        }
    }

    #[test]
    fn csv_goes_on_behind_any_row(texts in prop::collection::vec("[a\u{1F600}]{0,5}|\"[a,\r\n]{0,9}\"", 1..8), at in any::<Index>()) {
        let lines: Vec<String> = texts.iter().map(|text| csv_row("k", text)).collect();
        let file = format!("{}\r\n{}\r\n", header(), lines.join("\r\n"));
        let (seen, error) = whole(Format::Csv, file.as_bytes());
        prop_assert_eq!((seen.len(), error), (texts.len(), None));
        let stop = at.index(seen.len());
        let end = seen[stop].1;
        let names: Vec<String> = FIELDS.iter().map(|name| (*name).to_owned()).collect();
        let parser = Parser::resume(Format::Csv, Some(&names), end).expect("as the test made it");
        prop_assert_eq!(&rows(parser, &[&file.as_bytes()[usize::try_from(end).expect("as the test made it")..]]).0, &seen[stop + 1..]);
    }

    #[test]
    fn json_rows_are_those_of_serde_json(
        texts in prop::collection::vec(any::<String>(), 0..8), spaces in "[ \n\t]{0,3}", cuts in prop::collection::vec(any::<Index>(), 0..6), at in any::<Index>()
    ) {
        let objects: Vec<String> = texts.iter().map(|text| json_object("k", text, "78.10")).collect();
        let file = format!("{spaces}[{spaces}{}{spaces}]{spaces}", objects.join(&format!("{spaces},{spaces}")));
        let (seen, error) = whole(Format::Json, file.as_bytes());
        prop_assert_eq!(&rows(Parser::new(Format::Json), &cut(file.as_bytes(), &cuts)), &(seen.clone(), error.clone()));
        prop_assert_eq!((seen.len(), error), (texts.len(), None));
        let oracle: Vec<serde_json::Value> = serde_json::from_str(&file).expect("as the test made it");
        for (row, expected) in oracle.iter().enumerate() {
            for (field, value) in FIELDS.iter().zip(good(&seen, row)) {
                prop_assert_eq!(expected[field].as_str().unwrap_or("78.10"), value);
            }
        }
        if !seen.is_empty() {
            let stop = at.index(seen.len());
            let end = seen[stop].1;
            let rest = rows(Parser::resume(Format::Json, None, end).expect("as the test made it"), &[&file.as_bytes()[usize::try_from(end).expect("as the test made it")..]]);
            prop_assert_eq!(&rest.0, &seen[stop + 1..]);
        }
    }

    #[test]
    fn no_bytes_make_a_parser_panic_or_depend_on_the_pieces(
        file in prop::collection::vec(prop::sample::select(b"[]{}\",:\\\r\n 1a\xff\xEF\xBB\xBF".to_vec()), 0..60), cuts in prop::collection::vec(any::<Index>(), 0..6)
    ) {
        for format in [Format::Csv, Format::Json] {
            prop_assert_eq!(rows(Parser::new(format), &cut(&file, &cuts)), whole(format, &file));
        }
        let file = [header().as_bytes(), b"\n", &file].concat();
        prop_assert_eq!(rows(Parser::new(Format::Csv), &cut(&file, &cuts)), whole(Format::Csv, &file));
    }
}

fn json_object(key: &str, text: &str, amount: &str) -> String {
    let fields = FIELDS.iter().enumerate().map(|(field, name)| {
        let value = match field {
            KEY => serde_json::to_string(key).expect("as the test made it"),
            AMOUNT => amount.to_owned(),
            _ => serde_json::to_string(text).expect("as the test made it"),
        };
        format!("\"{name}\": {value}")
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

#[test]
fn csv_traps() {
    let names = header();
    let (nul, quoted) = (csv_row("nul", "a\0b"), csv_row("quoted", "\"a \"\"b\"\",\r\nc\""));
    let (unicode, ragged) = (csv_row("\u{1F600}", "Z\u{fc}rich"), "only,three,fields");
    let file = format!("\u{feff}{names}\r\n\r\n{nul}\r\n{quoted}\n\n{unicode}\r{ragged}\n{}", csv_row("last", ""));
    let (seen, error) = whole(Format::Csv, file.as_bytes());
    assert_eq!((seen.len(), error), (5, None));
    assert_eq!(good(&seen, 0)[1], "a\0b");
    assert_eq!(good(&seen, 1)[1], "a \"b\",\r\nc");
    assert_eq!(good(&seen, 2)[KEY], "\u{1F600}");
    assert_eq!(seen[3].2, Seen::Bad(BadRow::FieldCount { expected: 11, found: 3 }));
    let (from, to) = (usize::try_from(seen[3].0).expect("as the test made it"), usize::try_from(seen[3].1).expect("as the test made it"));
    assert_eq!(&file[from..to], "only,three,fields\n");
    assert_eq!(good(&seen, 4)[2], "");
}

#[test]
fn csv_columns_come_in_any_order_but_all_of_them_once() {
    let mut names = FIELDS.to_vec();
    names.reverse();
    let file = format!("{}\n{}\n", names.join(","), (0..11).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    let (seen, _) = whole(Format::Csv, file.as_bytes());
    assert_eq!((good(&seen, 0)[KEY].as_str(), good(&seen, 0)[10].as_str()), ("10", "0"));
    let missing = FIELDS[..10].join(",");
    assert_eq!(whole(Format::Csv, missing.as_bytes()).1, Some(SourceError::MissingColumn { name: "seat_section" }));
    let twice = format!("{},venue", header());
    assert_eq!(whole(Format::Csv, twice.as_bytes()).1, Some(SourceError::UnknownColumn { name: "venue".to_owned() }));
}

#[test]
fn a_file_cut_short_gives_what_is_complete_and_says_where() {
    let csv = format!("{}\n{}\n", header(), csv_row("a", "x"));
    let open = format!("{csv}b,\"never closed\nmore,\n");
    let (seen, error) = whole(Format::Csv, open.as_bytes());
    assert_eq!((seen.len(), error), (1, Some(SourceError::CutShort { offset: csv.len() as u64 })));
    let json = format!("[{}, {{\"registration_id\": ", json_object("a", "x", "1"));
    let (seen, error) = whole(Format::Json, json.as_bytes());
    let offset = json.rfind('{').expect("as the test made it") as u64;
    assert_eq!((seen.len(), error), (1, Some(SourceError::CutShort { offset })));
}

#[test]
fn a_json_element_that_is_no_registration_costs_only_itself() {
    let good_one = json_object("a", "x", "1e2");
    let elements = ["17", "\"]\"", "null", "[{}]", "{}", "{\"a\" 1}", &good_one.replace("venue", "place"), "{\"b\": \"\u{0}\"}", &good_one];
    let file = format!("[{}]", elements.join(","));
    let (seen, error) = whole(Format::Json, file.as_bytes());
    assert_eq!((seen.len(), error), (elements.len(), None));
    assert!(seen[..8].iter().all(|(_, _, row)| matches!(row, Seen::Bad(BadRow::Json(_)))), "{seen:?}");
    assert_eq!(good(&seen, 8)[AMOUNT], "1e2");
}

#[test]
fn a_row_too_large_to_keep_is_passed_over_in_bounded_memory() {
    let huge = "x".repeat(5_000_000);
    let csv = format!("{}\n{}\n{}\n", header(), csv_row("a", &format!("\"{huge}\n\"")), csv_row("b", "y"));
    let (seen, error) = rows(Parser::new(Format::Csv), &csv.as_bytes().chunks(65_536).collect::<Vec<_>>());
    assert_eq!((seen.len(), error), (2, None));
    assert_eq!((&seen[0].2, good(&seen, 1)[KEY].as_str()), (&Seen::Bad(BadRow::TooLarge), "b"));
    assert_eq!(seen[0].1, seen[1].0);
    let json = format!("[{},{}]", json_object("a", &huge, "1"), json_object("b", "y", "1"));
    let (seen, error) = rows(Parser::new(Format::Json), &json.as_bytes().chunks(65_536).collect::<Vec<_>>());
    assert_eq!((seen.len(), error), (2, None));
    assert_eq!((&seen[0].2, good(&seen, 1)[KEY].as_str()), (&Seen::Bad(BadRow::TooLarge), "b"));
}
