//! Operations on queues as a whole: made, found, listed, described, tagged, purged, deleted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Site, bounded, queue_name, required};
use crate::sqs::attributes::{Attributes, TOLD, check_asked};
use crate::sqs::book::{Book, check_name};
use crate::sqs::error::{Code, SqsError};
use crate::sqs::limits::LISTED;

type Pairs = BTreeMap<String, String>;

/// The parameters of all these operations; each reads its own.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Request {
    queue_url: Option<String>,
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
    queue_name_prefix: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    attributes: Option<Pairs>,
    attribute_names: Option<Vec<String>>,
    #[serde(alias = "tags")]
    tags: Option<Pairs>,
    tag_keys: Option<Vec<String>>,
}

pub(super) fn create(book: &mut Book, request: Request, site: &Site) -> Result<Value, SqsError> {
    let name = required(request.queue_name, "QueueName")?;
    check_name(&name)?;
    let wanted = request.attributes.unwrap_or_default();
    let attributes = Attributes::default().with(&wanted)?;
    if let Some(standing) = book.find(&name) {
        if let Some(attribute) = standing.attributes.difference(&wanted)? {
            let told = format!("A queue already exists with the same name and a different value for attribute {attribute}");
            return Err(SqsError::new(Code::QueueNameExists, told));
        }
    } else {
        if let Some(policy) = &attributes.redrive {
            book.check_redrive(&name, policy)?;
        }
        book.create(&name, attributes, request.tags.unwrap_or_default(), site.now_ms)?;
    }
    Ok(json!({ "QueueUrl": site.queue_url(book, &name) }))
}

pub(super) fn delete(book: &mut Book, request: Request) -> Result<Value, SqsError> {
    book.delete(&queue_name(request.queue_url)?)?;
    Ok(json!({}))
}

pub(super) fn url(book: &mut Book, request: Request, site: &Site) -> Result<Value, SqsError> {
    let name = required(request.queue_name, "QueueName")?;
    if request.owner.is_some_and(|owner| owner != book.account_id()) {
        return Err(SqsError::no_such_queue());
    }
    book.get(&name)?;
    Ok(json!({ "QueueUrl": site.queue_url(book, &name) }))
}

pub(super) fn list(book: &mut Book, request: Request, site: &Site) -> Result<Value, SqsError> {
    let prefix = request.queue_name_prefix.unwrap_or_default();
    let names = book.names().filter(|name| name.starts_with(&prefix));
    page(book, names, "QueueUrls", (request.max_results, request.next_token), site)
}

pub(super) fn sources(book: &mut Book, request: Request, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    book.get(&name)?;
    // The answer's field begins with a small letter in SQS's model, too.
    let mut told = page(book, book.sources_of(&name), "queueUrls", (request.max_results, request.next_token), site)?;
    if told.get("queueUrls").is_none() {
        told["queueUrls"] = json!([]);
    }
    Ok(told)
}

/// URLs of names in their order: those after the token, which is the last name of the page before.
fn page<'a>(
    book: &Book,
    names: impl Iterator<Item = &'a str>,
    field: &str,
    (max_results, token): (Option<i64>, Option<String>),
    site: &Site,
) -> Result<Value, SqsError> {
    let max = bounded(max_results, &LISTED, "MaxResults")?;
    let after = match token.filter(|token| !token.is_empty()) {
        None => String::new(),
        Some(token) => {
            let name = BASE64_URL_SAFE_NO_PAD.decode(&token).ok().and_then(|name| String::from_utf8(name).ok());
            name.ok_or_else(|| SqsError::value(&token, "NextToken", "It is not the NextToken of an earlier answer."))?
        }
    };
    let mut names = names.filter(|name| *name > after.as_str()).peekable();
    let most = usize::try_from(max.unwrap_or(*LISTED.end())).unwrap_or(usize::MAX);
    let listed: Vec<&str> = names.by_ref().take(most).collect();
    let mut told = json!({});
    if let Some(last) = listed.last() {
        told[field] = listed.iter().map(|name| site.queue_url(book, name)).collect();
        // As the real service: without MaxResults there is one page.
        if max.is_some() && names.peek().is_some() {
            told["NextToken"] = BASE64_URL_SAFE_NO_PAD.encode(last).into();
        }
    }
    Ok(told)
}

pub(super) fn attributes(book: &mut Book, request: Request, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    let asked = request.attribute_names.unwrap_or_default();
    asked.iter().try_for_each(|name| check_asked(name))?;
    let arn = book.arn(&name);
    let standing = book.get(&name)?;
    standing.queue.advance(site.now_ms);
    let counts = standing.queue.counts();
    let values = [
        counts.visible.to_string(),
        counts.delayed.to_string(),
        counts.in_flight.to_string(),
        (standing.created_ms / 1000).to_string(),
        (standing.modified_ms / 1000).to_string(),
        arn,
    ];
    let mut told = standing.attributes.told();
    told.extend(TOLD.iter().map(|name| (*name).to_owned()).zip(values));
    if !asked.iter().any(|name| name == "All") {
        told.retain(|name, _| asked.contains(name));
    }
    Ok(if told.is_empty() { json!({}) } else { json!({ "Attributes": told }) })
}

pub(super) fn set_attributes(book: &mut Book, request: Request, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    let wanted = required(request.attributes.filter(|wanted| !wanted.is_empty()), "Attribute.Name")?;
    let attributes = book.get(&name)?.attributes.with(&wanted)?;
    if let Some(policy) = attributes.redrive.as_ref().filter(|_| wanted.contains_key("RedrivePolicy")) {
        book.check_redrive(&name, policy)?;
    }
    let standing = book.get(&name)?;
    standing.set_attributes(attributes, site.now_ms);
    Ok(json!({}))
}

pub(super) fn purge(book: &mut Book, request: Request, site: &Site) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    book.get(&name)?.purge(&name, site.now_ms)?;
    Ok(json!({}))
}

pub(super) fn tag(book: &mut Book, request: Request) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    let tags = required(request.tags.filter(|tags| !tags.is_empty()), "Tags")?;
    book.get(&name)?.tag(tags)?;
    Ok(json!({}))
}

pub(super) fn untag(book: &mut Book, request: Request) -> Result<Value, SqsError> {
    let name = queue_name(request.queue_url)?;
    let keys = required(request.tag_keys.filter(|keys| !keys.is_empty()), "TagKeys")?;
    book.get(&name)?.untag(&keys);
    Ok(json!({}))
}

pub(super) fn tags(book: &mut Book, request: Request) -> Result<Value, SqsError> {
    let tags = &book.get(&queue_name(request.queue_url)?)?.tags;
    Ok(if tags.is_empty() { json!({}) } else { json!({ "Tags": tags }) })
}
