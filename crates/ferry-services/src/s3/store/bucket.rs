//! One bucket: its objects by key, and the multipart uploads that go on in it.
//!
//! A change is first written to the bucket's folder, when it has one, and then to the maps, both under the bucket's lock: a reader
//! sees either the old or the new, and so does the next process that opens the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};

use super::blob::{Blob, Shelf};
use super::disk::{BlobName, BucketFolder};
use super::object::{Object, ObjectInfo};
use super::upload::{Part, PartRecord, Upload, UploadInfo};
use super::{read, write};
use crate::s3::conditions::WriteConditions;
use crate::s3::error::{OpenError, StoreError};

/// What is known about a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BucketInfo {
    pub(crate) name: String,
    pub(crate) region: String,
    /// The constraint it was created with, as GetBucketLocation answers it: none in us-east-1, and "EU" for an old eu-west-1.
    pub(crate) location: Option<String>,
    /// Unix seconds.
    pub(crate) created: i64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) info: BucketInfo,
    shelf: Shelf,
    folder: Option<BucketFolder>,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) objects: BTreeMap<String, Arc<Object>>,
    /// By key and upload id.
    pub(super) uploads: BTreeMap<(String, String), Upload>,
    /// The bucket was deleted while somebody still held it.
    closed: bool,
}

/// An object in the data folder.
#[derive(Serialize, Deserialize)]
struct ObjectFile {
    #[serde(flatten)]
    info: ObjectInfo,
    blobs: Vec<BlobName>,
}

/// A part in the data folder.
#[derive(Serialize, Deserialize)]
struct PartFile {
    #[serde(flatten)]
    record: PartRecord,
    blob: BlobName,
}

impl Bucket {
    pub(super) fn in_memory(shelf: Shelf, info: BucketInfo) -> Self {
        Self { info, shelf, folder: None, state: RwLock::default() }
    }

    pub(super) fn in_folder(folder: BucketFolder, info: BucketInfo) -> Self {
        Self { info, shelf: Shelf::Folder(folder.blobs()), folder: Some(folder), state: RwLock::default() }
    }

    /// Reads everything but the bytes; removes what no description names.
    pub(super) fn open(folder: BucketFolder) -> Result<Self, OpenError> {
        let mut named = BTreeSet::new();
        let blobs = folder.blobs();
        let mut open = |name: BlobName| {
            named.insert(name.id.clone());
            Arc::new(Blob::stored(&blobs, name.id, name.size, true))
        };
        let mut state = State::default();
        let mut completed = BTreeSet::new();
        for ObjectFile { info, blobs } in folder.objects()? {
            completed.extend(info.upload_id.clone());
            let object = Object { blobs: blobs.into_iter().map(&mut open).collect(), info };
            state.objects.insert(object.info.key.clone(), Arc::new(object));
        }
        for (info, parts) in folder.uploads::<UploadInfo, PartFile>()? {
            // The process ended between the rename that made the object and the removal of its upload.
            if completed.contains(&info.id) {
                folder.remove_upload(&info.id).map_err(|source| OpenError::Io {
                    act: "remove an upload of",
                    path: folder.blobs(),
                    source,
                })?;
                continue;
            }
            let mut upload = Upload::new(info);
            for PartFile { record, blob } in parts {
                upload.parts.insert(record.number, Arc::new(Part { record, blob: open(blob) }));
            }
            state.uploads.insert(upload.key(), upload);
        }
        folder.remove_blobs_but(&named)?;
        let info = folder.read_bucket()?;
        Ok(Self { info, shelf: Shelf::Folder(blobs), folder: Some(folder), state: RwLock::new(state) })
    }

    /// Where new blobs go.
    pub(crate) fn shelf(&self) -> Shelf {
        self.shelf.clone()
    }

    pub(crate) fn get(&self, key: &str) -> Result<Arc<Object>, StoreError> {
        read(&self.state).objects.get(key).cloned().ok_or(StoreError::NoSuchKey)
    }

