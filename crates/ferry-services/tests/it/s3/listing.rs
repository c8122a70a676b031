//! Listing objects, both versions.

use aws_sdk_s3::types::EncodingType;

use super::{put, refusal, with_bucket};

#[tokio::test]
async fn pages_prefixes_and_delimiters() {
    let (_services, client) = with_bucket().await;
    for key in ["a", "b/1", "b/2", "b/c/3", "c d", "é", "z\u{1}"] {
        put(&client, key, key).await;
    }
    let list = || client.list_objects_v2().bucket("bucket");
    let all = list().encoding_type(EncodingType::Url).send().await.unwrap();
    let keys: Vec<&str> = all.contents().iter().map(|object| object.key().unwrap()).collect();
    assert_eq!(keys, ["a", "b/1", "b/2", "b/c/3", "c%20d", "z%01", "%C3%A9"]);
    assert_eq!((all.key_count(), all.is_truncated(), all.max_keys()), (Some(7), Some(false), Some(1_000)));
    assert_eq!((all.contents()[0].size(), all.contents()[0].owner()), (Some(1), None));

    let rolled = list().delimiter("/").max_keys(2).encoding_type(EncodingType::Url).send().await.unwrap();
    assert_eq!((rolled.contents().len(), rolled.common_prefixes()[0].prefix()), (1, Some("b/")));
    let rest = list()
        .delimiter("/")
        .encoding_type(EncodingType::Url)
        .continuation_token(rolled.next_continuation_token().unwrap())
        .fetch_owner(true)
        .send()
        .await
        .unwrap();
    assert_eq!((rest.contents().len(), rest.common_prefixes().len()), (3, 0));
    assert!(rest.contents()[0].owner().is_some());
    let below = list().prefix("b/").delimiter("/").start_after("b/1").send().await.unwrap();
    assert_eq!((below.contents()[0].key(), below.common_prefixes()[0].prefix()), (Some("b/2"), Some("b/c/")));
    assert_eq!(list().max_keys(0).send().await.unwrap().is_truncated(), Some(false));
    assert_eq!(refusal(list().max_keys(-1).send().await), (400, "InvalidArgument".to_owned()));
    assert_eq!(refusal(list().continuation_token("?").send().await), (400, "InvalidArgument".to_owned()));

    let old = client.list_objects().bucket("bucket").delimiter("/").max_keys(2).send().await.unwrap();
    assert_eq!((old.next_marker(), old.is_truncated()), (Some("b/"), Some(true)));
    let old = client.list_objects().bucket("bucket").prefix("b").marker("b/2").send().await.unwrap();
    assert_eq!((old.contents().len(), old.contents()[0].key(), old.next_marker()), (1, Some("b/c/3"), None));
}
