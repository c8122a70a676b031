//! `AWS::SQS::Queue`: a standard queue and its attributes, as `CreateQueue` takes them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::json;

use crate::diagnostic::Scope;
use crate::fields::{Fields, Shape, Treatment, boolean, shortened};
use crate::function::ferry;
use crate::model::Queue;
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused};

const FIFO: &str = "FIFO queues are not served: use a standard queue, or keep it out by Fn::If and AWS::NoValue";

pub(crate) const SHAPE: Shape = &[
    ("DelaySeconds", Read),
    ("FifoQueue", Read),
    ("MaximumMessageSize", Read),
    ("MessageRetentionPeriod", Read),
    ("QueueName", Read),
    ("ReceiveMessageWaitTimeSeconds", Read),
    ("RedrivePolicy", Read),
    ("VisibilityTimeout", Read),
    ("KmsDataKeyReusePeriodSeconds", Ignored),
    ("KmsMasterKeyId", Ignored),
    ("RedriveAllowPolicy", Ignored),
    ("SqsManagedSseEnabled", Ignored),
    ("Tags", Ignored),
    ("ContentBasedDeduplication", Refused(FIFO)),
    ("DeduplicationScope", Refused(FIFO)),
    ("FifoThroughputLimit", Refused(FIFO)),
];

pub(crate) const REDRIVE: Shape = &[("deadLetterTargetArn", Read), ("maxReceiveCount", Read)];

/// Attributes that are numbers, with SQS's bounds.
const NUMBERS: [(&str, RangeInclusive<u32>, &str); 5] = [
    ("DelaySeconds", 0..=900, " (seconds)"),
    ("MaximumMessageSize", 1024..=1_048_576, " (bytes)"),
    ("MessageRetentionPeriod", 60..=1_209_600, " (seconds)"),
    ("ReceiveMessageWaitTimeSeconds", 0..=20, " (seconds)"),
    ("VisibilityTimeout", 0..=43_200, " (seconds)"),
];

pub(crate) fn read(stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) -> Option<Queue> {
    ferry::refuse(resource.metadata, resource.type_name, scope);
    let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, None, &[SHAPE], scope);
    let name = stack.evaluator.name(resource, scope).ok()?;
    check_name(&name, &fields);
    let mut attributes = BTreeMap::new();
    for (key, range, unit) in NUMBERS {
        attributes.extend(fields.number(key, range, unit).map(|number| (key.to_owned(), number.to_string())));
    }
    attributes.extend(redrive(stack, &fields).map(|policy| ("RedrivePolicy".to_owned(), policy)));
    Some(Queue { logical_id: resource.logical_id.to_owned(), name, attributes, line: resource.mark.line })
}

fn check_name(name: &str, fields: &Fields<'_>) {
    let fifo = fields.entry("FifoQueue").filter(|entry| boolean(&entry.node) != Some(false));
    if let Some(entry) = fifo {
        return fields.scope.error(entry.mark, "FifoQueue is not supported", FIFO);
    }
    let mark = fields.entry("QueueName").map_or(fields.mark, |entry| entry.node.mark);
    if name.ends_with(".fifo") {
        return fields.scope.error(mark, format!("`{}` names a FIFO queue", shortened(name)), FIFO);
    }
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !letters || name.is_empty() || name.len() > 80 {
        let problem = format!("the queue name `{}` is not one that SQS takes", shortened(name));
        fields.scope.error(mark, problem, "write up to 80 letters, digits, - and _ in QueueName");
    }
}

/// The policy as SQS keeps it: a text of JSON. Its target is a queue of the same template.
fn redrive(stack: &Stack<'_>, fields: &Fields<'_>) -> Option<String> {
    let policy = fields.map("RedrivePolicy", REDRIVE)?;
    let target = policy.required_text("deadLetterTargetArn", "name the queue: `!GetAtt Failed.Arn`");
    policy.required_text("maxReceiveCount", "write how often a message is received before it goes there");
    let count = policy.number("maxReceiveCount", 1..=1000, "");
    let target = target?;
    if stack.directory.queue(&target).is_none() {
        let mark = policy.entry("deadLetterTargetArn").map_or(policy.mark, |entry| entry.node.mark);
        let problem = format!("deadLetterTargetArn `{}` is no queue of this template", shortened(&target));
        policy.scope.error(mark, problem, "name one of its queues: `!GetAtt Failed.Arn`");
    }
    Some(json!({ "deadLetterTargetArn": target, "maxReceiveCount": count? }).to_string())
}
