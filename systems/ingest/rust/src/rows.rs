//! Bytes in, rows out: what the CSV and the JSON parser have in common.
//!
//! Both are fed pieces of the file of any length and give one row at a time, borrowed from their buffer. A row knows where it lies in the file, so that a load can go on behind it.

use crate::csv::CsvParser;
use crate::json::JsonParser;
use crate::message::Format;
use crate::record::{BadRow, Record};

/// One row of the source: good or bad.
#[derive(Debug, PartialEq)]
pub struct Row<'a> {
    /// Position in the file.
    pub offset: u64,
    /// Position behind the row and its end of line: where reading may go on.
    pub end: u64,
    /// The row as it stands in the file, without its end of line; only the beginning of a row that is too large to be one.
    pub raw: &'a [u8],
    pub record: Result<Record<'a>, BadRow>,
}

/// What a parser has next.
#[derive(Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a row is looked at where it is given out, and boxing it would allocate for each")]
pub enum Step<'a> {
    Row(Row<'a>),
    /// Nothing before more of the file is pushed, or its end is told.
    More,
    End,
}

/// Why no row can be read from here on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("the file is cut short: what begins at byte {offset} has no end")]
    CutShort { offset: u64 },
    #[error("the header is not UTF-8, or too long to be one")]
    Header,
    #[error("the header lacks the column {name}")]
    MissingColumn { name: &'static str },
    #[error("the header has the column {name:?} that no registration has, or has it twice")]
    UnknownColumn { name: String },
    #[error("byte {offset}: expected {expected} of a JSON array")]
    Json { offset: u64, expected: &'static str },
}

/// The parser of either format.
#[derive(Debug)]
pub enum Parser {
    Csv(CsvParser),
    Json(JsonParser),
}

impl Parser {
    /// At the beginning of a file.
    pub fn new(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv(CsvParser::new()),
            Format::Json => Self::Json(JsonParser::new()),
        }
    }

    /// At a row boundary. `header` is that of the file, for CSV; without it the load begins anew.
    ///
    /// # Errors
    /// [`SourceError`] when the header is none.
    pub fn resume(format: Format, header: Option<&[String]>, offset: u64) -> Result<Self, SourceError> {
        Ok(match format {
            Format::Csv => Self::Csv(CsvParser::resume(header.unwrap_or_default(), offset)?),
            Format::Json => Self::Json(JsonParser::resume(offset)),
        })
    }

    /// The next piece of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Csv(parser) => parser.push(bytes),
            Self::Json(parser) => parser.push(bytes),
        }
    }

    /// The file has ended.
    pub fn end(&mut self) {
        match self {
            Self::Csv(parser) => parser.end(),
            Self::Json(parser) => parser.end(),
        }
    }

    /// # Errors
    /// [`SourceError`] where the file cannot be read on. Every row before has been given.
    pub fn step(&mut self) -> Result<Step<'_>, SourceError> {
        match self {
            Self::Csv(parser) => parser.step(),
            Self::Json(parser) => parser.step(),
        }
    }

    /// Column names of a CSV file whose header has been read.
    pub fn header(&self) -> Option<Vec<String>> {
        match self {
            Self::Csv(parser) => parser.header(),
            Self::Json(_) => None,
        }
    }
}

/// The part of a file that has been pushed and not yet given out as rows.
#[derive(Debug, Default)]
pub(crate) struct Window {
    bytes: Vec<u8>,
    at: usize,
    base: u64,
    ended: bool,
}

impl Window {
    pub(crate) fn at(offset: u64) -> Self {
        Self { base: offset, ..Self::default() }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.base += self.at as u64;
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// What is left to read.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Position of the rest in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Gives out the next `length` bytes of the rest.
    pub(crate) fn take(&mut self, length: usize) -> &[u8] {
        let from = self.at;
        self.at += length;
        &self.bytes[from..self.at]
    }
}
