//! An object: what is known about it, and the blobs that hold its bytes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use crate::s3::checksum::Checksum;

/// The headers that S3 keeps with an object and answers again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Headers {
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) content_type: Option<String>,
    /// Unix seconds.
    pub(crate) expires: Option<i64>,
    pub(crate) storage_class: Option<String>,
    pub(crate) website_redirect_location: Option<String>,
    /// User metadata: `x-amz-meta-*` without that prefix.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: Vec<(String, String)>,
}

/// One part of an object that was uploaded in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartInfo {
    pub(crate) number: u16,
    pub(crate) size: u64,
    pub(crate) checksum: Option<Checksum>,
}

/// All that is known about an object but its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ObjectInfo {
    pub(crate) key: String,
    pub(crate) size: u64,
    /// Without quotes: the MD5 of the bytes, or `MD5 of the parts' MD5s-N`.
    pub(crate) etag: String,
    /// Unix seconds: S3 knows no finer time.
    pub(crate) last_modified: i64,
    pub(crate) headers: Headers,
    pub(crate) checksum: Checksum,
    /// Empty for an object that was put in one.
    pub(crate) parts: Vec<PartInfo>,
    /// The multipart upload that made it.
    pub(crate) upload_id: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) info: ObjectInfo,
    pub(crate) blobs: Vec<Arc<Blob>>,
}

impl Object {
    /// Says whether the bucket names this object, so that its files stay.
    pub(crate) fn set_kept(&self, kept: bool) {
        self.blobs.iter().for_each(|blob| blob.set_kept(kept));
    }

    /// The bytes of part `number`, counted from 1; an object put in one is its own part 1.
    pub(crate) fn part(&self, number: i32) -> Option<(Range<u64>, Option<&PartInfo>)> {
        if self.info.parts.is_empty() {
            return (number == 1).then_some((0..self.info.size, None));
        }
        let mut start = 0;
        for part in &self.info.parts {
            if i32::from(part.number) == number {
                return Some((start..start + part.size, Some(part)));
            }
            start += part.size;
        }
        None
    }
}
