//! Tags of objects.

use http::StatusCode;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput, PutObjectTaggingInput,
    PutObjectTaggingOutput, Tag,
};
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::{Api, check_version};
use crate::s3::error::{s3_error, s3_error_named};
use crate::s3::limits::TAGS_MAX;

/// Keys are at most 128 characters, values 256.
const KEY_MAX_CHARS: usize = 128;
const VALUE_MAX_CHARS: usize = 256;

/// Tags as an upload's header names them: `a=1&b=2`, percent-encoded.
pub(super) fn of_header(header: Option<&str>) -> S3Result<Vec<(String, String)>> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned)
    };
    let pairs = header.unwrap_or("").split('&').filter(|pair| !pair.is_empty());
    let tags: Result<Vec<_>, _> = pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok::<_, std::str::Utf8Error>((decode(key)?, decode(value)?))
        })
        .collect();
    checked(tags.map_err(|_| invalid("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters"))?)
}

fn checked(tags: Vec<(String, String)>) -> S3Result<Vec<(String, String)>> {
    if tags.len() > TAGS_MAX {
        return Err(s3_error_named("BadRequest", StatusCode::BAD_REQUEST, format!("Object tags cannot be greater than {TAGS_MAX}")));
    }
    for (at, (key, value)) in tags.iter().enumerate() {
        if key.is_empty() || key.chars().count() > KEY_MAX_CHARS {
            return Err(invalid("The TagKey you have provided is invalid"));
        }
        if value.chars().count() > VALUE_MAX_CHARS {
            return Err(invalid("The TagValue you have provided is invalid"));
        }
        if tags[..at].iter().any(|(earlier, _)| earlier == key) {
            return Err(invalid("Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(tags)
}

fn invalid(message: &str) -> s3s::S3Error {
    s3_error(S3ErrorCode::InvalidTag, message)
}

impl Api {
    pub(super) async fn get_object_tagging(&self, request: S3Request<GetObjectTaggingInput>) -> S3Result<GetObjectTaggingOutput> {
        let input = request.input;
        check_version(input.version_id.as_deref())?;
        let object = self.bucket(&input.bucket)?.get(&input.key)?;
        let tags = object.info.headers.tags.iter().map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) });
        Ok(GetObjectTaggingOutput { tag_set: tags.collect(), version_id: None })
    }

    pub(super) async fn put_object_tagging(&self, request: S3Request<PutObjectTaggingInput>) -> S3Result<PutObjectTaggingOutput> {
        let input = request.input;
        check_version(input.version_id.as_deref())?;
        let tags = input.tagging.tag_set.into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
        let tags = checked(tags.collect())?;
        self.bucket(&input.bucket)?.update(&input.key, |info| info.headers.tags = tags)?;
        Ok(PutObjectTaggingOutput::default())
    }

    pub(super) async fn delete_object_tagging(&self, request: S3Request<DeleteObjectTaggingInput>) -> S3Result<DeleteObjectTaggingOutput> {
        let input = request.input;
        check_version(input.version_id.as_deref())?;
        self.bucket(&input.bucket)?.update(&input.key, |info| info.headers.tags.clear())?;
        Ok(DeleteObjectTaggingOutput::default())
    }
}
