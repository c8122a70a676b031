//! CORS of HTTP APIs and function URLs.

use crate::diagnostic::Scope;
use crate::fields::{Fields, Shape, Treatment, boolean};
use crate::model::Cors;
use crate::node::{Entry, Value};
use Treatment::Read;

pub(crate) const SHAPE: Shape = &[
    ("AllowCredentials", Read),
    ("AllowHeaders", Read),
    ("AllowMethods", Read),
    ("AllowOrigins", Read),
    ("ExposeHeaders", Read),
    ("MaxAge", Read),
];

const MAX_AGE_MAX_S: u32 = 86_400;

pub(crate) fn read(fields: &Fields<'_>) -> Cors {
    let list = |key: &str| fields.texts(key, true).into_iter().map(|(text, _)| text).collect();
    Cors {
        allow_origins: list("AllowOrigins"),
        allow_methods: list("AllowMethods"),
        allow_headers: list("AllowHeaders"),
        expose_headers: list("ExposeHeaders"),
        allow_credentials: fields.boolean("AllowCredentials").unwrap_or(false),
        max_age_s: fields.number("MaxAge", 0..=MAX_AGE_MAX_S, " (seconds)"),
    }
}

/// `CorsConfiguration` of an HTTP API: a map; in SAM also `true` for any origin, or one origin.
pub(super) fn configuration(entry: &Entry, scope: Scope<'_>) -> Option<Cors> {
    let any = |origin: &str| Cors { allow_origins: vec![origin.to_owned()], ..Cors::default() };
    match (&entry.node.value, boolean(&entry.node)) {
        (Value::Null, _) | (Value::Scalar(_), Some(false)) => None,
        (Value::Scalar(_), Some(true)) => Some(any("*")),
        (Value::Scalar(scalar), None) => Some(any(scalar.text.trim_matches('\''))),
        (Value::List(_) | Value::Map(_), _) => {
            let cors = read(&Fields::of_map(entry, &[SHAPE], scope)?);
            if cors.allow_credentials && cors.allow_origins.iter().any(|origin| origin == "*") {
                scope.error(entry.mark, "AllowCredentials does not go with the origin `*`", "name the origins");
            }
            Some(cors)
        }
    }
}
