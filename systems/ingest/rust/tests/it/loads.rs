//! Loads that end well, and those that end with the right error.

use std::time::Duration;

use ingest::load::load;
use ingest::message::{Connection, Counts, Format, LoadRequest, OnDeadline};
use serde_json::{Value, json};

use crate::fake::{Capacity, Fake, Fault};
use crate::support::{expected, file, settings};

fn counts(answer: &ingest::message::LoadAnswer) -> Counts {
    Counts { records: answer.records, written: answer.written, rejected: answer.rejected, duplicates: answer.duplicates }
}

fn ndjson(fake: &Fake, run: &str) -> Vec<Value> {
    let state = fake.state();
    let object = &state.objects[&format!("/source/dead-letters/{run}.ndjson")];
    std::str::from_utf8(&object.bytes)
        .expect("as the test made it")
        .lines()
        .map(|line| serde_json::from_str(line).expect("as the test made it"))
        .collect()
}

#[tokio::test]
async fn both_formats_load_whole() {
    for format in [Format::Csv, Format::Json] {
        let fake = Fake::start().await;
        let bytes = file(format, 10_003, 10_003);
        assert!(bytes.len() > 2 * 512 * 1024, "several parts");
        fake.put(&format.default_key(), bytes.clone());
        let answer = load(&fake.aws, &settings(), &LoadRequest::new(format), None).await.expect("as the test made it");
        assert_eq!(counts(&answer), Counts { records: 10_003, written: 10_003, rejected: 0, duplicates: 0 });
        assert!(answer.complete && answer.checkpoint.is_none() && answer.dead_letters.is_none());
        assert_eq!((answer.bytes, answer.calls.batch_write), (bytes.len() as u64, 401));
        assert!(fake.state().table == expected(10_003, 10_003), "the table is another");
    }
}

#[tokio::test]
async fn the_last_row_of_a_key_wins_as_one_by_one() {
    for keys in [1, 3, 26, 40, 700] {
        let fake = Fake::start().await;
        fake.put("registrations.csv", file(Format::Csv, 3_000, keys));
        fake.script(|operation, number| match (operation, number % 5) {
            ("BatchWriteItem", 1) => Some(Fault::GiveBack(7)),
            ("BatchWriteItem", 3) => Some(Fault::Status(500)),
            _ => None,
        });
        let answer = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.expect("as the test made it");
        assert_eq!((answer.records, answer.written + answer.duplicates), (3_000, 3_000));
        assert!(fake.state().table == expected(3_000, keys), "{keys} keys: an earlier row overtook a later one");
    }
}

#[tokio::test]
async fn an_empty_object_and_a_header_alone_are_no_records() {
    for bytes in [Vec::new(), file(Format::Csv, 0, 1)] {
        let fake = Fake::start().await;
        fake.put("registrations.csv", bytes);
        let answer = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.expect("as the test made it");
        assert_eq!((counts(&answer), answer.complete), (Counts::default(), true));
    }
}

#[tokio::test]
async fn bad_rows_go_to_the_dead_letters_with_row_and_offset() {
    let fake = Fake::start().await;
    let text = String::from_utf8(file(Format::Csv, 100, 100)).expect("as the test made it");
    let mut lines: Vec<&str> = text.lines().collect();
    let too_long = lines[50].replacen("50.49", "123456789012345678901234567890123456789", 1);
    lines.insert(3, "ragged,row");
    lines[52] = &too_long;
    let text = lines.join("\n");
    let mut bytes = text.clone().into_bytes();
    bytes.extend_from_slice(b"\n\xff\xfe,x\n");
    fake.put("registrations.csv", bytes);
    let request = LoadRequest { run: Some("r1".to_owned()), ..LoadRequest::new(Format::Csv) };
    let answer = load(&fake.aws, &settings(), &request, None).await.expect("as the test made it");
    assert_eq!(counts(&answer), Counts { records: 102, written: 99, rejected: 3, duplicates: 0 });
    assert_eq!(answer.dead_letters.expect("as the test made it").key, "dead-letters/r1.ndjson");
    let letters = ndjson(&fake, "r1");
    let at = |needle: &str| text.find(needle).expect("as the test made it");
    assert_eq!(letters[0], json!({"row": 3, "offset": at("ragged"), "raw": "ragged,row", "reason": "2 fields, the header has 11"}));
    assert_eq!((&letters[1]["row"], &letters[1]["reason"]), (&json!(52), &json!("amount_paid is not a decimal that DynamoDB stores")));
    assert_eq!((&letters[2]["offset"], &letters[2]["reason"]), (&json!(text.len() + 1), &json!("not UTF-8")));
}

