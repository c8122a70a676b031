//! The region and account within ARNs: dynoxide knows one of its own, clients see those of the settings.

use std::borrow::Cow;

use dynoxide::streams::{LOCAL_ACCOUNT, LOCAL_REGION};

#[derive(Debug)]
pub(super) struct Arns {
    /// Up to the resource, as clients see it.
    outside: String,
    /// As dynoxide has it.
    inside: String,
}

impl Arns {
    pub(super) fn new(region: &str, account_id: &str) -> Self {
        let prefix = |region: &str, account: &str| format!("arn:aws:dynamodb:{region}:{account}:");
        Self { outside: prefix(region, account_id), inside: prefix(LOCAL_REGION, LOCAL_ACCOUNT) }
    }

    pub(super) fn table(&self, name: &str) -> String {
        format!("{}table/{name}", self.outside)
    }

    /// A request, for dynoxide.
    pub(super) fn inward<'a>(&self, request: &'a str) -> Cow<'a, str> {
        if request.contains(&self.outside) { request.replace(&self.outside, &self.inside).into() } else { request.into() }
    }

    /// An answer, for the client.
    pub(super) fn outward(&self, answer: String) -> String {
        if answer.contains(&self.inside) { answer.replace(&self.inside, &self.outside) } else { answer }
    }
}
