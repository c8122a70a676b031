//! Mapping a city file: the crate's only `unsafe`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

/// The file could not be opened or mapped.
#[derive(Debug, thiserror::Error)]
#[error("cannot map the city file {path}: is it there, readable and not empty?")]
pub struct MapError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Maps a whole file, read-only.
///
/// # Errors
/// When the file cannot be opened or mapped.
pub fn map_file(path: &Path) -> Result<Mmap, MapError> {
    let failed = |source| MapError { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() == 0 {
        return Err(failed(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is empty")));
    }
    #[expect(unsafe_code, reason = "mapping a file is unsafe by nature: another process could change it")]
    // SAFETY: a mapping is sound while nobody changes or cuts the file under it. A city file never changes once it has its name:
    // `encode::write_file` writes a temporary file and renames it over, which leaves the mapped one as it was; on Lambda, /opt is read-only.
    unsafe { Mmap::map(&file) }.map_err(failed)
}
