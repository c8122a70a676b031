//! What AWS refuses is refused, in its words; and what is no request at all.

use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};

use super::{client, create, receive, refusal, send};
use crate::support::{request, start};

#[tokio::test]
async fn queues_that_are_not_there_or_not_so() {
    let services = start();
    let client = client(&services);
    let missing = client.send_message().queue_url("http://x/123456789012/nowhere").message_body("x").send().await.unwrap_err();
    assert_eq!(refusal(&missing).0, "AWS.SimpleQueueService.NonExistentQueue");
    assert!(missing.as_service_error().unwrap().is_queue_does_not_exist());

    create(&client, "jobs", &[(QueueAttributeName::VisibilityTimeout, "7")]).await;
    create(&client, "jobs", &[]).await;
    let other = client.create_queue().queue_name("jobs").attributes(QueueAttributeName::VisibilityTimeout, "8").send().await.unwrap_err();
    assert!(other.as_service_error().unwrap().is_queue_name_exists(), "{other:?}");
    for name in ["", "a b", "a.b", &"a".repeat(81)] {
        let (code, _) = refusal(&client.create_queue().queue_name(name).send().await.unwrap_err());
        assert_eq!(code, "InvalidParameterValue", "{name}");
    }
    let fifo = client.create_queue().queue_name("jobs.fifo").attributes(QueueAttributeName::FifoQueue, "true").send().await.unwrap_err();
    assert!(refusal(&fifo).1.contains("only standard queues are served"), "{fifo:?}");
    let fifo = client.create_queue().queue_name("fifo").attributes(QueueAttributeName::FifoQueue, "true").send().await.unwrap_err();
    assert!(refusal(&fifo).1.contains("only standard queues are served"), "{fifo:?}");
    let purge = || client.purge_queue().queue_url("http://x/1/jobs").send();
    purge().await.unwrap();
    assert!(purge().await.unwrap_err().as_service_error().unwrap().is_purge_queue_in_progress());
    let moved = client.start_message_move_task().source_arn("arn").send().await.unwrap_err();
    assert_eq!(refusal(&moved).0, "AWS.SimpleQueueService.UnsupportedOperation");
}

#[tokio::test]
async fn messages_that_are_too_long_empty_or_not_text() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    let sent = |body: String| client.send_message().queue_url(&url).message_body(body).send();
    assert_eq!(refusal(&sent(String::new()).await.unwrap_err()).0, "MissingParameter");
    assert_eq!(refusal(&sent("\0".to_owned()).await.unwrap_err()).0, "InvalidMessageContents");
    let (code, message) = refusal(&sent("x".repeat(1_048_577)).await.unwrap_err());
    assert!(code == "InvalidParameterValue" && message.contains("shorter than 1048576 bytes"), "{code}: {message}");
    sent("\"".repeat(1_048_576)).await.unwrap();
    assert_eq!(receive(&client, &url).await[0].body().unwrap().len(), 1_048_576);
    let delayed = client.send_message().queue_url(&url).message_body("x").delay_seconds(901).send().await.unwrap_err();
    assert!(refusal(&delayed).1.contains("DelaySeconds"), "{delayed:?}");
}

#[tokio::test]
async fn batches_that_are_empty_long_or_ambiguous() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    let entry = |id: String, body: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap();
    let numbered = |count: usize, body: &str| (0..count).map(|number| entry(number.to_string(), body)).collect::<Vec<_>>();
    let half = "x".repeat(600_000);
    for (entries, code) in [
        (vec![], "EmptyBatchRequest"),
        (numbered(11, "x"), "TooManyEntriesInBatchRequest"),
        (vec![entry("a".into(), "x"), entry("a".into(), "y")], "BatchEntryIdsNotDistinct"),
        (vec![entry("a b".into(), "x")], "InvalidBatchEntryId"),
        (numbered(2, &half), "BatchRequestTooLong"),
    ] {
        let refused = client.send_message_batch().queue_url(&url).set_entries(Some(entries)).send().await.unwrap_err();
        assert_eq!(refusal(&refused).0, format!("AWS.SimpleQueueService.{code}"));
    }
}

#[tokio::test]
async fn numbers_and_handles_that_are_not_valid() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    send(&client, &url, "x").await;
    let ask = || client.receive_message().queue_url(&url);
    for (refused, parameter) in [
        (ask().max_number_of_messages(11).send().await, "MaxNumberOfMessages"),
        (ask().max_number_of_messages(0).send().await, "MaxNumberOfMessages"),
        (ask().wait_time_seconds(21).send().await, "WaitTimeSeconds"),
        (ask().visibility_timeout(43_201).send().await, "VisibilityTimeout"),
    ] {
        let (code, message) = refusal(&refused.unwrap_err());
        assert!(code == "InvalidParameterValue" && message.contains(parameter), "{code}: {message}");
    }
    let rubbish = client.delete_message().queue_url(&url).receipt_handle("rubbish").send().await.unwrap_err();
    assert!(rubbish.as_service_error().unwrap().is_receipt_handle_is_invalid(), "{rubbish:?}");

    let received = receive(&client, &url).await;
    let change = |seconds| {
        let change = client.change_message_visibility().queue_url(&url).receipt_handle(received[0].receipt_handle().unwrap());
        change.visibility_timeout(seconds).send()
    };
    assert!(refusal(&change(43_201).await.unwrap_err()).1.contains("VisibilityTimeout"));
    change(0).await.unwrap();
    assert!(change(10).await.unwrap_err().as_service_error().unwrap().is_message_not_inflight());
    super::delete(&client, &url, &received[0]).await;
    assert!(refusal(&change(10).await.unwrap_err()).1.contains("Message does not exist"));
}

#[test]
fn what_is_no_request_is_told_so() {
    let services = start();
    let told = |target: &str, body: &str| request(&services, "POST", "/", &format!("x-amz-target: AmazonSQS.{target}\r\n"), body);
    for body in ["{", "[]", "null", "7", "\"x\"", r#"{"QueueUrl":7}"#, r#"{"QueueUrl":"x","WaitTimeSeconds":"a"}"#, &"[".repeat(10_000)] {
        for target in ["ReceiveMessage", "SendMessage", "CreateQueue", "DeleteMessageBatch"] {
            let answer = told(target, body);
            assert!(answer.status == 400 && answer.body.contains("__type"), "{target} {body}: {answer:?}");
        }
    }
    let missing = told("SendMessage", r#"{"MessageBody":"x"}"#);
    assert!(
        missing.body.contains("must contain the parameter QueueUrl") && missing.head.contains("MissingParameter;Sender"),
        "{missing:?}"
    );
    let unknown = told("Dance", "{}");
    assert!(unknown.status == 400 && unknown.body.contains("no operation Dance"), "{unknown:?}");
    let missing = told("GetQueueUrl", r#"{"QueueName":"nowhere"}"#);
    assert!(missing.head.contains("x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender"), "{missing:?}");
    assert!(missing.body.contains("com.amazonaws.sqs#QueueDoesNotExist"), "{missing:?}");
}

#[test]
fn the_query_protocol_is_refused_with_the_remedy() {
    let services = start();
    let headers = "content-type: application/x-www-form-urlencoded\r\n\
        authorization: AWS4-HMAC-SHA256 Credential=A/20260131/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x\r\n";
    let answer = request(&services, "POST", "/", headers, "Action=ListQueues&Version=2012-11-05");
    assert!(answer.status == 400 && answer.body.contains("<ErrorResponse") && answer.body.contains("Update the client"), "{answer:?}");
}
