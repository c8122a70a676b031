//! Files that are there whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` under `path` all at once: a temporary file beside it, then a rename.
///
/// # Errors
/// What the file system says.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = Path::new(&partial);
    let written = std::fs::File::create(partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| std::fs::rename(partial, path));
    if renamed.is_err() {
        let _ = std::fs::remove_file(partial);
    }
    renamed
}
