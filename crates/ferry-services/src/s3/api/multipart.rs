//! Multipart uploads, but for copies of parts (`copies`) and the list of uploads (`lists`).

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ListPartsInput, ListPartsOutput, Part,
    StorageClass, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::objects::{declared, discard, kept_headers, length, write_conditions};
use super::{Api, arrival, count, etag, invalid_argument, limit, signed, timestamp};
use crate::s3::checksum::{Algorithm, Kind, named_checksums, set_checksum};
use crate::s3::error::{StoreError, s3_error};
use crate::s3::limits::{LIST_MAX, PART_NUMBER_MAX};
use crate::s3::store::bucket::Bucket;
use crate::s3::store::receive::{Declared, receive};
use crate::s3::store::upload::{Completion, NamedPart, PartRecord, UploadInfo, new_upload_id};

pub(super) fn part_number(number: i32) -> S3Result<u16> {
    let number = u16::try_from(number).ok().filter(|&number| (1..=PART_NUMBER_MAX).contains(&i32::from(number)));
    number.ok_or_else(|| invalid_argument(format!("Part number must be an integer between 1 and {PART_NUMBER_MAX}, inclusive")))
}

/// Algorithm and kind of an upload's checksum, and whether the client named one. Without a name S3 keeps a CRC64NVME of its own.
fn checksum(algorithm: Option<&ChecksumAlgorithm>, kind: Option<&ChecksumType>) -> S3Result<(Algorithm, Kind, bool)> {
    let named = match algorithm.map(|algorithm| Algorithm::of_name(algorithm.as_str())) {
        Some(None) => {
            let message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: \
                           [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
            return Err(s3_error(S3ErrorCode::InvalidRequest, message));
        }
        Some(named) => named,
        None => None,
    };
    let kind = match kind.map(ChecksumType::as_str) {
        None => None,
        Some(ChecksumType::FULL_OBJECT) => Some(Kind::FullObject),
        Some(ChecksumType::COMPOSITE) => Some(Kind::Composite),
        Some(_) => return Err(s3_error(S3ErrorCode::InvalidRequest, "Value for x-amz-checksum-type header is invalid.")),
    };
    let algorithm = named.unwrap_or(Algorithm::Crc64Nvme);
    if named.is_none() && kind.is_some() {
        let message = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.";
        return Err(s3_error(S3ErrorCode::InvalidRequest, message));
    }
    let kind = kind.unwrap_or(algorithm.default_kind());
    if !algorithm.allows(kind) {
        let message = format!("The {} checksum type cannot be used with the {} checksum algorithm.", kind.name(), algorithm.name());
        return Err(s3_error(S3ErrorCode::InvalidRequest, message));
    }
    Ok((algorithm, kind, named.is_some()))
}

impl Api {
    pub(super) async fn create_multipart_upload(
        &self,
        mut request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<CreateMultipartUploadOutput> {
        let input = &mut request.input;
        let bucket = self.bucket(&input.bucket)?;
        let (algorithm, kind, declared) = checksum(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
        let initiated = self.now();
        let info = UploadInfo {
            id: new_upload_id(initiated),
            key: input.key.clone(),
            initiated,
            headers: kept_headers!(input),
            algorithm,
            kind,
            declared,
        };
        let output = CreateMultipartUploadOutput {
            bucket: Some(input.bucket.clone()),
            checksum_algorithm: declared.then(|| ChecksumAlgorithm::from_static(algorithm.name())),
            checksum_type: declared.then(|| ChecksumType::from_static(kind.name())),
            key: Some(input.key.clone()),
            upload_id: Some(info.id.clone()),
            ..CreateMultipartUploadOutput::default()
        };
        bucket.create_upload(info)?;
        Ok(output)
    }

    pub(super) async fn upload_part(&self, mut request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
        let body = request.input.body.take().unwrap_or_else(|| s3s::Body::empty().into());
        let prepared = self.prepare_part(&request, &body);
        let (bucket, number, upload, mut declared) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Err(discard(body, error).await),
        };
        let shown = declared.algorithm().or(Some(upload.algorithm).filter(|_| upload.declared));
        declared.wanted = Some(upload.algorithm);
        let received = receive(bucket.shelf(), body, declared).await?;
        let record = bucket.put_part(&upload.key, &upload.id, number, &received, self.now())?;
        let mut output = UploadPartOutput { e_tag: Some(etag(&record.etag)), ..UploadPartOutput::default() };
        set_checksum!(output, shown.and_then(|algorithm| received.checksum(algorithm)));
        Ok(output)
    }

    /// Everything that can be refused before the body is read.
    fn prepare_part(
        &self,
        request: &S3Request<UploadPartInput>,
        body: &StreamingBlob,
    ) -> S3Result<(Arc<Bucket>, u16, UploadInfo, Declared)> {
        let input = &request.input;
        let bucket = self.bucket(&input.bucket)?;
        let number = part_number(input.part_number)?;
        let upload = bucket.upload_info(&input.key, &input.upload_id)?;
        let length = length(input.content_length, body);
        let checksums = named_checksums!(input);
        let declared = declared(arrival(request), (length, input.content_md5.as_deref()), checksums, input.checksum_algorithm.as_ref())?;
        if let Some(named) = declared.algorithm().filter(|&named| upload.declared && named != upload.algorithm) {
            let (expected, actual) = (upload.algorithm.name().to_lowercase(), named.name().to_lowercase());
            let message = format!("Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}");
            return Err(s3_error(S3ErrorCode::InvalidRequest, message));
        }
        Ok((bucket, number, upload, declared))
    }

    pub(super) async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        let completion = Completion {
            conditions: write_conditions(input.if_match.clone(), input.if_none_match.as_ref())?,
            size: input.mpu_object_size.and_then(|size| u64::try_from(size).ok()),
            checksum: named_checksums!(input).next(),
            now: self.now(),
        };
        let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        if named.is_empty() {
            return Err(s3_error(S3ErrorCode::MalformedXML, "You must specify at least one part"));
        }
        let parts = named.into_iter().map(|part| {
            let checksums = named_checksums!(part).collect();
            let etag = part.e_tag.map(s3s::dto::ETag::into_value).ok_or(StoreError::InvalidPart)?;
            Ok(NamedPart { number: part.part_number.ok_or(StoreError::InvalidPart)?, etag, checksums })
        });
        let parts: Vec<NamedPart> = parts.collect::<Result<_, StoreError>>()?;
        if let Ok(upload) = bucket.upload_info(&input.key, &input.upload_id) {
            check_part_checksums(&upload, &parts)?;
        }
        let object = bucket.complete_upload(&input.key, &input.upload_id, &parts, &completion)?;
        let mut output = CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(etag(&object.info.etag)),
            checksum_type: Some(ChecksumType::from_static(object.info.checksum.kind.name())),
            ..CompleteMultipartUploadOutput::default()
        };
        set_checksum!(output, Some(&object.info.checksum));
        Ok(output)
    }

    pub(super) async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<AbortMultipartUploadOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?.abort_upload(&input.key, &input.upload_id)?;
        Ok(AbortMultipartUploadOutput::default())
    }

    pub(super) async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<ListPartsOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        let max = limit(input.max_parts, LIST_MAX, "max-parts")?;
        let marker = input.part_number_marker.unwrap_or(0);
        let upload = bucket.upload_info(&input.key, &input.upload_id)?;
        let id = (input.key.clone(), input.upload_id.clone());
        let (parts, truncated) = bucket.with_uploads(|uploads| {
            let parts = uploads.get(&id).into_iter().flat_map(|upload| upload.parts.values());
            let mut behind = parts.filter(|part| i32::from(part.record.number) > marker);
            let parts: Vec<Part> = behind.by_ref().take(max).map(|part| listed(&part.record, upload.declared)).collect();
            (parts, max > 0 && behind.next().is_some())
        });
        let class = upload.headers.storage_class.unwrap_or_else(|| StorageClass::STANDARD.to_owned());
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            checksum_algorithm: upload.declared.then(|| ChecksumAlgorithm::from_static(upload.algorithm.name())),
            checksum_type: upload.declared.then(|| ChecksumType::from_static(upload.kind.name())),
            is_truncated: Some(truncated),
            key: Some(input.key),
            max_parts: Some(count(max)),
            next_part_number_marker: parts.last().and_then(|part| part.part_number).or(Some(marker)),
            owner: Some(self.owner()),
            part_number_marker: Some(marker),
            parts: (!parts.is_empty()).then_some(parts),
            storage_class: Some(StorageClass::from(class)),
            upload_id: Some(input.upload_id),
            ..ListPartsOutput::default()
        })
    }
}

fn listed(record: &PartRecord, with_checksum: bool) -> Part {
    let mut part = Part {
        e_tag: Some(etag(&record.etag)),
        last_modified: Some(timestamp(record.last_modified)),
        part_number: Some(i32::from(record.number)),
        size: Some(signed(record.size)),
        ..Part::default()
    };
    set_checksum!(part, record.checksum.as_ref().filter(|_| with_checksum));
    part
}

/// An upload with a composite checksum is completed with the checksum of each part.
fn check_part_checksums(upload: &UploadInfo, parts: &[NamedPart]) -> S3Result<()> {
    if !upload.declared || upload.kind != Kind::Composite {
        return Ok(());
    }
    let missing = parts.iter().find(|part| !part.checksums.iter().any(|(algorithm, _)| *algorithm == upload.algorithm));
    missing.map_or(Ok(()), |part| {
        let name = upload.algorithm.name().to_lowercase();
        let message = format!(
            "The upload was created using a {name} checksum. The complete request must include the checksum for each part. It was missing \
             for part {} in the request.",
            part.number
        );
        Err(s3_error(S3ErrorCode::InvalidRequest, message))
    })
}
