//! Takes in a body: to memory or to a file, hashed on the way, compared at its end with everything the client declared about it.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use s3s::StdError;
use s3s::crypto::{Checksum as _, Md5, Sha256};

use super::blob::{Blob, MemoryUse, Shelf, new_id};
use crate::s3::checksum::{Algorithm, Checksum, Digest};
use crate::s3::chunked::Trailers;
use crate::s3::error::StoreError;
use crate::s3::limits::{FILE_CHUNK_BYTES, MEMORY_BLOB_MAX_BYTES, MEMORY_SPILL_MIN_BYTES, MEMORY_TOTAL_MAX_BYTES, UPLOAD_MAX_BYTES};

/// A body up to this size is hashed and kept where its request runs; a larger one moves to a thread that may block.
const INLINE_MAX_BYTES: usize = 64 << 10;

/// What a client said about the body it sends.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) length: Option<u64>,
    /// Content-MD5.
    pub(crate) md5: Option<[u8; 16]>,
    /// X-Amz-Content-Sha256, in hexadecimal.
    pub(crate) sha256: Option<String>,
    /// A checksum header.
    pub(crate) checksum: Option<(Algorithm, String)>,
    /// A checksum that follows the body: its algorithm, and where it will stand.
    pub(crate) trailer: Option<(Algorithm, Trailers)>,
    /// What the store wants to know besides.
    pub(crate) wanted: Option<Algorithm>,
}

impl Declared {
    /// Of the checksum that the client sends, before or behind the body.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        let before = self.checksum.as_ref().map(|(algorithm, _)| *algorithm);
        before.or(self.trailer.as_ref().map(|(algorithm, _)| *algorithm))
    }
}

/// A body that came in whole and as declared. Nothing keeps it yet: dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) blob: Arc<Blob>,
    pub(crate) md5: [u8; 16],
    checksums: Vec<Checksum>,
}

impl Received {
    pub(crate) fn checksum(&self, algorithm: Algorithm) -> Option<Checksum> {
        self.checksums.iter().find(|checksum| checksum.algorithm == algorithm).cloned()
    }
}

/// Reads `body` to its end.
///
/// # Errors
/// When the body breaks off, is not what was declared, or cannot be stored.
pub(crate) async fn receive<S>(shelf: Shelf, mut body: S, declared: Declared) -> Result<Received, StoreError>
where
    S: Stream<Item = Result<Bytes, StdError>> + Unpin,
{
    let mut sink = Sink::open(shelf, &declared)?;
    let mut gathered = Vec::new();
    let mut gathered_bytes = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(StoreError::Body)?;
        gathered_bytes += chunk.len();
        gathered.push(chunk);
        if gathered_bytes >= FILE_CHUNK_BYTES {
            let chunks = std::mem::take(&mut gathered);
            gathered_bytes = 0;
            sink = blocking(move || sink.write(&chunks).map(|()| sink)).await?;
        }
    }
    if sink.is_memory() && gathered_bytes <= INLINE_MAX_BYTES {
        sink.write(&gathered)?;
        return sink.finish(&declared);
    }
    blocking(move || {
        sink.write(&gathered)?;
        sink.finish(&declared)
    })
    .await
}

async fn blocking<T: Send + 'static>(act: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(act).await.map_err(|error| StoreError::Write(io::Error::other(error)))?
}

struct Sink {
    place: Place,
    size: u64,
    md5: Md5,
    sha256: Option<Sha256>,
    digests: Vec<Digest>,
}

enum Place {
    Memory { bytes: Vec<u8>, memory: MemoryUse },
    Spilled { file: File },
    Stored { file: File, blob: Blob },
}

