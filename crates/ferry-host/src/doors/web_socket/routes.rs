//! Which route a message takes: what its body says, else `$default`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use ferry_template::{RouteSelection, SelectionPart};
use serde_json::Value;

use super::{CONNECT, DEFAULT, DISCONNECT};

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doors) struct Route {
    /// Its name.
    pub(in crate::doors) function: String,
    pub(in crate::doors) timeout: Duration,
    /// Whether the function's answer goes back to the client.
    pub(in crate::doors) responds: bool,
}

#[derive(Debug)]
pub(in crate::doors) struct Routes {
    selection: RouteSelection,
    routes: HashMap<String, Route>,
}

impl Routes {
    pub(in crate::doors) fn new(selection: RouteSelection, routes: impl IntoIterator<Item = (String, Route)>) -> Self {
        Self { selection, routes: routes.into_iter().collect() }
    }

    pub(super) fn named(&self, route_key: &str) -> Option<&Route> {
        self.routes.get(route_key)
    }

    /// The route of a message and its key; None where there is no `$default` either. No message leads to `$connect` or `$disconnect`.
    pub(super) fn of_message(&self, text: &str) -> Option<(&str, &Route)> {
        let selected = serde_json::from_str(text).ok().and_then(|body| selected(&self.selection, &body));
        let selected = selected.filter(|key| key != CONNECT && key != DISCONNECT);
        let found = selected.and_then(|key| self.routes.get_key_value(&key)).or_else(|| self.routes.get_key_value(DEFAULT));
        found.map(|(key, route)| (key.as_str(), route))
    }
}

/// The route key that a body selects; None where a member is missing, or is no single value.
fn selected(selection: &RouteSelection, body: &Value) -> Option<String> {
    let part = |part: &SelectionPart| match part {
        SelectionPart::Text(text) => Some(text.clone()),
        SelectionPart::Body(path) => {
            let found = path.iter().try_fold(body, |value, name| value.as_object()?.get(name))?;
            single(found).map(Cow::into_owned)
        }
    };
    selection.parts.iter().map(part).collect()
}

fn single(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routes(expression: &str, keys: &[&str]) -> Routes {
        let route = |key: &str| Route { function: key.to_owned(), timeout: Duration::ZERO, responds: false };
        Routes::new(RouteSelection::parse(expression).unwrap(), keys.iter().map(|key| ((*key).to_owned(), route(key))))
    }

    #[test]
    fn a_message_names_its_route() {
        let routes = routes("$request.body.a.b", &["$connect", "$default", "join", "7", "true"]);
        for (text, key) in [
            (r#"{"a":{"b":"join"}}"#, "join"),
            (r#"{"a":{"b":7}}"#, "7"),
            (r#"{"a":{"b":true}}"#, "true"),
            (r#"{"a":{"b":"leave"}}"#, "$default"),
            (r#"{"a":{"b":"$connect"}}"#, "$default"),
            (r#"{"a":{"b":null}}"#, "$default"),
            (r#"{"a":"join"}"#, "$default"),
            (r#"["join"]"#, "$default"),
            ("join", "$default"),
            ("", "$default"),
        ] {
            assert_eq!(routes.of_message(text).map(|(key, _)| key), Some(key), "{text}");
        }
        assert_eq!(super::tests::routes("$request.body.a", &["join"]).of_message("x"), None);
    }

    #[test]
    fn text_and_members_make_one_key() {
        let routes = routes("v${request.body.v}-${request.body.what}", &["v1-join"]);
        assert_eq!(routes.of_message(r#"{"what":"join","v":1}"#).map(|(key, _)| key), Some("v1-join"));
        assert_eq!(routes.of_message(r#"{"what":"join"}"#), None);
    }

    /// The twin: the members' names are looked up one after the other, the keys compared one by one.
    fn twin<'k>(path: &[&str], keys: &[&'k str], body: &Value) -> Option<&'k str> {
        let mut value = body;
        let mut missing = false;
        for name in path {
            match value.get(*name) {
                Some(inner) if value.is_object() => value = inner,
                _ => missing = true,
            }
        }
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => String::new(),
        };
        let named = keys.iter().find(|key| !missing && !key.starts_with("$c") && !key.starts_with("$di") && **key == text);
        named.or_else(|| keys.iter().find(|key| **key == "$default")).copied()
    }

    fn any_body() -> impl Strategy<Value = Value> {
        let word = prop_oneof![Just("a"), Just("b"), Just("join"), Just("$connect"), Just("$disconnect"), Just("$default"), Just("")];
        let leaf = prop_oneof![
            word.clone().prop_map(Value::from),
            (0..3_u8).prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null)
        ];
        leaf.prop_recursive(4, 16, 3, move |inner| {
            let members = prop::collection::vec((word.clone().prop_map(str::to_owned), inner.clone()), 0..3);
            prop_oneof![
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
                prop::collection::vec(inner, 0..3).prop_map(Value::from),
            ]
        })
    }

    proptest! {
        #[test]
        fn routes_are_those_of_the_twin(body in any_body(), depth in 1..4_usize, some in prop::collection::vec(any::<bool>(), 6)) {
            let path = &["a", "b", "a"][..depth];
            let all = ["a", "join", "1", "true", "$connect", "$default"];
            let keys: Vec<&str> = all.into_iter().zip(some).filter(|(_, kept)| *kept).map(|(key, _)| key).collect();
            let routes = routes(&format!("$request.body.{}", path.join(".")), &keys);
            prop_assert_eq!(routes.of_message(&body.to_string()).map(|(key, _)| key), twin(path, &keys, &body));
        }
    }
}
