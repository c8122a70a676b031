//! One file of a page's folder: found by a request's path, read whole, and never one outside the folder.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use super::content_type;
use crate::doors::limits::PAGE_FILE_BYTES_MAX;

/// A file as it is answered.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) bytes: Bytes,
    pub(super) content_type: &'static str,
    /// Strong entity tag, with its quotes.
    pub(super) tag: String,
}

impl File {
    pub(super) fn of(bytes: Bytes, content_type: &'static str) -> Self {
        let digest = Sha256::digest(&bytes);
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { bytes, content_type, tag: format!("\"{hex}\"") }
    }
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("There is no such file in this page")]
    Absent,
    /// Answered like an absent one: what lies outside is nobody's business.
    #[error("There is no such file in this page")]
    Outside,
    #[error("This is a folder")]
    IsFolder,
    #[error("The page is not built: there is no folder {}. Build it, then load this address again", folder.display())]
    NoPage { folder: PathBuf },
    #[error("The file is larger than {PAGE_FILE_BYTES_MAX} bytes, which is more than Ferry serves of a page")]
    TooLarge,
    #[error("The file cannot be read: {0}")]
    Unreadable(io::Error),
}

/// The file that the rest of a request's path (still percent-encoded) names in a folder; a folder's own name means its `index.html`.
pub(super) async fn read(folder: &Path, path: &str) -> Result<File, FileError> {
    let relative = relative(path)?;
    let folder = folder.to_owned();
    let names_folder = path.is_empty() || path.ends_with('/');
    let reading = tokio::task::spawn_blocking(move || read_blocking(&folder, &relative, names_folder));
    reading.await.unwrap_or_else(|panicked| Err(FileError::Unreadable(io::Error::other(panicked))))
}

/// The decoded path, if every segment of it is a plain name.
fn relative(path: &str) -> Result<PathBuf, FileError> {
    let mut relative = PathBuf::new();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let name = percent_decode_str(segment).decode_utf8().map_err(|_| FileError::Outside)?;
        let last = segments.peek().is_none();
        if name.is_empty() && last {
            break;
        }
        // Hidden files (`.env`, `.git`) are never part of a page, and `.` and `..` begin like them.
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            return Err(FileError::Outside);
        }
        relative.push(&*name);
    }
    Ok(relative)
}

fn read_blocking(folder: &Path, relative: &Path, names_folder: bool) -> Result<File, FileError> {
    let root = folder.canonicalize().map_err(|_| FileError::NoPage { folder: folder.to_owned() })?;
    let named = root.join(relative);
    let named = if names_folder { named.join("index.html") } else { named };
    // Only the file system knows where a symbolic link leads.
    let real = named.canonicalize().map_err(absent_or)?;
    if !real.starts_with(&root) {
        return Err(FileError::Outside);
    }
    let mut file = std::fs::File::open(&real).map_err(absent_or)?;
    let metadata = file.metadata().map_err(FileError::Unreadable)?;
    if metadata.is_dir() {
        return Err(FileError::IsFolder);
    }
    // A pipe or a device would never end.
    if !metadata.is_file() {
        return Err(FileError::Outside);
    }
    let mut bytes = Vec::new();
    let read = file.by_ref().take(PAGE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(FileError::Unreadable)?;
    if u64::try_from(read).is_ok_and(|read| read > PAGE_FILE_BYTES_MAX) {
        return Err(FileError::TooLarge);
    }
    Ok(File::of(bytes.into(), content_type::of(&real)))
}

fn absent_or(error: io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Absent,
        _ => FileError::Unreadable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_alone_make_a_path() {
        assert_eq!(relative("assets/a%20b.js").unwrap(), Path::new("assets/a b.js"));
        assert_eq!(relative("").unwrap(), Path::new(""));
        assert_eq!(relative("assets/").unwrap(), Path::new("assets"));
        for outside in [
            "..",
            "../x",
            "a/../x",
            "%2e%2e/x",
            "a/%2E%2E%2Fx",
            "a%2fb",
            "a//b",
            "/etc/passwd",
            ".env",
            "a/.git/x",
            "a%00",
            "..%5cx",
            "%ff",
        ] {
            assert!(matches!(relative(outside), Err(FileError::Outside)), "{outside}");
        }
    }
}
