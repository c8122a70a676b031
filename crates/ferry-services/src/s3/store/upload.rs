//! Multipart uploads: begun, filled with parts in any order and number of tries, then completed into an object or aborted.

use std::collections::BTreeMap;
use std::sync::Arc;

use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};

use super::blob::{Blob, new_id};
use super::bucket::{Bucket, State};
use super::object::{Headers, Object, ObjectInfo, PartInfo};
use super::receive::{Received, hex};
use crate::s3::checksum::{self, Algorithm, Checksum, Kind};
use crate::s3::conditions::WriteConditions;
use crate::s3::error::StoreError;
use crate::s3::limits::PART_MIN_BYTES;

/// What CreateMultipartUpload said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UploadInfo {
    pub(crate) id: String,
    pub(crate) key: String,
    /// Unix seconds.
    pub(crate) initiated: i64,
    pub(crate) headers: Headers,
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    /// The client named the algorithm, so answers show the parts' checksums.
    pub(crate) declared: bool,
}

/// An upload that goes on.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) info: UploadInfo,
    pub(crate) parts: BTreeMap<u16, Arc<Part>>,
}

/// A part that has been uploaded.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) record: PartRecord,
    pub(super) blob: Arc<Blob>,
}

/// What is known about a part but its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartRecord {
    pub(crate) number: u16,
    pub(crate) size: u64,
    /// Its ETag: MD5 in hexadecimal.
    pub(crate) etag: String,
    /// Unix seconds.
    pub(crate) last_modified: i64,
    /// By the upload's algorithm.
    pub(crate) checksum: Option<Checksum>,
}

/// A part as CompleteMultipartUpload names it.
#[derive(Debug, Clone)]
pub(crate) struct NamedPart {
    pub(crate) number: i32,
    pub(crate) etag: String,
    pub(crate) checksums: Vec<(Algorithm, String)>,
}

/// What CompleteMultipartUpload says besides its parts.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    pub(crate) conditions: WriteConditions,
    pub(crate) size: Option<u64>,
    pub(crate) checksum: Option<(Algorithm, String)>,
    /// Unix seconds.
    pub(crate) now: i64,
}

impl Upload {
    pub(super) fn new(info: UploadInfo) -> Self {
        Self { info, parts: BTreeMap::new() }
    }

    pub(super) fn key(&self) -> (String, String) {
        (self.info.key.clone(), self.info.id.clone())
    }

    /// The parts that are named, in order, checked against what was uploaded.
    fn select(&self, named: &[NamedPart]) -> Result<Vec<Arc<Part>>, StoreError> {
        if !named.is_sorted_by(|a, b| a.number < b.number) {
            return Err(StoreError::InvalidPartOrder);
        }
        let parts: Vec<Arc<Part>> = named.iter().map(|named| self.find(named)).collect::<Result<_, _>>()?;
        let all_but_last = parts.split_last().map_or(&[][..], |(_, rest)| rest);
        if all_but_last.iter().any(|part| part.record.size < PART_MIN_BYTES) {
            return Err(StoreError::PartTooSmall);
        }
        Ok(parts)
    }

    fn find(&self, named: &NamedPart) -> Result<Arc<Part>, StoreError> {
        let number = u16::try_from(named.number).map_err(|_| StoreError::InvalidPart)?;
        let part = self.parts.get(&number).filter(|part| part.record.etag == named.etag).ok_or(StoreError::InvalidPart)?;
        let agrees = |(algorithm, value): &(Algorithm, String)| match &part.record.checksum {
            Some(checksum) if checksum.algorithm == *algorithm => checksum.value == *value,
            _ => true,
        };
        if named.checksums.iter().all(agrees) { Ok(Arc::clone(part)) } else { Err(StoreError::InvalidPart) }
    }

    fn object(&self, parts: &[Arc<Part>], last_modified: i64) -> Result<Object, StoreError> {
        let sums = parts.iter().filter_map(|part| Some((part.record.checksum.as_ref()?.value.as_str(), part.record.size)));
        let checksum = checksum::of_parts(self.info.algorithm, self.info.kind, sums).ok_or(StoreError::InvalidPart)?;
        let part_checksums = self.info.declared && self.info.kind == Kind::Composite;
        let info = ObjectInfo {
            key: self.info.key.clone(),
            size: parts.iter().map(|part| part.record.size).sum(),
            etag: etag_of_parts(parts),
            last_modified,
            headers: self.info.headers.clone(),
            checksum,
            parts: parts
                .iter()
                .map(|part| PartInfo {
                    number: part.record.number,
                    size: part.record.size,
                    checksum: part.record.checksum.clone().filter(|_| part_checksums),
                })
                .collect(),
            upload_id: Some(self.info.id.clone()),
        };
        Ok(Object { info, blobs: parts.iter().map(|part| Arc::clone(&part.blob)).collect() })
    }
}

