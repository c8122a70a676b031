//! What AWS refuses is refused, in its words.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};

use super::{Item, TABLE, client, create_table, ids, item, put, puts, refusal, text};
use crate::support::start;

const VALIDATION: &str = "ValidationException";

#[tokio::test]
async fn batches_of_wrong_shape() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    let batch = |writes: Vec<WriteRequest>| client.batch_write_item().request_items(TABLE, writes).send();

    let (code, message) = refusal(&batch(puts(0..26)).await.unwrap_err());
    assert_eq!(code, VALIDATION);
    assert!(message.contains("Member must have length less than or equal to 25"), "{message}");

    let delete = DeleteRequest::builder().key("id", text("000001")).build().unwrap();
    let delete = WriteRequest::builder().delete_request(delete).build();
    for twice in [puts([1, 2, 1]), [puts([1]), vec![delete]].concat()] {
        let refused = refusal(&batch(twice).await.unwrap_err());
        assert_eq!(refused, (VALIDATION.to_owned(), "Provided list of item keys contains duplicates".to_owned()));
    }
    let (code, _) = refusal(&batch(vec![]).await.unwrap_err());
    assert_eq!(code, VALIDATION);
    let unknown = client.batch_write_item().request_items("Elsewhere", puts(0..1)).send().await.unwrap_err();
    assert_eq!(refusal(&unknown).0, "ResourceNotFoundException");
    assert!(ids(&client, TABLE).await.is_empty(), "a refused batch writes nothing");
}

#[tokio::test]
async fn items_of_wrong_size_key_or_number() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    let with = |id: &str, name: &str, value: AttributeValue| -> Item {
        let mut item = item(id);
        item.insert(name.to_owned(), value);
        item
    };
    let digits = |count: usize| AttributeValue::N("1".repeat(count));
    // An item's size is that of names and values: this one's is its blob and 22 bytes.
    let blob = |bytes: usize| AttributeValue::B(Blob::new(vec![7; bytes]));
    let others = "id".len() + "1".len() + "amount_paid".len() + 3 + "blob".len();
    let cases = [
        (with("1", "blob", blob(400 * 1024 - others + 1)), "Item size has exceeded the maximum allowed size"),
        (
            with("", "other", text("x")),
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
        ),
        (with("1", "number", digits(39)), "Attempting to store more than 38 significant digits in a Number"),
        (with("1", "number", AttributeValue::N("12a".into())), "The parameter cannot be converted to a numeric value: 12a"),
        (
            with("1", "number", AttributeValue::N("1e126".into())),
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (with("1", "set", AttributeValue::Ss(vec![])), "One or more parameter values were invalid: An string set  may not be empty"),
    ];
    for (wrong, expected) in cases {
        let single = client.put_item().table_name(TABLE).set_item(Some(wrong.clone())).send().await.unwrap_err();
        let (code, message) = refusal(&single);
        assert_eq!(code, VALIDATION);
        assert!(message.ends_with(expected), "PutItem: {message} instead of {expected}");
        let batch = client.batch_write_item().request_items(TABLE, vec![put(item("good")), put(wrong)]).send().await.unwrap_err();
        let (code, message) = refusal(&batch);
        assert_eq!(code, VALIDATION);
        assert!(message.ends_with(expected), "BatchWriteItem: {message} instead of {expected}");
    }
    assert!(ids(&client, TABLE).await.is_empty());
    for right in [with("1", "blob", blob(400 * 1024 - others)), with("2", "number", digits(38)), with("3", "empty", text(""))] {
        client.put_item().table_name(TABLE).set_item(Some(right)).send().await.unwrap();
    }
}

#[tokio::test]
async fn pages_are_of_one_megabyte() {
    let services = start();
    let client = client(&services);
    create_table(&client, TABLE).await;
    for id in 0..5 {
        let mut large = item(&id.to_string());
        large.insert("text".to_owned(), text("x".repeat(300 * 1024)));
        client.put_item().table_name(TABLE).set_item(Some(large)).send().await.unwrap();
    }
    let page = client.scan().table_name(TABLE).send().await.unwrap();
    assert!(page.last_evaluated_key().is_some() && page.count() < 5, "{} items", page.count());
    assert_eq!(ids(&client, TABLE).await.len(), 5);
}
