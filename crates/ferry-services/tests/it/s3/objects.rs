//! Buckets and objects: what is put is what is read, with its headers, ranges, checksums and copies.

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ChecksumAlgorithm, ChecksumMode, CreateBucketConfiguration, Delete, MetadataDirective, ObjectIdentifier,
};

use super::{client, pattern, put, read, refusal, with_bucket};
use crate::support::{ask, start};

#[tokio::test]
async fn buckets_have_regions() {
    let services = start();
    let client = client(&services);
    let create = |name: &str, region: Option<&str>| {
        let location =
            region.map(|region| CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build());
        client.create_bucket().bucket(name).set_create_bucket_configuration(location).send()
    };
    create("here", None).await.unwrap();
    create("there", Some("eu-central-1")).await.unwrap();
    create("old", Some("EU")).await.unwrap();
    create("here", None).await.unwrap();
    assert_eq!(refusal(create("there", Some("eu-central-1")).await), (409, "BucketAlreadyOwnedByYou".to_owned()));
    assert_eq!(refusal(create("Not_a_name", None).await), (400, "InvalidBucketName".to_owned()));

    let location = |name: &'static str| client.get_bucket_location().bucket(name).send();
    // AWS answers with an empty element for us-east-1, which SDKs read as nothing or as an empty name.
    assert!(location("here").await.unwrap().location_constraint().is_none_or(|region| region.as_str().is_empty()));
    assert_eq!(location("there").await.unwrap().location_constraint().unwrap().as_str(), "eu-central-1");
    assert_eq!(location("old").await.unwrap().location_constraint().unwrap().as_str(), "EU");
    let head = client.head_bucket().bucket("old").send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("eu-west-1"));

    let all = client.list_buckets().send().await.unwrap();
    assert_eq!(all.buckets().iter().map(|bucket| bucket.name().unwrap()).collect::<Vec<_>>(), ["here", "old", "there"]);
    assert!(all.buckets().iter().all(|bucket| bucket.bucket_region().is_none() && bucket.creation_date().is_some()));
    let first = client.list_buckets().max_buckets(2).send().await.unwrap();
    assert_eq!(first.buckets()[1].bucket_region(), Some("eu-west-1"));
    let rest = client.list_buckets().max_buckets(2).continuation_token(first.continuation_token().unwrap()).send().await.unwrap();
    assert_eq!((rest.buckets()[0].name(), rest.continuation_token()), (Some("there"), None));
    let western = client.list_buckets().bucket_region("eu-west-1").send().await.unwrap();
    assert_eq!(western.buckets().len(), 1);

    assert_eq!(refusal(client.head_bucket().bucket("none").send().await).0, 404);
    client.delete_bucket().bucket("old").send().await.unwrap();
    assert_eq!(refusal(client.delete_bucket().bucket("old").send().await), (404, "NoSuchBucket".to_owned()));
}

#[tokio::test]
async fn an_object_comes_back_with_its_headers() {
    let (_services, client) = with_bucket().await;
    let key = "a folder/é + ü?.csv";
    let stored = client
        .put_object()
        .bucket("bucket")
        .key(key)
        .content_type("text/csv")
        .cache_control("no-cache")
        .metadata("origin", "test")
        .tagging("team=a%20b&x=")
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    assert_eq!(stored.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let object = client.get_object().bucket("bucket").key(key).send().await.unwrap();
    assert_eq!((object.content_type(), object.cache_control(), object.content_length()), (Some("text/csv"), Some("no-cache"), Some(5)));
    assert_eq!(object.metadata().unwrap()["origin"], "test");
    assert_eq!((object.tag_count(), object.accept_ranges()), (Some(2), Some("bytes")));
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"hello");
    let tags = client.get_object_tagging().bucket("bucket").key(key).send().await.unwrap();
    assert_eq!(tags.tag_set()[0].value(), "a b");
    let override_ = client.get_object().bucket("bucket").key(key).response_content_type("text/plain").send().await.unwrap();
    assert_eq!(override_.content_type(), Some("text/plain"));
    let head = client.head_object().bucket("bucket").key(key).send().await.unwrap();
    assert_eq!((head.content_length(), head.e_tag()), (Some(5), stored.e_tag()));

    assert_eq!(refusal(client.get_object().bucket("bucket").key("none").send().await), (404, "NoSuchKey".to_owned()));
    assert_eq!(refusal(client.head_object().bucket("bucket").key("none").send().await).0, 404);
    assert_eq!(refusal(client.get_object().bucket("nowhere").key("none").send().await), (404, "NoSuchBucket".to_owned()));
    assert_eq!(refusal(client.delete_bucket().bucket("bucket").send().await), (409, "BucketNotEmpty".to_owned()));
}

