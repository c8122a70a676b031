//! S3's operations: each turns an s3s input into acts of the store, and the outcome into an output.

mod buckets;
mod copies;
mod lists;
mod multipart;
pub(crate) mod objects;
mod reads;
mod tags;

use std::sync::Arc;

use s3s::dto::{self, ETag, Owner, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};
use time::OffsetDateTime;

use super::door::Arrival;
use super::error::{StoreError, s3_error};
use super::store::Store;
use super::store::bucket::Bucket;

/// All operations over one store. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Api(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    region: String,
    account_id: String,
    now: fn() -> OffsetDateTime,
}

impl Api {
    pub(crate) fn new(store: Store, region: &str, account_id: &str) -> Self {
        Self(Arc::new(Inner { store, region: region.to_owned(), account_id: account_id.to_owned(), now: OffsetDateTime::now_utc }))
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<Arc<Bucket>, StoreError> {
        self.0.store.bucket(name)
    }

    /// Unix seconds.
    fn now(&self) -> i64 {
        (self.0.now)().unix_timestamp()
    }

    /// Everything belongs to one account. S3's canonical ids are 64 hexadecimal digits.
    fn owner(&self) -> Owner {
        Owner { id: Some(format!("{:0>64}", self.0.account_id)), display_name: None }
    }
}

fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}

fn timestamp(seconds: i64) -> Timestamp {
    OffsetDateTime::from_unix_timestamp(seconds).map(Timestamp::from).unwrap_or_default()
}

fn seconds(timestamp: &Timestamp) -> i64 {
    OffsetDateTime::from(timestamp.clone()).unix_timestamp()
}

/// S3's sizes are signed.
fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// S3's counts are 32 bits; ours are limited to 10,000.
fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A client's `max-…`: absent is S3's own maximum, more is cut to it, less than nothing is refused.
fn limit(named: Option<i32>, max: usize, argument: &str) -> S3Result<usize> {
    match named.map(usize::try_from) {
        None => Ok(max),
        Some(Ok(named)) => Ok(named.min(max)),
        Some(Err(_)) => Err(invalid_argument(format!("Argument {argument} must be an integer between 0 and 2147483647"))),
    }
}

fn invalid_argument(message: impl Into<String>) -> S3Error {
    s3_error(S3ErrorCode::InvalidArgument, message)
}

/// There are no versions: the one that is there is called "null".
fn check_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error(S3ErrorCode::NoSuchVersion, "The specified version does not exist.")),
    }
}

fn arrival<T>(request: &S3Request<T>) -> Arrival {
    request.extensions.get::<Arrival>().cloned().unwrap_or_default()
}

fn answer<T>(output: S3Result<T>) -> S3Result<S3Response<T>> {
    output.map(S3Response::new)
}

/// What s3s asks for, each operation in its place. All others answer NotImplemented with their name, by s3s's defaults.
macro_rules! operations {
    ($($name:ident($input:ident) -> $output:ident;)*) => {
        #[async_trait::async_trait]
        impl s3s::S3 for Api {
            $(async fn $name(&self, request: S3Request<dto::$input>) -> S3Result<S3Response<dto::$output>> {
                answer(Self::$name(self, request).await)
            })*
        }
    };
}

operations! {
    list_buckets(ListBucketsInput) -> ListBucketsOutput;
    create_bucket(CreateBucketInput) -> CreateBucketOutput;
    head_bucket(HeadBucketInput) -> HeadBucketOutput;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput;
    put_object(PutObjectInput) -> PutObjectOutput;
    get_object(GetObjectInput) -> GetObjectOutput;
    head_object(HeadObjectInput) -> HeadObjectOutput;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput;
    copy_object(CopyObjectInput) -> CopyObjectOutput;
    list_objects(ListObjectsInput) -> ListObjectsOutput;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput;
    upload_part(UploadPartInput) -> UploadPartOutput;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput;
    list_parts(ListPartsInput) -> ListPartsOutput;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput;
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput;
}
