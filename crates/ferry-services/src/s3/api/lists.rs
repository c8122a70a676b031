//! Listing objects and uploads.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, CommonPrefix, EncodingType, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput,
    ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, MultipartUpload, Object as ListedObject, ObjectStorageClass, StorageClass,
};
use s3s::{S3Request, S3Result};

use super::{Api, count, etag, invalid_argument, limit, signed, timestamp};
use crate::s3::limits::LIST_MAX;
use crate::s3::listing::{Query, page};
use crate::s3::store::object::Object;

/// What `encoding-type=url` leaves as it is.
const URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*').remove(b'/');

/// A continuation token: opaque to clients, the last name of the page before to us.
pub(super) fn token_of_name(name: &str) -> String {
    BASE64_URL.encode(name)
}

pub(super) fn name_of_token(token: &str) -> S3Result<String> {
    let name = BASE64_URL.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))
}

/// How names are written in an answer: XML cannot hold every key as it is.
struct Names {
    url: bool,
}

impl Names {
    fn of(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => Err(invalid_argument("Invalid Encoding Method specified in Request")),
        }
    }

    fn write(&self, name: &str) -> String {
        if self.url { utf8_percent_encode(name, URL).to_string() } else { name.to_owned() }
    }

    fn write_all(&self, prefixes: &[String]) -> Option<Vec<CommonPrefix>> {
        let prefixes: Vec<_> = prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.write(prefix)) }).collect();
        (!prefixes.is_empty()).then_some(prefixes)
    }
}

/// An empty parameter is an absent one.
fn given(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|value| !value.is_empty())
}

