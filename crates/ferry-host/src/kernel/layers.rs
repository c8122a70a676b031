//! Several layers as one folder, where overlayfs cannot do it: hard links, or copies across file systems.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A merged folder; removed when dropped.
#[derive(Debug)]
pub(super) struct Merged(PathBuf);

impl Merged {
    /// Makes `target`, which must not exist, and fills it with the layers, later ones over earlier ones.
    pub(super) fn new(target: PathBuf, layers: &[PathBuf]) -> io::Result<Self> {
        fs::create_dir(&target)?;
        let merged = Self(target);
        for layer in layers {
            lay_over(layer, &merged.0)?;
        }
        Ok(merged)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Merged {
    fn drop(&mut self) {
        // A leftover in the temporary folder is all that a failure leaves.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lay_over(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let there = fs::symlink_metadata(&target).ok();
        if entry.file_type()?.is_dir() {
            if there.as_ref().is_none_or(|there| !there.is_dir()) {
                clear(&target, there.as_ref())?;
                fs::create_dir(&target)?;
                fs::set_permissions(&target, entry.metadata()?.permissions())?;
            }
            lay_over(&source, &target)?;
        } else {
            clear(&target, there.as_ref())?;
            // A hard link to a symbolic link is the link itself, so both kinds go the same way.
            if fs::hard_link(&source, &target).is_err() {
                copy(&source, &target)?;
            }
        }
    }
    Ok(())
}

fn clear(target: &Path, there: Option<&fs::Metadata>) -> io::Result<()> {
    match there {
        Some(there) if there.is_dir() => fs::remove_dir_all(target),
        Some(_) => fs::remove_file(target),
        None => Ok(()),
    }
}

fn copy(source: &Path, target: &Path) -> io::Result<()> {
    if fs::symlink_metadata(source)?.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(source)?, target);
    }
    fs::copy(source, target).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_layers_lie_over_earlier_ones() {
        let root = tempfile::tempdir().unwrap();
        let (low, high) = (root.path().join("low"), root.path().join("high"));
        for dir in [low.join("lib"), low.join("bin"), high.join("lib/bin"), high.join("etc")] {
            fs::create_dir_all(dir).unwrap();
        }
        fs::write(low.join("lib/a"), "low").unwrap();
        fs::write(low.join("lib/b"), "low").unwrap();
        fs::write(low.join("etc"), "a file, then a folder").unwrap();
        fs::write(high.join("lib/a"), "high").unwrap();
        fs::write(high.join("bin"), "a folder, then a file").unwrap();
        std::os::unix::fs::symlink("lib/a", high.join("link")).unwrap();

        let target = root.path().join("merged");
        let merged = Merged::new(target.clone(), &[low.clone(), high]).unwrap();
        let read = |name: &str| fs::read_to_string(merged.path().join(name)).unwrap();
        assert_eq!((read("lib/a"), read("lib/b"), read("link")), ("high".into(), "low".into(), "high".into()));
        assert_eq!(read("bin"), "a folder, then a file");
        assert!(merged.path().join("etc").is_dir() && merged.path().join("lib/bin").is_dir());
        drop(merged);
        assert!(!target.exists());
        assert_eq!(fs::read_to_string(low.join("lib/a")).unwrap(), "low", "the layer itself is untouched");
    }
}
