//! Bad rows, kept: one line of JSON each in an object beside the source, and a bound on how many a run may have.
//!
//! `{"row": 17, "offset": 2048, "raw": "…", "reason": "…"}`: the row's number from 1 in the file (header and blank lines not counted), its byte offset, its text as far as it is UTF-8 and at most
//! [`ROW_EXCERPT_BYTES`] of it, and why it was not written. The object is put whole, so it is there or not; a run that goes on in another invocation puts it again with what was in it before.

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};
use memchr::memchr_iter;
use serde::{Deserialize, Serialize};

use crate::client::{Aws, ClientError, Request, object_path};
use crate::limits::{DEAD_LETTER_BYTES_MAX, ROW_EXCERPT_BYTES};
use crate::message::ObjectName;
use crate::record::BadRow;
use crate::retry;

/// One bad row.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub row: u64,
    pub offset: u64,
    pub raw: String,
    pub reason: String,
}

/// There are more bad rows than a run may have.
#[derive(Debug, thiserror::Error)]
#[error(
    "{rejected} bad rows by byte {offset} are more than the quota of {quota} (or their dead letters more than {DEAD_LETTER_BYTES_MAX} bytes); mend the file, or raise DEAD_LETTER_QUOTA"
)]
pub struct OverQuota {
    rejected: u64,
    offset: u64,
    quota: u64,
}

/// The bad rows of a run so far.
#[derive(Debug)]
pub struct DeadLetters {
    name: ObjectName,
    text: Vec<u8>,
    /// Position in the file of each, and where its line begins in [`Self::text`].
    lines: Vec<(u64, usize)>,
    /// Bytes that an earlier invocation of the run has put.
    before: Bytes,
    rejected: u64,
    quota: u64,
    retries: u64,
}

impl DeadLetters {
    /// `rejected` bad rows are in the object already.
    pub fn new(bucket: &str, run: &str, rejected: u64, quota: u64) -> Self {
        let name = ObjectName { bucket: bucket.to_owned(), key: format!("dead-letters/{run}.ndjson") };
        Self { name, text: Vec::new(), lines: Vec::new(), before: Bytes::new(), rejected, quota, retries: 0 }
    }

    /// Fetches what earlier invocations of the run have put, up to the checkpoint. An invocation whose event Lambda delivers again finds what it, or one after it, has put then, too: that is read again.
    ///
    /// # Errors
    /// [`ClientError`] when the object cannot be read.
    pub async fn fetch(&mut self, aws: &Aws) -> Result<(), ClientError> {
        if self.rejected > 0 {
            let (tried, retries) = retry::send(aws, &self.request(Method::GET)).await;
            self.retries += u64::from(retries);
            self.before = first_lines(&tried?.expect_success(self.name.to_string())?.body, self.rejected);
        }
        Ok(())
    }

    /// # Errors
    /// [`OverQuota`]; the row is kept nevertheless.
    pub fn add(&mut self, row: u64, offset: u64, raw: &[u8], reason: &BadRow) -> Result<(), OverQuota> {
        let raw = String::from_utf8_lossy(&raw[..raw.len().min(ROW_EXCERPT_BYTES)]).into_owned();
        self.lines.push((offset, self.text.len()));
        let line = serde_json::to_string(&DeadLetter { row, offset, raw, reason: reason.to_string() });
        self.text.extend_from_slice(line.unwrap_or_default().as_bytes());
        self.text.push(b'\n');
        self.rejected += 1;
        if self.rejected > self.quota || self.before.len() + self.text.len() > DEAD_LETTER_BYTES_MAX {
            return Err(OverQuota { rejected: self.rejected, offset, quota: self.quota });
        }
        Ok(())
    }

    /// Forgets rows from `offset` on: they will be read again.
    pub fn cut(&mut self, offset: u64) {
        let kept = self.lines.partition_point(|(at, _)| *at < offset);
        if let Some((_, length)) = self.lines.get(kept) {
            self.text.truncate(*length);
            self.rejected -= (self.lines.len() - kept) as u64;
            self.lines.truncate(kept);
        }
    }

    /// Puts the object if there is any bad row, and says where it is.
    ///
    /// # Errors
    /// [`ClientError`] when it cannot be put.
    pub async fn put(&mut self, aws: &Aws) -> Result<Option<ObjectName>, ClientError> {
        if self.rejected == 0 {
            return Ok(None);
        }
        if !self.lines.is_empty() {
            let body = [self.before.as_ref(), &self.text].concat();
            let request = self.request(Method::PUT).header(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")).body(body);
            let (tried, retries) = retry::send(aws, &request).await;
            self.retries += u64::from(retries);
            tried?.expect_success(self.name.to_string())?;
        }
        Ok(Some(self.name.clone()))
    }

    pub fn retries(&self) -> u64 {
        self.retries
    }

    fn request(&self, method: Method) -> Request {
        Request::new("s3", method, object_path(&self.name.bucket, &self.name.key))
    }
}

/// All of it where there are fewer.
fn first_lines(text: &Bytes, lines: u64) -> Bytes {
    let last = usize::try_from(lines).ok().and_then(|lines| memchr_iter(b'\n', text).nth(lines.checked_sub(1)?));
    last.map_or_else(|| text.clone(), |last| text.slice(..=last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(quota: u64) -> DeadLetters {
        DeadLetters::new("bucket", "run", 0, quota)
    }

    #[test]
    fn a_letter_is_a_line_with_what_is_needed_to_find_the_row() {
        let mut letters = letters(10);
        letters.add(3, 120, b"a,\"b\xff", &BadRow::NotUtf8).unwrap();
        let letter: DeadLetter = serde_json::from_slice(&letters.text).unwrap();
        assert_eq!(letter, DeadLetter { row: 3, offset: 120, raw: "a,\"b\u{fffd}".to_owned(), reason: "not UTF-8".to_owned() });
        assert_eq!(letters.name.key, "dead-letters/run.ndjson");
    }

    #[test]
    fn the_row_beyond_the_quota_is_kept_and_ends_the_run() {
        let mut letters = letters(2);
        assert!(letters.add(1, 0, b"", &BadRow::NoKey).is_ok());
        assert!(letters.add(2, 10, b"", &BadRow::NoKey).is_ok());
        let over = letters.add(3, 20, b"", &BadRow::NoKey).unwrap_err();
        assert!(over.to_string().starts_with("3 bad rows by byte 20 are more than the quota of 2"), "{over}");
        assert_eq!(letters.text.iter().filter(|byte| **byte == b'\n').count(), 3);
    }

    #[test]
    fn of_what_was_put_before_counts_what_the_checkpoint_counted() {
        let lines = |count| first_lines(&Bytes::from_static(b"a\nb\nc\n"), count);
        assert_eq!((&lines(1)[..], &lines(3)[..], &lines(4)[..]), (&b"a\n"[..], &b"a\nb\nc\n"[..], &b"a\nb\nc\n"[..]));
    }

    #[test]
    fn rows_behind_a_checkpoint_are_forgotten() {
        let mut letters = letters(10);
        for offset in [0, 10, 20] {
            letters.add(offset, offset, b"x", &BadRow::NoKey).unwrap();
        }
        letters.cut(10);
        assert_eq!((letters.rejected, letters.text.iter().filter(|byte| **byte == b'\n').count()), (1, 1));
        letters.cut(10);
        assert_eq!(letters.rejected, 1);
    }
}
