//! CopyObject and UploadPartCopy: bytes that do not leave the store.

use std::ops::Range;
use std::sync::Arc;

use s3s::dto::{
    ChecksumType, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource, MetadataDirective, TaggingDirective,
    UploadPartCopyInput, UploadPartCopyOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::multipart::part_number;
use super::objects::{NewObject, kept_headers};
use super::{Api, check_version, etag, invalid_argument, seconds, timestamp};
use crate::s3::checksum::{Algorithm, set_checksum};
use crate::s3::conditions::{ReadConditions, Verdict, WriteConditions};
use crate::s3::error::{StoreError, s3_error};
use crate::s3::limits::UPLOAD_MAX_BYTES;
use crate::s3::store::bucket::Bucket;
use crate::s3::store::object::{Headers, Object, ObjectInfo};
use crate::s3::store::reader::Reader;
use crate::s3::store::receive::{Declared, receive};

/// The conditions on a copy's source.
macro_rules! source_conditions {
    ($input:expr) => {
        ReadConditions {
            if_match: $input.copy_source_if_match.as_ref(),
            if_none_match: $input.copy_source_if_none_match.as_ref(),
            if_modified_since: $input.copy_source_if_modified_since.as_ref().map(seconds),
            if_unmodified_since: $input.copy_source_if_unmodified_since.as_ref().map(seconds),
        }
    };
}

impl Api {
    fn source(&self, source: &CopySource, conditions: &ReadConditions<'_>) -> S3Result<Arc<Object>> {
        let CopySource::Bucket { bucket, key, version_id } = source else {
            return Err(s3_error(S3ErrorCode::NotImplemented, "Copying from access points is not implemented"));
        };
        check_version(version_id.as_deref())?;
        let object = self.bucket(bucket)?.get(key)?;
        match conditions.verdict(&object.info.etag, object.info.last_modified) {
            Verdict::Read => Ok(object),
            Verdict::Failed | Verdict::NotModified => Err(StoreError::Precondition.into()),
        }
    }

    pub(super) async fn copy_object(&self, mut request: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
        let input = &mut request.input;
        let bucket = self.bucket(&input.bucket)?;
        let source = self.source(&input.copy_source, &source_conditions!(input))?;
        let replaces = input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
        let retags = input.tagging_directive.as_ref().is_some_and(|directive| directive.as_str() == TaggingDirective::REPLACE);
        let changes = replaces || input.storage_class.is_some() || input.website_redirect_location.is_some();
        if !changes && is_itself(&input.copy_source, &input.bucket, &input.key) {
            let message = "This copy request is illegal because it is trying to copy an object to itself without changing the object's \
                           metadata, storage class, website redirect location or encryption attributes.";
            return Err(s3_error(S3ErrorCode::InvalidRequest, message));
        }
        let named = kept_headers!(input);
        let mut headers = if replaces { named.clone() } else { copied(&source.info.headers, &named) };
        headers.tags = if retags { named.tags } else { source.info.headers.tags.clone() };
        let algorithm = input.checksum_algorithm.as_ref().and_then(|algorithm| Algorithm::of_name(algorithm.as_str()));
        let new = NewObject { key: input.key.clone(), headers, conditions: WriteConditions::default() };
        let info = self.copy(&bucket, &source, new, algorithm).await?;
        let mut result = CopyObjectResult {
            e_tag: Some(etag(&info.etag)),
            last_modified: Some(timestamp(info.last_modified)),
            checksum_type: Some(ChecksumType::from_static(info.checksum.kind.name())),
            ..CopyObjectResult::default()
        };
        set_checksum!(result, Some(&info.checksum));
        Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() })
    }

    /// The same bytes under another name share them. Those of an object that was uploaded in parts are read again: its copy is in one
    /// piece, with the MD5 of its bytes as ETag.
    async fn copy(&self, bucket: &Bucket, source: &Object, new: NewObject, algorithm: Option<Algorithm>) -> Result<ObjectInfo, StoreError> {
        let algorithm = algorithm.unwrap_or(source.info.checksum.algorithm);
        let shared = source.info.parts.is_empty() && algorithm == source.info.checksum.algorithm;
        let links = source.blobs.iter().map(|blob| blob.link(&bucket.shelf()));
        if shared && let Ok(blobs) = links.collect::<Result<Vec<_>, _>>() {
            let info = ObjectInfo { key: new.key, headers: new.headers, last_modified: self.now(), ..source.info.clone() };
            return Ok(bucket.put(Object { info, blobs }, &new.conditions)?.info.clone());
        }
        if source.info.size > UPLOAD_MAX_BYTES {
            return Err(StoreError::TooLarge);
        }
        let body = Reader::open(&source.blobs, &(0..source.info.size)).map_err(StoreError::Read)?;
        let declared = Declared { length: Some(source.info.size), wanted: Some(algorithm), ..Declared::default() };
        self.store_object(bucket, new, body, declared).await
    }

    pub(super) async fn upload_part_copy(&self, request: S3Request<UploadPartCopyInput>) -> S3Result<UploadPartCopyOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        let number = part_number(input.part_number)?;
        let upload = bucket.upload_info(&input.key, &input.upload_id)?;
        let source = self.source(&input.copy_source, &source_conditions!(input))?;
        let range = source_range(input.copy_source_range.as_deref(), source.info.size)?;
        let length = range.end - range.start;
        let body = Reader::open(&source.blobs, &range).map_err(StoreError::Read)?;
        let declared = Declared { length: Some(length), wanted: Some(upload.algorithm), ..Declared::default() };
        let received = receive(bucket.shelf(), body, declared).await?;
        let record = bucket.put_part(&input.key, &input.upload_id, number, &received, self.now())?;
        let mut result = CopyPartResult {
            e_tag: Some(etag(&record.etag)),
            last_modified: Some(timestamp(record.last_modified)),
            ..CopyPartResult::default()
        };
        set_checksum!(result, record.checksum.as_ref().filter(|_| upload.declared));
        Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
    }
}

fn is_itself(source: &CopySource, bucket: &str, key: &str) -> bool {
    matches!(source, CopySource::Bucket { bucket: from, key: name, .. } if **from == *bucket && **name == *key)
}

/// What a copy keeps of its source's headers: all but what S3 takes from the request alone.
fn copied(source: &Headers, named: &Headers) -> Headers {
    Headers {
        storage_class: named.storage_class.clone(),
        website_redirect_location: named.website_redirect_location.clone(),
        ..source.clone()
    }
}

/// `bytes=first-last`, both within the source.
fn source_range(range: Option<&str>, size: u64) -> S3Result<Range<u64>> {
    let Some(range) = range else {
        return Ok(0..size);
    };
    match s3s::dto::Range::parse(range) {
        Ok(s3s::dto::Range::Int { first, last: Some(last) }) if last < size => Ok(first..last + 1),
        _ => Err(invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of \
             the first and last bytes to copy",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_part_copies() {
        assert_eq!(source_range(None, 10).unwrap(), 0..10);
        assert_eq!(source_range(Some("bytes=2-9"), 10).unwrap(), 2..10);
        for refused in ["bytes=2-10", "bytes=2-", "bytes=-3", "2-3"] {
            assert!(source_range(Some(refused), 10).is_err(), "{refused}");
        }
    }
}
