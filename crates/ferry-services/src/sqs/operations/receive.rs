//! ReceiveMessage: what is asked for, and how a received message is told. Waiting is [`super::super::Sqs`]'s.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{bounded, ms, queue_name, read};
use crate::sqs::attributes::check_asked;
use crate::sqs::book::{Book, Standing};
use crate::sqs::error::{Code, SqsError};
use crate::sqs::limits::{RECEIVED_MESSAGES, VISIBILITY_S, WAIT_S};
use crate::sqs::message::{MessageAttribute, md5_of_attributes, md5_of_body};
use crate::sqs::queue::Delivery;

const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All",
    "AWSTraceHeader",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "DeadLetterQueueSourceArn",
    "MessageDeduplicationId",
    "MessageGroupId",
    "SenderId",
    "SentTimestamp",
    "SequenceNumber",
];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    queue_url: Option<String>,
    attribute_names: Option<Vec<String>>,
    message_system_attribute_names: Option<Vec<String>>,
    message_attribute_names: Option<Vec<String>>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
}

/// A checked request. What it does not say is the queue's, at the time of receiving.
#[derive(Debug)]
pub(in crate::sqs) struct Receive {
    pub(in crate::sqs) queue: String,
    max: usize,
    visibility_s: Option<u32>,
    wait_s: Option<u32>,
    system_attributes: Vec<String>,
    attributes: Vec<String>,
}

impl Receive {
    pub(in crate::sqs) fn read(body: &[u8]) -> Result<Self, SqsError> {
        let request: Request = read(body)?;
        let mut system_attributes = request.attribute_names.unwrap_or_default();
        system_attributes.extend(request.message_system_attribute_names.unwrap_or_default());
        // Old clients ask for a queue's attributes here, and get none.
        let unknown = system_attributes.iter().find(|name| !SYSTEM_ATTRIBUTES.contains(&name.as_str()) && check_asked(name).is_err());
        if let Some(name) = unknown {
            return Err(SqsError::new(Code::InvalidAttributeName, format!("Unknown Attribute {name}.")));
        }
        let max = bounded(request.max_number_of_messages, &RECEIVED_MESSAGES, "MaxNumberOfMessages")?;
        Ok(Self {
            queue: queue_name(request.queue_url)?,
            max: usize::try_from(max.unwrap_or(1)).unwrap_or(1),
            visibility_s: bounded(request.visibility_timeout, &VISIBILITY_S, "VisibilityTimeout")?,
            wait_s: bounded(request.wait_time_seconds, &WAIT_S, "WaitTimeSeconds")?,
            system_attributes,
            attributes: request.message_attribute_names.unwrap_or_default(),
        })
    }

    pub(in crate::sqs) fn wait_s(&self, standing: &Standing) -> u32 {
        self.wait_s.unwrap_or(standing.attributes.wait_s)
    }

    /// Takes what can be received now.
    pub(in crate::sqs) fn take(&self, book: &mut Book, now_ms: u64) -> Result<Vec<Delivery>, SqsError> {
        let visibility_s = self.visibility_s.unwrap_or(book.get(&self.queue)?.attributes.visibility_s);
        book.receive(&self.queue, now_ms, self.max, ms(visibility_s))
    }

    pub(in crate::sqs) fn tell(&self, deliveries: &[Delivery]) -> Value {
        if deliveries.is_empty() {
            return json!({});
        }
        let messages: Vec<Value> = deliveries.iter().map(|delivery| self.tell_one(delivery)).collect();
        json!({ "Messages": messages })
    }

    fn tell_one(&self, delivery: &Delivery) -> Value {
        let message = &delivery.message;
        let mut told = json!({
            "MessageId": message.id.to_string(),
            "ReceiptHandle": delivery.handle.write(),
            "MD5OfBody": md5_of_body(&message.body),
            "Body": message.body,
        });
        let system = self.system_attributes_of(delivery);
        if !system.is_empty() {
            told["Attributes"] = Value::Object(system);
        }
        let attributes: Vec<(&String, &MessageAttribute)> =
            message.attributes.iter().filter(|(name, _)| self.attributes.iter().any(|pattern| matches(pattern, name))).collect();
        if let Some(sum) = md5_of_attributes(attributes.iter().copied()) {
            told["MD5OfMessageAttributes"] = sum.into();
            told["MessageAttributes"] = attributes.into_iter().map(|(name, attribute)| (name.clone(), json!(attribute))).collect();
        }
        told
    }

    fn system_attributes_of(&self, delivery: &Delivery) -> Map<String, Value> {
        let message = &delivery.message;
        let all = [
            ("SenderId", Some(message.sender_id.clone())),
            ("SentTimestamp", Some(message.sent_ms.to_string())),
            ("ApproximateReceiveCount", Some(delivery.handle.receive_count.to_string())),
            ("ApproximateFirstReceiveTimestamp", Some(delivery.first_received_ms.to_string())),
            ("AWSTraceHeader", message.trace_header.clone()),
            ("MessageGroupId", message.group_id.clone()),
            ("DeadLetterQueueSourceArn", message.dead_letter_source.clone()),
        ];
        let asked = |name: &str| self.system_attributes.iter().any(|asked| asked == "All" || asked == name);
        all.into_iter().filter(|(name, _)| asked(name)).filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

/// "All" and ".*" are every attribute, "prefix.*" those that begin with it.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern {
        "All" | ".*" => true,
        _ => pattern.strip_suffix(".*").map_or(pattern == name, |prefix| name.starts_with(prefix)),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn attributes_are_asked_for_by_name_by_prefix_or_all() {
        for (pattern, name, wanted) in
            [("All", "a", true), (".*", "a", true), ("a", "a", true), ("a", "ab", false), ("a.*", "a.b", true), ("a.*", "b.a", false)]
        {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
