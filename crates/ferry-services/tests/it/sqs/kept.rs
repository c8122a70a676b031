//! Queues in a data folder.

use aws_sdk_sqs::types::QueueAttributeName;
use ferry_services::{Services, ServicesSettings};

use super::{bodies, client, counts, create, delete, receive, send};
use crate::support::settings;

fn open(folder: &std::path::Path) -> Services {
    Services::start(ServicesSettings { data_dir: Some(folder.to_owned()), ..settings() }).unwrap()
}

#[tokio::test]
async fn everything_is_as_it_was_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let before = client(&first);
    let url = create(&before, "jobs", &[(QueueAttributeName::MessageRetentionPeriod, "86400")]).await;
    create(&before, "gone", &[]).await;
    for body in ["deleted", "in flight", "waiting"] {
        send(&before, &url, body).await;
    }
    before.send_message().queue_url(&url).message_body("delayed").delay_seconds(900).send().await.unwrap();
    let taken = before.receive_message().queue_url(&url).max_number_of_messages(2).send().await.unwrap().messages.unwrap();
    delete(&before, &url, &taken[0]).await;
    before.tag_queue().queue_url(&url).tags("team", "a").send().await.unwrap();
    before.delete_queue().queue_url("http://x/1/gone").send().await.unwrap();
    drop(first);

    let second = open(folder.path());
    let after = client(&second);
    assert_eq!(counts(&after, &url).await, [1, 1, 1]);
    let listed = after.list_queues().send().await.unwrap();
    assert!(listed.queue_urls().len() == 1 && listed.queue_urls()[0].ends_with("/jobs"), "{listed:?}");
    assert_eq!(after.list_queue_tags().queue_url(&url).send().await.unwrap().tags.unwrap()["team"], "a");
    let told = after.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All).send().await.unwrap();
    assert_eq!(told.attributes().unwrap()[&QueueAttributeName::MessageRetentionPeriod], "86400");
    assert_eq!(bodies(&receive(&after, &url).await), ["waiting"]);
    // A handle from before is still good.
    delete(&after, &url, &taken[1]).await;
    assert_eq!(counts(&after, &url).await, [0, 1, 1]);
}

#[tokio::test]
async fn an_end_torn_off_by_a_crash_takes_nothing_else_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let services = open(folder.path());
    let alive = client(&services);
    let url = create(&alive, "jobs", &[]).await;
    for number in 0..20 {
        send(&alive, &url, &number.to_string()).await;
    }
    // The files as a crash leaves them: the log not yet taken into the file, its last write half done.
    std::fs::create_dir(copy.path().join("sqs")).unwrap();
    for entry in std::fs::read_dir(folder.path().join("sqs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        if name.ends_with("-wal") {
            bytes.truncate(bytes.len() - 1_000);
        }
        if !name.ends_with("-shm") {
            std::fs::write(copy.path().join("sqs").join(name), bytes).unwrap();
        }
    }
    let reopened = open(copy.path());
    let after = client(&reopened);
    assert_eq!(counts(&after, &url).await, [19, 0, 0], "the torn write is gone, and no other");
    send(&after, &url, "more").await;
    assert_eq!(counts(&after, &url).await, [20, 0, 0]);
}

#[test]
fn a_file_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sqs")).unwrap();
    std::fs::write(folder.path().join("sqs/queues.sqlite"), "rubbish ".repeat(1_000)).unwrap();
    let error = Services::start(ServicesSettings { data_dir: Some(folder.path().to_owned()), ..settings() }).unwrap_err();
    let told = format!("{error} {}", std::error::Error::source(&error).unwrap());
    assert!(told.contains("queues.sqlite") && told.contains("move the file away"), "{told}");
}
