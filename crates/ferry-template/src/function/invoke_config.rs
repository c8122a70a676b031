//! Asynchronous invocation: `EventInvokeConfig` of a serverless function, and `AWS::Lambda::EventInvokeConfig`.

use crate::diagnostic::Scope;
use crate::fields::{Fields, Shape, Treatment};
use crate::model::Function;
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused};

/// Lambda's own defaults.
pub(crate) const RETRY_ATTEMPTS_DEFAULT: u32 = 2;
pub(crate) const EVENT_AGE_DEFAULT_S: u32 = 21_600;

pub(crate) const SHAPE: Shape = &[
    ("MaximumEventAgeInSeconds", Read),
    ("MaximumRetryAttempts", Read),
    ("DestinationConfig", Refused("results are not sent anywhere: remove it, or keep it out by Fn::If and AWS::NoValue")),
];

/// What only the resource has. Versions and aliases are all one function here.
pub(crate) const RESOURCE: Shape = &[("FunctionName", Read), ("Qualifier", Ignored)];

pub(crate) fn apply(config: &Fields<'_>, function: &mut Function) {
    if let Some(attempts) = config.number("MaximumRetryAttempts", 0..=2, "") {
        function.max_retry_attempts = attempts;
    }
    if let Some(age_s) = config.number("MaximumEventAgeInSeconds", 60..=21_600, " (seconds)") {
        function.max_event_age_s = age_s;
    }
}

/// `AWS::Lambda::EventInvokeConfig`.
pub(crate) fn attach(stack: &Stack<'_>, resource: &Resource<'_>, functions: &mut [Function], scope: Scope<'_>) {
    let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, None, &[SHAPE, RESOURCE], scope);
    if let Some(function) = super::url::target(stack, &fields, "FunctionName", functions) {
        apply(&fields, function);
    }
}
