//! Tables that take no more than they are given: what is refused, how, and that nothing is lost or written unseen.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem, WriteRequest};
use serde_json::json;

use super::{TABLE, client, create_table, ids, item, puts, refusal, text};
use crate::support::start_with_physics;

/// So slow that after the first operation, on credit, nothing is taken while a test runs.
const SLOW_PER_S: f64 = 0.01;
const SLOW_BURST_S: f64 = 1.0;

#[tokio::test]
async fn a_batch_beyond_the_capacity_is_written_in_part_and_in_order() {
    // 120 units a second, of which a fresh bucket holds a tenth of a second's.
    let services = start_with_physics(&json!({ "tables": { TABLE: { "write_per_s": 120, "burst_s": 0 } } }));
    let client = client(&services);
    create_table(&client, TABLE).await;
    let written = client.batch_write_item().request_items(TABLE, puts(0..25)).send().await.unwrap();
    let unprocessed = written.unprocessed_items.unwrap().remove(TABLE).unwrap();
    let count = 25 - unprocessed.len();
    assert!((12..25).contains(&count), "{count} items of 12 units, and what flowed in");
    assert_eq!(unprocessed, puts(count..25), "the rest, as it was sent");
    assert_eq!(ids(&client, TABLE).await, (0..count).map(|id| format!("{id:06}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_provisioned_table_without_capacity_says_so() {
    let services =
        start_with_physics(&json!({ "tables": { "*": { "write_per_s": SLOW_PER_S, "read_per_s": SLOW_PER_S, "burst_s": SLOW_BURST_S } } }));
    let client = client(&services);
    create_table(&client, TABLE).await;
    let put = || client.put_item().table_name(TABLE).set_item(Some(item("1")));
    put().send().await.unwrap();
    let (code, message) = refusal(&put().send().await.unwrap_err());
    assert_eq!(code, "ProvisionedThroughputExceededException");
    assert!(message.starts_with("The level of configured provisioned throughput for the table was exceeded."), "{message}");

    let batch = client.batch_write_item().request_items(TABLE, puts(0..10)).send().await.unwrap_err().into_service_error();
    assert!(batch.is_provisioned_throughput_exceeded_exception(), "{batch:?}");

    client.get_item().table_name(TABLE).key("id", text("1")).send().await.unwrap();
    let read = client.get_item().table_name(TABLE).key("id", text("1")).send().await.unwrap_err();
    let aws_sdk_dynamodb::operation::get_item::GetItemError::ProvisionedThroughputExceededException(read) = read.into_service_error()
    else {
        panic!("another error")
    };
    let reason = &read.throttling_reasons()[0];
    assert_eq!(reason.reason(), Some("TableReadProvisionedThroughputExceeded"));
    assert_eq!(reason.resource(), Some("arn:aws:dynamodb:us-east-1:123456789012:table/Registrations"));

    // What is wrong is refused as wrong, capacity or not.
    let wrong = client.batch_write_item().request_items(TABLE, puts([1, 1])).send().await.unwrap_err();
    assert_eq!(refusal(&wrong).0, "ValidationException");
    let unknown = client.put_item().table_name("Elsewhere").set_item(Some(item("1")));
    let _ = unknown.clone().send().await;
    assert_eq!(refusal(&unknown.send().await.unwrap_err()).0, "ResourceNotFoundException");
}

#[tokio::test]
async fn an_on_demand_table_without_capacity_throttles() {
    let services =
        start_with_physics(&json!({ "tables": { TABLE: { "write_per_s": SLOW_PER_S, "burst_s": SLOW_BURST_S, "mode": "on-demand" } } }));
    let client = client(&services);
    create_table(&client, TABLE).await;
    let put = |id| client.put_item().table_name(TABLE).set_item(Some(item(id)));
    put("1").send().await.unwrap();
    let error = put("2").send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ThrottlingException(error) = error else { panic!("{error:?}") };
    assert!(error.message().unwrap().starts_with("Throughput exceeds the current capacity of your table or index."));
    assert_eq!(error.throttling_reasons()[0].reason(), Some("TableWriteKeyRangeThroughputExceeded"));

    let put = Put::builder().table_name(TABLE).set_item(Some(item("3"))).build().unwrap();
    let transaction = client.transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
    let error = transaction.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.cancellation_reasons()[0].code(), Some("ThrottlingError"));
    assert_eq!(ids(&client, TABLE).await, ["1"]);
}

#[tokio::test]
async fn keys_beyond_the_capacity_are_handed_back() {
    let services = start_with_physics(&json!({ "tables": { TABLE: { "read_per_s": 30 } } }));
    let client = client(&services);
    create_table(&client, TABLE).await;
    client.batch_write_item().request_items(TABLE, puts(0..25)).send().await.unwrap();
    let keys = |ids: std::ops::Range<usize>| ids.map(|id| [("id".to_owned(), text(format!("{id:06}")))].into()).collect::<Vec<_>>();
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys(0..25))).consistent_read(true).build().unwrap();
    let read = client.batch_get_item().request_items(TABLE, wanted).send().await.unwrap();
    let count = read.responses().unwrap()[TABLE].len();
    assert!((3..25).contains(&count), "{count} items of 3 units, and what flowed in");
    let rest = &read.unprocessed_keys().unwrap()[TABLE];
    assert_eq!(rest.keys(), keys(count..25));
    assert_eq!(rest.consistent_read(), Some(true));
}

/// Sends a batch until everything is written; counts what was handed back.
async fn write_all(client: &Client, mut writes: Vec<WriteRequest>, refused: &AtomicUsize) {
    while !writes.is_empty() {
        let count = writes.len();
        match client.batch_write_item().request_items(TABLE, writes.clone()).send().await {
            Ok(written) => writes = written.unprocessed_items.unwrap_or_default().remove(TABLE).unwrap_or_default(),
            Err(error) => assert!(error.into_service_error().is_provisioned_throughput_exceeded_exception()),
        }
        refused.fetch_add(writes.len().min(count), Ordering::Relaxed);
        if !writes.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn many_writers_together_get_the_capacity_and_lose_nothing() {
    const PER_S: usize = 500;
    const ITEMS: usize = 1_500;
    let services = start_with_physics(&json!({ "tables": { TABLE: { "write_per_s": PER_S, "burst_s": 0 } } }));
    let client = client(&services);
    create_table(&client, TABLE).await;
    let refused = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let writers: Vec<_> = (0..ITEMS / 25)
        .map(|batch| {
            let (client, refused) = (client.clone(), Arc::clone(&refused));
            tokio::spawn(async move { write_all(&client, puts(batch * 25..(batch + 1) * 25), &refused).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let elapsed_s = start.elapsed().as_secs_f64();
    let least_s = (ITEMS - PER_S / 10 - 1) as f64 / PER_S as f64;
    assert!(elapsed_s >= least_s, "{ITEMS} items of {PER_S} a second were written in {elapsed_s} s");
    let ids = ids(&client, TABLE).await;
    assert_eq!(ids.len(), ITEMS);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ITEMS);
    assert!(refused.load(Ordering::Relaxed) > 0);
    let report = services.report();
    let writes = report.operations.iter().find(|row| row.operation == "BatchWriteItem").unwrap();
    assert_eq!(writes.counts.throttled, refused.load(Ordering::Relaxed) as u64);
    let table = &report.tables[0];
    assert_eq!((table.table.as_str(), table.write_units), (TABLE, ITEMS as f64));
    assert_eq!(table.unprocessed_items, writes.counts.throttled);
}
