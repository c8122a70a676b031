//! A file that is written under another name until it is complete.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{GenerateError, GeneratedFile};

const BUFFER_BYTES: usize = 256 * 1024;

pub(super) struct OutputFile {
    path: PathBuf,
    partial: PathBuf,
    writer: BufWriter<File>,
    bytes: u64,
}

impl OutputFile {
    pub(super) fn create(folder: &Path, name: &str) -> Result<Self, GenerateError> {
        let partial = folder.join(format!(".{name}.partial"));
        let file = File::create(&partial).map_err(|source| GenerateError::Write { path: partial.clone(), source })?;
        Ok(Self { path: folder.join(name), partial, writer: BufWriter::with_capacity(BUFFER_BYTES, file), bytes: 0 })
    }

    pub(super) fn write(&mut self, data: &[u8]) -> Result<(), GenerateError> {
        self.writer.write_all(data).map_err(|source| GenerateError::Write { path: self.partial.clone(), source })?;
        self.bytes += data.len() as u64;
        Ok(())
    }

    /// Bytes written up to now.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file takes its name.
    pub(super) fn publish(mut self) -> Result<GeneratedFile, GenerateError> {
        let written = self.writer.flush().and_then(|()| std::fs::rename(&self.partial, &self.path));
        written.map_err(|source| GenerateError::Write { path: self.path.clone(), source })?;
        Ok(GeneratedFile { path: self.path, bytes: self.bytes })
    }
}
