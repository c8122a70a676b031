//! Unpacks a finished zip (`CodeUri: function.zip`). The zip is not trusted: no entry leaves the folder, and what
//! is written is counted, whatever sizes the zip claims.

use std::fs::{self, File, Permissions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::error::StepError;
use super::limits::{FILES_MAX, LINK_BYTES_MAX};
use super::stage::vacant;

/// Unpacks at most `bytes_max` bytes.
pub(crate) fn unpack(path: &Path, into: &Path, bytes_max: u64) -> Result<(), StepError> {
    let bad = |source| StepError::BadZip { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(StepError::io("open", path))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(bad)?;
    if archive.len() > FILES_MAX {
        return Err(StepError::TooMany { path: path.to_path_buf(), max: FILES_MAX, what: "files" });
    }
    // Links are made last: no file can then be written through one.
    let mut links: Vec<(PathBuf, String)> = Vec::new();
    let mut bytes = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(bad)?;
        let name = inside(path, &entry)?;
        if entry.is_symlink() {
            links.push((name.clone(), link_target(path, &name, &mut entry)?));
        } else if entry.is_dir() {
            let folder = into.join(&name);
            fs::create_dir_all(&folder).map_err(StepError::io("create", &folder))?;
        } else {
            bytes += write_entry(&mut entry, &name, into, bytes, bytes_max)?;
        }
    }
    for (name, target) in links {
        let link = vacant(into, &name.to_string_lossy())?;
        symlink(target, &link).map_err(StepError::io("write", &link))?;
    }
    Ok(())
}

fn inside<R: Read>(path: &Path, entry: &ZipFile<'_, R>) -> Result<PathBuf, StepError> {
    let escape = || StepError::ZipEscape { path: path.to_path_buf(), entry: entry.name().to_owned() };
    let name = entry.enclosed_name().ok_or_else(escape)?;
    if name.components().all(|part| matches!(part, Component::Normal(_))) { Ok(name) } else { Err(escape()) }
}

/// The target of a link: relative, and never above the package.
fn link_target<R: Read>(path: &Path, name: &Path, entry: &mut ZipFile<'_, R>) -> Result<String, StepError> {
    let escape = || StepError::ZipEscape { path: path.to_path_buf(), entry: name.display().to_string() };
    let mut target = String::new();
    entry.take(LINK_BYTES_MAX).read_to_string(&mut target).map_err(|_| escape())?;
    let mut depth = name.components().count() - 1;
    for part in Path::new(&target).components() {
        depth = match part {
            Component::Normal(_) => depth + 1,
            Component::CurDir => depth,
            Component::ParentDir => depth.checked_sub(1).ok_or_else(escape)?,
            Component::RootDir | Component::Prefix(_) => return Err(escape()),
        };
    }
    Ok(target)
}

fn write_entry<R: Read>(entry: &mut ZipFile<'_, R>, name: &Path, into: &Path, before: u64, bytes_max: u64) -> Result<u64, StepError> {
    let target = vacant(into, &name.to_string_lossy())?;
    let mut file = File::create(&target).map_err(StepError::io("create", &target))?;
    let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
    let written = io::copy(&mut entry.take(bytes_max - before + 1), &mut file).map_err(StepError::io("unpack", &target))?;
    if before + written > bytes_max {
        return Err(StepError::TooLarge { unzipped_bytes: before + written });
    }
    if executable {
        file.set_permissions(Permissions::from_mode(0o755)).map_err(StepError::io("set the mode of", &target))?;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    enum Entry<'a> {
        File(&'a str, u32, &'a [u8]),
        Link(&'a str, &'a str),
    }

    fn unpack_all(entries: &[Entry<'_>], bytes_max: u64) -> (tempfile::TempDir, Result<(), StepError>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        for entry in entries {
            match entry {
                Entry::File(name, mode, contents) => {
                    zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).unwrap();
                    zip.write_all(contents).unwrap();
                }
                Entry::Link(name, target) => zip.add_symlink(*name, *target, SimpleFileOptions::default()).unwrap(),
            }
        }
        zip.finish().unwrap();
        let into = folder.path().join("package");
        fs::create_dir(&into).unwrap();
        let result = unpack(&path, &into, bytes_max);
        (folder, result)
    }

    #[test]
    fn files_modes_and_inner_links_are_kept() {
        let entries = [Entry::Link("bin/run", "../bootstrap"), Entry::File("bootstrap", 0o755, b"#!"), Entry::File("a/b", 0o600, b"x")];
        let (folder, result) = unpack_all(&entries, 100);
        result.unwrap();
        let package = folder.path().join("package");
        assert_eq!(fs::read(package.join("bin/run")).unwrap(), b"#!");
        assert!(fs::symlink_metadata(package.join("bin/run")).unwrap().is_symlink());
        assert_ne!(fs::metadata(package.join("bootstrap")).unwrap().permissions().mode() & 0o111, 0);
        assert_eq!(fs::metadata(package.join("a/b")).unwrap().permissions().mode() & 0o111, 0);
    }

    #[test]
    fn nothing_leaves_the_package() {
        let escapes: [&[Entry<'_>]; 5] = [
            &[Entry::File("../out", 0o644, b"x")],
            &[Entry::File("a/../../out", 0o644, b"x")],
            &[Entry::Link("up", "..")],
            &[Entry::Link("a/up", "../../out")],
            &[Entry::Link("root", "/etc")],
        ];
        for entries in escapes {
            let (folder, result) = unpack_all(entries, 100);
            assert!(matches!(result, Err(StepError::ZipEscape { .. })), "{result:?}");
            assert!(!folder.path().join("out").exists());
        }
        // A link inside, then a file through it: the file is a file, the link is refused its place.
        let (folder, result) = unpack_all(&[Entry::Link("a", "b"), Entry::File("a/x", 0o644, b"x")], 100);
        assert!(result.is_err());
        assert!(!folder.path().join("package/b").exists());
    }

    #[test]
    fn what_is_written_is_bounded_whatever_the_zip_claims() {
        let zeros = vec![0; 10_000];
        let (_folder, result) = unpack_all(&[Entry::File("a", 0o644, b"x"), Entry::File("b", 0o644, &zeros)], 10_000);
        assert!(matches!(result, Err(StepError::TooLarge { unzipped_bytes: 10_001 })), "{result:?}");
        let (_folder, result) = unpack_all(&[Entry::File("b", 0o644, &zeros)], 10_000);
        result.unwrap();
    }

    #[test]
    fn a_file_that_is_no_zip_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        fs::write(&path, "not a zip").unwrap();
        let error = unpack(&path, folder.path(), 100).unwrap_err();
        assert_eq!(error.to_string(), format!("{} is not a zip that can be read", path.display()));
    }
}
