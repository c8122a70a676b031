//! Messages that fail too often.

use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};

use super::{bodies, client, counts, create, receive, refusal, send};
use crate::support::start;

fn policy(target: &str, most: u32) -> String {
    format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:{target}","maxReceiveCount":{most}}}"#)
}

#[tokio::test]
async fn a_message_that_was_received_too_often_goes_to_the_other_queue() {
    let services = start();
    let client = client(&services);
    let failed = create(&client, "failed", &[]).await;
    let attributes = [(QueueAttributeName::VisibilityTimeout, "0"), (QueueAttributeName::RedrivePolicy, &policy("failed", 2))];
    let jobs = create(&client, "jobs", &attributes).await;
    let id = send(&client, &jobs, "poison").await;
    assert_eq!(bodies(&receive(&client, &jobs).await), ["poison"]);
    assert_eq!(bodies(&receive(&client, &jobs).await), ["poison"]);
    assert!(receive(&client, &jobs).await.is_empty());
    assert_eq!((counts(&client, &jobs).await, counts(&client, &failed).await), ([0, 0, 0], [1, 0, 0]));
    let receive = client.receive_message().queue_url(&failed).message_system_attribute_names(MessageSystemAttributeName::All);
    let dead = receive.send().await.unwrap().messages.unwrap();
    assert_eq!((dead[0].body(), dead[0].message_id()), (Some("poison"), Some(id.as_str())));
    let told = dead[0].attributes().unwrap();
    assert_eq!(told[&MessageSystemAttributeName::DeadLetterQueueSourceArn], "arn:aws:sqs:us-east-1:123456789012:jobs");
    assert_eq!(told[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
}

#[tokio::test]
async fn policies_need_a_target_that_takes_them() {
    let services = start();
    let client = client(&services);
    let allow = r#"{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:123456789012:friend"]}"#;
    create(&client, "failed", &[(QueueAttributeName::RedriveAllowPolicy, allow)]).await;
    let wanted =
        |name: &str, policy: String| client.create_queue().queue_name(name).attributes(QueueAttributeName::RedrivePolicy, policy).send();
    for (name, policy, reason) in [
        ("jobs", policy("nowhere", 3), "Dead letter target does not exist"),
        ("jobs", policy("failed", 3).replace("123456789012", "210987654321"), "no queue of this account and region"),
        ("jobs", policy("failed", 3), "RedriveAllowPolicy does not allow this queue"),
        ("jobs", policy("failed", 0), "valid values are from 1 to 1000"),
        ("jobs", "{".to_owned(), "not a valid JSON map"),
    ] {
        let (code, message) = refusal(&wanted(name, policy).await.unwrap_err());
        assert!(code == "InvalidParameterValue" && message.contains(reason), "{code}: {message}");
    }
    wanted("friend", policy("failed", 3)).await.unwrap();
}

#[tokio::test]
async fn without_its_target_no_message_is_dead() {
    let services = start();
    let client = client(&services);
    let failed = create(&client, "failed", &[]).await;
    let attributes = [(QueueAttributeName::VisibilityTimeout, "0"), (QueueAttributeName::RedrivePolicy, &policy("failed", 1))];
    let jobs = create(&client, "jobs", &attributes).await;
    client.delete_queue().queue_url(&failed).send().await.unwrap();
    send(&client, &jobs, "x").await;
    for _ in 0..3 {
        assert_eq!(bodies(&receive(&client, &jobs).await), ["x"]);
    }
}
