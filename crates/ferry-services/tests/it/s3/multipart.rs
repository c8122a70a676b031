//! Multipart uploads.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart};

use super::{pattern, put, read, refusal, with_bucket};

const MIB: usize = 1 << 20;

async fn begin(client: &Client) -> String {
    client
        .create_multipart_upload()
        .bucket("bucket")
        .key("key")
        .content_type("text/csv")
        .send()
        .await
        .unwrap()
        .upload_id()
        .unwrap()
        .to_owned()
}

async fn part(client: &Client, id: &str, number: i32, bytes: &[u8]) -> CompletedPart {
    let part = client.upload_part().bucket("bucket").key("key").upload_id(id).part_number(number).body(ByteStream::from(bytes.to_vec()));
    let stored = part.send().await.unwrap();
    CompletedPart::builder()
        .part_number(number)
        .e_tag(stored.e_tag().unwrap())
        .set_checksum_crc32(stored.checksum_crc32().map(str::to_owned))
        .build()
}

fn parts(parts: &[CompletedPart]) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build()
}

#[tokio::test]
async fn parts_become_one_object() {
    let (_services, client) = with_bucket().await;
    let bytes = pattern(11 * MIB);
    let id = begin(&client).await;
    let third = part(&client, &id, 30, &bytes[10 * MIB..]).await;
    let first = part(&client, &id, 1, &bytes[..5 * MIB]).await;
    let second = part(&client, &id, 2, &bytes[5 * MIB..10 * MIB]).await;

    let listed = client.list_parts().bucket("bucket").key("key").upload_id(&id).max_parts(2).send().await.unwrap();
    assert_eq!((listed.parts().len(), listed.is_truncated(), listed.next_part_number_marker()), (2, Some(true), Some("2")));
    let rest = client.list_parts().bucket("bucket").key("key").upload_id(&id).part_number_marker("2").send().await.unwrap();
    assert_eq!(rest.parts()[0].part_number(), Some(30));
    let uploads = client.list_multipart_uploads().bucket("bucket").send().await.unwrap();
    assert_eq!(uploads.uploads()[0].upload_id(), Some(id.as_str()));

    let complete = |named: &[CompletedPart]| {
        client.complete_multipart_upload().bucket("bucket").key("key").upload_id(&id).multipart_upload(parts(named))
    };
    assert_eq!(refusal(complete(&[second.clone(), first.clone()]).send().await), (400, "InvalidPartOrder".to_owned()));
    assert_eq!(
        refusal(complete(&[CompletedPart::builder().part_number(9).e_tag("x").build()]).send().await),
        (400, "InvalidPart".to_owned())
    );
    let named = [first, second, third];
    let object = complete(&named).send().await.unwrap();
    assert!(object.e_tag().unwrap().ends_with("-3\""), "{:?}", object.e_tag());
    // A client whose answer was lost asks again.
    assert_eq!(complete(&named).send().await.unwrap().e_tag(), object.e_tag());
    assert_eq!(read(&client, "key").await, bytes);

    let part = client.get_object().bucket("bucket").key("key").part_number(2).send().await.unwrap();
    assert_eq!((part.parts_count(), part.content_range()), (Some(3), Some("bytes 5242880-10485759/11534336")));
    assert_eq!(part.body.collect().await.unwrap().to_vec(), bytes[5 * MIB..10 * MIB]);
    assert_eq!(refusal(client.get_object().bucket("bucket").key("key").part_number(7).send().await).0, 416);
    let across = client.get_object().bucket("bucket").key("key").range("bytes=5242870-5242889").send().await.unwrap();
    assert_eq!(across.body.collect().await.unwrap().to_vec(), bytes[5_242_870..5_242_890]);
    let head = client.head_object().bucket("bucket").key("key").send().await.unwrap();
    assert_eq!(head.content_type(), Some("text/csv"));
}

