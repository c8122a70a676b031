//! The events both functions are asked: each `*.json` file of one folder, sorted by name.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::limits::{EVENT_BYTES_MAX, EVENTS_MAX};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventFile {
    /// File name without `.json`.
    pub name: String,
    /// The bytes of the file: they are sent as they are.
    pub payload: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    #[error("cannot list the events folder {path}", path = path.display())]
    List { path: PathBuf, source: io::Error },
    #[error("cannot read the event {path}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the event {path} is not JSON: Lambda would refuse it", path = path.display())]
    NotJson { path: PathBuf, source: serde_json::Error },
    #[error("the event {path} is larger than {EVENT_BYTES_MAX} bytes: Lambda would refuse it", path = path.display())]
    TooLarge { path: PathBuf },
    #[error("{path} holds no *.json file: two functions that were asked nothing are not equal; add events", path = path.display())]
    Empty { path: PathBuf },
    #[error("{path} holds more than {EVENTS_MAX} events: split the folder", path = path.display())]
    TooMany { path: PathBuf },
}

/// All events of a folder, sorted by file name; at least one.
pub(crate) fn load(folder: &Path) -> Result<Vec<EventFile>, EventsError> {
    let list = |source| EventsError::List { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(list)? {
        let path = entry.map_err(list)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
        if paths.len() > EVENTS_MAX {
            return Err(EventsError::TooMany { path: folder.to_owned() });
        }
    }
    if paths.is_empty() {
        return Err(EventsError::Empty { path: folder.to_owned() });
    }
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Result<EventFile, EventsError> {
    let mut payload = Vec::new();
    let file = std::fs::File::open(&path).map_err(|source| EventsError::Read { path: path.clone(), source })?;
    let taken = file.take(EVENT_BYTES_MAX + 1).read_to_end(&mut payload);
    taken.map_err(|source| EventsError::Read { path: path.clone(), source })?;
    if payload.len() as u64 > EVENT_BYTES_MAX {
        return Err(EventsError::TooLarge { path });
    }
    if let Err(source) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
        return Err(EventsError::NotJson { path, source });
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(EventFile { name, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_files_come_sorted_and_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b.json", "{ \"b\": 1 }"), ("a.json", "[]"), ("README.md", "no event")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let events = load(folder.path()).unwrap();
        assert_eq!(events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(events[1].payload, b"{ \"b\": 1 }");
    }

    #[test]
    fn what_lambda_would_refuse_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(load(folder.path()), Err(EventsError::Empty { .. })));
        assert!(matches!(load(&folder.path().join("gone")), Err(EventsError::List { .. })));
        std::fs::write(folder.path().join("a.json"), "{").unwrap();
        let error = load(folder.path()).unwrap_err();
        assert!(matches!(error, EventsError::NotJson { .. }) && error.to_string().contains("a.json"), "{error}");
        let large = format!("\"{}\"", "x".repeat(6 * 1024 * 1024));
        std::fs::write(folder.path().join("a.json"), large).unwrap();
        assert!(matches!(load(folder.path()), Err(EventsError::TooLarge { .. })));
    }
}
