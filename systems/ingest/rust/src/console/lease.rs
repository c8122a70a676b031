//! One conductor at a time.
//!
//! The memory size belongs to the function, so two conductors at once would measure each other. What keeps them apart is a lease: a small object in the source
//! bucket, taken by S3's conditional writes (`If-None-Match: *` where there is none, `If-Match` otherwise). That needs no table for it,
//! and instances of a function share no memory that could do instead. A conductor renews it while it works; one that died loses it after [`LEASE_MS`].
//!
//! A piece of work is a chain of invocations (see [`super::conduct`]) that share a holder and count their steps. Lambda delivers an asynchronous event at least once, so
//! a step that the lease has seen already is a repetition, and ends.

use http::header::{ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::limits::{LEASE_MS, LEASE_RENEWAL, LEASE_TRIES};
use super::{Clock, Log};
use crate::client::{Answer, Aws, ClientError, Request, object_path};
use crate::retry;

/// Key of the lease in the source bucket.
pub const LEASE_KEY: &str = "console/lease.json";

#[derive(Debug, Error)]
pub enum LeaseError {
    #[error("cannot read or write s3://{bucket}/{LEASE_KEY}, which keeps conductors apart: may the console read, write and list it?")]
    Call { bucket: String, source: ClientError },
    #[error("s3://{bucket}/{LEASE_KEY} is not a lease: delete it")]
    Damaged { bucket: String, source: serde_json::Error },
    #[error("s3://{bucket}/{LEASE_KEY} changed {LEASE_TRIES} times while it was asked for: try again")]
    Contended { bucket: String },
}

/// Who asks: a step of a chain, in one invocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The chain.
    pub holder: String,
    /// Which of its invocations, from 0.
    pub step: u32,
    /// This invocation; tells its own write, the answer of which was lost, from a repetition of the event.
    pub invocation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    #[serde(flatten)]
    claim: Claim,
    until_ms: u64,
}

/// What asking came to.
#[derive(Debug)]
pub enum Taken<'a> {
    /// Until the lease is released, or not renewed.
    Ours(Lease<'a>),
    /// Another chain has it, for so long at the most unless it is renewed.
    Others { for_ms: u64 },
    /// This step was taken before, or its chain is over.
    Repeated,
}

/// What there is to do about a lease that was found, or not.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Write,
    Ours,
    Others { for_ms: u64 },
    Repeated,
}

fn decide(found: Option<&Record>, claim: &Claim, now_ms: u64) -> Decision {
    let Some(found) = found else {
        return if claim.step == 0 { Decision::Write } else { Decision::Repeated };
    };
    if found.claim == *claim {
        return Decision::Ours;
    }
    if found.claim.holder == claim.holder {
        return if found.claim.step + 1 == claim.step { Decision::Write } else { Decision::Repeated };
    }
    match found.until_ms.checked_sub(now_ms) {
        None | Some(0) if claim.step == 0 => Decision::Write,
        left => Decision::Others { for_ms: left.unwrap_or(0) },
    }
}

#[derive(Debug)]
pub struct Lease<'a> {
    aws: &'a Aws,
    bucket: &'a str,
    claim: Claim,
    clock: Clock,
    log: Log,
}

