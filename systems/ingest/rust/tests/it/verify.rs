//! VerifyTables against a stand-in of S3 and DynamoDB.

use ingest::message::{Connection, Format};
use ingest::verify::event::{Answer, Difference, Event};
use ingest::verify::{Verifier, VerifyError};
use serde_json::{Value, json};

use crate::stand_in::StandIn;

const HEADER: &str = "registration_id,event_id,event_name,event_date,venue,attendee_name,attendee_email,ticket_type,amount_paid,payment_method,seat_section\n";

fn csv(rows: impl IntoIterator<Item = String>) -> Vec<u8> {
    HEADER.bytes().chain(rows.into_iter().flat_map(String::into_bytes)).collect()
}

fn row(id: usize, amount: &str) -> String {
    format!("R{id:05},E1,\"Café, \"\"live\"\"\",2026-05-01,Hall,Ann\u{1F3B5},a@example.com,VIP,{amount},card,\n")
}

/// What a load makes of [`row`], as DynamoDB gives it back.
fn item(id: usize, amount: &str) -> Value {
    let text = |value: &str| json!({"S": value});
    json!({
        "seat_section": text(""), "payment_method": text("card"), "amount_paid": {"N": amount}, "ticket_type": text("VIP"), "attendee_email": text("a@example.com"),
        "attendee_name": text("Ann\u{1F3B5}"), "venue": text("Hall"), "event_date": text("2026-05-01"), "event_name": text("Café, \"live\""), "event_id": text("E1"),
        "registration_id": text(&format!("R{id:05}")),
    })
}

async fn verified(stand_in: &StandIn, event: Event) -> Result<Answer, VerifyError> {
    let tables = ["Rust", "Python"].map(str::to_owned);
    Verifier { aws: stand_in.aws.clone(), bucket: "source".to_owned(), tables }.answer(&event).await
}

fn difference(key: &str, field: &str, left: Option<&str>, right: Option<&str>, table: &str) -> Difference {
    let [left, right] = [left, right].map(|side| side.map(str::to_owned));
    Difference { key: key.to_owned(), field: field.to_owned(), left, right, between: ["source".to_owned(), table.to_owned()] }
}

/// 500 rows in the bucket, and in both tables.
async fn loaded() -> StandIn {
    let stand_in = StandIn::start().await;
    let mut state = stand_in.state();
    state.objects.insert("source/registrations.csv".to_owned(), csv((0..500).map(|id| row(id, "78.10"))));
    let items: Vec<Value> = (0..500).rev().map(|id| item(id, "78.1")).collect();
    state.tables.insert("Rust".to_owned(), items.clone());
    state.tables.insert("Python".to_owned(), items);
    drop(state);
    stand_in
}

#[tokio::test]
async fn tables_that_hold_the_source_are_equal_whatever_the_order_and_the_weather() {
    let stand_in = loaded().await;
    stand_in.state().scan_fails_every = Some(4);
    let answer = verified(&stand_in, Event::default()).await.unwrap();
    assert!(answer.equal && answer.differences.is_empty(), "{answer:?}");
    assert_eq!((answer.source.key.as_str(), answer.source.items), ("registrations.csv", 500));
    for table in &answer.tables {
        assert_eq!((table.items, &table.hash, table.differing_items), (500, &answer.source.hash, 0));
    }
}

#[tokio::test]
async fn the_last_row_of_a_key_counts_and_bad_rows_do_not() {
    let stand_in = loaded().await;
    let rows = (0..500).map(|id| row(id, "1")).chain((0..500).map(|id| row(id, "7.81E1")));
    let bad =
        ["R9,short\n".to_owned(), row(600, "ten"), row(601, "123456789012345678901234567890123456789"), row(0, "1").replace("R00000", "")];
    stand_in.state().objects.insert("source/registrations.csv".to_owned(), csv(rows.chain(bad)));
    let answer = verified(&stand_in, Event::default()).await.unwrap();
    assert!(answer.equal, "{answer:?}");
    assert_eq!(answer.source.items, 500);
}

#[tokio::test]
async fn json_is_the_same_source() {
    let stand_in = loaded().await;
    let objects: Vec<Value> = (0..500)
        .map(|id| {
            let fields = item(id, "78.10").as_object().unwrap().clone();
            fields.into_iter().map(|(name, value)| (name, value["S"].as_str().map_or(json!("78.10"), |text| json!(text)))).collect()
        })
        .collect();
    stand_in.state().objects.insert("source/registrations.json".to_owned(), json!(objects).to_string().into_bytes());
    let csv = verified(&stand_in, Event::default()).await.unwrap();
    let json = verified(&stand_in, Event { format: Some(Format::Json), ..Event::default() }).await.unwrap();
    assert!(json.equal, "{json:?}");
    assert_eq!((json.source.key.as_str(), &json.source.hash), ("registrations.json", &csv.source.hash));
}

