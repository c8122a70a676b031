//! Reading objects: GetObject and HeadObject, whole, by range or by part.

use std::ops::Range;

use http::header::{ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::dto::{
    ChecksumMode, ChecksumType, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StorageClass, StreamingBlob,
    TimestampFormat,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result};

use super::{Api, check_version, count, etag, seconds, signed, timestamp};
use crate::s3::checksum::{Checksum, set_checksum};
use crate::s3::conditions::{ReadConditions, Verdict};
use crate::s3::error::{StoreError, s3_error, s3_error_named};
use crate::s3::store::object::Object;
use crate::s3::store::reader::Reader;

/// What of an object is read.
struct Selection {
    range: Range<u64>,
    /// By a range or a part: answered as 206 with a Content-Range.
    partial: bool,
    checksum: Option<Checksum>,
    parts: Option<i32>,
}

/// Range and part number exclude each other. A checksum is answered with the whole object, or with a whole part.
fn select(object: &Object, range: Option<&s3s::dto::Range>, part: Option<i32>, with_checksum: bool) -> S3Result<Selection> {
    let size = object.info.size;
    match (range, part) {
        (Some(_), Some(_)) => Err(s3_error(S3ErrorCode::InvalidRequest, "Cannot specify both Range header and partNumber query parameter")),
        (None, None) => {
            let checksum = with_checksum.then(|| object.info.checksum.clone());
            Ok(Selection { range: 0..size, partial: false, checksum, parts: None })
        }
        (Some(range), None) => {
            let range = range.check(size).ok().filter(|range| !range.is_empty());
            let range = range.ok_or_else(|| s3_error(S3ErrorCode::InvalidRange, "The requested range is not satisfiable"))?;
            Ok(Selection { range, partial: true, checksum: None, parts: None })
        }
        (None, Some(number)) => {
            let (range, part) = object.part(number).ok_or_else(|| {
                s3_error_named("InvalidPartNumber", StatusCode::RANGE_NOT_SATISFIABLE, "The requested partnumber is not satisfiable")
            })?;
            let checksum = match part {
                Some(part) => part.checksum.clone(),
                None => Some(object.info.checksum.clone()),
            };
            let parts = part.is_some().then(|| count(object.info.parts.len()));
            Ok(Selection { partial: !range.is_empty(), range, checksum: checksum.filter(|_| with_checksum), parts })
        }
    }
}

/// Fills the fields that GetObject and HeadObject have in common.
macro_rules! describe {
    ($output:expr, $object:expr, $selection:expr) => {{
        let (info, selection) = (&$object.info, &$selection);
        let headers = info.headers.clone();
        $output.accept_ranges = Some("bytes".to_owned());
        $output.cache_control = headers.cache_control;
        $output.content_disposition = headers.content_disposition;
        $output.content_encoding = headers.content_encoding;
        $output.content_language = headers.content_language;
        $output.content_type = Some(headers.content_type.unwrap_or_else(|| "binary/octet-stream".to_owned()));
        $output.expires = headers.expires.map(timestamp);
        // S3 does not name the class that objects usually have.
        $output.storage_class = headers.storage_class.filter(|class| class != StorageClass::STANDARD).map(StorageClass::from);
        $output.website_redirect_location = headers.website_redirect_location;
        $output.metadata = Some(headers.metadata.into_iter().collect());
        $output.content_length = Some(signed(selection.range.end - selection.range.start));
        $output.e_tag = Some(etag(&info.etag));
        $output.last_modified = Some(timestamp(info.last_modified));
        $output.parts_count = selection.parts;
        if selection.partial {
            $output.content_range = Some(format!("bytes {}-{}/{}", selection.range.start, selection.range.end - 1, info.size));
        }
        if let Some(checksum) = &selection.checksum {
            $output.checksum_type = Some(ChecksumType::from_static(info.checksum.kind.name()));
            set_checksum!($output, Some(checksum));
        }
    }};
}

/// The conditions of a GetObject or HeadObject.
macro_rules! read_conditions {
    ($input:expr) => {
        ReadConditions {
            if_match: $input.if_match.as_ref(),
            if_none_match: $input.if_none_match.as_ref(),
            if_modified_since: $input.if_modified_since.as_ref().map(seconds),
            if_unmodified_since: $input.if_unmodified_since.as_ref().map(seconds),
        }
    };
}

fn check(conditions: &ReadConditions<'_>, object: &Object) -> S3Result<()> {
    match conditions.verdict(&object.info.etag, object.info.last_modified) {
        Verdict::Read => Ok(()),
        Verdict::Failed => Err(StoreError::Precondition.into()),
        Verdict::NotModified => {
            let mut error = S3Error::new(S3ErrorCode::NotModified);
            let mut headers = HeaderMap::new();
            let mut date = Vec::new();
            if timestamp(object.info.last_modified).format(TimestampFormat::HttpDate, &mut date).is_ok() {
                headers.extend(HeaderValue::from_bytes(&date).map(|date| (LAST_MODIFIED, date)));
            }
            headers.extend(etag(&object.info.etag).to_http_header().map(|etag| (ETAG, etag)));
            error.set_headers(headers);
            Err(error)
        }
    }
}

fn asks_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

impl Api {
    pub(super) async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        check_version(input.version_id.as_deref())?;
        let object = bucket.get(&input.key)?;
        check(&read_conditions!(input), &object)?;
        let selection = select(&object, input.range.as_ref(), input.part_number, asks_checksum(input.checksum_mode.as_ref()))?;
        let body = Reader::open(&object.blobs, &selection.range).map_err(StoreError::Read)?;
        let mut output = GetObjectOutput { body: Some(StreamingBlob::new(body)), ..GetObjectOutput::default() };
        describe!(output, object, selection);
        output.tag_count = Some(count(object.info.headers.tags.len())).filter(|&tags| tags > 0);
        Ok(output)
    }

    pub(super) async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<HeadObjectOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        check_version(input.version_id.as_deref())?;
        let object = bucket.get(&input.key)?;
        check(&read_conditions!(input), &object)?;
        let selection = select(&object, input.range.as_ref(), input.part_number, asks_checksum(input.checksum_mode.as_ref()))?;
        let mut output = HeadObjectOutput::default();
        describe!(output, object, selection);
        Ok(output)
    }
}
