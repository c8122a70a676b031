//! A queue's attributes: their defaults and bounds, and how they are set and told.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::error::{Code, SqsError};
use super::limits::{DELAY_S, MESSAGE_BYTES, RETENTION_S, VISIBILITY_S, WAIT_S};
use super::redrive::{AllowPolicy, RedrivePolicy};

/// Kept and told as they were set, without any effect: nothing is encrypted here, and every caller may do everything.
const WITHOUT_EFFECT: [&str; 4] = ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy", "SqsManagedSseEnabled"];
const FIFO: [&str; 4] = ["ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"];
/// What GetQueueAttributes tells beside what can be set.
pub(super) const TOLD: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];
pub(super) const FIFO_REFUSED: &str = "only standard queues are served here: leave FifoQueue and the name's .fifo away";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) delay_s: u32,
    pub(super) message_bytes_max: u32,
    pub(super) retention_s: u32,
    pub(super) wait_s: u32,
    pub(super) visibility_s: u32,
    pub(super) redrive: Option<RedrivePolicy>,
    pub(super) allow: Option<AllowPolicy>,
    without_effect: BTreeMap<&'static str, String>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            delay_s: 0,
            message_bytes_max: *MESSAGE_BYTES.end(),
            retention_s: 4 * 24 * 60 * 60,
            wait_s: 0,
            visibility_s: 30,
            redrive: None,
            allow: None,
            without_effect: BTreeMap::new(),
        }
    }
}

impl Attributes {
    /// All of these set, or none.
    pub(super) fn with(&self, values: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut changed = self.clone();
        for (name, value) in values {
            changed.set(name, value)?;
        }
        Ok(changed)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        if let Some((number, bounds)) = self.number(name) {
            *number = value.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| invalid(name))?;
        } else if name == "RedrivePolicy" {
            self.redrive = if value.is_empty() { None } else { Some(RedrivePolicy::read(value)?) };
        } else if name == "RedriveAllowPolicy" {
            self.allow = if value.is_empty() { None } else { Some(AllowPolicy::read(value)?) };
        } else if let Some(known) = WITHOUT_EFFECT.into_iter().find(|known| *known == name) {
            self.without_effect.insert(known, value.to_owned());
        } else if name == "FifoQueue" && value == "true" {
            return Err(SqsError::new(Code::InvalidAttributeValue, format!("Invalid value for the parameter FifoQueue: {FIFO_REFUSED}")));
        } else {
            return Err(unknown(name));
        }
        Ok(())
    }

    fn number(&mut self, name: &str) -> Option<(&mut u32, RangeInclusive<u32>)> {
        match name {
            "DelaySeconds" => Some((&mut self.delay_s, DELAY_S)),
            "MaximumMessageSize" => Some((&mut self.message_bytes_max, MESSAGE_BYTES)),
            "MessageRetentionPeriod" => Some((&mut self.retention_s, RETENTION_S)),
            "ReceiveMessageWaitTimeSeconds" => Some((&mut self.wait_s, WAIT_S)),
            "VisibilityTimeout" => Some((&mut self.visibility_s, VISIBILITY_S)),
            _ => None,
        }
    }

    /// As they are told; set again they give the same.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        let numbers = [
            ("DelaySeconds", self.delay_s),
            ("MaximumMessageSize", self.message_bytes_max),
            ("MessageRetentionPeriod", self.retention_s),
            ("ReceiveMessageWaitTimeSeconds", self.wait_s),
            ("VisibilityTimeout", self.visibility_s),
        ];
        let mut told: BTreeMap<String, String> = numbers.into_iter().map(|(name, number)| (name.to_owned(), number.to_string())).collect();
        told.extend(self.redrive.iter().map(|policy| ("RedrivePolicy".to_owned(), policy.write())));
        told.extend(self.allow.iter().map(|policy| ("RedriveAllowPolicy".to_owned(), policy.write())));
        told.extend(
            self.without_effect.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        told
    }

    /// The first of `wanted` that is not as it is here.
    pub(super) fn difference(&self, wanted: &BTreeMap<String, String>) -> Result<Option<String>, SqsError> {
        let would_be = self.with(wanted)?;
        let (is, would_be) = (self.told(), would_be.told());
        Ok(wanted.keys().find(|name| is.get(*name) != would_be.get(*name)).cloned())
    }
}

/// Whether a name may be asked for: "All", and FIFO's too, which no queue here has.
pub(super) fn check_asked(name: &str) -> Result<(), SqsError> {
    let known = name == "All"
        || name == "RedrivePolicy"
        || name == "RedriveAllowPolicy"
        || Attributes::default().number(name).is_some()
        || WITHOUT_EFFECT.contains(&name)
        || FIFO.contains(&name)
        || TOLD.contains(&name);
    if known { Ok(()) } else { Err(unknown(name)) }
}

fn unknown(name: &str) -> SqsError {
    SqsError::new(Code::InvalidAttributeName, format!("Unknown Attribute {name}."))
}

fn invalid(name: &str) -> SqsError {
    SqsError::new(Code::InvalidAttributeValue, format!("Invalid value for the parameter {name}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_told_can_be_set_again() {
        let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:failed","maxReceiveCount":"3"}"#;
        let attributes = Attributes::default().with(&map(&[("RedrivePolicy", redrive), ("DelaySeconds", "7"), ("Policy", "{}")])).unwrap();
        assert_eq!(attributes.redrive.as_ref().unwrap().max_receive_count, 3);
        assert_eq!(Attributes::default().with(&attributes.told()).unwrap(), attributes);
        assert_eq!(attributes.difference(&map(&[("DelaySeconds", "07"), ("RedrivePolicy", redrive)])).unwrap(), None);
        assert_eq!(attributes.difference(&map(&[("VisibilityTimeout", "31")])).unwrap().as_deref(), Some("VisibilityTimeout"));
        assert_eq!(attributes.with(&map(&[("RedrivePolicy", "")])).unwrap().redrive, None);
    }

    #[test]
    fn what_is_out_of_bounds_or_unknown_is_refused() {
        let refused = |name, value| Attributes::default().with(&map(&[(name, value)])).unwrap_err().code;
        for (name, value) in
            [("DelaySeconds", "901"), ("VisibilityTimeout", "-1"), ("MaximumMessageSize", "1048577"), ("FifoQueue", "true")]
        {
            assert_eq!(refused(name, value), Code::InvalidAttributeValue, "{name}");
        }
        for name in ["Colour", "FifoQueue", "QueueArn"] {
            assert_eq!(refused(name, "false"), Code::InvalidAttributeName, "{name}");
        }
    }
}
