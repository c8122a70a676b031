//! Fills the folder of a package that is being built: copies, hard links, permissions.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::error::StepError;
use super::exclude::Exclude;
use super::inputs::{InputKind, list};

/// Copies what `exclude` leaves of `from`; a file that is there already is replaced.
pub(crate) fn copy_tree(from: &Path, exclude: &Exclude, into: &Path) -> Result<(), StepError> {
    place_tree(from, exclude, into, |source, target| fs::copy(source, target).map(|_| ()))
}

/// Hard links where the file system allows it. Only for files that nobody changes in place.
pub(crate) fn link_tree(from: &Path, into: &Path) -> Result<(), StepError> {
    place_tree(from, &Exclude::nothing(), into, |source, target| {
        fs::hard_link(source, target).or_else(|_| fs::copy(source, target).map(|_| ()))
    })
}

fn place_tree(from: &Path, exclude: &Exclude, into: &Path, place: fn(&Path, &Path) -> io::Result<()>) -> Result<(), StepError> {
    for file in list(from, exclude)? {
        let target = vacant(into, &file.name)?;
        match file.kind {
            InputKind::Link { target: points_to } => symlink(points_to, &target).map_err(StepError::io("write", &target))?,
            InputKind::File { .. } => place(&file.source, &target).map_err(StepError::io("write", &target))?,
        }
    }
    Ok(())
}

pub(crate) fn write_file(into: &Path, name: &str, contents: &[u8]) -> Result<(), StepError> {
    let target = vacant(into, name)?;
    fs::write(&target, contents).map_err(StepError::io("write", &target))
}

pub(crate) fn copy_file(source: &Path, into: &Path, name: &str) -> Result<(), StepError> {
    let target = vacant(into, name)?;
    fs::copy(source, &target).map(|_| ()).map_err(StepError::io("copy", source))
}

/// `into/name` with its folders made and nothing standing there: writing through a hard link would change its twin.
pub(crate) fn vacant(into: &Path, name: &str) -> Result<PathBuf, StepError> {
    let target = into.join(name);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(StepError::io("create", folder))?;
    }
    match fs::remove_file(&target) {
        Ok(()) => Ok(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(target),
        Err(error) => Err(StepError::io("replace", &target)(error)),
    }
}

/// Makes everything readable by all, since the function runs as another user: `umask` and odd source modes
/// do not reach a package. What was executable for anyone is executable for all.
pub(crate) fn open_to_all(folder: &Path) -> Result<(), StepError> {
    for entry in fs::read_dir(folder).map_err(StepError::io("list", folder))? {
        let path = entry.map_err(StepError::io("list", folder))?.path();
        let metadata = fs::symlink_metadata(&path).map_err(StepError::io("read", &path))?;
        if metadata.is_dir() {
            open_to_all(&path)?;
        } else if metadata.is_file() {
            let mode = if metadata.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
            if metadata.permissions().mode() & 0o777 != mode {
                fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(StepError::io("set the mode of", &path))?;
            }
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(StepError::io("set the mode of", folder))
}
