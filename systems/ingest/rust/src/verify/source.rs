//! The source file, read piece by piece and row by row as the loaders read it.
//!
//! Both readings are of one version, so that a file that is replaced meanwhile is an error and not a mixture. Bad rows are left out, as a load leaves them out.

use std::borrow::Cow;

use thiserror::Error;

use super::fingerprints::{Fingerprint, Fingerprints};
use super::item::{Attribute, Item, hash_key};
use super::limits::SOURCE_ROWS_MAX;
use crate::client::Aws;
use crate::message::Format;
use crate::record::{AMOUNT, FIELDS, Record};
use crate::rows::{self, Parser, Step};
use crate::source::{self, ReadError, Version};

#[derive(Debug, Error)]
pub enum SourceError {
    #[error(transparent)]
    Read(Box<ReadError>),
    #[error("s3://{name} cannot be read to its end")]
    Rows { name: String, source: rows::SourceError },
    #[error("s3://{name} has more than {SOURCE_ROWS_MAX} rows, more than one invocation verifies: split it")]
    TooLong { name: String },
}

impl From<ReadError> for SourceError {
    fn from(error: ReadError) -> Self {
        Self::Read(Box::new(error))
    }
}

/// The file; from its first reading on, one version of it.
#[derive(Debug)]
pub struct Source<'a> {
    aws: &'a Aws,
    bucket: &'a str,
    key: String,
    format: Format,
    version: Option<Version>,
}

impl<'a> Source<'a> {
    pub fn new(aws: &'a Aws, bucket: &'a str, format: Format) -> Self {
        Self { aws, bucket, key: format.default_key(), format, version: None }
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// The whole file as fingerprints.
    ///
    /// # Errors
    /// When it cannot be read to its end, or has too many rows.
    pub async fn fingerprints(&mut self) -> Result<Fingerprints, SourceError> {
        let (mut rows, mut scratch, name) = (Vec::new(), Vec::new(), self.name());
        self.each(|item| {
            if rows.len() == SOURCE_ROWS_MAX {
                return Err(SourceError::TooLong { name: name.clone() });
            }
            rows.push(Fingerprint { key: hash_key(item.key()), item: item.hash(&mut scratch) });
            Ok(())
        })
        .await?;
        Ok(Fingerprints::new(rows))
    }

    /// Hands every good row to `each`, in the file's order.
    ///
    /// # Errors
    /// The first of `each`, and when the file cannot be read to its end.
    pub async fn each(&mut self, mut each: impl FnMut(&Item<'_>) -> Result<(), SourceError>) -> Result<(), SourceError> {
        let mut parser = Parser::new(self.format);
        let (mut parts, first) = source::Source::open(self.aws, self.bucket, &self.key, 0, self.version.take()).await?;
        self.version = Some(parts.version().clone());
        parser.push(&first);
        loop {
            loop {
                match parser.step().map_err(|source| SourceError::Rows { name: self.name(), source })? {
                    Step::Row(row) => {
                        if let Ok(record) = row.record
                            && record.check().is_ok()
                        {
                            each(&item(record))?;
                        }
                    }
                    Step::More => break,
                    Step::End => return Ok(()),
                }
            }
            match parts.next_part().await? {
                Some(part) => parser.push(&part),
                None => parser.end(),
            }
        }
    }

    /// For errors.
    fn name(&self) -> String {
        format!("{}/{}", self.bucket, self.key)
    }
}

/// The item that a load makes of a good row.
fn item(record: Record<'_>) -> Item<'_> {
    let attribute = |index, value| if index == AMOUNT { Attribute::N(value) } else { Attribute::S(value) };
    let values = FIELDS.into_iter().zip(record.values).enumerate();
    Item::new(values.map(|(index, (name, value))| (Cow::Borrowed(name), attribute(index, value))).collect())
}