    /// Looks at all objects at once.
    pub(crate) fn with_objects<R>(&self, look: impl FnOnce(&BTreeMap<String, Arc<Object>>) -> R) -> R {
        look(&read(&self.state).objects)
    }

    /// Looks at all uploads at once.
    pub(crate) fn with_uploads<R>(&self, look: impl FnOnce(&BTreeMap<(String, String), Upload>) -> R) -> R {
        look(&read(&self.state).uploads)
    }

    pub(crate) fn put(&self, object: Object, conditions: &WriteConditions) -> Result<Arc<Object>, StoreError> {
        let mut state = self.open_state()?;
        self.put_into(&mut state, object, conditions)
    }

    pub(super) fn put_into(&self, state: &mut State, object: Object, conditions: &WriteConditions) -> Result<Arc<Object>, StoreError> {
        let key = object.info.key.clone();
        conditions.check(state.objects.get(&key).map(|object| object.info.etag.as_str()))?;
        if let Some(folder) = &self.folder {
            let file = ObjectFile { blobs: object.blobs.iter().filter_map(blob_name).collect(), info: object.info.clone() };
            folder.write_object(&key, &file).map_err(StoreError::Write)?;
        }
        object.set_kept(true);
        let object = Arc::new(object);
        if let Some(old) = state.objects.insert(key, Arc::clone(&object)) {
            old.set_kept(false);
        }
        Ok(object)
    }

    /// Replaces what is known about an object, but its bytes.
    pub(crate) fn update(&self, key: &str, change: impl FnOnce(&mut ObjectInfo)) -> Result<(), StoreError> {
        let mut state = self.open_state()?;
        let old = state.objects.get(key).cloned().ok_or(StoreError::NoSuchKey)?;
        let mut info = old.info.clone();
        change(&mut info);
        self.put_into(&mut state, Object { info, blobs: old.blobs.clone() }, &WriteConditions::default())?.set_kept(true);
        Ok(())
    }

    /// Deleting what is not there succeeds, as on S3, unless a condition asks for it.
    pub(crate) fn delete(&self, key: &str, conditions: &WriteConditions) -> Result<(), StoreError> {
        let mut state = self.open_state()?;
        conditions.check(state.objects.get(key).map(|object| object.info.etag.as_str()))?;
        if !state.objects.contains_key(key) {
            return Ok(());
        }
        if let Some(folder) = &self.folder {
            folder.remove_object(key).map_err(StoreError::Write)?;
        }
        if let Some(old) = state.objects.remove(key) {
            old.set_kept(false);
        }
        Ok(())
    }

    /// No object can be put any more. Fails when there is one.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        let mut state = write(&self.state);
        if !state.objects.is_empty() {
            return Err(StoreError::BucketNotEmpty);
        }
        state.closed = true;
        state.uploads.clear();
        Ok(())
    }

    /// The state, to change; a bucket that was deleted meanwhile is not there.
    pub(super) fn open_state(&self) -> Result<std::sync::RwLockWriteGuard<'_, State>, StoreError> {
        let state = write(&self.state);
        if state.closed { Err(StoreError::NoSuchBucket) } else { Ok(state) }
    }

    pub(super) fn folder(&self) -> Option<&BucketFolder> {
        self.folder.as_ref()
    }

    pub(super) fn write_part(&self, upload: &str, part: &Part) -> Result<(), StoreError> {
        let (Some(folder), Some(blob)) = (&self.folder, blob_name(&part.blob)) else {
            return Ok(());
        };
        let file = PartFile { record: part.record.clone(), blob };
        folder.write_part(upload, part.record.number, &file).map_err(StoreError::Write)
    }
}

fn blob_name(blob: &Arc<Blob>) -> Option<BlobName> {
    Some(BlobName { id: blob.id()?.to_owned(), size: blob.size() })
}
