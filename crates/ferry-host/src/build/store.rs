//! The build folder: finished packages, each switched in by one rename.
//!
//! ```text
//! .ferry/build/.lock                     one build at a time
//! .ferry/build/ThumbsPython.zip          the current package, zipped
//! .ferry/build/ThumbsPython/built.json   which package is current: writing it is the switch
//! .ferry/build/ThumbsPython/<version>/   a finished package; older ones stay for sandboxes that still run them
//! .ferry/build/ThumbsPython/.stage/      a package being made, or what a crash left of one
//! .ferry/build/ThumbsPython/.deps-<key>/ what pip or npm installed, linked into every package of that key
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::archive::{self, PackageSize};
use super::error::StepError;
use super::inputs::InputFile;
use super::limits::PREVIOUS_PACKAGES_MAX;
use super::stage::open_to_all;

const RECORD: &str = "built.json";
const STAGE: &str = ".stage";
const DEPENDENCIES: &str = ".deps-";

#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
    /// Held until the build ends; the kernel lets go of it when the process dies.
    _lock: File,
}

/// What is known of a resource's current package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Name of the package's folder.
    pub version: String,
    pub fingerprint: String,
    pub stamp: String,
    pub files: usize,
    pub size: PackageSize,
    /// Older packages that are kept, newest first.
    previous: Vec<String>,
    /// Key of the installed dependencies.
    dependencies: Option<String>,
}

impl Store {
    /// Opens `<state_dir>/build`, waiting for another build to end; `waiting` is called if it must.
    pub(crate) fn open(state_dir: &Path, waiting: impl FnOnce(&Path)) -> Result<Self, StepError> {
        fs::create_dir_all(state_dir.join("build")).map_err(StepError::io("create", state_dir))?;
        let root = state_dir.join("build").canonicalize().map_err(StepError::io("open", state_dir))?;
        let path = root.join(".lock");
        let lock = File::create(&path).map_err(StepError::io("create", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting(&path);
                lock.lock().map_err(StepError::io("lock", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(StepError::io("lock", &path)(error)),
        }
        Ok(Self { root, _lock: lock })
    }

    pub(crate) fn package(&self, id: &str, record: &Record) -> PathBuf {
        self.root.join(id).join(&record.version)
    }

    /// The zip of the current package.
    pub(crate) fn zip(&self, id: &str) -> PathBuf {
        self.root.join(format!("{id}.zip"))
    }

    /// The current package, if it is whole: someone may have cleaned up in the folder.
    pub(crate) fn current(&self, id: &str) -> Option<Record> {
        let text = fs::read(self.root.join(id).join(RECORD)).ok()?;
        let record: Record = serde_json::from_slice(&text).ok()?;
        let (files, unzipped_bytes) = archive::unzipped(&self.package(id, &record)).ok()?;
        let zip_bytes = fs::metadata(self.zip(id)).ok()?.len();
        let whole = files.len() == record.files && PackageSize { zip_bytes, unzipped_bytes } == record.size;
        whole.then_some(record)
    }

    /// An empty folder to make a package in. What a crash left is removed first.
    pub(crate) fn stage(&self, id: &str) -> Result<PathBuf, StepError> {
        let stage = self.root.join(id).join(STAGE);
        remove(&stage)?;
        fs::create_dir_all(&stage).map_err(StepError::io("create", &stage))?;
        Ok(stage)
    }

    /// What `install` puts into a folder, installed once for each key.
    pub(crate) fn dependencies(
        &self,
        id: &str,
        key: &str,
        install: impl FnOnce(&Path) -> Result<(), StepError>,
    ) -> Result<PathBuf, StepError> {
        let finished = self.root.join(id).join(format!("{DEPENDENCIES}{key}"));
        if finished.is_dir() {
            return Ok(finished);
        }
        let unfinished = self.root.join(id).join(".installing");
        remove(&unfinished)?;
        fs::create_dir_all(&unfinished).map_err(StepError::io("create", &unfinished))?;
        install(&unfinished)?;
        open_to_all(&unfinished)?;
        fs::rename(&unfinished, &finished).map_err(StepError::io("rename", &unfinished))?;
        Ok(finished)
    }

    /// Makes the staged package the current one: zip, folder, record, each by a rename, the record last.
    pub(crate) fn publish(&self, id: &str, fingerprint: &str, stamp: &str, dependencies: Option<String>) -> Result<Record, StepError> {
        let folder = self.root.join(id);
        let stage = folder.join(STAGE);
        open_to_all(&stage)?;
        let (files, unzipped_bytes) = archive::unzipped(&stage)?;
        let size = PackageSize { zip_bytes: self.write_zip(id, &files)?, unzipped_bytes };
        let version = fingerprint.to_owned();
        let package = folder.join(&version);
        // The same contents may be there from before and in use; but only a whole package may be taken over.
        if archive::unzipped(&package).is_ok_and(|(old, bytes)| old.len() == files.len() && bytes == unzipped_bytes) {
            remove(&stage)?;
        } else {
            remove(&package)?;
            fs::rename(&stage, &package).map_err(StepError::io("rename", &stage))?;
        }
        let previous = self.previous(id, &version);
        let record = Record {
            version,
            fingerprint: fingerprint.to_owned(),
            stamp: stamp.to_owned(),
            files: files.len(),
            size,
            previous,
            dependencies,
        };
        self.write_record(id, &record)?;
        self.remove_outdated(id, &record)?;
        Ok(record)
    }

    /// The package stays, but its inputs have new times.
    pub(crate) fn restamp(&self, id: &str, mut record: Record, stamp: &str) -> Result<Record, StepError> {
        stamp.clone_into(&mut record.stamp);
        self.write_record(id, &record)?;
        Ok(record)
    }

    fn write_zip(&self, id: &str, files: &[InputFile]) -> Result<u64, StepError> {
        let zip = self.zip(id);
        let unfinished = self.root.join(format!("{id}.zip.part"));
        let bytes = archive::write(files, &unfinished, &zip)?;
        fs::rename(&unfinished, &zip).map_err(StepError::io("rename", &unfinished))?;
        Ok(bytes)
    }

    fn write_record(&self, id: &str, record: &Record) -> Result<(), StepError> {
        let path = self.root.join(id).join(RECORD);
        let unfinished = path.with_extension("part");
        let text =
            serde_json::to_vec_pretty(record).map_err(|error| StepError::Io { act: "write", path: path.clone(), source: error.into() })?;
        fs::write(&unfinished, text).map_err(StepError::io("write", &unfinished))?;
        fs::rename(&unfinished, &path).map_err(StepError::io("rename", &unfinished))
    }

    /// Versions to keep besides the new one, newest first.
    fn previous(&self, id: &str, version: &str) -> Vec<String> {
        let old = fs::read(self.root.join(id).join(RECORD)).ok().and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        let old = old.into_iter().flat_map(|record| std::iter::once(record.version).chain(record.previous));
        old.filter(|old| old != version).take(PREVIOUS_PACKAGES_MAX).collect()
    }

    fn remove_outdated(&self, id: &str, record: &Record) -> Result<(), StepError> {
        let folder = self.root.join(id);
        for entry in fs::read_dir(&folder).map_err(StepError::io("list", &folder))? {
            let path = entry.map_err(StepError::io("list", &folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let keep = match name.strip_prefix(DEPENDENCIES) {
                Some(key) => record.dependencies.as_deref() == Some(key),
                None => name == RECORD || name == record.version || record.previous.iter().any(|old| old == name),
            };
            if !keep {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<(), StepError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StepError::io("remove", path)(error)),
        _ => Ok(()),
    }
}
