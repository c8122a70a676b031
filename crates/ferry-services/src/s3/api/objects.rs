//! Writing and deleting objects.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETagCondition, Metadata, PutObjectInput, PutObjectOutput, StreamingBlob,
};
use s3s::stream::ByteStream as _;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, StdError};

use super::{Api, arrival, check_version, etag};
use crate::limits::OVERSIZE_DISCARD_BYTES_MAX;
use crate::s3::checksum::{Algorithm, named_checksums, set_checksum};
use crate::s3::conditions::WriteConditions;
use crate::s3::door::Arrival;
use crate::s3::error::{StoreError, s3_error};
use crate::s3::limits::{DELETE_MAX, METADATA_MAX_BYTES};
use crate::s3::store::bucket::Bucket;
use crate::s3::store::object::{Headers, Object, ObjectInfo};
use crate::s3::store::receive::{Declared, hex, receive};

/// An object to be put, but its bytes.
pub(crate) struct NewObject {
    pub(crate) key: String,
    pub(crate) headers: Headers,
    pub(crate) conditions: WriteConditions,
}

/// The headers of an upload that S3 keeps.
macro_rules! kept_headers {
    ($input:expr) => {
        $crate::s3::store::object::Headers {
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $input.content_encoding.take(),
            content_language: $input.content_language.take(),
            content_type: $input.content_type.take(),
            expires: $input.expires.as_ref().map($crate::s3::api::seconds),
            storage_class: $input.storage_class.as_ref().map(|class| class.as_str().to_owned()),
            website_redirect_location: $input.website_redirect_location.take(),
            metadata: $crate::s3::api::objects::metadata($input.metadata.take())?,
            tags: $crate::s3::api::tags::of_header($input.tagging.as_deref())?,
        }
    };
}
pub(super) use kept_headers;

