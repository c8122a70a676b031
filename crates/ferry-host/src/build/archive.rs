//! The zip of a package: what would be uploaded, and how large that is.
//!
//! Deterministic: entries by name, one date, modes 644 and 755. Files that the previous zip holds unchanged are
//! copied as they are, without compressing them again: with scipy inside, that is seconds after every edit.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::error::StepError;
use super::exclude::Exclude;
use super::inputs::{InputFile, InputKind, list};

/// The size of a package as AWS counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PackageSize {
    /// The zip, deflated.
    pub zip_bytes: u64,
    /// All files as they stand in `/var/task` or `/opt`.
    pub unzipped_bytes: u64,
}

impl std::ops::AddAssign for PackageSize {
    fn add_assign(&mut self, other: Self) {
        self.zip_bytes += other.zip_bytes;
        self.unzipped_bytes += other.unzipped_bytes;
    }
}

/// The files of a finished package and their sum.
pub(crate) fn unzipped(folder: &Path) -> Result<(Vec<InputFile>, u64), StepError> {
    let files = list(folder, &Exclude::nothing())?;
    let bytes = files.iter().map(InputFile::bytes).sum();
    Ok((files, bytes))
}

impl InputFile {
    pub(crate) fn bytes(&self) -> u64 {
        match &self.kind {
            InputKind::File { bytes, .. } => *bytes,
            InputKind::Link { .. } => 0,
        }
    }
}

/// Writes `files` to `path` and returns the zip's size. `previous` may be missing or broken.
pub(crate) fn write(files: &[InputFile], path: &Path, previous: &Path) -> Result<u64, StepError> {
    let mut previous = File::open(previous).ok().and_then(|file| ZipArchive::new(BufReader::new(file)).ok());
    let file = File::create(path).map_err(StepError::io("create", path))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    for file in files {
        add(&mut zip, file, previous.as_mut(), path)?;
    }
    let mut writer = zip.finish().map_err(|source| StepError::WriteZip { path: path.to_path_buf(), source })?;
    writer.flush().map_err(StepError::io("write", path))?;
    Ok(fs::metadata(path).map_err(StepError::io("read", path))?.len())
}

fn add<W: Write + Seek, R: Read + Seek>(
    zip: &mut ZipWriter<W>,
    file: &InputFile,
    previous: Option<&mut ZipArchive<R>>,
    path: &Path,
) -> Result<(), StepError> {
    let failed = |source| StepError::WriteZip { path: path.to_path_buf(), source };
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default());
    let (executable, bytes) = match &file.kind {
        InputKind::Link { target } => return zip.add_symlink(&file.name, target, options).map_err(failed),
        InputKind::File { executable, bytes, .. } => (*executable, *bytes),
    };
    let mode = if executable { 0o755 } else { 0o644 };
    let contents = fs::read(&file.source).map_err(StepError::io("read", &file.source))?;
    if let Some(archive) = previous {
        let crc = crc32fast::hash(&contents);
        let same = archive
            .by_name(&file.name)
            .is_ok_and(|old| old.size() == bytes && old.crc32() == crc && old.unix_mode().is_some_and(|old| old & 0o777 == mode));
        if same {
            return archive.by_name(&file.name).and_then(|old| zip.raw_copy_file(old)).map_err(failed);
        }
    }
    zip.start_file(&file.name, options.unix_permissions(mode)).map_err(failed)?;
    zip.write_all(&contents).map_err(StepError::io("write", path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes_also_when_most_come_from_the_previous_zip() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("package");
        fs::create_dir_all(package.join("lib")).unwrap();
        for (name, contents) in [("b.py", "b".repeat(5000)), ("lib/a.py", "a".repeat(70_000)), ("empty", String::new())] {
            fs::write(package.join(name), contents).unwrap();
        }
        fs::write(package.join("bootstrap"), "#!").unwrap();
        fs::set_permissions(package.join("bootstrap"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("lib/a.py", package.join("link")).unwrap();
        let zip = |name: &str, previous: &str| {
            let path = folder.path().join(name);
            let (files, _) = unzipped(&package).unwrap();
            let bytes = write(&files, &path, &folder.path().join(previous)).unwrap();
            let contents = fs::read(path).unwrap();
            assert_eq!(bytes, contents.len() as u64);
            contents
        };
        let first = zip("first.zip", "none.zip");
        assert!(first.len() < 5000, "deflated: {}", first.len());
        assert_eq!(zip("again.zip", "none.zip"), first);
        assert_eq!(zip("reused.zip", "first.zip"), first);
        fs::write(package.join("b.py"), "c".repeat(5000)).unwrap();
        let changed = zip("changed.zip", "first.zip");
        assert_ne!(changed, first);
        assert_eq!(zip("changed-afresh.zip", "none.zip"), changed);
        let mut archive = ZipArchive::new(File::open(folder.path().join("changed.zip")).unwrap()).unwrap();
        let mut text = String::new();
        archive.by_name("b.py").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "c".repeat(5000));
        assert!(archive.by_name("link").unwrap().is_symlink());
        assert_eq!(archive.by_name("bootstrap").unwrap().unix_mode().unwrap() & 0o777, 0o755);
    }
}