impl<'a> Lease<'a> {
    /// Asks for the lease.
    ///
    /// # Errors
    /// When the bucket does not answer, or the lease changed too often meanwhile.
    pub async fn take(aws: &'a Aws, bucket: &'a str, claim: Claim, clock: Clock, log: Log) -> Result<Taken<'a>, LeaseError> {
        let lease = Self { aws, bucket, claim, clock, log };
        for _ in 0..LEASE_TRIES {
            let (found, condition) = match lease.read().await? {
                Some((record, etag)) => (Some(record), (IF_MATCH, etag)),
                None => (None, (IF_NONE_MATCH, HeaderValue::from_static("*"))),
            };
            match decide(found.as_ref(), &lease.claim, clock()) {
                Decision::Ours => return Ok(Taken::Ours(lease)),
                Decision::Others { for_ms } => return Ok(Taken::Others { for_ms }),
                Decision::Repeated => return Ok(Taken::Repeated),
                Decision::Write => {}
            }
            let request = lease.write_request().header(condition.0, condition.1);
            let (answer, _) = retry::send(aws, &request).await;
            let answer = answer.map_err(|source| lease.failed(source))?;
            // Changed meanwhile, or by our own first try whose answer was lost: looking again tells.
            if !matches!(answer.status, StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT | StatusCode::NOT_FOUND) {
                answer.expect_success("S3 refused").map_err(|source| lease.failed(source))?;
                return Ok(Taken::Ours(lease));
            }
        }
        Err(LeaseError::Contended { bucket: bucket.to_owned() })
    }

    /// Does `work`, and renews the lease meanwhile.
    pub async fn hold<T>(&self, work: impl Future<Output = T>) -> T {
        let renew = async {
            loop {
                tokio::time::sleep(LEASE_RENEWAL).await;
                let renewed = retry::send(self.aws, &self.write_request()).await.0.and_then(|answer| answer.expect_success("S3 refused"));
                if let Err(error) = renewed {
                    (self.log)(&format!("cannot renew the lease: {}", super::describe(&error)));
                }
            }
        };
        tokio::select! {
            done = work => done,
            never = renew => never,
        }
    }

    /// Gives it back. When that fails it runs out by itself.
    pub async fn release(self) {
        let request = Request::new("s3", Method::DELETE, object_path(self.bucket, LEASE_KEY));
        let released = retry::send(self.aws, &request).await.0.and_then(|answer| answer.expect_success("S3 refused"));
        if let Err(error) = released {
            (self.log)(&format!("cannot release the lease: {}", super::describe(&error)));
        }
    }

    async fn read(&self) -> Result<Option<(Record, HeaderValue)>, LeaseError> {
        let request = Request::new("s3", Method::GET, object_path(self.bucket, LEASE_KEY));
        let answer = retry::send(self.aws, &request).await.0.map_err(|source| self.failed(source))?;
        if answer.status == StatusCode::NOT_FOUND && answer.error_code().as_deref() != Some("NoSuchBucket") {
            return Ok(None);
        }
        let Answer { headers, body, .. } = answer.expect_success("S3 refused").map_err(|source| self.failed(source))?;
        let damaged = |source| LeaseError::Damaged { bucket: self.bucket.to_owned(), source };
        let etag = headers.get(ETAG).cloned().unwrap_or(HeaderValue::from_static("*"));
        Ok(Some((serde_json::from_slice(&body).map_err(damaged)?, etag)))
    }

    fn write_request(&self) -> Request {
        let record = Record { claim: self.claim.clone(), until_ms: (self.clock)() + LEASE_MS };
        let body = serde_json::json!(record).to_string();
        Request::new("s3", Method::PUT, object_path(self.bucket, LEASE_KEY)).body(body)
    }

    fn failed(&self, source: ClientError) -> LeaseError {
        LeaseError::Call { bucket: self.bucket.to_owned(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(holder: &str, step: u32, invocation: &str) -> Claim {
        Claim { holder: holder.to_owned(), step, invocation: invocation.to_owned() }
    }

    #[test]
    fn first_come_first_served_until_the_lease_runs_out() {
        let held = Record { claim: claim("a", 2, "i"), until_ms: 1_000 };
        let ask = |claim: &Claim, now_ms| decide(Some(&held), claim, now_ms);
        assert_eq!(decide(None, &claim("b", 0, "j"), 5), Decision::Write);
        assert_eq!(ask(&claim("b", 0, "j"), 400), Decision::Others { for_ms: 600 });
        assert_eq!(ask(&claim("b", 0, "j"), 1_000), Decision::Write);
        // A chain that lost its lease does not take one back.
        assert_eq!(ask(&claim("b", 3, "j"), 2_000), Decision::Others { for_ms: 0 });
    }

    #[test]
    fn a_chain_goes_on_step_by_step_and_an_event_delivered_twice_does_nothing() {
        let held = Record { claim: claim("a", 2, "i"), until_ms: 1_000 };
        let ask = |claim: &Claim, now_ms| decide(Some(&held), claim, now_ms);
        assert_eq!(ask(&claim("a", 3, "j"), 400), Decision::Write);
        // Late, but nobody else has taken it.
        assert_eq!(ask(&claim("a", 3, "j"), 4_000), Decision::Write);
        assert_eq!(ask(&claim("a", 2, "i"), 400), Decision::Ours);
        assert_eq!(ask(&claim("a", 2, "j"), 400), Decision::Repeated);
        assert_eq!(ask(&claim("a", 0, "j"), 400), Decision::Repeated);
        assert_eq!(decide(None, &claim("a", 3, "j"), 400), Decision::Repeated);
    }
}