impl Sink {
    fn open(shelf: Shelf, declared: &Declared) -> Result<Self, StoreError> {
        let length = declared.length.unwrap_or(0);
        if length > UPLOAD_MAX_BYTES {
            return Err(StoreError::TooLarge);
        }
        let place = match shelf {
            Shelf::Folder(folder) => {
                let id = new_id();
                let file = File::create_new(folder.join(&id)).map_err(StoreError::Write)?;
                Place::Stored { file, blob: Blob::stored(&folder, id, 0, false) }
            }
            Shelf::Memory(memory) if goes_to_file(length, &memory) => {
                Place::Spilled { file: tempfile::tempfile().map_err(StoreError::Write)? }
            }
            Shelf::Memory(memory) => Place::Memory { bytes: Vec::with_capacity(usize::try_from(length).unwrap_or(0)), memory },
        };
        let mut algorithms: Vec<Algorithm> = declared.algorithm().into_iter().chain(declared.wanted).collect();
        algorithms.dedup();
        Ok(Self {
            place,
            size: 0,
            md5: Md5::new(),
            sha256: declared.sha256.as_ref().map(|_| Sha256::new()),
            digests: algorithms.into_iter().map(Digest::new).collect(),
        })
    }

    fn is_memory(&self) -> bool {
        matches!(self.place, Place::Memory { .. })
    }

    fn write(&mut self, chunks: &[Bytes]) -> Result<(), StoreError> {
        for chunk in chunks {
            self.size += chunk.len() as u64;
            if self.size > UPLOAD_MAX_BYTES {
                return Err(StoreError::TooLarge);
            }
            self.md5.update(chunk);
            if let Some(sha256) = &mut self.sha256 {
                sha256.update(chunk);
            }
            self.digests.iter_mut().for_each(|digest| digest.update(chunk));
            self.store(chunk).map_err(StoreError::Write)?;
        }
        Ok(())
    }

    fn store(&mut self, chunk: &[u8]) -> io::Result<()> {
        match &mut self.place {
            Place::Memory { bytes, memory } => {
                if !goes_to_file(self.size, memory) {
                    bytes.extend_from_slice(chunk);
                    return Ok(());
                }
                let mut file = tempfile::tempfile()?;
                file.write_all(bytes)?;
                file.write_all(chunk)?;
                self.place = Place::Spilled { file };
                Ok(())
            }
            Place::Spilled { file } | Place::Stored { file, .. } => file.write_all(chunk),
        }
    }

    fn finish(self, declared: &Declared) -> Result<Received, StoreError> {
        if declared.length.is_some_and(|length| length != self.size) {
            return Err(StoreError::Incomplete);
        }
        let md5: [u8; 16] = self.md5.finalize();
        if declared.md5.is_some_and(|declared| declared != md5) {
            return Err(StoreError::BadMd5);
        }
        let sha256 = self.sha256.map(|sha256| hex(sha256.finalize().as_ref()));
        if sha256 != declared.sha256.as_ref().map(|sha256| sha256.to_ascii_lowercase()) {
            return Err(StoreError::BadSha256);
        }
        let checksums: Vec<Checksum> = self.digests.into_iter().map(Digest::finish).collect();
        compare(&checksums, declared)?;
        let blob = match self.place {
            Place::Memory { bytes, memory } => Blob::memory(bytes.into(), &memory),
            Place::Spilled { file } => Blob::spilled(file, self.size),
            Place::Stored { blob, .. } => blob.sized(self.size),
        };
        Ok(Received { blob: Arc::new(blob), md5, checksums })
    }
}

/// Whether a blob of this size leaves memory for a temporary file.
fn goes_to_file(size: u64, memory: &MemoryUse) -> bool {
    size > MEMORY_BLOB_MAX_BYTES || (size > MEMORY_SPILL_MIN_BYTES && memory.bytes() + size > MEMORY_TOTAL_MAX_BYTES)
}

fn compare(checksums: &[Checksum], declared: &Declared) -> Result<(), StoreError> {
    let trailer = match &declared.trailer {
        None => None,
        Some((algorithm, trailers)) => Some((*algorithm, trailers.get(&algorithm.header()).ok_or(StoreError::MissingTrailer(*algorithm))?)),
    };
    for (algorithm, value) in declared.checksum.iter().chain(&trailer) {
        if !algorithm.is_value(value) {
            return Err(StoreError::InvalidChecksum(*algorithm));
        }
        if !checksums.iter().any(|checksum| checksum.algorithm == *algorithm && checksum.value == *value) {
            return Err(StoreError::BadChecksum(*algorithm));
        }
    }
    Ok(())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
