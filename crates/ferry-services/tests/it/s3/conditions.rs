//! Conditional reads and writes.

use aws_sdk_s3::primitives::{ByteStream, DateTime};

use super::{put, refusal, with_bucket};

#[tokio::test]
async fn reads() {
    let (_services, client) = with_bucket().await;
    let etag = put(&client, "key", "hello").await.e_tag().unwrap().to_owned();
    let get = || client.get_object().bucket("bucket").key("key");
    get().if_match(&etag).send().await.unwrap();
    assert_eq!(refusal(get().if_match("\"other\"").send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(refusal(get().if_none_match(&etag).send().await).0, 304);
    assert_eq!(refusal(client.head_object().bucket("bucket").key("key").if_none_match(&etag).send().await).0, 304);
    get().if_none_match("\"other\"").send().await.unwrap();
    let (past, future) = (DateTime::from_secs(1_000_000_000), DateTime::from_secs(4_000_000_000));
    assert_eq!(refusal(get().if_unmodified_since(past).send().await).0, 412);
    get().if_match(&etag).if_unmodified_since(past).send().await.unwrap();
    assert_eq!(refusal(get().if_modified_since(future).send().await).0, 304);
    get().if_none_match("\"other\"").if_modified_since(future).send().await.unwrap();
}

#[tokio::test]
async fn writes() {
    let (_services, client) = with_bucket().await;
    let write = || client.put_object().bucket("bucket").key("key").body(ByteStream::from_static(b"hello"));
    assert_eq!(refusal(write().if_match("\"any\"").send().await), (404, "NoSuchKey".to_owned()));
    let etag = write().if_none_match("*").send().await.unwrap().e_tag().unwrap().to_owned();
    assert_eq!(refusal(write().if_none_match("*").send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(refusal(write().if_match("\"other\"").send().await), (412, "PreconditionFailed".to_owned()));
    write().if_match(&etag).send().await.unwrap();
    assert_eq!(refusal(client.delete_object().bucket("bucket").key("key").if_match("\"other\"").send().await).0, 412);
    client.delete_object().bucket("bucket").key("key").if_match(&etag).send().await.unwrap();
}

/// Of many that write only where nothing is, one does.
#[tokio::test]
async fn one_of_many_wins() {
    let (_services, client) = with_bucket().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..16 {
        let write = client.put_object().bucket("bucket").key("key").if_none_match("*").body(ByteStream::from(vec![number; 100_000]));
        tasks.spawn(async move { write.send().await.is_ok() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|&won| won).count(), 1);
}
