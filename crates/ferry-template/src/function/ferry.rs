//! `Metadata.Ferry`: what Ferry adds to a template. CloudFormation and SAM ignore it; a mistake in it is an error here.

use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Mark, Scope, suggest};
use crate::fields::{Fields, Shape, Treatment, shortened, text};
use crate::function::code::{local_path, metadata_entry};
use crate::model::{EqualRule, FerryMetadata, Network};
use crate::node::Map;
use crate::stack::Stack;
use Treatment::Read;

pub(crate) const FUNCTION: Shape = &[("Replaces", Read), ("Events", Read), ("Equal", Read), ("Network", Read)];
pub(crate) const HTTP_API: Shape = &[("Port", Read)];
pub(crate) const TEMPLATE: Shape = &[("Page", Read), ("Physics", Read)];
pub(crate) const WEB_SOCKET_API: Shape = &[("Port", Read), ("Origins", Read)];
pub(crate) const EQUAL: Shape = &[("ignore", Read), ("tolerance", Read)];

pub(super) fn read(stack: &Stack<'_>, metadata: Option<&Map>, scope: Scope<'_>) -> FerryMetadata {
    let Some(fields) = metadata_entry(metadata, "Ferry").and_then(|entry| Fields::of_map(entry, &[FUNCTION], scope)) else {
        return FerryMetadata::default();
    };
    let networks = [("private", Network::Private), ("host", Network::Host)];
    FerryMetadata {
        replaces: fields.texts("Replaces", true).into_iter().filter_map(|(name, mark)| replaced(stack, &name, mark, scope)).collect(),
        events: fields.entry("Events").and_then(|entry| local_path(stack, entry, scope)),
        equal: fields.map("Equal", EQUAL).map(|equal| equal_rule(&equal)).unwrap_or_default(),
        network: fields.choice("Network", &networks).unwrap_or_default(),
    }
}

/// A function by its logical id, or by `!Ref`.
fn replaced(stack: &Stack<'_>, name: &str, mark: Mark, scope: Scope<'_>) -> Option<String> {
    let by_logical_id = stack.directory.function_ids().find(|id| *id == name);
    let Some(id) = by_logical_id.or_else(|| stack.directory.function(name)) else {
        let problem = format!("Replaces names `{}`, which is no function of this template", shortened(name));
        scope.error(mark, problem, suggest(name, stack.directory.function_ids()));
        return None;
    };
    Some(id.to_owned())
}

fn equal_rule(fields: &Fields<'_>) -> EqualRule {
    let mut rule = EqualRule::default();
    for (pointer, mark) in fields.texts("ignore", true) {
        if !pointer.starts_with('/') {
            let problem = format!("`{}` is no JSON pointer", shortened(&pointer));
            fields.scope.error(mark, problem, "begin with /, as in /requestId or /items/*/at");
        }
        rule.ignore.push(pointer);
    }
    if let (Some(text), Some(entry)) = (fields.text("tolerance"), fields.entry("tolerance")) {
        match text.parse::<f64>() {
            Ok(tolerance) if (0.0..1.0).contains(&tolerance) => rule.tolerance = tolerance,
            _ => fields.scope.error(
                entry.node.mark,
                format!("tolerance `{}` is none", shortened(&text)),
                "write a number from 0 to below 1, such as 1e-6",
            ),
        }
    }
    rule
}

/// `Metadata.Ferry.Port` of an HTTP API.
pub(crate) fn port(metadata: Option<&Map>, scope: Scope<'_>) -> Option<u16> {
    port_of(&Fields::of_map(metadata_entry(metadata, "Ferry")?, &[HTTP_API], scope)?)
}

fn port_of(fields: &Fields<'_>) -> Option<u16> {
    let port = fields.number("Port", 1..=65_535, "")?;
    u16::try_from(port).ok()
}

/// `Metadata.Ferry.Port` and `Origins` of a WebSocket API.
pub(crate) fn port_and_origins(metadata: Option<&Map>, scope: Scope<'_>) -> (Option<u16>, Vec<String>) {
    let fields = metadata_entry(metadata, "Ferry").and_then(|entry| Fields::of_map(entry, &[WEB_SOCKET_API], scope));
    let Some(fields) = fields else { return (None, Vec::new()) };
    let mut origins = Vec::new();
    for (origin, mark) in fields.texts("Origins", true) {
        let (scheme, authority) = origin.split_once("://").unwrap_or_default();
        if origin != "*" && (scheme.is_empty() || authority.is_empty() || authority.contains('/')) {
            scope.error(
                mark,
                format!("`{}` is no web origin", shortened(&origin)),
                "write scheme, host and port, as in https://app.example",
            );
        }
        origins.push(origin.to_ascii_lowercase());
    }
    (port_of(&fields), origins)
}

/// A page or the objects of a bucket: a folder whose files anybody may read, so not the one that holds template and code.
pub(crate) fn folder_inside(stack: &Stack<'_>, fields: &Fields<'_>, key: &str, remedy: &str) -> Option<PathBuf> {
    let entry = fields.entry(key)?;
    let folder = text(entry, fields.scope)?;
    let parts = || Path::new(&folder).components().filter(|part| *part != Component::CurDir);
    if folder.contains("://") || parts().count() == 0 || !parts().all(|part| matches!(part, Component::Normal(_))) {
        let problem = format!("{key} `{}` is no folder inside the template's", shortened(&folder));
        fields.scope.error(entry.node.mark, problem, remedy);
        return None;
    }
    Some(stack.resolve(&folder))
}

/// Ferry's metadata on anything else has nothing to act on.
pub(crate) fn refuse(metadata: Option<&Map>, what: &str, scope: Scope<'_>) {
    if let Some(entry) = metadata_entry(metadata, "Ferry") {
        scope.error(entry.mark, format!("Metadata.Ferry has no meaning on {what}"), "put it on a function, an HTTP API or a bucket");
    }
}
