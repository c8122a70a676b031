//! What every user of queues does.

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName,
    QueueAttributeName, SendMessageBatchRequestEntry,
};
use ferry_services::Resource;

use super::{bodies, client, counts, create, delete, receive, send};
use crate::support::{start, start_with_physics};

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    assert_eq!(url, format!("{}/123456789012/jobs", services.url()));
    let id = send(&client, &url, "grüße").await;
    let received = receive(&client, &url).await;
    assert_eq!(bodies(&received), ["grüße"]);
    assert_eq!(received[0].message_id(), Some(id.as_str()));
    assert!(receive(&client, &url).await.is_empty(), "it is in flight");
    assert_eq!(counts(&client, &url).await, [0, 1, 0]);
    delete(&client, &url, &received[0]).await;
    delete(&client, &url, &received[0]).await;
    assert_eq!(counts(&client, &url).await, [0, 0, 0]);
    // Any host and port: a template's URL names the port inside of a sandbox.
    send(&client, "http://127.0.0.1:4566/123456789012/jobs", "again").await;
    assert_eq!(counts(&client, &url).await, [1, 0, 0]);
}

#[tokio::test]
async fn attributes_come_back_with_their_sums_as_asked_for() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    let text = |kind: &str, value: &str| MessageAttributeValue::builder().data_type(kind).string_value(value).build().unwrap();
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 255])).build().unwrap();
    let send = client.send_message().queue_url(&url).message_body("This is a test message").message_group_id("tenant");
    let send = send.message_attributes("a.one", text("String", "x")).message_attributes("a.two", text("Number.int", "7"));
    let sent = send.message_attributes("b", bytes.clone()).send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("fafb00f5732ab283681e124bf8747ed1"));
    // Sums made by hand with Python's hashlib.
    assert_eq!(sent.md5_of_message_attributes(), Some("5c36950a2316515c8d56c57d4a091a64"));
    let receive = client.receive_message().queue_url(&url).message_attribute_names("a.*").visibility_timeout(0);
    let part = receive.send().await.unwrap().messages.unwrap();
    assert_eq!(part[0].md5_of_message_attributes(), Some("19b8400d1f89a18f7dfd892b52f5f98f"));
    assert_eq!(part[0].message_attributes().unwrap().len(), 2);
    assert!(part[0].attributes().is_none());
    let receive = client.receive_message().queue_url(&url).message_attribute_names("All");
    let all = receive.message_system_attribute_names(MessageSystemAttributeName::All).send().await.unwrap().messages.unwrap();
    assert_eq!(all[0].message_attributes().unwrap()["b"], bytes);
    let system = all[0].attributes().unwrap();
    assert_eq!(system[&MessageSystemAttributeName::ApproximateReceiveCount], "2");
    assert_eq!(system[&MessageSystemAttributeName::SenderId], "test");
    assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "tenant");
    let sent_ms: u64 = system[&MessageSystemAttributeName::SentTimestamp].parse().unwrap();
    assert!(system[&MessageSystemAttributeName::ApproximateFirstReceiveTimestamp].parse::<u64>().unwrap() >= sent_ms);
    assert_ne!(all[0].receipt_handle(), part[0].receipt_handle());
}

#[tokio::test]
async fn an_older_handle_deletes_nothing_and_is_no_error() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[(QueueAttributeName::VisibilityTimeout, "0")]).await;
    send(&client, &url, "x").await;
    let first = receive(&client, &url).await;
    let second = receive(&client, &url).await;
    delete(&client, &url, &first[0]).await;
    assert_eq!(counts(&client, &url).await, [1, 0, 0]);
    delete(&client, &url, &second[0]).await;
    assert_eq!(counts(&client, &url).await, [0, 0, 0]);
}

#[tokio::test]
async fn batches_tell_of_each_entry() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    let entry = |id: &str, body: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap();
    let batch = client.send_message_batch().queue_url(&url);
    let told = batch.entries(entry("a", "one")).entries(entry("b", "\u{1}")).entries(entry("c", "three")).send().await.unwrap();
    let ids: Vec<&str> = told.successful().iter().map(|done| done.id()).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!((told.failed()[0].id(), told.failed()[0].code(), told.failed()[0].sender_fault()), ("b", "InvalidMessageContents", true));

    let received = receive(&client, &url).await;
    assert_eq!(bodies(&received), ["one", "three"]);
    let change = client.change_message_visibility_batch().queue_url(&url);
    let back = |id: &str, handle: &str| {
        ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle).visibility_timeout(0).build().unwrap()
    };
    let handles: Vec<&str> = received.iter().map(|message| message.receipt_handle().unwrap()).collect();
    let told = change.entries(back("a", handles[0])).entries(back("b", "rubbish")).send().await.unwrap();
    assert_eq!((told.successful().len(), told.failed()[0].code()), (1, "ReceiptHandleIsInvalid"));
    assert_eq!(counts(&client, &url).await, [1, 1, 0]);
    let gone = |id: &str, handle: &str| DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap();
    let told = client.delete_message_batch().queue_url(&url).entries(gone("a", handles[0])).entries(gone("b", handles[1])).send().await;
    assert_eq!(told.unwrap().successful().len(), 2);
    assert_eq!(counts(&client, &url).await, [0, 0, 0]);
}

