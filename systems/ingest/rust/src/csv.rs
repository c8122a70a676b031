//! CSV as RFC 4180 writes it, and as the world does: with or without byte order mark, LF, CRLF or CR, newlines inside quotes, blank lines.
//!
//! A record is found and cut in one pass over contiguous bytes; values are borrowed unless a quote inside them had to be undone. A record that is not all there yet is looked at again when more of the
//! file came: pieces of the file are far longer than records. One that outgrows [`ROW_BYTES_MAX`] is skipped byte by byte without being kept, and given out as a bad row.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr3};

use crate::limits::{ROW_BYTES_MAX, ROW_EXCERPT_BYTES};
use crate::record::{BadRow, FIELDS, Record};
use crate::rows::{Row, SourceError, Step, Window};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[derive(Debug)]
pub struct CsvParser {
    window: Window,
    /// Index into [`FIELDS`] of each column; empty before the header.
    columns: Vec<usize>,
    fields: Vec<Field>,
    /// Values whose quotes had to be undone, one behind the other.
    undone: Vec<u8>,
    skipping: Option<Skip>,
    excerpt: Vec<u8>,
}

/// Where a value lies.
#[derive(Clone, Debug)]
enum Field {
    /// In the record.
    Whole(Range<usize>),
    /// In [`CsvParser::undone`].
    Undone(Range<usize>),
}

/// A record too long to keep.
#[derive(Debug)]
struct Skip {
    offset: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// Behind a quote inside quotes: the field's end, or half of a doubled quote.
    QuoteInQuoted,
}

/// A whole record at the beginning of some bytes.
struct Found {
    /// Without its end of line.
    length: usize,
    with_line_end: usize,
}

impl Default for CsvParser {
    fn default() -> Self {
        Self::new()
    }
}

impl CsvParser {
    /// At the beginning of a file.
    pub fn new() -> Self {
        Self { window: Window::default(), columns: Vec::new(), fields: Vec::new(), undone: Vec::new(), skipping: None, excerpt: Vec::new() }
    }

    /// At a row boundary of a file with this header.
    ///
    /// # Errors
    /// [`SourceError`] when the header is none.
    pub fn resume(header: &[String], offset: u64) -> Result<Self, SourceError> {
        let names = header.iter().map(String::as_str).map(Cow::Borrowed);
        Ok(Self { window: Window::at(offset), columns: columns(names)?, ..Self::new() })
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.window.push(bytes);
    }

    pub fn end(&mut self) {
        self.window.end();
    }

    pub fn header(&self) -> Option<Vec<String>> {
        (!self.columns.is_empty()).then(|| self.columns.iter().map(|&field| FIELDS[field].to_owned()).collect())
    }

    /// # Errors
    /// [`SourceError`] for a header that is none, and for a file that ends inside quotes.
    pub fn step(&mut self) -> Result<Step<'_>, SourceError> {
        if self.columns.is_empty() && !self.read_header()? {
            return Ok(if self.window.ended() { Step::End } else { Step::More });
        }
        if self.skipping.is_some() {
            return self.skip_on();
        }
        self.pass_blank_lines();
        let rest = self.window.rest();
        if rest.is_empty() {
            return Ok(if self.window.ended() { Step::End } else { Step::More });
        }
        match find(rest, self.window.ended(), &mut self.fields, &mut self.undone) {
            Some(found) => Ok(Step::Row(self.row(&found))),
            None if rest.len() > ROW_BYTES_MAX => {
                self.excerpt.clear();
                self.excerpt.extend_from_slice(&rest[..ROW_EXCERPT_BYTES]);
                self.skipping = Some(Skip { offset: self.window.offset(), state: State::FieldStart });
                self.skip_on()
            }
            None if self.window.ended() => Err(SourceError::CutShort { offset: self.window.offset() }),
            None => Ok(Step::More),
        }
    }

    fn row(&mut self, found: &Found) -> Row<'_> {
        let offset = self.window.offset();
        let raw = &self.window.take(found.with_line_end)[..found.length];
        let end = offset + found.with_line_end as u64;
        Row { offset, end, raw, record: record(raw, &self.fields, &self.undone, &self.columns) }
    }

    /// Whether the header is known.
    fn read_header(&mut self) -> Result<bool, SourceError> {
        let rest = self.window.rest();
        if self.window.offset() == 0 && !self.window.ended() && rest.len() < BYTE_ORDER_MARK.len() {
            return Ok(false);
        }
        if self.window.offset() == 0 && rest.starts_with(BYTE_ORDER_MARK) {
            self.window.take(BYTE_ORDER_MARK.len());
        }
        self.pass_blank_lines();
        let rest = self.window.rest();
        if rest.is_empty() {
            return Ok(false);
        }
        let Some(found) = find(rest, self.window.ended(), &mut self.fields, &mut self.undone) else {
            if self.window.ended() {
                return Err(SourceError::CutShort { offset: self.window.offset() });
            }
            return if rest.len() > ROW_BYTES_MAX { Err(SourceError::Header) } else { Ok(false) };
        };
        let text = std::str::from_utf8(&rest[..found.length]).map_err(|_| SourceError::Header)?;
        let names = self.fields.iter().map(|field| value(text, &self.undone, field).ok_or(SourceError::Header));
        self.columns = columns(names.collect::<Result<Vec<_>, _>>()?.into_iter())?;
        self.window.take(found.with_line_end);
        Ok(true)
    }

    fn pass_blank_lines(&mut self) {
        let blank = self.window.rest().iter().take_while(|&&byte| matches!(byte, b'\n' | b'\r')).count();
        self.window.take(blank);
    }

    /// Goes on in a record that is not kept, to its end if that is here.
    fn skip_on(&mut self) -> Result<Step<'_>, SourceError> {
        let Some(skip) = &mut self.skipping else { return Ok(Step::More) };
        let offset = skip.offset;
        let (passed, over) = skip.pass(self.window.rest());
        let quoted = skip.state == State::Quoted;
        self.window.take(passed);
        if !over && !self.window.ended() {
            return Ok(Step::More);
        }
        self.skipping = None;
        if !over && quoted {
            return Err(SourceError::CutShort { offset });
        }
        Ok(Step::Row(Row { offset, end: self.window.offset(), raw: &self.excerpt, record: Err(BadRow::TooLarge) }))
    }
}

