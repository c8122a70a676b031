//! Which service a request is for: the scope of its signature says so; without one, the marks that services' requests have.

use http::Method;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use crate::sigv4::Credential;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    Service { name: String, credential: Option<Credential> },
}

impl Target {
    pub(super) fn of(head: &Parts) -> Self {
        match Credential::of(head) {
            Some(credential) => Self::Service { name: credential.service.clone(), credential: Some(credential) },
            None => Self::Service { name: unsigned(head).to_owned(), credential: None },
        }
    }
}

fn unsigned(head: &Parts) -> &'static str {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = header("x-amz-target");
    if target.starts_with("DynamoDB_20120810.") {
        return "dynamodb";
    }
    if target.starts_with("AmazonSQS.") {
        return "sqs";
    }
    // S3 has no POST of a form at the root; STS has nothing else.
    let form = header(CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded");
    let action = head.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")));
    if head.uri.path() == "/" && (action || (form && head.method == Method::POST)) { "sts" } else { "s3" }
}
