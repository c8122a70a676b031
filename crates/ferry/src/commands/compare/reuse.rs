//! `--reuse`: a comparison whose functions, events and settings are what they were is printed again, not measured again.
//!
//! Beside the result stands `RESULT.key`: everything the result depends on, as text.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use ferry_host::build::BuiltFunction;
use ferry_lab::{Comparison, Pair, Settings};

use crate::args::Hosting;

/// Everything the result depends on but the machine's mood.
///
/// `worlds` is what the local AWS services are and hold.
pub(super) fn key(built: &[BuiltFunction], pairs: &[Pair], settings: &Settings, hosting: &Hosting, worlds: &str) -> Result<String> {
    let mut key = format!("ferry {}\n{hosting:?}\n{worlds}\n", env!("CARGO_PKG_VERSION"));
    let Settings { tiers, cold_rounds, warm_rounds, budget_per_tier, seed, date: _ } = settings;
    writeln!(key, "{tiers:?} {cold_rounds} {warm_rounds} {budget_per_tier:?} {seed}")?;
    for one in built {
        writeln!(key, "{} {} {:?}", one.function.logical_id, one.fingerprint, one.function.environment)?;
    }
    for pair in pairs {
        writeln!(key, "{} {:?} {:016x}", pair.label(), pair.equal, events_hash(&pair.events)?)?;
    }
    Ok(key)
}

/// What was found before, when the key is still the same.
pub(super) fn stored(path: &Path, key: &str) -> Option<Vec<Comparison>> {
    if std::fs::read_to_string(key_path(path)).ok()? != key {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    serde_json::from_str::<Comparison>(&text).map(|one| vec![one]).or_else(|_| serde_json::from_str(&text)).ok()
}

pub(super) fn key_path(path: &Path) -> PathBuf {
    path.with_extension("key")
}

/// Names and contents of the events.
fn events_hash(folder: &Path) -> Result<u64> {
    let context = || format!("the events folder {} could not be read", folder.display());
    let entries = std::fs::read_dir(folder).with_context(context)?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>().with_context(context)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut hasher = DefaultHasher::new();
    for path in paths {
        path.file_name().hash(&mut hasher);
        std::fs::read(&path).with_context(context)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_event_is_another_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.json"), "1").unwrap();
        let before = events_hash(folder.path()).unwrap();
        std::fs::write(folder.path().join("notes.md"), "no event").unwrap();
        assert_eq!(events_hash(folder.path()).unwrap(), before);
        std::fs::write(folder.path().join("a.json"), "2").unwrap();
        assert_ne!(events_hash(folder.path()).unwrap(), before);
    }

    #[test]
    fn nothing_is_stored_under_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        std::fs::write(&path, "[]").unwrap();
        std::fs::write(key_path(&path), "one").unwrap();
        assert!(stored(&path, "one").is_some_and(|found| found.is_empty()));
        assert!(stored(&path, "two").is_none());
    }
}
