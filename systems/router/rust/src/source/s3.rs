//! The few S3 operations that fetching cities takes, blocking, each tried a bounded number of times.
//!
//! Requests are signed by `rusty-s3` and sent by `ureq`; nothing of either runs unless `ROUTER_S3` is set. Every reading of an object names the
//! ETag it expects, so that parts of two versions are never joined.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use ureq::Agent;
use ureq::http::{Response, StatusCode};

use crate::limits::{S3_ATTEMPTS, S3_BACKOFF, S3_CONNECT_TIMEOUT, S3_LIST_BYTES_MAX, S3_OBJECTS_MAX, S3_REQUEST_TIMEOUT};

/// How long a signature holds: one request, with room for clocks that differ.
const SIGNED_FOR: Duration = Duration::from_mins(15);
const READ_BYTES: usize = 64 * 1024;

/// A bucket, a prefix, and who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Location {
    bucket: Bucket,
    prefix: String,
    credentials: Option<Credentials>,
}

/// Why a location cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum BadLocation {
    #[error("{address:?} is not of the form s3://bucket/prefix/")]
    Address { address: String },
    #[error("the endpoint {endpoint:?} is not an http or https URL; see AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL")]
    Endpoint { endpoint: String },
    #[error("a variable of the environment is not UTF-8")]
    NotText,
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    #[error("cannot reach S3 for {what}, tried {S3_ATTEMPTS} times")]
    Unreachable { what: String, source: Box<ureq::Error> },
    #[error("S3 refuses {what} with status {status}{}", hint(*status))]
    Refused { what: String, status: u16 },
    #[error("{what} is not in the bucket any more")]
    Missing { what: String },
    #[error("{what} was replaced while it was read")]
    Changed { what: String },
    #[error("S3 sent {found} of the {expected} bytes of a part of {what}, tried {S3_ATTEMPTS} times")]
    Truncated { what: String, expected: u64, found: u64 },
    #[error("S3's list of {what} cannot be read: {reason}")]
    List { what: String, reason: String },
    #[error("cannot write {what} to the cache; is /tmp full? See EphemeralStorage")]
    Write { what: String, source: std::io::Error },
}

/// An object as a list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub key: String,
    pub etag: String,
    pub bytes: u64,
}

/// A connection pool to a location. Cheap to clone.
#[derive(Debug, Clone)]
pub struct S3 {
    location: S3Location,
    agent: Agent,
}

impl S3Location {
    /// From `s3://bucket/prefix/` and the usual `AWS_*` variables.
    ///
    /// # Errors
    /// When the address or the endpoint is not one.
    pub fn new<E>(address: &str, variable: impl Fn(&'static str) -> Result<Option<String>, E>) -> Result<Self, BadLocation> {
        let read = |name| variable(name).map_err(|_| BadLocation::NotText);
        let wrong = || BadLocation::Address { address: address.to_owned() };
        let (bucket, prefix) = address.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, ""))).ok_or_else(wrong)?;
        if bucket.is_empty() {
            return Err(wrong());
        }
        let region = read("AWS_REGION")?.or(read("AWS_DEFAULT_REGION")?).unwrap_or_else(|| "us-east-1".to_owned());
        let own = read("AWS_ENDPOINT_URL_S3")?.or(read("AWS_ENDPOINT_URL")?);
        // A bucket with a dot does not match the certificate of *.s3.amazonaws.com, and a local server has no wildcard name.
        let style = if own.is_some() || bucket.contains('.') { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        let endpoint = own.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com{suffix}"));
        let url = endpoint.parse().map_err(|_| BadLocation::Endpoint { endpoint: endpoint.clone() })?;
        let bucket = Bucket::new(url, style, bucket.to_owned(), region).map_err(|_| BadLocation::Endpoint { endpoint })?;
        let credentials = match (read("AWS_ACCESS_KEY_ID")?, read("AWS_SECRET_ACCESS_KEY")?, read("AWS_SESSION_TOKEN")?) {
            (Some(key), Some(secret), Some(token)) => Some(Credentials::new_with_token(key, secret, token)),
            (Some(key), Some(secret), None) => Some(Credentials::new(key, secret)),
            _ => None,
        };
        Ok(Self { bucket, prefix: prefix.to_owned(), credentials })
    }
}

