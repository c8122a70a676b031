//! The source file, read piece by piece and row by row as the loaders read it.
//!
//! Every piece is asked for with the version seen at first (`If-Match`), so that a file that is replaced meanwhile is an error and not a mixture. Bad rows are left
//! out, as a load leaves them out.

use std::borrow::Cow;

use futures_util::StreamExt;
use futures_util::stream;
use http::header::{CONTENT_LENGTH, ETAG, HeaderValue, IF_MATCH, RANGE};
use http::{Method, StatusCode};
use thiserror::Error;

use super::fingerprints::{Fingerprint, Fingerprints};
use super::item::{Attribute, Item, hash_key};
use super::limits::{PIECE_BYTES, PIECES_AHEAD, SOURCE_ROWS_MAX};
use crate::client::{Answer, Aws, ClientError, Request, object_path};
use crate::message::Format;
use crate::record::{AMOUNT, FIELDS, Record};
use crate::retry;
use crate::rows::{self, Parser, Step};

#[derive(Debug, Error)]
pub enum SourceError {
    #[error("cannot read s3://{name}")]
    Read { name: String, source: ClientError },
    #[error("S3 does not say how long s3://{name} is, or which version: put it there again")]
    NoVersion { name: String },
    #[error("s3://{name} was replaced while it was read: verify again")]
    Changed { name: String },
    #[error("s3://{name} cannot be read to its end")]
    Rows { name: String, source: rows::SourceError },
    #[error("s3://{name} has more than {SOURCE_ROWS_MAX} rows, more than one invocation verifies: split it")]
    TooLong { name: String },
}

/// One version of the file.
#[derive(Debug)]
pub struct Source<'a> {
    aws: &'a Aws,
    key: String,
    path: String,
    /// For errors: `bucket/key`.
    name: String,
    format: Format,
    version: HeaderValue,
    length: u64,
}

impl<'a> Source<'a> {
    /// The file as it is now.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn open(aws: &'a Aws, bucket: &str, format: Format) -> Result<Self, SourceError> {
        let key = format.default_key();
        let (path, name) = (object_path(bucket, &key), format!("{bucket}/{key}"));
        let (tried, _) = retry::send(aws, &Request::new("s3", Method::HEAD, &path)).await;
        let head = tried.and_then(|answer| answer.expect_success("S3 refused"));
        let headers = head.map_err(|source| SourceError::Read { name: name.clone(), source })?.headers;
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let (Some(version), Some(length)) = (headers.get(ETAG).cloned(), length) else { return Err(SourceError::NoVersion { name }) };
        Ok(Self { aws, key, path, name, format, version, length })
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// The whole file as fingerprints.
    ///
    /// # Errors
    /// When it cannot be read to its end, or has too many rows.
    pub async fn fingerprints(&self) -> Result<Fingerprints, SourceError> {
        let (mut rows, mut scratch) = (Vec::new(), Vec::new());
        self.each(|item| {
            if rows.len() == SOURCE_ROWS_MAX {
                return Err(SourceError::TooLong { name: self.name.clone() });
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
    pub async fn each(&self, mut each: impl FnMut(&Item<'_>) -> Result<(), SourceError>) -> Result<(), SourceError> {
        let mut parser = Parser::new(self.format);
        let begins = (0..self.length).step_by(PIECE_BYTES);
        let mut pieces = stream::iter(begins).map(|begin| self.piece(begin)).buffered(PIECES_AHEAD);
        loop {
            let piece = pieces.next().await.transpose()?;
            match &piece {
                Some(answer) => parser.push(&answer.body),
                None => parser.end(),
            }
            loop {
                match parser.step().map_err(|source| SourceError::Rows { name: self.name.clone(), source })? {
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
        }
    }

    async fn piece(&self, begin: u64) -> Result<Answer, SourceError> {
        let end = self.length.min(begin + PIECE_BYTES as u64) - 1;
        let range =
            HeaderValue::try_from(format!("bytes={begin}-{end}")).map_err(|_| SourceError::NoVersion { name: self.name.clone() })?;
        let request = Request::new("s3", Method::GET, &self.path).header(RANGE, range).header(IF_MATCH, self.version.clone());
        let (tried, _) = retry::send(self.aws, &request).await;
        match tried {
            Ok(answer) if answer.status == StatusCode::PRECONDITION_FAILED => Err(SourceError::Changed { name: self.name.clone() }),
            tried => tried
                .and_then(|answer| answer.expect_success("S3 refused"))
                .map_err(|source| SourceError::Read { name: self.name.clone(), source }),
        }
    }
}

/// The item that a load makes of a good row.
fn item(record: Record<'_>) -> Item<'_> {
    let attribute = |index, value| if index == AMOUNT { Attribute::N(value) } else { Attribute::S(value) };
    let values = FIELDS.into_iter().zip(record.values).enumerate();
    Item::new(values.map(|(index, (name, value))| (Cow::Borrowed(name), attribute(index, value))).collect())
}
