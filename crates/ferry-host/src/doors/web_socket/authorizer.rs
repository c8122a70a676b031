//! The authorizer of `$connect`: a function that answers with a policy.

use std::time::Instant;

use ferry_template::IdentitySource;
use http::request;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::answer::Refusal;
use super::caller::Caller;
use super::{WebSocketDoor, event, invocation};
use crate::doors::integration::{self, Failure};
use crate::doors::limits::{AUTHORIZER_ANSWER_BYTES_MAX, AUTHORIZER_TIMEOUT};

/// What a policy must allow.
const ACTION: &str = "execute-api:Invoke";

#[derive(Debug)]
pub(in crate::doors) struct Authorizer {
    /// The function's name.
    pub(in crate::doors) function: String,
    pub(in crate::doors) identity_sources: Vec<IdentitySource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decision {
    principal_id: String,
    policy_document: Policy,
    #[serde(default)]
    context: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: Effect,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    /// Not evaluated: a conditional statement denies if it can, and never allows.
    condition: Option<Value>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

/// The function's own word for "who are you?".
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionError {
    error_message: String,
}

impl Authorizer {
    /// What later events carry as `requestContext.authorizer`, or the refusal that the client gets.
    pub(super) async fn authorize(
        &self,
        door: &WebSocketDoor,
        caller: &Caller,
        head: &request::Parts,
        request_id: &str,
    ) -> Result<Map<String, Value>, Refusal> {
        if !self.identity_sources.iter().all(|source| is_given(source, door, head)) {
            return Err(Refusal::UNAUTHORIZED);
        }
        let asked = Instant::now();
        let request = invocation(&self.function, event::authorize(door, caller, head, request_id));
        let answer = integration::call(&door.invoke, request, AUTHORIZER_TIMEOUT).await.map_err(|failure| match failure {
            Failure::Function(error) if says_unauthorized(&error) => Refusal::UNAUTHORIZED,
            Failure::Function(_) | Failure::Busy | Failure::TimedOut | Failure::Host => Refusal::INTERNAL,
        })?;
        if answer.len() > AUTHORIZER_ANSWER_BYTES_MAX {
            return Err(Refusal::INTERNAL);
        }
        let decision: Decision = serde_json::from_slice(&answer).map_err(|_| Refusal::INTERNAL)?;
        if !allows(&decision.policy_document, &door.method_arn) {
            return Err(Refusal::FORBIDDEN);
        }
        let mut authorized = Map::from_iter([("principalId".to_owned(), Value::from(decision.principal_id))]);
        let latency_ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        authorized.insert("integrationLatency".to_owned(), latency_ms.into());
        for (name, value) in decision.context.unwrap_or_default() {
            authorized.insert(name, flat(value).ok_or(Refusal::INTERNAL)?);
        }
        Ok(authorized)
    }
}

/// Whether the request carries something where the source points.
fn is_given(source: &IdentitySource, door: &WebSocketDoor, head: &request::Parts) -> bool {
    match source {
        IdentitySource::Header(name) => head.headers.get(name).is_some_and(|value| !value.is_empty()),
        IdentitySource::QueryString(name) => {
            let query = head.uri.query().unwrap_or_default();
            form_urlencoded::parse(query.as_bytes()).any(|(own, value)| own == *name && !value.is_empty())
        }
        IdentitySource::StageVariable(name) => door.api.stage_variables.get(name).is_some_and(|value| !value.is_empty()),
    }
}

fn says_unauthorized(error: &[u8]) -> bool {
    serde_json::from_slice::<FunctionError>(error).is_ok_and(|error| error.error_message == "Unauthorized")
}

/// Context values arrive as texts; objects and lists are not allowed.
fn flat(value: Value) -> Option<Value> {
    match value {
        Value::String(_) | Value::Null => Some(value),
        Value::Number(_) | Value::Bool(_) => Some(Value::String(value.to_string())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// A denial anywhere denies; without an allowance nothing is allowed.
fn allows(policy: &Policy, method_arn: &str) -> bool {
    let statements = policy.statement.as_slice();
    let applies = |statement: &&Statement| {
        matches(statement.action.as_ref(), statement.not_action.as_ref(), &ACTION.to_ascii_lowercase(), str::to_ascii_lowercase)
            && matches(statement.resource.as_ref(), statement.not_resource.as_ref(), method_arn, str::to_owned)
    };
    let denied = statements.iter().filter(applies).any(|statement| statement.effect == Effect::Deny);
    let allowed = statements.iter().filter(applies).any(|statement| statement.effect == Effect::Allow && statement.condition.is_none());
    allowed && !denied
}

fn matches(wanted: Option<&OneOrMany<String>>, unwanted: Option<&OneOrMany<String>>, text: &str, fold: fn(&str) -> String) -> bool {
    let any = |patterns: &OneOrMany<String>| patterns.as_slice().iter().any(|pattern| is_like(fold(pattern).as_bytes(), text.as_bytes()));
    match (wanted, unwanted) {
        (Some(wanted), None) => any(wanted),
        (None, Some(unwanted)) => !any(unwanted),
        // Not a policy that IAM takes: as an allowance it allows nothing.
        _ => false,
    }
}

/// `*` stands for any text, `?` for one character; linear but for the last star.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut here) = (0, 0);
    // Where to go on when what follows the last star did not fit.
    let mut retry: Option<(usize, usize)> = None;
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, here));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[here] => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((after_star, begun)) = retry else { return false };
                retry = Some((after_star, begun + 1));
                at = after_star;
                here = begun + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(many) => many,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abc/live/$connect";

    fn allowed(statements: &str) -> bool {
        allows(&serde_json::from_str(&format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#)).unwrap(), ARN)
    }

    #[test]
    fn policies_allow_deny_or_say_nothing() {
        let allow = format!(r#"{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"{ARN}"}}"#);
        assert!(allowed(&allow));
        assert!(allowed(&format!("[{allow}]")));
        assert!(allowed(r#"{"Effect":"Allow","Action":["EXECUTE-API:*"],"Resource":["x","arn:aws:execute-api:*/live/*"]}"#));
        assert!(allowed(r#"{"Effect":"Allow","NotAction":"s3:*","NotResource":"arn:aws:s3:::*"}"#));
        assert!(!allowed(&format!(r#"[{allow},{{"Effect":"Deny","Action":"*","Resource":"*"}}]"#)));
        assert!(!allowed(&format!(r#"[{allow},{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{}}}}]"#)));
        assert!(!allowed(r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{}}}"#));
        assert!(!allowed(r#"{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:*/test/*"}"#));
        assert!(!allowed(r#"{"Effect":"Allow","Action":"execute-api:Invoke"}"#));
        assert!(!allowed("[]"));
    }

    /// The twin: tries every way to split.
    fn twin(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skipped| twin(rest, &text[skipped..])),
            Some((byte, rest)) => text.split_first().is_some_and(|(first, text)| (*byte == b'?' || byte == first) && twin(rest, text)),
        }
    }

    proptest! {
        #[test]
        fn wildcards_are_those_of_the_twin(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(is_like(pattern.as_bytes(), text.as_bytes()), twin(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
