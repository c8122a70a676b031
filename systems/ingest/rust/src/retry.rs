//! Who may try again, and when: classification of answers, full jitter, and a budget.

use std::time::Duration;

use crate::client::{Answer, Aws, ClientError, Request};
use crate::limits::{ATTEMPTS_MAX, BACKOFF_BASE, BACKOFF_CAP, RETRY_COST, RETRY_TOKENS};

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A success.
    Done,
    /// Too fast: the same call is welcome later.
    Throttled,
    /// The network or the service failed: the same call may do better. It may also have taken effect, so only idempotent calls are tried again.
    Transient,
    /// The same call fails again.
    Final,
}

/// Codes by which AWS's services say "slower".
const THROTTLES: [&str; 8] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "TooManyRequestsException",
    "LimitExceededException",
    "SlowDown",
    "RequestThrottledException",
];

pub fn judge(tried: &Result<Answer, ClientError>) -> Verdict {
    let answer = match tried {
        Ok(answer) if answer.status.is_success() => return Verdict::Done,
        Ok(answer) => answer,
        Err(error) if error.is_transient() => return Verdict::Transient,
        Err(_) => return Verdict::Final,
    };
    let code = answer.error_code();
    match code.as_deref() {
        Some(code) if THROTTLES.contains(&code) => Verdict::Throttled,
        Some("RequestTimeout") => Verdict::Transient,
        _ if answer.status.as_u16() == 429 => Verdict::Throttled,
        _ if answer.status.is_server_error() => Verdict::Transient,
        _ => Verdict::Final,
    }
}

/// A wait before another try, drawn evenly from zero to an exponentially growing bound: "full jitter". `attempt` is 0 after the first failure.
pub fn full_jitter(attempt: u32, random: &mut fastrand::Rng) -> Duration {
    let bound = BACKOFF_BASE.saturating_mul(2u32.saturating_pow(attempt)).min(BACKOFF_CAP);
    bound.mul_f64(random.f64())
}

/// Tokens that retries spend and successes earn: see [`RETRY_TOKENS`].
#[derive(Clone, Debug)]
pub struct Budget {
    tokens: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tokens: RETRY_TOKENS }
    }
}

impl Budget {
    /// Takes what one retry costs; `false` when it is not there.
    pub fn spend(&mut self) -> bool {
        match self.tokens.checked_sub(RETRY_COST) {
            Some(left) => {
                self.tokens = left;
                true
            }
            None => false,
        }
    }

    pub fn earn(&mut self) {
        self.tokens = (self.tokens + 1).min(RETRY_TOKENS);
    }
}

/// Sends an idempotent call until it is answered finally, at most [`ATTEMPTS_MAX`] times. The number is how many tries were more than the first.
pub async fn send(aws: &Aws, request: &Request) -> (Result<Answer, ClientError>, u32) {
    let mut attempt = 0;
    loop {
        let tried = aws.send(request.clone()).await;
        if matches!(judge(&tried), Verdict::Done | Verdict::Final) || attempt + 1 == ATTEMPTS_MAX {
            return (tried, attempt);
        }
        tokio::time::sleep(full_jitter(attempt, &mut fastrand::Rng::new())).await;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(status: u16, body: &'static str) -> Result<Answer, ClientError> {
        Ok(Answer { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) })
    }

    #[test]
    fn each_answer_is_told_apart() {
        assert_eq!(judge(&answer(200, "{}")), Verdict::Done);
        assert_eq!(judge(&answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#)), Verdict::Throttled);
        assert_eq!(judge(&answer(400, r#"{"__type":"x#ProvisionedThroughputExceededException"}"#)), Verdict::Throttled);
        assert_eq!(judge(&answer(400, r#"{"__type":"x#ValidationException"}"#)), Verdict::Final);
        assert_eq!(judge(&answer(503, "<Error><Code>SlowDown</Code></Error>")), Verdict::Throttled);
        assert_eq!(judge(&answer(500, "")), Verdict::Transient);
        assert_eq!(judge(&answer(412, "<Error><Code>PreconditionFailed</Code></Error>")), Verdict::Final);
        assert_eq!(judge(&Err(ClientError::TimedOut { service: "s3", timeout: Duration::ZERO })), Verdict::Transient);
    }

    #[test]
    fn waits_grow_to_a_cap_and_are_never_longer() {
        let mut random = fastrand::Rng::with_seed(1);
        for attempt in 0..40 {
            let bound = BACKOFF_CAP.min(BACKOFF_BASE.saturating_mul(2u32.saturating_pow(attempt)));
            assert!((0..100).all(|_| full_jitter(attempt, &mut random) <= bound));
        }
    }

    #[test]
    fn a_budget_ends_and_is_earned_back() {
        let mut budget = Budget::default();
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 100);
        for _ in 0..RETRY_COST {
            budget.earn();
        }
        assert!(budget.spend() && !budget.spend());
    }
}