#[tokio::test]
async fn more_bad_rows_than_the_quota_end_the_load_after_the_dead_letters() {
    let fake = Fake::start().await;
    let mut bytes = file(Format::Csv, 60, 60);
    bytes.extend_from_slice("bad\n".repeat(20).as_bytes());
    fake.put("registrations.csv", bytes);
    let request = LoadRequest { run: Some("r2".to_owned()), ..LoadRequest::new(Format::Csv) };
    let few = ingest::load::Settings { dead_letter_quota: 5, ..settings() };
    let error = load(&fake.aws, &few, &request, None).await.unwrap_err().in_full();
    assert!(error.contains("6 bad rows") && error.contains("quota of 5"), "{error}");
    assert_eq!(ndjson(&fake, "r2").len(), 6);
    assert_eq!(fake.state().table.len(), 60);
}

#[tokio::test]
async fn a_file_cut_short_is_written_as_far_as_it_goes_and_is_an_error() {
    for (format, end) in [(Format::Csv, "\"open"), (Format::Json, "")] {
        let fake = Fake::start().await;
        let mut bytes = file(format, 200, 200);
        bytes.truncate(bytes.len() - 1);
        let offset = bytes.len() + 1;
        if format == Format::Csv {
            bytes.extend_from_slice(b"\n");
        }
        bytes.extend_from_slice(end.as_bytes());
        let offset = if format == Format::Csv { offset } else { bytes.len() };
        fake.put(&format.default_key(), bytes);
        let error = load(&fake.aws, &settings(), &LoadRequest::new(format), None).await.unwrap_err().in_full();
        assert!(error.contains("cut short") && error.contains(&format!("byte {offset} ")), "{error}");
        assert!(fake.state().table == expected(200, 200));
    }
}

#[tokio::test]
async fn an_object_replaced_while_it_is_read_is_an_error_that_says_so() {
    let fake = Fake::start().await;
    fake.put("registrations.csv", file(Format::Csv, 40_000, 40_000));
    let etag = fake.state().objects["/source/registrations.csv"].etag.clone();
    let aws = fake.aws.clone();
    let load = tokio::spawn(async move { load(&aws, &settings(), &LoadRequest::new(Format::Csv), None).await });
    fake.served(10).await;
    fake.put("registrations.csv", file(Format::Csv, 39_000, 39_000));
    assert_ne!(etag, fake.state().objects["/source/registrations.csv"].etag);
    let error = load.await.expect("as the test made it").unwrap_err().in_full();
    assert!(error.contains("changed while it was read (412"), "{error}");
    assert!(!fake.state().objects.keys().any(|key| key.contains("dead-letters")));
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let fake = Fake::start().await;
    let error = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.unwrap_err().in_full();
    assert!(error.contains("s3://source/registrations.csv") && error.contains("NoSuchKey"), "{error}");
}

#[tokio::test]
async fn near_its_deadline_a_load_stops_and_goes_on_from_the_checkpoint() {
    for format in [Format::Csv, Format::Json] {
        let fake = Fake::start().await;
        let mut bytes = file(format, 4_000, 4_000);
        if format == Format::Csv {
            bytes.extend_from_slice(b"bad,row\n");
        }
        fake.put(&format.default_key(), bytes);
        fake.state().capacity = Some(Capacity::new(1_000.0));
        let mut request = LoadRequest { run: Some("r3".to_owned()), on_deadline: Some(OnDeadline::Return), ..LoadRequest::new(format) };
        let mut invocations = 0;
        let answer = loop {
            let answer = load(&fake.aws, &settings(), &request, Some(Duration::from_millis(1_500))).await.expect("as the test made it");
            invocations += 1;
            if answer.complete {
                break answer;
            }
            let checkpoint = answer.checkpoint.clone().expect("as the test made it");
            assert_eq!(checkpoint.counts.written, answer.written);
            // An event is JSON: what goes on is what was read back.
            request.checkpoint =
                serde_json::from_value(serde_json::to_value(checkpoint).expect("as the test made it")).expect("as the test made it");
        };
        assert!(invocations >= 2, "{invocations} invocations");
        let rejected = u64::from(format == Format::Csv);
        assert_eq!(counts(&answer), Counts { records: 4_000 + rejected, written: 4_000, rejected, duplicates: 0 });
        assert!(fake.state().table == expected(4_000, 4_000));
        assert!(answer.timings.total_ms > 1_000.0 && answer.calls.batch_write >= 160);
        if format == Format::Csv {
            assert_eq!(ndjson(&fake, "r3")[0]["row"], 4_001);
        }
    }
}

