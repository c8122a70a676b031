//! What works, works as it does on AWS.

use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::client::Waiters as _;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, DeleteRequest, Get, KeysAndAttributes, Put, ReturnConsumedCapacity, ReturnValue, StreamSpecification,
    StreamViewType, Tag, TimeToLiveSpecification, TransactGetItem, TransactWriteItem, WriteRequest,
};
use ferry_services::{Resource, Services, ServicesSettings};
use serde_json::json;

use super::{TABLE, client, create_table, ids, item, put, puts, refusal, text};
use crate::support::{ask, settings, start};

#[tokio::test]
async fn a_table_is_active_at_once_and_named_by_the_settings_account() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    client.wait_until_table_exists().table_name(TABLE).wait(Duration::from_secs(30)).await.unwrap();
    let table = client.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    assert_eq!(table.table_status().unwrap().as_str(), "ACTIVE");
    assert_eq!(table.table_arn(), Some("arn:aws:dynamodb:us-east-1:123456789012:table/Registrations"));
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), [TABLE]);

    let arn = table.table_arn().unwrap();
    client.tag_resource().resource_arn(arn).tags(Tag::builder().key("team").value("seats").build().unwrap()).send().await.unwrap();
    let tags = client.list_tags_of_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags()[0].value(), "seats");

    client.delete_table().table_name(TABLE).send().await.unwrap();
    let gone = client.get_item().table_name(TABLE).key("id", text("1")).send().await.unwrap_err();
    assert_eq!(refusal(&gone), ("ResourceNotFoundException".to_owned(), "Requested resource not found".to_owned()));
}

#[tokio::test]
async fn items_are_written_changed_read_and_deleted() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    client.put_item().table_name(TABLE).set_item(Some(item("1"))).send().await.unwrap();
    let update = client.update_item().table_name(TABLE).key("id", text("1"));
    let update =
        update.update_expression("SET seats = :n ADD amount_paid :n").expression_attribute_values(":n", AttributeValue::N("2".into()));
    let updated = update.return_values(ReturnValue::AllNew).send().await.unwrap().attributes.unwrap();
    assert_eq!(updated["amount_paid"], AttributeValue::N("80.1".into()));

    let read = client.get_item().table_name(TABLE).key("id", text("1")).consistent_read(true).send().await.unwrap();
    assert_eq!(read.item, Some(updated));
    let query = client.query().table_name(TABLE).key_condition_expression("id = :id").expression_attribute_values(":id", text("1"));
    assert_eq!(query.send().await.unwrap().count(), 1);

    let twice = client.put_item().table_name(TABLE).set_item(Some(item("1"))).condition_expression("attribute_not_exists(id)");
    let (code, message) = refusal(&twice.send().await.unwrap_err());
    assert_eq!((code.as_str(), message.as_str()), ("ConditionalCheckFailedException", "The conditional request failed"));

    client.delete_item().table_name(TABLE).key("id", text("1")).send().await.unwrap();
    assert_eq!(client.scan().table_name(TABLE).send().await.unwrap().count(), 0);
}

#[tokio::test]
async fn batches_are_written_and_read_with_the_capacity_they_used() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    let write = client.batch_write_item().request_items(TABLE, puts(0..25));
    let written = write.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    assert!(written.unprocessed_items().unwrap().is_empty());
    assert_eq!(written.consumed_capacity()[0].capacity_units(), Some(25.0));
    assert!(written.consumed_capacity()[0].table().is_none(), "TOTAL has no details");

    let keys = (0..30).map(|id| [("id".to_owned(), text(format!("{id:06}")))].into()).collect();
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build().unwrap();
    let read = client.batch_get_item().request_items(TABLE, keys).send().await.unwrap();
    assert_eq!(read.responses().unwrap()[TABLE].len(), 25);
    assert!(read.consumed_capacity().is_empty(), "not asked for");
    assert_eq!(ids(&client, TABLE).await.len(), 25);
}

/// A batch of puts into a plain table takes a way of its own, a batch with a delete does not: both leave the same table.
#[tokio::test]
async fn both_ways_of_a_batch_write_the_same() {
    let services = start();
    let client = client(&services);
    let mut scans = Vec::new();
    for (table, with_delete) in [("Plain", false), ("Mixed", true)] {
        create_table(&client, table).await;
        for amount in ["1.50", "0078.10", "1e3"] {
            let mut writes: Vec<_> = (0..10)
                .map(|id| {
                    let mut item = item(&id.to_string());
                    item.insert("amount_paid".to_owned(), AttributeValue::N(amount.to_owned()));
                    item.insert("tags".to_owned(), AttributeValue::Ss(vec!["b".to_owned(), "a".to_owned()]));
                    put(item)
                })
                .collect();
            if with_delete {
                let delete = DeleteRequest::builder().key("id", text("none")).build().unwrap();
                writes.push(WriteRequest::builder().delete_request(delete).build());
            }
            client.batch_write_item().request_items(table, writes).send().await.unwrap();
        }
        let mut items = client.scan().table_name(table).send().await.unwrap().items.unwrap();
        items.sort_by_key(|item| item["id"].as_s().unwrap().clone());
        scans.push(items);
    }
    assert_eq!(scans[0].len(), 10);
    assert_eq!(scans[0], scans[1]);
}

