//! The two policies about dead letters: where a queue's go, and whose a queue takes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::SqsError;
use super::limits::{RECEIVE_COUNT, REDRIVE_SOURCES_MAX};

/// `RedrivePolicy`: a message that was received so often goes to that queue instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedrivePolicy {
    pub(super) dead_letter_target_arn: String,
    pub(super) max_receive_count: u32,
}

/// `RedriveAllowPolicy`: which queues may name this one as their target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AllowPolicy {
    pub(super) redrive_permission: Permission,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) source_queue_arns: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Permission {
    AllowAll,
    DenyAll,
    ByQueue,
}

impl RedrivePolicy {
    pub(super) fn read(text: &str) -> Result<Self, SqsError> {
        let refused = |reason: &str| SqsError::value(text, "RedrivePolicy", reason);
        let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
            return Err(refused("Redrive policy is not a valid JSON map."));
        };
        if let Some(other) = policy.keys().find(|key| !["deadLetterTargetArn", "maxReceiveCount"].contains(&key.as_str())) {
            return Err(refused(&format!("Unknown parameter: {other}.")));
        }
        let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
        let target = target.ok_or_else(|| refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn."))?;
        let count = policy
            .get("maxReceiveCount")
            .ok_or_else(|| refused("Redrive policy does not contain mandatory attribute: maxReceiveCount."))?;
        let number = match count {
            Value::String(text) => text.parse().ok(),
            count => count.as_u64().and_then(|count| u32::try_from(count).ok()),
        };
        let max_receive_count = number.filter(|count| RECEIVE_COUNT.contains(count)).ok_or_else(|| {
            let (least, most) = (RECEIVE_COUNT.start(), RECEIVE_COUNT.end());
            refused(&format!("Invalid value for maxReceiveCount: {count}, valid values are from {least} to {most} both inclusive."))
        })?;
        Ok(Self { dead_letter_target_arn: target.to_owned(), max_receive_count })
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The name in the target's ARN.
    pub(super) fn target(&self) -> &str {
        self.dead_letter_target_arn.rsplit(':').next().unwrap_or_default()
    }
}

impl AllowPolicy {
    pub(super) fn read(text: &str) -> Result<Self, SqsError> {
        let refused = |reason: &str| SqsError::value(text, "RedriveAllowPolicy", reason);
        let policy: Self = serde_json::from_str(text).map_err(|_| refused("Amazon SQS can't create the redrive allow policy."))?;
        let named = policy.source_queue_arns.len();
        match policy.redrive_permission {
            Permission::ByQueue if named == 0 || named > REDRIVE_SOURCES_MAX => {
                Err(refused(&format!("sourceQueueArns must name 1 to {REDRIVE_SOURCES_MAX} queues.")))
            }
            Permission::AllowAll | Permission::DenyAll if named > 0 => Err(refused("sourceQueueArns goes with redrivePermission byQueue.")),
            _ => Ok(policy),
        }
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn allows(&self, source_arn: &str) -> bool {
        match self.redrive_permission {
            Permission::AllowAll => true,
            Permission::DenyAll => false,
            Permission::ByQueue => self.source_queue_arns.iter().any(|arn| arn == source_arn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_and_refused() {
        let policy = RedrivePolicy::read(r#"{"maxReceiveCount":"3","deadLetterTargetArn":"arn:aws:sqs:r:1:failed"}"#).unwrap();
        assert_eq!((policy.target(), policy.max_receive_count), ("failed", 3));
        for wrong in ["", "[]", "{}", r#"{"deadLetterTargetArn":"a"}"#, r#"{"deadLetterTargetArn":"a","maxReceiveCount":0}"#] {
            assert!(RedrivePolicy::read(wrong).is_err(), "{wrong}");
        }
        let by_queue = AllowPolicy::read(r#"{"redrivePermission":"byQueue","sourceQueueArns":["a"]}"#).unwrap();
        assert!(by_queue.allows("a") && !by_queue.allows("b"));
        for wrong in ["", r#"{"redrivePermission":"some"}"#, r#"{"redrivePermission":"byQueue"}"#] {
            assert!(AllowPolicy::read(wrong).is_err(), "{wrong}");
        }
    }
}
