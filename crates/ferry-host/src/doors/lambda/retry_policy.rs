//! What becomes of an asynchronous event after an attempt: decided without IO or clock.

use std::time::Duration;

use ferry_template::Function;

use crate::doors::facts::DropReason;

/// When a failed event is tried again.
#[derive(Debug, Clone, Copy)]
pub(in crate::doors) struct RetrySchedule {
    /// After the first and the second function error.
    pub(in crate::doors) retry_delays: [Duration; 2],
    /// First and longest pause after a throttle or a fault of the host; each one doubles.
    pub(in crate::doors) throttle_delays: [Duration; 2],
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    FunctionError,
    Throttled,
    /// A fault of the host that may pass.
    Fault,
    Refused(String),
    ShuttingDown,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct History {
    /// Invocations that ran and ended in a function error or success.
    pub(super) attempts: u32,
    /// Throttles and faults in a row.
    setbacks: u32,
}

/// A function's configuration, as far as it decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct RetryPolicy {
    retries_max: u32,
    age_max: Duration,
    reserved_none: bool,
    schedule: RetrySchedule,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Settled,
    Lost(DropReason),
    Again(Duration),
}

impl RetryPolicy {
    pub(super) fn of(function: &Function, schedule: RetrySchedule) -> Self {
        Self {
            retries_max: function.max_retry_attempts,
            age_max: Duration::from_secs(u64::from(function.max_event_age_s)),
            reserved_none: function.reserved_concurrency == Some(0),
            schedule,
        }
    }

    /// An event that would be too old at its next attempt is given up now.
    pub(super) fn decide(&self, history: &mut History, outcome: Outcome, age: Duration) -> Verdict {
        let delay = match outcome {
            Outcome::Refused(why) => return Verdict::Lost(DropReason::Refused(why)),
            Outcome::ShuttingDown => return Verdict::Lost(DropReason::ShuttingDown),
            Outcome::Throttled if self.reserved_none => return Verdict::Lost(DropReason::ZeroReservedConcurrency),
            Outcome::Throttled | Outcome::Fault => {
                let [first, longest] = self.schedule.throttle_delays;
                let doubled = first.saturating_mul(1 << history.setbacks.min(20));
                history.setbacks += 1;
                doubled.min(longest)
            }
            Outcome::Succeeded => {
                history.attempts += 1;
                return Verdict::Settled;
            }
            Outcome::FunctionError => {
                let retry = history.attempts.min(1) as usize;
                history.attempts += 1;
                history.setbacks = 0;
                if history.attempts > self.retries_max {
                    return Verdict::Lost(DropReason::RetriesExhausted);
                }
                self.schedule.retry_delays[retry]
            }
        };
        if age.saturating_add(delay) > self.age_max {
            return Verdict::Lost(DropReason::EventAgeExceeded);
        }
        Verdict::Again(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn policy(retries_max: u32, age_max: Duration) -> RetryPolicy {
        let schedule = RetrySchedule { retry_delays: [60 * S, 120 * S], throttle_delays: [S, 300 * S] };
        RetryPolicy { retries_max, age_max, reserved_none: false, schedule }
    }

    #[test]
    fn a_function_error_is_tried_three_times() {
        let (policy, mut history) = (policy(2, 21_600 * S), History::default());
        let mut decide = |outcome| policy.decide(&mut history, outcome, S);
        assert_eq!(decide(Outcome::FunctionError), Verdict::Again(60 * S));
        assert_eq!(decide(Outcome::FunctionError), Verdict::Again(120 * S));
        assert_eq!(decide(Outcome::FunctionError), Verdict::Lost(DropReason::RetriesExhausted));
    }

    #[test]
    fn without_retries_the_first_error_is_the_last() {
        assert_eq!(policy(0, S).decide(&mut History::default(), Outcome::FunctionError, S), Verdict::Lost(DropReason::RetriesExhausted));
    }

    #[test]
    fn throttles_cost_no_attempt_and_pause_ever_longer() {
        let (policy, mut history) = (policy(0, 21_600 * S), History::default());
        let pauses: Vec<Verdict> = (0..11).map(|_| policy.decide(&mut history, Outcome::Throttled, S)).collect();
        let wanted = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map(|s| Verdict::Again(s * S));
        assert_eq!(pauses, wanted);
        assert_eq!(history.attempts, 0);
    }

    #[test]
    fn an_old_event_is_given_up() {
        let lost = Verdict::Lost(DropReason::EventAgeExceeded);
        assert_eq!(policy(2, 60 * S).decide(&mut History::default(), Outcome::Fault, 60 * S), lost);
        assert_eq!(policy(2, 60 * S).decide(&mut History::default(), Outcome::FunctionError, S), lost, "the retry would come too late");
    }

    #[test]
    fn zero_reserved_concurrency_discards() {
        let policy = RetryPolicy { reserved_none: true, ..policy(2, 60 * S) };
        assert_eq!(policy.decide(&mut History::default(), Outcome::Throttled, S), Verdict::Lost(DropReason::ZeroReservedConcurrency));
    }
}
