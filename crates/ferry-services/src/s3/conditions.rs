//! Preconditions of requests (RFC 9110, with S3's precedence), as pure functions over an ETag and a time.

use s3s::dto::ETagCondition;

use super::error::StoreError;

/// `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since` of a read or of a copy's source; times in unix seconds.
#[derive(Debug, Default)]
pub(crate) struct ReadConditions<'a> {
    pub(crate) if_match: Option<&'a ETagCondition>,
    pub(crate) if_none_match: Option<&'a ETagCondition>,
    pub(crate) if_modified_since: Option<i64>,
    pub(crate) if_unmodified_since: Option<i64>,
}

/// What the conditions say about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Read,
    NotModified,
    Failed,
}

impl ReadConditions<'_> {
    /// If-Match decides over If-Unmodified-Since, and If-None-Match over If-Modified-Since, where both are given.
    pub(crate) fn verdict(&self, etag: &str, last_modified: i64) -> Verdict {
        let met = match self.if_match {
            Some(condition) => matches(condition, etag),
            None => self.if_unmodified_since.is_none_or(|time| last_modified <= time),
        };
        if !met {
            return Verdict::Failed;
        }
        let modified = match self.if_none_match {
            Some(condition) => !matches(condition, etag),
            None => self.if_modified_since.is_none_or(|time| last_modified > time),
        };
        if modified { Verdict::Read } else { Verdict::NotModified }
    }
}

/// What must be so for a write to take place.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteConditions {
    /// `If-Match`: the object exists and has this ETag.
    pub(crate) if_match: Option<ETagCondition>,
    /// `If-None-Match: *`: no object exists.
    pub(crate) if_absent: bool,
}

impl WriteConditions {
    /// `etag`: of the object that is there now.
    pub(crate) fn check(&self, etag: Option<&str>) -> Result<(), StoreError> {
        if self.if_absent && etag.is_some() {
            return Err(StoreError::Precondition);
        }
        match (&self.if_match, etag) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(StoreError::NoSuchKey),
            (Some(condition), Some(etag)) if matches(condition, etag) => Ok(()),
            (Some(_), Some(_)) => Err(StoreError::Precondition),
        }
    }
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.value() == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etag(value: &str) -> ETagCondition {
        value.parse().unwrap()
    }

    #[test]
    fn precedence_of_reads() {
        let (same, other) = (etag("\"a\""), etag("\"b\""));
        let verdict = |if_match, if_none_match, if_modified_since, if_unmodified_since| {
            ReadConditions { if_match, if_none_match, if_modified_since, if_unmodified_since }.verdict("a", 100)
        };
        assert_eq!(verdict(None, None, None, None), Verdict::Read);
        assert_eq!(verdict(Some(&same), None, None, Some(50)), Verdict::Read, "If-Match decides over If-Unmodified-Since");
        assert_eq!(verdict(Some(&other), None, None, Some(150)), Verdict::Failed);
        assert_eq!(verdict(None, None, None, Some(99)), Verdict::Failed);
        assert_eq!(verdict(None, Some(&same), Some(50), None), Verdict::NotModified, "If-None-Match decides over If-Modified-Since");
        assert_eq!(verdict(None, Some(&other), Some(150), None), Verdict::Read);
        assert_eq!(verdict(None, None, Some(100), None), Verdict::NotModified);
        assert_eq!(verdict(None, None, Some(99), None), Verdict::Read);
        assert_eq!(verdict(Some(&other), Some(&same), None, None), Verdict::Failed);
    }

    #[test]
    fn conditions_of_writes() {
        let absent = WriteConditions { if_absent: true, ..WriteConditions::default() };
        assert!(absent.check(None).is_ok());
        assert!(matches!(absent.check(Some("a")), Err(StoreError::Precondition)));
        let same = WriteConditions { if_match: Some(etag("\"a\"")), if_absent: false };
        assert!(same.check(Some("a")).is_ok());
        assert!(matches!(same.check(Some("b")), Err(StoreError::Precondition)));
        assert!(matches!(same.check(None), Err(StoreError::NoSuchKey)));
    }
}
