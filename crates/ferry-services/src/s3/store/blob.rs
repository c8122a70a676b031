//! A blob: the immutable bytes of one upload or one part. In memory, in an unlinked temporary file, or in a file of the data folder.
//!
//! A file of the data folder is removed when the last reader lets go of a blob that no object keeps: a download goes on undisturbed
//! while its object is overwritten. A blob starts unkept, so an upload that breaks off leaves nothing behind.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;

/// Where the blobs of a bucket go.
#[derive(Debug, Clone)]
pub(crate) enum Shelf {
    Memory(MemoryUse),
    Folder(PathBuf),
}

/// A name that no other file has.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Bytes that blobs in memory hold together, so that large ones go to files before memory runs out.
#[derive(Debug, Default, Clone)]
pub(crate) struct MemoryUse(Arc<AtomicU64>);

impl MemoryUse {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Blob {
    place: Place,
    size: u64,
}

#[derive(Debug)]
enum Place {
    Memory { bytes: Bytes, memory: MemoryUse },
    Spilled { file: File },
    Stored { path: PathBuf, id: String, kept: AtomicBool },
}

impl Blob {
    pub(crate) fn memory(bytes: Bytes, memory: &MemoryUse) -> Self {
        let size = bytes.len() as u64;
        memory.0.fetch_add(size, Ordering::Relaxed);
        Self { place: Place::Memory { bytes, memory: memory.clone() }, size }
    }

    pub(crate) fn spilled(file: File, size: u64) -> Self {
        Self { place: Place::Spilled { file }, size }
    }

    /// A file of the data folder; its name is the blob's id.
    pub(crate) fn stored(folder: &Path, id: String, size: u64, kept: bool) -> Self {
        Self { place: Place::Stored { path: folder.join(&id), id, kept: AtomicBool::new(kept) }, size }
    }

    /// The same blob when its size is known at last.
    pub(crate) fn sized(mut self, size: u64) -> Self {
        self.size = size;
        self
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The id under which a data folder keeps it; none in memory.
    pub(crate) fn id(&self) -> Option<&str> {
        match &self.place {
            Place::Stored { id, .. } => Some(id),
            Place::Memory { .. } | Place::Spilled { .. } => None,
        }
    }

    /// Says whether an object or a part on disk names this blob. The file of a blob that none names goes with its last reader.
    pub(crate) fn set_kept(&self, value: bool) {
        if let Place::Stored { kept, .. } = &self.place {
            kept.store(value, Ordering::Release);
        }
    }

    /// The same bytes under an independent life: shared in memory, a hard link in `folder` of a data folder.
    pub(crate) fn link(self: &Arc<Self>, shelf: &Shelf) -> io::Result<Arc<Self>> {
        let (Place::Stored { path, .. }, Shelf::Folder(folder)) = (&self.place, shelf) else {
            return Ok(Arc::clone(self));
        };
        let id = new_id();
        std::fs::hard_link(path, folder.join(&id))?;
        Ok(Arc::new(Self::stored(folder, id, self.size, false)))
    }

    /// Ready to read from many threads.
    pub(crate) fn open(self: &Arc<Self>) -> io::Result<OpenBlob> {
        Ok(match &self.place {
            Place::Memory { bytes, .. } => OpenBlob::Memory(bytes.clone()),
            Place::Spilled { .. } => OpenBlob::File { blob: Arc::clone(self), file: None },
            Place::Stored { path, .. } => OpenBlob::File { blob: Arc::clone(self), file: Some(Arc::new(File::open(path)?)) },
        })
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        match &self.place {
            Place::Memory { memory, .. } => {
                memory.0.fetch_sub(self.size, Ordering::Relaxed);
            }
            // A file that cannot be removed is an orphan, which the next open of the folder clears away.
            Place::Stored { path, kept, .. } if !kept.load(Ordering::Acquire) => drop(std::fs::remove_file(path)),
            Place::Spilled { .. } | Place::Stored { .. } => {}
        }
    }
}

/// A blob that is open for reading.
#[derive(Debug, Clone)]
pub(crate) enum OpenBlob {
    Memory(Bytes),
    File {
        /// Keeps the file on disk while it is read.
        blob: Arc<Blob>,
        /// None: the blob itself holds the open file.
        file: Option<Arc<File>>,
    },
}

impl OpenBlob {
    /// Reads exactly `length` bytes at `offset`; blocks when they come from a file.
    pub(crate) fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).map_err(io::Error::other)?;
                Ok(bytes.slice(start..start + length))
            }
            Self::File { blob, file } => {
                let file = match (file, &blob.place) {
                    (Some(file), _) => file,
                    (None, Place::Spilled { file }) => file,
                    (None, _) => return Err(io::Error::other("blob is not open")),
                };
                let mut buffer = vec![0; length];
                file.read_exact_at(&mut buffer, offset)?;
                Ok(buffer.into())
            }
        }
    }
}
