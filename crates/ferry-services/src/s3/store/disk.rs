//! The data folder: how buckets, objects and parts are kept so that a kill at any moment leaves either the old or the new.
//!
//! ```text
//! .lock                              held by the process that has it open
//! BUCKET/bucket.json                 region, creation
//! BUCKET/objects/SHA256-OF-KEY.json  what is known about the object, and the names of its blobs
//! BUCKET/blobs/ID                    bytes
//! BUCKET/uploads/ID/upload.json      a multipart upload that goes on
//! BUCKET/uploads/ID/PART.json
//! .tmp-ID                            a bucket that is being made or removed, a description that is being written
//! ```
//! Descriptions are written beside and renamed; the rename is the commit. A blob is written under a name that nothing knows before its
//! description is there, and one that no description names is removed at the next open. Nothing is synced: the folder survives the end
//! of the process at any moment, not the loss of power.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::blob::new_id;
use super::receive::hex;
use crate::s3::error::OpenError;

const TEMPORARY: &str = ".tmp-";

/// The root of the data folder, locked for this process.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
    _lock: File,
}

/// The folder of one bucket.
#[derive(Debug, Clone)]
pub(crate) struct BucketFolder(PathBuf);

/// A blob as a description names it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BlobName {
    pub(crate) id: String,
    pub(crate) size: u64,
}

impl Disk {
    pub(crate) fn open(root: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(root).map_err(|source| io_error("make", root, source))?;
        let path = root.join(".lock");
        let lock = File::create(&path).map_err(|source| io_error("write", &path, source))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| OpenError::InUse { path: root.to_owned() })?;
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    /// The buckets that are there; what an interrupted creation or removal left is cleared away.
    pub(crate) fn buckets(&self) -> Result<Vec<(String, BucketFolder)>, OpenError> {
        let mut buckets = Vec::new();
        for (name, path) in entries(&self.root)? {
            if name.starts_with(TEMPORARY) {
                fs::remove_dir_all(&path).map_err(|source| io_error("remove", &path, source))?;
            } else if !name.starts_with('.') {
                buckets.push((name, BucketFolder(path)));
            }
        }
        Ok(buckets)
    }

    pub(crate) fn create_bucket(&self, name: &str, description: &impl Serialize) -> io::Result<BucketFolder> {
        let temporary = BucketFolder(self.root.join(format!("{TEMPORARY}{}", new_id())));
        for folder in ["objects", "blobs", "uploads"] {
            fs::create_dir_all(temporary.0.join(folder))?;
        }
        fs::write(temporary.0.join("bucket.json"), serde_json::to_vec(description)?)?;
        let path = self.root.join(name);
        fs::rename(&temporary.0, &path)?;
        Ok(BucketFolder(path))
    }

    pub(crate) fn delete_bucket(&self, name: &str) -> io::Result<()> {
        let temporary = self.root.join(format!("{TEMPORARY}{}", new_id()));
        fs::rename(self.root.join(name), &temporary)?;
        fs::remove_dir_all(temporary)
    }
}

impl BucketFolder {
    pub(crate) fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    pub(crate) fn read_bucket<T: DeserializeOwned>(&self) -> Result<T, OpenError> {
        read(&self.0.join("bucket.json"))
    }

    pub(crate) fn objects<T: DeserializeOwned>(&self) -> Result<Vec<T>, OpenError> {
        let folder = self.0.join("objects");
        let mut objects = Vec::new();
        for (name, path) in entries(&folder)? {
            if name.starts_with(TEMPORARY) {
                fs::remove_file(&path).map_err(|source| io_error("remove", &path, source))?;
            } else {
                objects.push(read(&path)?);
            }
        }
        Ok(objects)
    }

    pub(crate) fn write_object(&self, key: &str, description: &impl Serialize) -> io::Result<()> {
        write(&self.object(key), description)
    }

    pub(crate) fn remove_object(&self, key: &str) -> io::Result<()> {
        fs::remove_file(self.object(key))
    }

    fn object(&self, key: &str) -> PathBuf {
        self.0.join("objects").join(format!("{}.json", hex(&sha2::Sha256::digest(key))))
    }

    /// The uploads that go on, each with its parts.
    pub(crate) fn uploads<U: DeserializeOwned, P: DeserializeOwned>(&self) -> Result<Vec<(U, Vec<P>)>, OpenError> {
        let mut uploads = Vec::new();
        for (_, folder) in entries(&self.0.join("uploads"))? {
            let description = folder.join("upload.json");
            if !description.exists() {
                fs::remove_dir_all(&folder).map_err(|source| io_error("remove", &folder, source))?;
                continue;
            }
            let upload = read(&description)?;
            let mut parts = Vec::new();
            for (name, path) in entries(&folder)? {
                if !name.starts_with(TEMPORARY) && name != "upload.json" {
                    parts.push(read(&path)?);
                }
            }
            uploads.push((upload, parts));
        }
        Ok(uploads)
    }

    pub(crate) fn write_upload(&self, id: &str, description: &impl Serialize) -> io::Result<()> {
        let folder = self.0.join("uploads").join(id);
        fs::create_dir(&folder)?;
        write(&folder.join("upload.json"), description)
    }

    pub(crate) fn write_part(&self, id: &str, number: u16, description: &impl Serialize) -> io::Result<()> {
        write(&self.0.join("uploads").join(id).join(format!("{number}.json")), description)
    }

    pub(crate) fn remove_upload(&self, id: &str) -> io::Result<()> {
        fs::remove_dir_all(self.0.join("uploads").join(id))
    }

    /// Removes the blobs that no description names: what uploads left that a kill broke off.
    pub(crate) fn remove_blobs_but(&self, named: &BTreeSet<String>) -> Result<(), OpenError> {
        for (name, path) in entries(&self.blobs())? {
            if !named.contains(&name) {
                fs::remove_file(&path).map_err(|source| io_error("remove", &path, source))?;
            }
        }
        Ok(())
    }
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, OpenError> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))).collect()
    });
    listed.map_err(|source| io_error("read", folder, source))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, OpenError> {
    let bytes = fs::read(path).map_err(|source| io_error("read", path, source))?;
    serde_json::from_slice(&bytes).map_err(|error| OpenError::Corrupt { path: path.to_owned(), reason: error.to_string() })
}

/// Beside, then renamed.
fn write(path: &Path, description: &impl Serialize) -> io::Result<()> {
    let temporary = path.with_file_name(format!("{TEMPORARY}{}", new_id()));
    fs::write(&temporary, serde_json::to_vec(description)?)?;
    fs::rename(&temporary, path)
}

fn io_error(act: &'static str, path: &Path, source: io::Error) -> OpenError {
    OpenError::Io { act, path: path.to_owned(), source }
}