#[tokio::test]
async fn differences_are_named_by_key_and_field_and_told_to_the_page() {
    let stand_in = loaded().await;
    {
        let mut state = stand_in.state();
        let rust = state.tables.get_mut("Rust").unwrap();
        rust.retain(|item| item["registration_id"]["S"] != "R00007");
        let altered = rust.iter_mut().find(|item| item["registration_id"]["S"] == "R00003").unwrap();
        altered["venue"] = json!({"S": "hall"});
        altered["amount_paid"] = json!({"N": "78.11"});
        state.tables.get_mut("Python").unwrap().push(item(999, "5"));
        // As many as before, so that counts alone would not tell.
        state.tables.get_mut("Python").unwrap().retain(|item| item["registration_id"]["S"] != "R00003");
    }
    let connection = Connection { id: "page=".to_owned(), endpoint: "https://unused.example/live".to_owned() };
    let answer = verified(&stand_in, Event { connection: Some(connection), ..Event::default() }).await.unwrap();
    assert!(!answer.equal);
    assert_eq!(answer.tables.iter().map(|table| (table.items, table.differing_items)).collect::<Vec<_>>(), [(499, 2), (500, 2)]);
    let expected = [
        difference("R00003", "venue", Some("Hall"), Some("hall"), "Rust"),
        difference("R00003", "amount_paid", Some("78.10"), Some("78.11"), "Rust"),
        difference("R00003", "registration_id", Some("R00003"), None, "Python"),
        difference("R00007", "registration_id", Some("R00007"), None, "Rust"),
        difference("R00999", "registration_id", None, Some("R00999"), "Python"),
    ];
    assert_eq!(answer.differences, expected);
    let mut told = serde_json::to_value(&answer).unwrap();
    told["type"] = json!("verified");
    assert_eq!(stand_in.state().told["page="], [told]);
    let fewer = verified(&stand_in, Event { differences: Some(3), ..Event::default() }).await.unwrap();
    assert_eq!(fewer.differences, expected[..3]);
}

#[tokio::test]
async fn empty_tables_and_an_empty_source() {
    let stand_in = loaded().await;
    stand_in.state().tables.insert("Rust".to_owned(), Vec::new());
    let answer = verified(&stand_in, Event::default()).await.unwrap();
    assert_eq!((answer.equal, answer.tables[0].items, answer.tables[0].differing_items, answer.differences.len()), (false, 0, 500, 10));
    stand_in.state().objects.insert("source/registrations.csv".to_owned(), csv([]));
    stand_in.state().tables.insert("Python".to_owned(), Vec::new());
    assert!(verified(&stand_in, Event::default()).await.unwrap().equal);
}

#[tokio::test]
async fn a_gone_page_fails_nothing() {
    let stand_in = loaded().await;
    stand_in.state().gone.insert("page=".to_owned());
    let connection = Connection { id: "page=".to_owned(), endpoint: "https://unused.example/live".to_owned() };
    assert!(verified(&stand_in, Event { connection: Some(connection), ..Event::default() }).await.unwrap().equal);
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_names_it() {
    let told = |error: VerifyError| format!("{:#}", anyhow::Error::from(error));
    let stand_in = loaded().await;
    stand_in.state().tables.remove("Python");
    let error = told(verified(&stand_in, Event::default()).await.unwrap_err());
    assert!(error.contains("cannot scan table Python") && error.contains("ResourceNotFoundException"), "{error}");

    let stand_in = loaded().await;
    stand_in.state().objects.clear();
    let error = told(verified(&stand_in, Event::default()).await.unwrap_err());
    assert!(error.contains("cannot read s3://source/registrations.csv") && error.contains("404"), "{error}");

    let stand_in = loaded().await;
    stand_in.state().objects.insert("source/registrations.csv".to_owned(), csv([row(1, "1"), "R2,\"cut".to_owned()]));
    let error = told(verified(&stand_in, Event::default()).await.unwrap_err());
    assert!(error.contains("cannot be read to its end") && error.contains("cut short"), "{error}");
}

/// Of more than one piece, and replaced behind the first.
#[tokio::test]
async fn a_file_replaced_while_it_is_read_is_an_error() {
    let stand_in = loaded().await;
    {
        let mut state = stand_in.state();
        state.objects.insert("source/registrations.csv".to_owned(), csv((0..50_000).map(|id| row(id, "78.10"))));
        state.replacements.insert("source/registrations.csv".to_owned(), csv([row(1, "2")]));
        state.gets_until_replaced = Some(1);
    }
    let error = verified(&stand_in, Event::default()).await.unwrap_err();
    assert!(format!("{:#}", anyhow::Error::from(error)).contains("changed while it was read"));
}
