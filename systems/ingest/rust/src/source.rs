//! The source object: ranged reads side by side, given out in order, all of one version.
//!
//! The first read tells the object's length and ETag; every other says `If-Match`, so that an object that is replaced while it is read ends the load instead of mixing two files. Each read is a task of
//! its own that runs on while the loader writes; few are begun ahead, which bounds memory.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_RANGE, ETAG, HeaderValue, IF_MATCH, RANGE};
use http::{Method, StatusCode};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::client::{Answer, Aws, ClientError, Request, object_path};
use crate::limits::{PART_BYTES, PART_TIMEOUT, PARTS_AHEAD};
use crate::retry;

/// Why the source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(
        "s3://{bucket}/{key} changed while it was read (412 Precondition Failed): nothing was completed; load it again from the beginning"
    )]
    Changed { bucket: String, key: String },
    #[error("cannot read s3://{bucket}/{key}")]
    Call { bucket: String, key: String, source: Box<ClientError> },
    #[error("s3://{bucket}/{key} answered a read of bytes {from} to {to} with {found}")]
    Answer { bucket: String, key: String, from: u64, to: u64, found: String },
}

/// One version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub etag: String,
    pub bytes: u64,
}

/// A reader of an object from some offset to its end.
#[derive(Debug)]
pub struct Source {
    object: Object,
    version: Version,
    /// Where the next read begins.
    next: u64,
    begun: VecDeque<Part>,
    stats: Stats,
}

/// What reading has cost so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Time in which at least one read was under way.
    pub busy: Duration,
    pub retries: u64,
    until: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Object {
    aws: Aws,
    bucket: String,
    key: String,
}

/// A read that runs. Dropping it ends it.
#[derive(Debug)]
struct Part(JoinHandle<Result<Read, ReadError>>);

impl Drop for Part {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Debug)]
struct Read {
    answer: Answer,
    began: Instant,
    ended: Instant,
    retries: u64,
}

impl Source {
    /// Opens an object at `offset`: `version` is the one that was begun with, or whatever there is. The piece is the object's first, empty when nothing is left.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn open(aws: &Aws, bucket: &str, key: &str, offset: u64, version: Option<Version>) -> Result<(Self, Bytes), ReadError> {
        let object = Object { aws: aws.clone(), bucket: bucket.to_owned(), key: key.to_owned() };
        let mut source = Self {
            object,
            version: Version { etag: String::new(), bytes: 0 },
            next: offset,
            begun: VecDeque::new(),
            stats: Stats::default(),
        };
        if let Some(version) = version {
            source.version = version;
            source.begin();
            let first = source.next_part().await?;
            return Ok((source, first.unwrap_or_default()));
        }
        let read = source.object.read(0, PART_BYTES - 1, None).await?;
        source.stats.add(&read);
        let answer = read.answer;
        if answer.status == StatusCode::RANGE_NOT_SATISFIABLE {
            // There is no first byte: the object is empty.
            return Ok((source, Bytes::new()));
        }
        let whole = answer.headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok()?.rsplit('/').next()?.parse().ok());
        let etag = answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok());
        let (Some(bytes), Some(etag)) = (whole, etag) else {
            return Err(source.object.unexpected(0, PART_BYTES - 1, "no Content-Range or no ETag"));
        };
        source.version = Version { etag: etag.to_owned(), bytes };
        source.next = answer.body.len() as u64;
        source.begin();
        Ok((source, answer.body))
    }

    pub fn version(&self) -> &Version {
        &self.version
    }

    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The next piece, in order; `None` at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn next_part(&mut self) -> Result<Option<Bytes>, ReadError> {
        let Some(part) = self.begun.front_mut() else { return Ok(None) };
        let read = (&mut part.0).await;
        self.begun.pop_front();
        self.begin();
        let read = read.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))?;
        self.stats.add(&read);
        Ok(Some(read.answer.body))
    }

    fn begin(&mut self) {
        while self.begun.len() < PARTS_AHEAD && self.next < self.version.bytes {
            let (from, to) = (self.next, (self.next + PART_BYTES).min(self.version.bytes) - 1);
            let (object, etag) = (self.object.clone(), self.version.etag.clone());
            self.begun.push_back(Part(tokio::spawn(async move { object.read(from, to, Some(&etag)).await })));
            self.next = to + 1;
        }
    }
}

impl Stats {
    /// Reads overlap: what is behind the end of those before counts.
    fn add(&mut self, read: &Read) {
        let from = self.until.map_or(read.began, |until| until.max(read.began));
        self.busy += read.ended.saturating_duration_since(from);
        self.until = Some(self.until.map_or(read.ended, |until| until.max(read.ended)));
        self.retries += read.retries;
    }
}

impl Object {
    /// Bytes `from..=to` of the version with this ETag, all of them. Without an ETag the answer may be shorter, or 416.
    async fn read(&self, from: u64, to: u64, etag: Option<&str>) -> Result<Read, ReadError> {
        let text = |text: &str| HeaderValue::from_str(text).map_err(|_| self.unexpected(from, to, "an ETag that is not text"));
        let mut request = Request::new("s3", Method::GET, object_path(&self.bucket, &self.key)).timeout(PART_TIMEOUT);
        request = request.header(RANGE, text(&format!("bytes={from}-{to}"))?);
        if let Some(etag) = etag {
            request = request.header(IF_MATCH, text(etag)?);
        }
        let began = Instant::now();
        let (tried, retries) = retry::send(&self.aws, &request).await;
        let call = |source| ReadError::Call { bucket: self.bucket.clone(), key: self.key.clone(), source: Box::new(source) };
        let answer = tried.map_err(call)?;
        match answer.status {
            StatusCode::PRECONDITION_FAILED => return Err(ReadError::Changed { bucket: self.bucket.clone(), key: self.key.clone() }),
            StatusCode::PARTIAL_CONTENT => {}
            StatusCode::RANGE_NOT_SATISFIABLE if etag.is_none() => {}
            _ => return Err(call(answer.expect_success("GetObject").err().unwrap_or(ClientError::Unranged))),
        }
        if etag.is_some() && answer.body.len() as u64 != to - from + 1 {
            return Err(self.unexpected(from, to, &format!("{} bytes", answer.body.len())));
        }
        Ok(Read { answer, began, ended: Instant::now(), retries: retries.into() })
    }

    fn unexpected(&self, from: u64, to: u64, found: &str) -> ReadError {
        ReadError::Answer { bucket: self.bucket.clone(), key: self.key.clone(), from, to, found: found.to_owned() }
    }
}