impl Skip {
    /// How many bytes belong to the record, its end of line included, and whether that was met. The LF of a CRLF is left for the blank lines.
    fn pass(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (at, &byte) in bytes.iter().enumerate() {
            self.state = match (self.state, byte) {
                (State::Quoted, b'"') => State::QuoteInQuoted,
                (State::Quoted, _) | (State::QuoteInQuoted | State::FieldStart, b'"') => State::Quoted,
                (_, b'\n' | b'\r') => return (at + 1, true),
                (_, b',') => State::FieldStart,
                _ => State::Plain,
            };
        }
        (bytes.len(), false)
    }
}

/// Finds the record at the beginning of `bytes` and its values. `None` when its end is not there; `ended` says that nothing follows.
fn find(bytes: &[u8], ended: bool, fields: &mut Vec<Field>, undone: &mut Vec<u8>) -> Option<Found> {
    fields.clear();
    undone.clear();
    let mut at = 0;
    loop {
        let end = if bytes.get(at) == Some(&b'"') {
            let (field, end) = quoted(bytes, at, ended, undone)?;
            fields.push(field);
            end
        } else {
            let end = plain_end(bytes, at, ended)?;
            fields.push(Field::Whole(at..end));
            end
        };
        match bytes.get(end) {
            Some(b',') => at = end + 1,
            // Whether an LF belongs to this CR is not known yet.
            Some(b'\r') if end + 1 == bytes.len() && !ended => return None,
            Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => return Some(Found { length: end, with_line_end: end + 2 }),
            Some(_) => return Some(Found { length: end, with_line_end: end + 1 }),
            None => return Some(Found { length: end, with_line_end: end }),
        }
    }
}

/// Where text without quotes that begins at `at` ends.
fn plain_end(bytes: &[u8], at: usize, ended: bool) -> Option<usize> {
    match memchr3(b',', b'\n', b'\r', &bytes[at..]) {
        Some(length) => Some(at + length),
        None => ended.then_some(bytes.len()),
    }
}

/// The value that begins with a quote at `at`, and where it ends. What follows the closing quote belongs to the value, as it is.
fn quoted(bytes: &[u8], at: usize, ended: bool, undone: &mut Vec<u8>) -> Option<(Field, usize)> {
    let start = undone.len();
    let mut from = at + 1;
    loop {
        let quote = from + memchr(b'"', &bytes[from..])?;
        match bytes.get(quote + 1) {
            Some(b'"') => {
                undone.extend_from_slice(&bytes[from..=quote]);
                from = quote + 2;
            }
            None if !ended => return None,
            _ => {
                let end = plain_end(bytes, quote + 1, ended)?;
                if undone.len() == start && end == quote + 1 {
                    return Some((Field::Whole(at + 1..quote), end));
                }
                undone.extend_from_slice(&bytes[from..quote]);
                undone.extend_from_slice(&bytes[quote + 1..end]);
                return Some((Field::Undone(start..undone.len()), end));
            }
        }
    }
}

fn record<'a>(raw: &'a [u8], fields: &[Field], undone: &'a [u8], columns: &[usize]) -> Result<Record<'a>, BadRow> {
    let text = std::str::from_utf8(raw).map_err(|_| BadRow::NotUtf8)?;
    if fields.len() != columns.len() {
        return Err(BadRow::FieldCount { expected: columns.len(), found: fields.len() });
    }
    let mut values = [const { Cow::Borrowed("") }; FIELDS.len()];
    for (field, &column) in fields.iter().zip(columns) {
        values[column] = value(text, undone, field).ok_or(BadRow::NotUtf8)?;
    }
    Ok(Record { values })
}

fn value<'a>(text: &'a str, undone: &'a [u8], field: &Field) -> Option<Cow<'a, str>> {
    match field {
        Field::Whole(range) => text.get(range.clone()).map(Cow::Borrowed),
        Field::Undone(range) => std::str::from_utf8(undone.get(range.clone())?).ok().map(Cow::Borrowed),
    }
}

/// Which field each column is: all of them, each once, in any order.
fn columns<'a>(names: impl Iterator<Item = Cow<'a, str>>) -> Result<Vec<usize>, SourceError> {
    let mut columns = Vec::with_capacity(FIELDS.len());
    for name in names {
        match FIELDS.iter().position(|field| *field == name) {
            Some(field) if !columns.contains(&field) => columns.push(field),
            _ => return Err(SourceError::UnknownColumn { name: name.into_owned() }),
        }
    }
    match (0..FIELDS.len()).find(|field| !columns.contains(field)) {
        Some(missing) => Err(SourceError::MissingColumn { name: FIELDS[missing] }),
        None => Ok(columns),
    }
}