#[tokio::test]
async fn transactions_are_all_or_nothing() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    let put = |id: &str| {
        let put = Put::builder().table_name(TABLE).set_item(Some(item(id))).condition_expression("attribute_not_exists(id)");
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    };
    client.transact_write_items().transact_items(put("1")).transact_items(put("2")).send().await.unwrap();
    let delete = Delete::builder().table_name(TABLE).key("id", text("2")).build().unwrap();
    let delete = TransactWriteItem::builder().delete(delete).build();
    let cancelled = client.transact_write_items().transact_items(put("1")).transact_items(delete).send().await.unwrap_err();
    let cancelled = cancelled.into_service_error();
    assert!(cancelled.is_transaction_canceled_exception(), "{cancelled:?}");
    assert_eq!(ids(&client, TABLE).await, ["1", "2"]);

    let get = |id: &str| TransactGetItem::builder().get(Get::builder().table_name(TABLE).key("id", text(id)).build().unwrap()).build();
    let read = client.transact_get_items().transact_items(get("1")).transact_items(get("3")).send().await.unwrap();
    assert_eq!(read.responses().iter().map(|response| response.item().is_some()).collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn time_to_live_streams_and_statements() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    let ttl = TimeToLiveSpecification::builder().attribute_name("expires").enabled(true).build().unwrap();
    client.update_time_to_live().table_name(TABLE).time_to_live_specification(ttl).send().await.unwrap();
    let described = client.describe_time_to_live().table_name(TABLE).send().await.unwrap();
    assert_eq!(described.time_to_live_description().unwrap().attribute_name(), Some("expires"));

    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewImage).build().unwrap();
    let updated = client.update_table().table_name(TABLE).stream_specification(stream).send().await.unwrap();
    let arn = updated.table_description.unwrap().latest_stream_arn.unwrap();
    assert!(arn.starts_with("arn:aws:dynamodb:us-east-1:123456789012:table/Registrations/stream/"), "{arn}");
    let streams = streams(&services, "ListStreams", &json!({ "TableName": TABLE }));
    assert!(streams.contains(&arn), "{streams}");

    let insert = client.execute_statement().statement(format!("INSERT INTO \"{TABLE}\" VALUE {{'id': 'p'}}"));
    insert.send().await.unwrap();
    let select = client.execute_statement().statement(format!("SELECT * FROM \"{TABLE}\" WHERE id = 'p'"));
    assert_eq!(select.send().await.unwrap().items().len(), 1);
}

#[test]
fn an_answer_is_json_1_0_with_its_sum() {
    let services = start();
    let answer = streams(&services, "ListStreams", &json!({}));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/x-amz-json-1.0"), "{head}");
    assert!(head.contains(&format!("x-amz-crc32: {}", crc32fast::hash(body.as_bytes()))), "{head} {body}");
    let unknown = streams(&services, "NoSuchThing", &json!({}));
    assert!(unknown.starts_with("HTTP/1.1 400") && unknown.contains("#UnknownOperationException"), "{unknown}");
}

#[tokio::test]
async fn tables_of_a_data_folder_outlive_the_services() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| Services::start(ServicesSettings { data_dir: Some(path.to_owned()), ..settings() }).unwrap();
    let request = json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    let resource = [Resource::Table { name: TABLE.to_owned(), request, time_to_live: None }];
    let services = open(folder.path());
    services.create(&resource).unwrap();
    client(&services).put_item().table_name(TABLE).set_item(Some(item("1"))).send().await.unwrap();
    drop(services);
    let services = open(folder.path());
    services.create(&resource).unwrap();
    assert_eq!(ids(&client(&services), TABLE).await, ["1"]);
}

/// The answer of a raw request of the streams' API, for which the Rust SDK is a crate of its own.
fn streams(services: &Services, operation: &str, body: &serde_json::Value) -> String {
    let body = body.to_string();
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.0\r\n\
                authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\n";
    let target = format!("x-amz-target: DynamoDBStreams_20120810.{operation}\r\ncontent-length: {}\r\n\r\n", body.len());
    ask(services, &format!("{head}{target}{body}"))
}

#[tokio::test]
async fn only_a_megabyte_ends_a_page() {
    // Of items so small that many of them fit into a page.
    const ITEMS: usize = 4_500;
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    let tiny = |number: usize| {
        let put = aws_sdk_dynamodb::types::PutRequest::builder().item("id", text(number.to_string())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    for batch in (0..ITEMS).collect::<Vec<_>>().chunks(25) {
        client.batch_write_item().request_items(TABLE, batch.iter().copied().map(tiny).collect()).send().await.unwrap();
    }
    let page = client.scan().table_name(TABLE).send().await.unwrap();
    assert_eq!((page.count(), page.last_evaluated_key()), (4_500, None));
    let capacity = client.scan().table_name(TABLE).return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    // 4,500 items of 2 bytes and up to 4 digits are 27 KB, in halves of 4 KB.
    assert_eq!(capacity.consumed_capacity().unwrap().capacity_units(), Some(3.5));
}