#[tokio::test]
async fn queues_are_found_listed_tagged_purged_and_deleted() {
    let services = start();
    let client = client(&services);
    for name in ["jobs-1", "jobs-2", "jobs-3", "other"] {
        create(&client, name, &[(QueueAttributeName::DelaySeconds, "1")]).await;
    }
    let url = create(&client, "jobs-1", &[(QueueAttributeName::DelaySeconds, "1")]).await;
    let page = client.list_queues().queue_name_prefix("jobs").max_results(2).send().await.unwrap();
    assert_eq!(page.queue_urls().len(), 2);
    let rest = client.list_queues().queue_name_prefix("jobs").max_results(2).next_token(page.next_token().unwrap()).send().await.unwrap();
    assert!(rest.queue_urls()[0].ends_with("/jobs-3") && rest.queue_urls().len() == 1 && rest.next_token().is_none(), "{rest:?}");
    assert_eq!(client.get_queue_url().queue_name("jobs-1").send().await.unwrap().queue_url, Some(url.clone()));

    client.tag_queue().queue_url(&url).tags("team", "a").tags("stage", "b").send().await.unwrap();
    client.untag_queue().queue_url(&url).tag_keys("stage").send().await.unwrap();
    let tags = client.list_queue_tags().queue_url(&url).send().await.unwrap().tags.unwrap();
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("team".to_owned(), "a".to_owned())]);

    let set = client.set_queue_attributes().queue_url(&url).attributes(QueueAttributeName::MaximumMessageSize, "1024");
    set.send().await.unwrap();
    let all = client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All).send().await.unwrap();
    let told = |name: QueueAttributeName| all.attributes().unwrap()[&name].clone();
    assert_eq!(told(QueueAttributeName::MaximumMessageSize), "1024");
    assert_eq!(told(QueueAttributeName::MessageRetentionPeriod), "345600");
    assert_eq!(told(QueueAttributeName::QueueArn), "arn:aws:sqs:us-east-1:123456789012:jobs-1");

    send(&client, &url, "delayed").await;
    assert_eq!(counts(&client, &url).await, [0, 0, 1]);
    client.purge_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(counts(&client, &url).await, [0, 0, 0]);
    client.delete_queue().queue_url(&url).send().await.unwrap();
    assert!(client.get_queue_url().queue_name("jobs-1").send().await.is_err());
}

#[tokio::test]
async fn physics_apply_and_calls_are_counted() {
    let services = start_with_physics(&serde_json::json!({
        "faults": [{ "service": "sqs", "operation": "SendMessage", "kind": "503", "at": [1] }]
    }));
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    assert!(client.send_message().queue_url(&url).message_body("x").send().await.is_err());
    send(&client, &url, "x").await;
    assert_eq!(bodies(&receive(&client, &url).await), ["x"]);
    let report = services.report();
    let row = report.operations.iter().find(|row| row.service == "sqs" && row.operation == "SendMessage").unwrap();
    assert_eq!((row.counts.calls, row.counts.faults), (2, 1));
}

#[tokio::test]
async fn a_templates_queue_may_name_a_dead_letter_queue_that_comes_later() {
    let services = start();
    let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:failed","maxReceiveCount":3}"#;
    let queue = |name: &str, attributes: &[(&str, &str)]| Resource::Queue {
        name: name.to_owned(),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    let both = [queue("jobs", &[("RedrivePolicy", redrive), ("VisibilityTimeout", "7")]), queue("failed", &[])];
    assert_eq!(services.create(&both).unwrap(), Vec::<String>::new());
    assert_eq!(services.create(&both).unwrap(), Vec::<String>::new());
    let warnings = services.create(&[queue("jobs", &[("VisibilityTimeout", "8")])]).unwrap();
    assert_eq!(warnings, ["the queue jobs exists already with another VisibilityTimeout, and is left as it is"]);
    let wrong = services.create(&[queue("wrong", &[("VisibilityTimeout", "-8")])]).unwrap_err();
    assert!(wrong.to_string().contains("queue wrong"), "{wrong}");
    let client = client(&services);
    let sources = client.list_dead_letter_source_queues().queue_url("http://x/1/failed").send().await.unwrap();
    assert_eq!(sources.queue_urls(), [format!("{}/123456789012/jobs", services.url())]);
}