#[tokio::test]
async fn ranges() {
    let (_services, client) = with_bucket().await;
    put(&client, "key", pattern(1_000)).await;
    put(&client, "empty", "").await;
    for (range, expected) in
        [("bytes=0-9", 0..10), ("bytes=990-", 990..1_000), ("bytes=-10", 990..1_000), ("bytes=5-5", 5..6), ("bytes=900-5000", 900..1_000)]
    {
        let part = client.get_object().bucket("bucket").key("key").range(range).send().await.unwrap();
        assert_eq!(part.content_range().unwrap(), format!("bytes {}-{}/1000", expected.start, expected.end - 1));
        assert_eq!(part.body.collect().await.unwrap().to_vec(), pattern(1_000)[expected]);
    }
    for (key, range) in [("key", "bytes=1000-"), ("key", "bytes=-0"), ("empty", "bytes=0-"), ("empty", "bytes=-5")] {
        let refused = client.get_object().bucket("bucket").key(key).range(range).send().await;
        assert_eq!(refusal(refused), (416, "InvalidRange".to_owned()), "{key} {range}");
    }
    // As S3 does, a range that makes no sense is not seen.
    let whole = client.get_object().bucket("bucket").key("key").range("bytes=9-5").send().await.unwrap();
    assert_eq!((whole.content_range(), whole.content_length()), (None, Some(1_000)));
}

#[tokio::test]
async fn checksums_are_compared_and_answered() {
    let (_services, client) = with_bucket().await;
    let sha256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let upload =
        |value: &str| client.put_object().bucket("bucket").key("key").checksum_sha256(value).body(ByteStream::from_static(b"hello")).send();
    assert_eq!(upload(sha256).await.unwrap().checksum_sha256(), Some(sha256));
    assert_eq!(refusal(upload(wrong).await), (400, "BadDigest".to_owned()));
    assert_eq!(refusal(upload("AAAA").await), (400, "InvalidRequest".to_owned()));
    let md5 =
        |value: &str| client.put_object().bucket("bucket").key("key").content_md5(value).body(ByteStream::from_static(b"hello")).send();
    md5("XUFAKrxLKna5cZ2REBfFkg==").await.unwrap();
    assert_eq!(refusal(md5("AAAAAAAAAAAAAAAAAAAAAA==").await), (400, "BadDigest".to_owned()));
    assert_eq!(refusal(md5("x").await), (400, "InvalidDigest".to_owned()));

    for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] {
        let algorithm = ChecksumAlgorithm::from(algorithm);
        client
            .put_object()
            .bucket("bucket")
            .key("key")
            .checksum_algorithm(algorithm.clone())
            .body(ByteStream::from(pattern(200_000)))
            .send()
            .await
            .unwrap();
        // The SDK compares what it reads with the checksum.
        let object = client.get_object().bucket("bucket").key("key").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        let values = [
            object.checksum_crc32(),
            object.checksum_crc32_c(),
            object.checksum_crc64_nvme(),
            object.checksum_sha1(),
            object.checksum_sha256(),
        ];
        assert_eq!(values.iter().flatten().count(), 1, "{algorithm:?}");
        assert_eq!(object.body.collect().await.unwrap().to_vec(), pattern(200_000));
    }
    let quiet = client.head_object().bucket("bucket").key("key").send().await.unwrap();
    assert_eq!(quiet.checksum_sha256(), None, "only who asks is told");
}

