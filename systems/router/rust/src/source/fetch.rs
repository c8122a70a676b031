//! An object to a file, whole or not at all: ranged reads side by side into a temporary file, then a rename.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::s3::{Object, S3, S3Error};
use crate::limits::{S3_PART_BYTES_MAX, S3_PART_BYTES_MIN, S3_THREADS};

/// The file that an object's version is kept in: its last name before the ending, its ETag's letters and digits, its ending.
pub(super) fn cached(folder: &Path, object: &Object) -> PathBuf {
    let path = Path::new(&object.key);
    let text = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).unwrap_or_default().to_owned();
    let etag: String = object.etag.chars().filter(char::is_ascii_alphanumeric).collect();
    folder.join(format!("{}.{etag}.{}", text(path.file_stem()), text(path.extension())))
}

/// Fetches an object into the cache, unless this version is there already.
pub(super) fn fetch(s3: &S3, object: &Object, folder: &Path) -> Result<PathBuf, S3Error> {
    let path = cached(folder, object);
    if fs::metadata(&path).is_ok_and(|there| there.len() == object.bytes) {
        return Ok(path);
    }
    let failed = |source| S3Error::Write { what: path.display().to_string(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let part = path.with_extension("part");
    let written = File::create(&part).and_then(|file| file.set_len(object.bytes).map(|()| file)).map_err(failed);
    let done = written.and_then(|file| parts(s3, object, &file)).and_then(|()| fs::rename(&part, &path).map_err(failed));
    if done.is_err() {
        // Left behind it would only take room; why it could not be removed does not matter then.
        let _ = fs::remove_file(&part);
    }
    done.map(|()| path)
}

/// Reads all parts, [`S3_THREADS`] at a time, until one fails.
fn parts(s3: &S3, object: &Object, file: &File) -> Result<(), S3Error> {
    let part_bytes = object.bytes.div_ceil(S3_THREADS).clamp(S3_PART_BYTES_MIN, S3_PART_BYTES_MAX);
    let next = AtomicU64::new(0);
    let failure = Mutex::new(None);
    let read = || {
        loop {
            let from = next.fetch_add(part_bytes, Ordering::Relaxed);
            if from >= object.bytes {
                return;
            }
            if let Err(error) = s3.read_part(object, from, (from + part_bytes).min(object.bytes), file) {
                // The others find nothing left to do.
                next.store(object.bytes, Ordering::Relaxed);
                failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                return;
            }
        }
    };
    let threads = object.bytes.div_ceil(part_bytes).min(S3_THREADS);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(read);
        }
        read();
    });
    failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)
}
