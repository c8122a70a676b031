//! The registrations that both loaders read: made, not taken from anybody, and the same from the same seed.
//!
//! Records are drawn one at a time and written at once to every file, so that a file of any size needs no memory and CSV and JSON hold the same records. All that is
//! random comes from [`fastrand`] (WyRand) seeded by the caller: one stream draws the records, another one the bad rows, so the records are the same with and without
//! bad rows among them. A golden test fails should the library ever draw differently.

mod bad;
mod concerts;
mod draw;
mod files;
mod format;
mod people;

use std::path::PathBuf;

use fastrand::Rng;
use serde::Serialize;
use thiserror::Error;

use bad::BadRow;
use draw::Draw;
use files::OutputFile;

use crate::message::Format;

/// What tells the stream of bad rows from that of records.
const BAD_STREAM: u64 = 0x0bad_0bad_0bad_0bad;

/// What to generate.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Good records, each with a `registration_id` of its own.
    pub records: u64,
    pub seed: u64,
    /// Bad rows among those of the CSV file.
    pub bad: u64,
    /// The folder that the files are written to; made where it is missing.
    pub output: PathBuf,
    pub formats: Vec<Format>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generated {
    pub records: u64,
    pub bad: u64,
    pub files: Vec<GeneratedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GeneratedFile {
    pub path: PathBuf,
    pub bytes: u64,
}

#[derive(Debug, Error)]
pub enum GenerateError {
    #[error("the folder {} cannot be made", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("bad rows are written to CSV only: generate that format, too, or leave out the bad rows")]
    BadWithoutCsv,
}

/// Writes `registrations.csv` and `registrations.json` as wanted, and `bad.ndjson` where bad rows are wanted. Files appear under their names when all are complete.
pub fn generate(settings: &Settings) -> Result<Generated, GenerateError> {
    if settings.bad > 0 && !settings.formats.contains(&Format::Csv) {
        return Err(GenerateError::BadWithoutCsv);
    }
    std::fs::create_dir_all(&settings.output).map_err(|source| GenerateError::Folder { path: settings.output.clone(), source })?;
    let mut outputs = Outputs::create(settings)?;
    let mut draw = Draw::new(settings.seed);
    let mut bad_rng = Rng::with_seed(settings.seed ^ BAD_STREAM);
    let (mut good_left, mut bad_left, mut row) = (settings.records, settings.bad, 0);
    while good_left + bad_left > 0 {
        row += 1;
        // Selection sampling: every arrangement of the bad rows is equally likely, and there are exactly as many as wanted.
        if bad_rng.u64(0..good_left + bad_left) < bad_left {
            outputs.bad(row, &BadRow::draw(&mut bad_rng, settings.bad - bad_left))?;
            bad_left -= 1;
        } else {
            outputs.record(&draw.next())?;
            good_left -= 1;
        }
    }
    let files = outputs.finish()?;
    Ok(Generated { records: settings.records, bad: settings.bad, files })
}

/// The files that a generation writes at the same time.
struct Outputs {
    formatted: Vec<(Format, OutputFile)>,
    bad: Option<OutputFile>,
    line: Vec<u8>,
    records: u64,
}

impl Outputs {
    fn create(settings: &Settings) -> Result<Self, GenerateError> {
        let file = |name: &str| OutputFile::create(&settings.output, name);
        let mut formatted = Vec::new();
        for &format in &settings.formats {
            let mut output = file(&format.default_key())?;
            output.write(format::head(format).as_bytes())?;
            formatted.push((format, output));
        }
        let bad = if settings.bad > 0 { Some(file("bad.ndjson")?) } else { None };
        Ok(Self { formatted, bad, line: Vec::new(), records: 0 })
    }

    fn record(&mut self, record: &draw::Registration) -> Result<(), GenerateError> {
        for (format, output) in &mut self.formatted {
            self.line.clear();
            format::row(*format, record, self.records == 0, &mut self.line);
            output.write(&self.line)?;
        }
        self.records += 1;
        Ok(())
    }

    /// `row` counts the rows after the header, from 1.
    fn bad(&mut self, row: u64, bad: &BadRow) -> Result<(), GenerateError> {
        for (_, csv) in self.formatted.iter_mut().filter(|(format, _)| *format == Format::Csv) {
            let offset = csv.bytes();
            csv.write(&bad.raw)?;
            csv.write(format::CSV_LINE_END)?;
            if let Some(listed) = &mut self.bad {
                listed.write(bad.listed(row, offset).to_string().as_bytes())?;
                listed.write(b"\n")?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<GeneratedFile>, GenerateError> {
        for (format, output) in &mut self.formatted {
            output.write(format::tail(*format).as_bytes())?;
        }
        let complete: Vec<_> = self.formatted.into_iter().map(|(_, output)| output).chain(self.bad).collect();
        complete.into_iter().map(OutputFile::publish).collect()
    }
}

#[cfg(test)]
mod tests;
