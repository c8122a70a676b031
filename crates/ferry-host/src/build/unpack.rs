//! Unpacks a finished zip (`CodeUri: function.zip`). The zip is not trusted: no entry leaves the folder, and what
//! is written is counted, whatever sizes the zip claims.

use std::fs::{self, File, Permissions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::error::StepError;
use super::limits::{FILES_MAX, LINK_BYTES_MAX, UNZIPPED_BYTES_MAX};
use super::stage::vacant;

pub(crate) fn unpack(path: &Path, into: &Path) -> Result<(), StepError> {
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
            bytes += write_entry(&mut entry, &name, into, UNZIPPED_BYTES_MAX - bytes)?;
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

fn write_entry<R: Read>(entry: &mut ZipFile<'_, R>, name: &Path, into: &Path, bytes_left: u64) -> Result<u64, StepError> {
    let target = vacant(into, &name.to_string_lossy())?;
    let mut file = File::create(&target).map_err(StepError::io("create", &target))?;
    let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
    let written = io::copy(&mut entry.take(bytes_left + 1), &mut file).map_err(StepError::io("unpack", &target))?;
    if written > bytes_left {
        return Err(StepError::TooLarge { unzipped_bytes: UNZIPPED_BYTES_MAX - bytes_left + written });
    }
    if executable {
        file.set_permissions(Permissions::from_mode(0o755)).map_err(StepError::io("set the mode of", &target))?;
    }
    Ok(written)
}
