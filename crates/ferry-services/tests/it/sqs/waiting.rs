//! Long polls, delays, timeouts.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;

use super::{bodies, client, counts, create, delete, receive, send};
use crate::support::{PATIENCE, start};

#[tokio::test]
async fn a_receiver_that_waits_is_woken_by_a_message() {
    let services = start();
    let client = client(&services);
    // The wait is the queue's.
    let url = create(&client, "jobs", &[(QueueAttributeName::ReceiveMessageWaitTimeSeconds, "20")]).await;
    let (waiting, sending) = (client.clone(), client.clone());
    let poll = tokio::spawn({
        let url = url.clone();
        async move { receive(&waiting, &url).await }
    });
    // Whether it is sent before or after the poll begins, it is received.
    send(&sending, &url, "x").await;
    let received = tokio::time::timeout(PATIENCE, poll).await.unwrap().unwrap();
    assert_eq!(bodies(&received), ["x"]);
}

#[tokio::test]
async fn a_receiver_that_waits_gets_what_becomes_visible() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[(QueueAttributeName::VisibilityTimeout, "1")]).await;
    client.send_message().queue_url(&url).message_body("x").delay_seconds(1).send().await.unwrap();
    let wait = || client.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let start = Instant::now();
    assert_eq!(bodies(wait().await.unwrap().messages()), ["x"]);
    assert!(start.elapsed() > Duration::from_millis(800), "it was delayed");
    // Its timeout of a second passes.
    let again = wait().await.unwrap();
    assert_eq!(bodies(again.messages()), ["x"]);
    delete(&client, &url, &again.messages()[0]).await;
}

#[tokio::test]
async fn a_wait_without_a_message_ends_and_one_on_a_deleted_queue_fails() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    let wait = |seconds| client.receive_message().queue_url(&url).wait_time_seconds(seconds).send();
    assert!(wait(1).await.unwrap().messages().is_empty());
    let (polled, deleted) = tokio::join!(wait(20), client.delete_queue().queue_url(&url).send());
    deleted.unwrap();
    assert!(polled.unwrap_err().as_service_error().unwrap().is_queue_does_not_exist());
}

#[tokio::test]
async fn a_client_that_leaves_takes_no_message_with_it() {
    use std::io::Write as _;
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    let body = format!(r#"{{"QueueUrl":"{url}","WaitTimeSeconds":20}}"#);
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut leaving = std::net::TcpStream::connect(services.addr()).unwrap();
    leaving.write_all(request.as_bytes()).unwrap();
    let calls =
        || services.report().operations.iter().filter(|row| row.operation == "ReceiveMessage").map(|row| row.counts.calls).sum::<u64>();
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(leaving);
    // A call is counted when it ends, by its answer or by its client.
    let start = Instant::now();
    while calls() == 0 {
        assert!(start.elapsed() < PATIENCE, "the poll goes on without its client");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    send(&client, &url, "x").await;
    assert_eq!(counts(&client, &url).await, [1, 0, 0]);
    assert_eq!(bodies(&receive(&client, &url).await), ["x"]);
}

#[tokio::test]
async fn many_receivers_get_each_message_once() {
    let services = start();
    let client = client(&services);
    let url = create(&client, "jobs", &[]).await;
    let receivers: Vec<_> = (0..8)
        .map(|_| {
            let (client, url) = (client.clone(), url.clone());
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let wait = client.receive_message().queue_url(&url).max_number_of_messages(3).wait_time_seconds(2);
                    let received = wait.send().await.unwrap().messages.unwrap_or_default();
                    if received.is_empty() {
                        return mine;
                    }
                    for message in received {
                        delete(&client, &url, &message).await;
                        mine.push(message.body.unwrap());
                    }
                }
            })
        })
        .collect();
    let mut sent: Vec<String> = (0..200).map(|number| format!("{number:03}")).collect();
    for body in &sent {
        send(&client, &url, body).await;
    }
    let mut received = Vec::new();
    for receiver in receivers {
        received.extend(receiver.await.unwrap());
    }
    received.sort();
    sent.sort();
    assert_eq!(received, sent);
}