impl S3 {
    #[must_use]
    pub fn new(location: S3Location) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.timeout_connect(Some(S3_CONNECT_TIMEOUT)).timeout_global(Some(S3_REQUEST_TIMEOUT));
        Self { location, agent: config.build().new_agent() }
    }

    /// What lies under the prefix: at most [`S3_OBJECTS_MAX`] objects.
    ///
    /// # Errors
    /// [`S3Error`] when S3 cannot be reached or refuses.
    pub fn list(&self) -> Result<Vec<Object>, S3Error> {
        let S3Location { bucket, prefix, credentials } = &self.location;
        let what = format!("s3://{}/{prefix}", bucket.name());
        let unreadable = |reason: String| S3Error::List { what: what.clone(), reason };
        let (mut objects, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut action = bucket.list_objects_v2(credentials.as_ref());
            action.with_prefix(prefix.as_str());
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let mut response = self.send(&what, action.sign(SIGNED_FOR).as_str(), &[])?;
            let body = response.body_mut().with_config().limit(S3_LIST_BYTES_MAX).read_to_string();
            let list = body.map_err(|error| unreadable(error.to_string()))?;
            let list = ListObjectsV2::parse_response(&list).map_err(|error| unreadable(error.to_string()))?;
            for object in list.contents {
                let (Some(etag), Some(bytes)) = (object.etag, object.size) else {
                    return Err(unreadable(format!("{} is without ETag or size", object.key)));
                };
                objects.push(Object { key: object.key, etag, bytes });
            }
            token = list.next_continuation_token;
            if objects.len() > S3_OBJECTS_MAX {
                return Err(unreadable(format!("there are more than {S3_OBJECTS_MAX} objects; name a longer prefix")));
            }
            if token.is_none() {
                return Ok(objects);
            }
        }
    }

    /// Reads bytes `from .. to` of an object into the same place of `file`.
    ///
    /// # Errors
    /// [`S3Error::Changed`] when the object is not that version any more; otherwise as the variants say.
    pub fn read_part(&self, object: &Object, from: u64, to: u64, file: &File) -> Result<(), S3Error> {
        let what = format!("s3://{}/{}", self.location.bucket.name(), object.key);
        let mut found = 0;
        for attempt in 0..S3_ATTEMPTS {
            self.wait(attempt);
            let action = self.location.bucket.get_object(self.location.credentials.as_ref(), &object.key);
            let range = format!("bytes={from}-{}", to - 1);
            let headers = [("range", range.as_str()), ("if-match", object.etag.as_str())];
            let response = self.send(&what, action.sign(SIGNED_FOR).as_str(), &headers)?;
            if response.status() != StatusCode::PARTIAL_CONTENT {
                return Err(S3Error::Refused { what, status: response.status().as_u16() });
            }
            found = copy(response, from, to - from, file).map_err(|source| S3Error::Write { what: what.clone(), source })?;
            if found == to - from {
                return Ok(());
            }
        }
        Err(S3Error::Truncated { what, expected: to - from, found })
    }

    /// One GET; what may pass (no connection, 429, 5xx) is tried again.
    fn send(&self, what: &str, url: &str, headers: &[(&str, &str)]) -> Result<Response<ureq::Body>, S3Error> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let request = headers.iter().fold(self.agent.get(url), |request, (name, value)| request.header(*name, *value));
            let last = attempt == S3_ATTEMPTS;
            let what = || what.to_owned();
            match request.call() {
                Ok(response) => match response.status().as_u16() {
                    200..=299 => return Ok(response),
                    404 => return Err(S3Error::Missing { what: what() }),
                    412 => return Err(S3Error::Changed { what: what() }),
                    status @ (429 | 500..=599) if last => return Err(S3Error::Refused { what: what(), status }),
                    429 | 500..=599 => {}
                    status => return Err(S3Error::Refused { what: what(), status }),
                },
                Err(error) if last => return Err(S3Error::Unreachable { what: what(), source: Box::new(error) }),
                Err(_) => {}
            }
            self.wait(attempt);
        }
    }

    #[expect(
        clippy::disallowed_methods,
        clippy::unused_self,
        reason = "backing off from a server takes time, on a thread that does nothing else"
    )]
    fn wait(&self, attempt: u32) {
        if attempt > 0 {
            std::thread::sleep(S3_BACKOFF * 2_u32.pow(attempt - 1));
        }
    }
}

/// Copies at most `bytes` of a body into `file` at `at`; how many came. Only writing fails: a body that breaks off is short.
fn copy(mut response: Response<ureq::Body>, at: u64, bytes: u64, file: &File) -> std::io::Result<u64> {
    use std::io::Read;
    let mut reader = response.body_mut().as_reader().take(bytes);
    let mut buffer = vec![0; READ_BYTES];
    let mut found = 0;
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        file.write_all_at(&buffer[..count], at + found)?;
        found += count as u64;
    }
    Ok(found)
}

fn hint(status: u16) -> &'static str {
    match status {
        301 | 307 => ": the bucket is in another region; set AWS_REGION",
        401 | 403 => ": the function's role needs s3:GetObject and s3:ListBucket there",
        _ => "",
    }
}