impl Api {
    pub(super) async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<ListObjectsV2Output> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        let names = Names::of(input.encoding_type.as_ref())?;
        let max = limit(input.max_keys, LIST_MAX, "max-keys")?;
        let token = given(input.continuation_token.as_ref()).map(name_of_token).transpose()?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or(""),
            delimiter: given(input.delimiter.as_ref()),
            after: token.as_deref().or(given(input.start_after.as_ref())),
            max,
        };
        let with_owner = input.fetch_owner == Some(true);
        let (contents, prefixes, next) = bucket.with_objects(|objects| {
            let page = page(objects, &query);
            let contents: Vec<_> = page.entries.iter().map(|(_, object)| self.listed(object, &names, with_owner)).collect();
            (contents, page.prefixes, page.next)
        });
        Ok(ListObjectsV2Output {
            key_count: Some(count(contents.len() + prefixes.len())),
            contents: (!contents.is_empty()).then_some(contents),
            common_prefixes: names.write_all(&prefixes),
            is_truncated: Some(next.is_some()),
            next_continuation_token: next.as_deref().map(token_of_name),
            name: Some(input.bucket),
            prefix: Some(names.write(query.prefix)),
            max_keys: Some(count(max)),
            continuation_token: input.continuation_token,
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            encoding_type: input.encoding_type,
            start_after: input.start_after.map(|start| names.write(&start)),
            request_charged: None,
        })
    }

    pub(super) async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> S3Result<ListObjectsOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        let names = Names::of(input.encoding_type.as_ref())?;
        let max = limit(input.max_keys, LIST_MAX, "max-keys")?;
        let delimiter = given(input.delimiter.as_ref());
        let query = Query { prefix: input.prefix.as_deref().unwrap_or(""), delimiter, after: given(input.marker.as_ref()), max };
        let (contents, prefixes, next) = bucket.with_objects(|objects| {
            let page = page(objects, &query);
            let contents: Vec<_> = page.entries.iter().map(|(_, object)| self.listed(object, &names, true)).collect();
            (contents, page.prefixes, page.next)
        });
        Ok(ListObjectsOutput {
            contents: (!contents.is_empty()).then_some(contents),
            common_prefixes: names.write_all(&prefixes),
            is_truncated: Some(next.is_some()),
            // Without a delimiter clients go on after the last key.
            next_marker: next.filter(|_| delimiter.is_some()).map(|next| names.write(&next)),
            name: Some(input.bucket),
            prefix: Some(names.write(query.prefix)),
            marker: Some(names.write(query.after.unwrap_or(""))),
            max_keys: Some(count(max)),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            encoding_type: input.encoding_type,
            request_charged: None,
        })
    }

    fn listed(&self, object: &Object, names: &Names, with_owner: bool) -> ListedObject {
        let info = &object.info;
        let class = info.headers.storage_class.clone().unwrap_or_else(|| StorageClass::STANDARD.to_owned());
        ListedObject {
            checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(info.checksum.algorithm.name())]),
            checksum_type: Some(ChecksumType::from_static(info.checksum.kind.name())),
            e_tag: Some(etag(&info.etag)),
            key: Some(names.write(&info.key)),
            last_modified: Some(timestamp(info.last_modified)),
            owner: with_owner.then(|| self.owner()),
            restore_status: None,
            size: Some(signed(info.size)),
            storage_class: Some(ObjectStorageClass::from(class)),
        }
    }

    pub(super) async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<ListMultipartUploadsOutput> {
        let input = request.input;
        let bucket = self.bucket(&input.bucket)?;
        let names = Names::of(input.encoding_type.as_ref())?;
        let max = limit(input.max_uploads, LIST_MAX, "max-uploads")?;
        let prefix = input.prefix.as_deref().unwrap_or("");
        let delimiter = given(input.delimiter.as_ref());
        let key_marker = given(input.key_marker.as_ref()).unwrap_or("");
        let id_marker = given(input.upload_id_marker.as_ref()).filter(|_| !key_marker.is_empty());
        let mut listing = Uploads::default();
        bucket.with_uploads(|uploads| {
            for ((key, id), upload) in uploads {
                let Some(rest) = key.strip_prefix(prefix) else { continue };
                let common = delimiter.and_then(|delimiter| Some(&key[..prefix.len() + rest.find(delimiter)? + delimiter.len()]));
                let name = common.unwrap_or(key);
                let behind =
                    name > key_marker || (common.is_none() && name == key_marker && id_marker.is_some_and(|marker| id.as_str() > marker));
                if !behind || common.is_some_and(|common| listing.prefixes.last().is_some_and(|last| last == common)) {
                    continue;
                }
                if listing.uploads.len() + listing.prefixes.len() == max {
                    listing.truncated = max > 0;
                    break;
                }
                listing.last = (name.to_owned(), common.map_or(id.clone(), |_| String::new()));
                match common {
                    Some(common) => listing.prefixes.push(common.to_owned()),
                    None => listing.uploads.push(self.listed_upload(&upload.info, &names)),
                }
            }
        });
        let (next_key, next_id) = listing.last;
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            common_prefixes: names.write_all(&listing.prefixes),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            encoding_type: input.encoding_type,
            is_truncated: Some(listing.truncated),
            key_marker: Some(names.write(key_marker)),
            max_uploads: Some(count(max)),
            next_key_marker: listing.truncated.then(|| names.write(&next_key)),
            next_upload_id_marker: listing.truncated.then_some(next_id),
            prefix: Some(names.write(prefix)),
            request_charged: None,
            upload_id_marker: input.upload_id_marker,
            uploads: (!listing.uploads.is_empty()).then_some(listing.uploads),
        })
    }

    fn listed_upload(&self, info: &crate::s3::store::upload::UploadInfo, names: &Names) -> MultipartUpload {
        let class = info.headers.storage_class.clone().unwrap_or_else(|| StorageClass::STANDARD.to_owned());
        MultipartUpload {
            checksum_algorithm: info.declared.then(|| ChecksumAlgorithm::from_static(info.algorithm.name())),
            checksum_type: info.declared.then(|| ChecksumType::from_static(info.kind.name())),
            initiated: Some(timestamp(info.initiated)),
            initiator: None,
            key: Some(names.write(&info.key)),
            owner: Some(self.owner()),
            storage_class: Some(StorageClass::from(class)),
            upload_id: Some(info.id.clone()),
        }
    }
}

#[derive(Default)]
struct Uploads {
    uploads: Vec<MultipartUpload>,
    prefixes: Vec<String>,
    truncated: bool,
    /// Name and upload id (empty for a common prefix) of the last that was listed.
    last: (String, String),
}