#[tokio::test]
async fn near_its_deadline_a_load_invokes_itself_with_the_checkpoint() {
    let fake = Fake::start().await;
    fake.put("registrations.csv", file(Format::Csv, 3_000, 3_000));
    fake.state().capacity = Some(Capacity::new(500.0));
    let answer = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), Some(Duration::from_millis(1_500)))
        .await
        .expect("as the test made it");
    assert!(!answer.complete);
    let next: LoadRequest =
        serde_json::from_value(fake.state().invocations.pop().expect("as the test made it")).expect("as the test made it");
    assert_eq!((next.run, next.checkpoint), (Some(answer.run), answer.checkpoint));
}

#[tokio::test]
async fn a_load_that_gets_nowhere_does_not_invoke_itself_for_ever() {
    let fake = Fake::start().await;
    fake.put("registrations.csv", file(Format::Csv, 3_000, 3_000));
    fake.script(|operation, _| (operation == "BatchWriteItem").then_some(Fault::Throttle));
    let error = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), Some(Duration::from_millis(800))).await.unwrap_err();
    assert!(error.to_string().contains("no farther"), "{error}");
    assert!(fake.state().invocations.is_empty());
}

#[tokio::test]
async fn the_page_hears_of_every_thousand_and_of_the_end() {
    let fake = Fake::start().await;
    fake.put("registrations.json", file(Format::Json, 3_500, 3_500));
    let connection = Some(Connection { id: "abc=".to_owned(), endpoint: "https://unused.example/live".to_owned() });
    let request = LoadRequest { connection, run: Some("r4".to_owned()), ..LoadRequest::new(Format::Json) };
    let answer = load(&fake.aws, &settings(), &request, None).await.expect("as the test made it");
    let messages = std::mem::take(&mut fake.state().messages);
    let kinds: Vec<(&str, u64)> = messages
        .iter()
        .map(|message| (message["type"].as_str().expect("as the test made it"), message["records"].as_u64().unwrap_or(0)))
        .collect();
    assert_eq!(kinds, [("started", 0), ("progress", 1_000), ("progress", 2_000), ("progress", 3_000), ("finished", 3_500)]);
    let mut finished = serde_json::to_value(&answer).expect("as the test made it");
    finished["type"] = json!("finished");
    assert_eq!(messages[4], finished);
    assert!(messages.iter().all(|message| message["run"] == "r4" && message["memory_mb"] == 1024 && message["runtime"] == "rust"));
}

#[tokio::test]
async fn a_page_that_is_gone_or_fails_or_never_answers_costs_nothing_but_the_last_wait() {
    for fault in [Fault::Status(410), Fault::Status(500), Fault::Reset { after: false }, Fault::Silence] {
        let fake = Fake::start().await;
        fake.put("registrations.csv", file(Format::Csv, 12_000, 12_000));
        fake.script(move |operation, _| (operation == "PostToConnection").then_some(fault));
        let connection = Some(Connection { id: "abc=".to_owned(), endpoint: "https://unused.example/live".to_owned() });
        let request = LoadRequest { connection, ..LoadRequest::new(Format::Csv) };
        let answer = load(&fake.aws, &settings(), &request, None).await.expect("as the test made it");
        assert_eq!(answer.written, 12_000);
        let most = if fault == Fault::Status(410) { 1 } else { 3 };
        assert!((1..=most).contains(&fake.calls("PostToConnection")), "{fault:?}: {} calls", fake.calls("PostToConnection"));
    }
}
