//! S3 through the Rust SDK and through plain HTTP.

mod conditions;
mod listing;
mod multipart;
mod objects;
mod reopen;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use ferry_services::Services;

use crate::support::{sdk_config, start};

/// A client as functions have it: path-style, since the endpoint is an address, and the SDK's default checksums.
fn client(services: &Services) -> Client {
    Client::from_conf(sdk_config!(aws_sdk_s3, services).build())
}

/// Services with one bucket named `bucket`.
async fn with_bucket() -> (Services, Client) {
    let services = start();
    let client = client(&services);
    client.create_bucket().bucket("bucket").send().await.unwrap();
    (services, client)
}

async fn put(client: &Client, key: &str, bytes: impl Into<Vec<u8>>) -> aws_sdk_s3::operation::put_object::PutObjectOutput {
    client.put_object().bucket("bucket").key(key).body(ByteStream::from(bytes.into())).send().await.unwrap()
}

async fn read(client: &Client, key: &str) -> Vec<u8> {
    let object = client.get_object().bucket("bucket").key(key).send().await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

/// The status and S3's code of a refusal.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E>>) -> (u16, String) {
    let error = answer.expect_err("to be refused");
    let status = error.raw_response().expect("an answer").status().as_u16();
    (status, error.code().unwrap_or("").to_owned())
}

/// Bytes that differ with their place.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}