/// User metadata, within its limit.
pub(super) fn metadata(metadata: Option<Metadata>) -> S3Result<std::collections::BTreeMap<String, String>> {
    let metadata = metadata.unwrap_or_default();
    if metadata.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > METADATA_MAX_BYTES {
        return Err(s3_error(S3ErrorCode::MetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size"));
    }
    Ok(metadata.into_iter().collect())
}

/// What an upload declares about its body. `checksums`: those that its headers name.
pub(super) fn declared(
    arrival: Arrival,
    (length, md5): (Option<i64>, Option<&str>),
    checksums: impl Iterator<Item = (Algorithm, String)>,
    algorithm: Option<&ChecksumAlgorithm>,
) -> S3Result<Declared> {
    let mut checksums: Vec<(Algorithm, String)> = checksums.collect();
    if checksums.len() + usize::from(arrival.trailer.is_some()) > 1 {
        let message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        return Err(s3_error(S3ErrorCode::InvalidRequest, message));
    }
    let md5 = md5.map(|md5| BASE64.decode(md5).ok().and_then(|md5| md5.try_into().ok()));
    if md5.is_some_and(|md5: Option<[u8; 16]>| md5.is_none()) {
        return Err(s3_error(S3ErrorCode::InvalidDigest, "The Content-MD5 you specified was invalid."));
    }
    let length = length.and_then(|length| u64::try_from(length).ok());
    if length.is_none() {
        return Err(s3_error(S3ErrorCode::MissingContentLength, "You must provide the Content-Length HTTP header."));
    }
    let wanted = algorithm.and_then(|algorithm| Algorithm::of_name(algorithm.as_str()));
    Ok(Declared { length, md5: md5.flatten(), sha256: arrival.sha256, checksum: checksums.pop(), trailer: arrival.trailer, wanted })
}

/// The length of a body: what its header says, or else what is known of it.
pub(super) fn length(named: Option<i64>, body: &StreamingBlob) -> Option<i64> {
    named.or_else(|| body.remaining_length().exact().and_then(|length| i64::try_from(length).ok()))
}

/// Lets a refused client finish sending, so that it reads why; one that sends far more is cut off.
pub(super) async fn discard(mut body: StreamingBlob, error: S3Error) -> S3Error {
    let mut read = 0;
    while let Some(Ok(bytes)) = body.next().await {
        read += bytes.len();
        if read > OVERSIZE_DISCARD_BYTES_MAX {
            break;
        }
    }
    error
}

/// `If-Match` and `If-None-Match` of a write. S3 knows `*` for the latter and nothing else.
pub(super) fn write_conditions(if_match: Option<ETagCondition>, if_none_match: Option<&ETagCondition>) -> S3Result<WriteConditions> {
    if if_none_match.is_some_and(|condition| !condition.is_any()) {
        return Err(s3_error(S3ErrorCode::NotImplemented, "A header you provided implies functionality that is not implemented"));
    }
    Ok(WriteConditions { if_match, if_absent: if_none_match.is_some() })
}

impl Api {
    /// Takes in a body and puts it as an object. Its checksum is the declared one, or else CRC64NVME, as S3 does by itself.
    pub(crate) async fn store_object<S>(
        &self,
        bucket: &Bucket,
        new: NewObject,
        body: S,
        mut declared: Declared,
    ) -> Result<ObjectInfo, StoreError>
    where
        S: Stream<Item = Result<Bytes, StdError>> + Unpin,
    {
        let algorithm = declared.algorithm().or(declared.wanted).unwrap_or(Algorithm::Crc64Nvme);
        declared.wanted = Some(algorithm);
        let received = receive(bucket.shelf(), body, declared).await?;
        let checksum = received.checksum(algorithm).ok_or(StoreError::BadChecksum(algorithm))?;
        let info = ObjectInfo {
            key: new.key,
            size: received.blob.size(),
            etag: hex(&received.md5),
            last_modified: self.now(),
            headers: new.headers,
            checksum,
            parts: Vec::new(),
            upload_id: None,
        };
        let object = bucket.put(Object { info, blobs: vec![received.blob] }, &new.conditions)?;
        Ok(object.info.clone())
    }

    pub(super) async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
        let body = request.input.body.take().unwrap_or_else(|| s3s::Body::empty().into());
        let (bucket, new, declared) = match self.prepare_put(request, &body) {
            Ok(prepared) => prepared,
            Err(error) => return Err(discard(body, error).await),
        };
        let info = self.store_object(&bucket, new, body, declared).await?;
        let mut output = PutObjectOutput {
            e_tag: Some(etag(&info.etag)),
            checksum_type: Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
            ..PutObjectOutput::default()
        };
        set_checksum!(output, Some(&info.checksum));
        Ok(output)
    }

    /// Everything that can be refused before the body is read.
    fn prepare_put(&self, mut request: S3Request<PutObjectInput>, body: &StreamingBlob) -> S3Result<(Arc<Bucket>, NewObject, Declared)> {
        let arrival = arrival(&request);
        let input = &mut request.input;
        let bucket = self.bucket(&input.bucket)?;
        let headers = kept_headers!(input);
        let conditions = write_conditions(input.if_match.take(), input.if_none_match.as_ref())?;
        // Checked again when the object is put.
        let there = bucket.get(&input.key).ok();
        conditions.check(there.as_ref().map(|object| object.info.etag.as_str()))?;
        let length = length(input.content_length, body);
        let checksums = named_checksums!(input);
        let declared = declared(arrival, (length, input.content_md5.as_deref()), checksums, input.checksum_algorithm.as_ref())?;
        Ok((bucket, NewObject { key: input.key.clone(), headers, conditions }, declared))
    }

    pub(super) async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<DeleteObjectOutput> {
        let input = request.input;
        check_version(input.version_id.as_deref())?;
        let conditions = WriteConditions { if_match: input.if_match, if_absent: false };
        self.bucket(&input.bucket)?.delete(&input.key, &conditions)?;
        Ok(DeleteObjectOutput::default())
    }

    pub(super) async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> S3Result<DeleteObjectsOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        if input.delete.objects.is_empty() || input.delete.objects.len() > DELETE_MAX {
            let message = "The XML you provided was not well-formed or did not validate against our published schema";
            return Err(s3_error(S3ErrorCode::MalformedXML, message));
        }
        let quiet = input.delete.quiet == Some(true);
        let mut output = DeleteObjectsOutput::default();
        for object in input.delete.objects {
            let conditions = WriteConditions { if_match: object.e_tag.map(ETagCondition::ETag), if_absent: false };
            let deleted =
                check_version(object.version_id.as_deref()).and_then(|()| bucket.delete(&object.key, &conditions).map_err(S3Error::from));
            match deleted {
                Ok(()) if quiet => {}
                Ok(()) => {
                    let deleted = DeletedObject { key: Some(object.key), version_id: object.version_id, ..DeletedObject::default() };
                    output.deleted.get_or_insert_default().push(deleted);
                }
                Err(error) => output.errors.get_or_insert_default().push(s3s::dto::Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(str::to_owned),
                    version_id: object.version_id,
                }),
            }
        }
        Ok(output)
    }
}