#[tokio::test]
async fn copies_and_deletes() {
    let (_services, client) = with_bucket().await;
    client.put_object().bucket("bucket").key("a b").metadata("m", "1").body(ByteStream::from_static(b"hello")).send().await.unwrap();
    let copy = |to: &str| client.copy_object().bucket("bucket").key(to).copy_source("bucket/a%20b");
    let copied = copy("copy").send().await.unwrap();
    assert_eq!(copied.copy_object_result().unwrap().e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let head = client.head_object().bucket("bucket").key("copy").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["m"], "1");
    assert_eq!(refusal(copy("a b").send().await), (400, "InvalidRequest".to_owned()));
    copy("a b").metadata_directive(MetadataDirective::Replace).metadata("n", "2").send().await.unwrap();
    let head = client.head_object().bucket("bucket").key("a b").send().await.unwrap();
    assert_eq!(head.metadata().unwrap().keys().collect::<Vec<_>>(), ["n"]);
    assert_eq!(refusal(copy("x").copy_source_if_match("\"other\"").send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(
        refusal(client.copy_object().bucket("bucket").key("x").copy_source("bucket/none").send().await),
        (404, "NoSuchKey".to_owned())
    );

    client.delete_object().bucket("bucket").key("a b").send().await.unwrap();
    client.delete_object().bucket("bucket").key("a b").send().await.unwrap();
    assert_eq!(read(&client, "copy").await, b"hello");
    let id = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = Delete::builder().objects(id("copy")).objects(id("never")).build().unwrap();
    let deleted = client.delete_objects().bucket("bucket").delete(delete).send().await.unwrap();
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (2, 0));
    assert_eq!(client.list_objects_v2().bucket("bucket").send().await.unwrap().key_count(), Some(0));
}

#[tokio::test]
async fn presigned_urls_work_without_a_client() {
    let (services, client) = with_bucket().await;
    let hour = || PresigningConfig::expires_in(std::time::Duration::from_secs(3_600)).unwrap();
    let url = client.put_object().bucket("bucket").key("a/b").presigned(hour()).await.unwrap();
    let target = |uri: &str| uri.strip_prefix(&services.url()).unwrap().to_owned();
    let put =
        format!("PUT {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello", target(url.uri()), services.addr());
    let stored = ask(&services, &put);
    assert!(stored.starts_with("HTTP/1.1 200 "), "{stored}");
    let url = client.get_object().bucket("bucket").key("a/b").presigned(hour()).await.unwrap();
    let get = format!("GET {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", target(url.uri()), services.addr());
    assert!(ask(&services, &get).ends_with("\r\n\r\nhello"));
}

#[test]
fn plain_http() {
    let services = start();
    let ask = |method: &str, target: &str, more: &str| {
        ask(&services, &format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}"))
    };
    assert!(ask("PUT", "/bucket", "content-length: 0\r\n\r\n").starts_with("HTTP/1.1 200 "));
    assert!(ask("PUT", "/bucket/key", "content-length: 5\r\n\r\nhello").starts_with("HTTP/1.1 200 "));
    let unserved = ask("GET", "/bucket?policy", "\r\n");
    assert!(
        unserved.starts_with("HTTP/1.1 501 ") && unserved.contains("NotImplemented") && unserved.contains("GetBucketPolicy"),
        "{unserved}"
    );
    let chunked = "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nx-amz-trailer: x-amz-checksum-crc32\r\ncontent-encoding: aws-chunked\r\nx-amz-decoded-content-length: 5\r\n";
    let framed = |crc: &str| format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{crc}\r\n\r\n");
    let send = |crc: &str| ask("PUT", "/bucket/chunked", &format!("{chunked}content-length: {}\r\n\r\n{}", framed(crc).len(), framed(crc)));
    let stored = send("NhCmhg==");
    assert!(stored.starts_with("HTTP/1.1 200 ") && stored.contains("x-amz-checksum-crc32: NhCmhg=="), "{stored}");
    assert!(send("AAAAAA==").contains("<Code>BadDigest</Code>"));
    let got = ask("GET", "/bucket/chunked", "\r\n");
    assert!(got.ends_with("\r\n\r\nhello") && !got.contains("aws-chunked"), "{got}");
    let wrong = format!("x-amz-content-sha256: {}\r\ncontent-length: 5\r\n\r\nhello", "0".repeat(64));
    assert!(ask("PUT", "/bucket/key", &wrong).contains("<Code>XAmzContentSHA256Mismatch</Code>"));
    let host = services.addr().port();
    let virtual_host = self::raw(&services, &format!("GET /key HTTP/1.1\r\nhost: bucket.localhost:{host}\r\nconnection: close\r\n\r\n"));
    assert!(virtual_host.ends_with("\r\n\r\nhello"), "{virtual_host}");
}

fn raw(services: &ferry_services::Services, request: &str) -> String {
    ask(services, request)
}
