//! What a data folder keeps of the queues: one SQLite file, written in one transaction for each operation before it is answered.
//!
//! With a write-ahead log and `synchronous = NORMAL` nothing that was answered is lost when the process dies, and no write waits for
//! the disk. What changes of a message stands apart from the message, so that receiving a large one writes little.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

use super::book::{Standing, Stored};
use super::queue::{Change, Entry};

/// Within the folder.
const FILE: &str = "queues.sqlite";
const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS queues (id TEXT PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS messages (queue TEXT, sequence INTEGER, message TEXT NOT NULL, PRIMARY KEY (queue, sequence));
    CREATE TABLE IF NOT EXISTS progress (queue TEXT, sequence INTEGER, progress TEXT NOT NULL, PRIMARY KEY (queue, sequence)) WITHOUT ROWID;
";
const PUT_PROGRESS: &str = "INSERT OR REPLACE INTO progress VALUES (?1, ?2, ?3)";

/// Why the queues could not be opened or kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the folder {} cannot be made", .path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the queues in {} cannot be opened: move the file away to begin with none", .path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the queue {queue} in {} is not understood ({reason}): move the file away to begin with none", .path.display())]
    NotUnderstood { path: PathBuf, queue: String, reason: String },
    #[error("the queues in {} cannot be written", .path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
}

#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        let path = folder.join(FILE);
        let failed = |source| StoreError::Open { path: path.clone(), source };
        let connection = Connection::open(&path).map_err(failed)?;
        connection.execute_batch(TABLES).map_err(failed)?;
        Ok(Self { path, connection })
    }

    pub(super) fn load(&mut self) -> Result<Vec<Stored>, StoreError> {
        let failed = |source| StoreError::Open { path: self.path.clone(), source };
        let mut found = self.connection.prepare("SELECT id, name, definition FROM queues").map_err(failed)?;
        let rows = found.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(failed)?;
        let rows: Vec<(String, String, String)> = rows.collect::<Result<_, _>>().map_err(failed)?;
        let mut queues = Vec::new();
        for (id, name, definition) in rows {
            let refused = |error: serde_json::Error| self.refused(&name, error.to_string());
            let definition = serde_json::from_str(&definition).map_err(refused)?;
            let entries = self.load_messages(&id, &name)?;
            let id = Uuid::parse_str(&id).map_err(|error| self.refused(&name, error.to_string()))?;
            queues.push(Stored { id, name, definition, entries });
        }
        Ok(queues)
    }

    fn load_messages(&self, id: &str, name: &str) -> Result<Vec<(u64, Entry)>, StoreError> {
        let failed = |source| StoreError::Open { path: self.path.clone(), source };
        let refused = |error: serde_json::Error| self.refused(name, error.to_string());
        let query = "SELECT sequence, message, progress FROM messages JOIN progress USING (queue, sequence) WHERE queue = ?1";
        let mut found = self.connection.prepare(query).map_err(failed)?;
        let mut rows = found.query((id,)).map_err(failed)?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let sequence: i64 = row.get(0).map_err(failed)?;
            let message: String = row.get(1).map_err(failed)?;
            let progress: String = row.get(2).map_err(failed)?;
            let message = Arc::new(serde_json::from_str(&message).map_err(refused)?);
            let progress = serde_json::from_str(&progress).map_err(refused)?;
            entries.push((sequence.cast_unsigned(), Entry { message, progress }));
        }
        Ok(entries)
    }

    /// A queue in the file that makes no sense.
    pub(super) fn refused(&self, queue: &str, reason: String) -> StoreError {
        StoreError::NotUnderstood { path: self.path.clone(), queue: queue.to_owned(), reason }
    }

    /// Writes all that changed, or nothing.
    pub(super) fn write(&mut self, deleted: &[Uuid], queues: &BTreeMap<String, Standing>) -> Result<(), StoreError> {
        let changed: Vec<(&String, &Standing)> = queues.iter().filter(|(_, standing)| standing.is_changed()).collect();
        if deleted.is_empty() && changed.is_empty() {
            return Ok(());
        }
        let failed = |source| StoreError::Write { path: self.path.clone(), source };
        let transaction = self.connection.transaction().map_err(failed)?;
        let written = deleted
            .iter()
            .try_for_each(|id| delete_queue(&transaction, *id))
            .and_then(|()| changed.iter().try_for_each(|(name, standing)| write_queue(&transaction, name, standing)));
        written.and_then(|()| transaction.commit()).map_err(failed)
    }
}

fn delete_queue(transaction: &Transaction<'_>, id: Uuid) -> rusqlite::Result<()> {
    let id = id.to_string();
    transaction.execute("DELETE FROM queues WHERE id = ?1", (&id,))?;
    transaction.execute("DELETE FROM messages WHERE queue = ?1", (&id,))?;
    transaction.execute("DELETE FROM progress WHERE queue = ?1", (&id,))?;
    Ok(())
}

fn write_queue(transaction: &Transaction<'_>, name: &str, standing: &Standing) -> rusqlite::Result<()> {
    let id = standing.queue.id.to_string();
    if let Some(definition) = standing.new_definition() {
        let put = "INSERT OR REPLACE INTO queues VALUES (?1, ?2, ?3)";
        transaction.execute(put, params![id, name, json(&definition)?])?;
    }
    for (sequence, change, entry) in standing.queue.changes() {
        let sequence = sequence.cast_signed();
        match (change, entry) {
            (Change::New, Some(entry)) => {
                let put = "INSERT OR REPLACE INTO messages VALUES (?1, ?2, ?3)";
                transaction.prepare_cached(put)?.execute(params![id, sequence, json(&*entry.message)?])?;
                transaction.prepare_cached(PUT_PROGRESS)?.execute(params![id, sequence, json(&entry.progress)?])?;
            }
            (Change::Progressed, Some(entry)) => {
                transaction.prepare_cached(PUT_PROGRESS)?.execute(params![id, sequence, json(&entry.progress)?])?;
            }
            (Change::Gone, _) | (_, None) => {
                transaction.prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sequence = ?2")?.execute(params![id, sequence])?;
                transaction.prepare_cached("DELETE FROM progress WHERE queue = ?1 AND sequence = ?2")?.execute(params![id, sequence])?;
            }
        }
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