#[tokio::test]
async fn refused_uploads() {
    let (_services, client) = with_bucket().await;
    let id = begin(&client).await;
    let small = [part(&client, &id, 1, b"small").await, part(&client, &id, 2, b"last").await];
    let complete = client.complete_multipart_upload().bucket("bucket").key("key").upload_id(&id).multipart_upload(parts(&small));
    assert_eq!(refusal(complete.send().await), (400, "EntityTooSmall".to_owned()));
    client.abort_multipart_upload().bucket("bucket").key("key").upload_id(&id).send().await.unwrap();
    let gone =
        client.upload_part().bucket("bucket").key("key").upload_id(&id).part_number(1).body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(refusal(gone), (404, "NoSuchUpload".to_owned()));
    let number = client
        .upload_part()
        .bucket("bucket")
        .key("key")
        .upload_id(&id)
        .part_number(10_001)
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(refusal(number), (400, "InvalidArgument".to_owned()));
    assert_eq!(client.list_multipart_uploads().bucket("bucket").send().await.unwrap().uploads().len(), 0);
}

#[tokio::test]
async fn checksums_of_parts_and_of_the_whole() {
    let (_services, client) = with_bucket().await;
    let bytes = pattern(6 * MIB);
    for (kind, expected) in [(ChecksumType::Composite, true), (ChecksumType::FullObject, false)] {
        let create = client.create_multipart_upload().bucket("bucket").key("key");
        let upload = create.checksum_algorithm(ChecksumAlgorithm::Crc32).checksum_type(kind.clone()).send().await.unwrap();
        let id = upload.upload_id().unwrap();
        let named = [part(&client, id, 1, &bytes[..5 * MIB]).await, part(&client, id, 2, &bytes[5 * MIB..]).await];
        let object = client
            .complete_multipart_upload()
            .bucket("bucket")
            .key("key")
            .upload_id(id)
            .multipart_upload(parts(&named))
            .send()
            .await
            .unwrap();
        assert_eq!(object.checksum_crc32().unwrap().ends_with("-2"), expected, "{:?}", object.checksum_crc32());
        // The SDK compares a full checksum with what it reads.
        let read = client.get_object().bucket("bucket").key("key").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        assert_eq!(read.checksum_type(), Some(&kind));
        assert_eq!(read.body.collect().await.unwrap().to_vec(), bytes);
    }
    let create = client.create_multipart_upload().bucket("bucket").key("key");
    let refused = create.checksum_algorithm(ChecksumAlgorithm::Sha256).checksum_type(ChecksumType::FullObject).send().await;
    assert_eq!(refusal(refused), (400, "InvalidRequest".to_owned()));
}

#[tokio::test]
async fn parts_are_copied_from_objects() {
    let (_services, client) = with_bucket().await;
    let bytes = pattern(6 * MIB);
    put(&client, "source", bytes.clone()).await;
    let id = begin(&client).await;
    let mut named = Vec::new();
    for (number, range) in [(1, "bytes=0-5242879"), (2, "bytes=5242880-6291455")] {
        let copy = client.upload_part_copy().bucket("bucket").key("key").upload_id(&id).part_number(number).copy_source("bucket/source");
        let copied = copy.copy_source_range(range).send().await.unwrap();
        named.push(CompletedPart::builder().part_number(number).e_tag(copied.copy_part_result().unwrap().e_tag().unwrap()).build());
    }
    client.complete_multipart_upload().bucket("bucket").key("key").upload_id(&id).multipart_upload(parts(&named)).send().await.unwrap();
    assert_eq!(read(&client, "key").await, bytes);
    // A copy of it is in one piece again.
    let copy = client.copy_object().bucket("bucket").key("copy").copy_source("bucket/key").send().await.unwrap();
    let source = client.head_object().bucket("bucket").key("source").send().await.unwrap();
    assert_eq!(copy.copy_object_result().unwrap().e_tag(), source.e_tag());
}