/// MD5 of the parts' MD5s, and their number.
fn etag_of_parts(parts: &[Arc<Part>]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let raw: Vec<u8> =
            part.record.etag.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | pair.get(1).map_or(0, |&d| digit(d))).collect();
        md5.update(&raw);
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}

fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        _ => 0,
    }
}

impl Bucket {
    pub(crate) fn create_upload(&self, info: UploadInfo) -> Result<(), StoreError> {
        let mut state = self.open_state()?;
        if let Some(folder) = self.folder() {
            folder.write_upload(&info.id, &info).map_err(StoreError::Write)?;
        }
        let upload = Upload::new(info);
        state.uploads.insert(upload.key(), upload);
        Ok(())
    }

    pub(crate) fn upload_info(&self, key: &str, id: &str) -> Result<UploadInfo, StoreError> {
        self.with_uploads(|uploads| uploads.get(&(key.to_owned(), id.to_owned())).map(|upload| upload.info.clone()))
            .ok_or(StoreError::NoSuchUpload)
    }

    /// Keeps a part, in place of the one that had its number.
    pub(crate) fn put_part(&self, key: &str, id: &str, number: u16, received: &Received, now: i64) -> Result<PartRecord, StoreError> {
        let mut state = self.open_state()?;
        let upload = state.uploads.get_mut(&(key.to_owned(), id.to_owned())).ok_or(StoreError::NoSuchUpload)?;
        let record = PartRecord {
            number,
            size: received.blob.size(),
            etag: hex(&received.md5),
            last_modified: now,
            checksum: received.checksum(upload.info.algorithm),
        };
        let part = Part { record: record.clone(), blob: Arc::clone(&received.blob) };
        self.write_part(id, &part)?;
        part.blob.set_kept(true);
        if let Some(old) = upload.parts.insert(number, Arc::new(part)) {
            old.blob.set_kept(false);
        }
        Ok(record)
    }

    /// Makes the object. A second completion of the same upload answers as the first one did, as long as its object is there.
    pub(crate) fn complete_upload(
        &self,
        key: &str,
        id: &str,
        named: &[NamedPart],
        completion: &Completion,
    ) -> Result<Arc<Object>, StoreError> {
        let mut state = self.open_state()?;
        let Some(upload) = state.uploads.get(&(key.to_owned(), id.to_owned())) else {
            let made = state.objects.get(key).filter(|object| object.info.upload_id.as_deref() == Some(id));
            return made.cloned().ok_or(StoreError::NoSuchUpload);
        };
        let parts = upload.select(named)?;
        let object = upload.object(&parts, completion.now)?;
        if completion.size.is_some_and(|size| size != object.info.size) {
            return Err(StoreError::Incomplete);
        }
        if let Some((algorithm, value)) = &completion.checksum
            && (*algorithm != object.info.checksum.algorithm || !value_is(value, &object.info.checksum.value))
        {
            return Err(StoreError::BadChecksum(*algorithm));
        }
        let object = self.put_into(&mut state, object, &completion.conditions)?;
        self.remove_upload(&mut state, key, id)?;
        object.set_kept(true);
        Ok(object)
    }

    pub(crate) fn abort_upload(&self, key: &str, id: &str) -> Result<(), StoreError> {
        let mut state = self.open_state()?;
        self.remove_upload(&mut state, key, id)
    }

    fn remove_upload(&self, state: &mut State, key: &str, id: &str) -> Result<(), StoreError> {
        let upload = state.uploads.remove(&(key.to_owned(), id.to_owned())).ok_or(StoreError::NoSuchUpload)?;
        upload.parts.values().for_each(|part| part.blob.set_kept(false));
        self.folder().map_or(Ok(()), |folder| folder.remove_upload(id)).map_err(StoreError::Write)
    }
}

/// A composite checksum may be named with or without its number of parts.
fn value_is(named: &str, value: &str) -> bool {
    named == value || value.rsplit_once('-').is_some_and(|(value, _)| named == value)
}

/// Upload ids sort by the time they were begun.
pub(crate) fn new_upload_id(now: i64) -> String {
    format!("{now:010x}{}", new_id())
}
