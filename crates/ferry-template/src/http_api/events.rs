//! `Events` of a serverless function: `HttpApi` is served, the others are refused by name.

use super::{Found, HttpApis, route_key};
use crate::diagnostic::{Scope, suggest};
use crate::fields::{Fields, Shape, Treatment, shortened};
use crate::model::HttpRoute;
use crate::node::Entry;
use crate::physical::IMPLICIT_HTTP_API;
use crate::resource::Handling;
use crate::stack::Stack;
use Treatment::{Read, Warned};

/// Event types of SAM that are not served.
pub(crate) const OTHER_EVENTS: [&str; 19] = [
    "AlexaSkill",
    "Api",
    "CloudWatchEvent",
    "CloudWatchLogs",
    "Cognito",
    "DocumentDB",
    "DynamoDB",
    "EventBridgeRule",
    "IoTRule",
    "Kinesis",
    "MQ",
    "MSK",
    "S3",
    "SNS",
    "SQS",
    "Schedule",
    "ScheduleV2",
    "SelfManagedKafka",
    "WebSocketApi",
];

const EVENT: Shape = &[("Type", Read), ("Properties", Read)];

pub(crate) const HTTP_API_EVENT: Shape = &[
    ("ApiId", Read),
    ("Auth", Read),
    ("Method", Read),
    ("Path", Read),
    ("PayloadFormatVersion", Read),
    ("TimeoutInMillis", Read),
    ("RouteSettings", Warned("requests are not throttled")),
];

/// How long an HTTP API waits for a function, unless the template says less.
pub(super) const TIMEOUT_MS: u32 = 30_000;

impl HttpApis {
    pub(crate) fn read_events(&mut self, stack: &Stack<'_>, function: &str, events: &Entry, scope: Scope<'_>) {
        let Some(map) = events.node.as_map() else {
            scope.error(events.mark, format!("Events is {}", events.node.kind()), "write a map of event names");
            return;
        };
        for event in &map.entries {
            self.routes.extend(self::event(stack, function, event, scope));
        }
    }
}

fn event(stack: &Stack<'_>, function: &str, event: &Entry, scope: Scope<'_>) -> Option<Found> {
    let outer = Fields::of_map(event, &[EVENT], scope)?;
    let kind = outer.required_text("Type", "write `Type: HttpApi`")?;
    if kind != "HttpApi" {
        let mark = outer.entry("Type").map_or(event.mark, |entry| entry.node.mark);
        if OTHER_EVENTS.contains(&kind.as_str()) {
            let remedy = "invoke the function directly, or keep the event out by Fn::If and AWS::NoValue";
            scope.error(mark, format!("the event source {kind} (event {}) is not served", event.key), remedy);
        } else {
            let known = OTHER_EVENTS.into_iter().chain(["HttpApi"]);
            scope.error(mark, format!("unknown event type `{}`", shortened(&kind)), suggest(&kind, known));
        }
        return None;
    }
    let default_route = |api: &str| Found {
        api: api.to_owned(),
        route: HttpRoute { route_key: route_key::DEFAULT.to_owned(), function: function.to_owned() },
        mark: event.mark,
        owner: function.to_owned(),
    };
    let Some(properties) = outer.entry("Properties") else { return Some(default_route(IMPLICIT_HTTP_API)) };
    let fields = Fields::of_map(properties, &[HTTP_API_EVENT], scope)?;
    check(&fields);
    let api = api(stack, &fields)?;
    let key = match (fields.text("Method"), fields.text("Path")) {
        (None, None) => return Some(default_route(&api)),
        (Some(method), Some(path)) => route_key::of_event(&method, &path, event.mark, scope)?,
        (Some(_), None) | (None, Some(_)) => {
            scope.error(event.mark, format!("event {} has only one of Path and Method", event.key), "write both, or none for $default");
            return None;
        }
    };
    let mut found = default_route(&api);
    found.route.route_key = key;
    Some(found)
}

fn api(stack: &Stack<'_>, fields: &Fields<'_>) -> Option<String> {
    let Some(entry) = fields.entry("ApiId") else { return Some(IMPLICIT_HTTP_API.to_owned()) };
    let id = fields.text("ApiId")?;
    let api = stack.directory.api(&id);
    let serverless =
        |api: &&str| stack.evaluator.resources.get(api).is_none_or(|resource| resource.handling == Handling::ServerlessHttpApi);
    let found = api.filter(serverless);
    if found.is_none() {
        let problem = format!("ApiId `{}` is no AWS::Serverless::HttpApi of this template", shortened(&id));
        fields.scope.error(entry.node.mark, problem, suggest(&id, stack.directory.api_ids()));
    }
    found.map(str::to_owned)
}

fn check(fields: &Fields<'_>) {
    payload_format(fields);
    timeout(fields, "TimeoutInMillis");
    let Some(auth) = fields.entry("Auth") else { return };
    let none = auth
        .node
        .as_map()
        .is_some_and(|map| map.entries.iter().all(|entry| entry.key == "Authorizer" && entry.node.as_text() == Some("NONE")));
    if !none {
        fields.scope.error(
            auth.mark,
            "Auth is not supported",
            "authorizers are not run: remove it, or keep it out by Fn::If and AWS::NoValue",
        );
    }
}

/// Refuses what is not payload format 2.0.
pub(super) fn payload_format(fields: &Fields<'_>) {
    if let Some(entry) = fields.entry("PayloadFormatVersion").filter(|entry| entry.node.as_text() != Some("2.0")) {
        fields.scope.error(
            entry.mark,
            "only PayloadFormatVersion 2.0 is supported",
            "write \"2.0\", and let the function answer in that form",
        );
    }
}

/// Refuses a timeout below the one that every route has.
pub(super) fn timeout(fields: &Fields<'_>, key: &str) {
    if fields.number(key, 50..=TIMEOUT_MS, " (ms)").is_some_and(|timeout_ms| timeout_ms < TIMEOUT_MS) {
        let mark = fields.entry(key).map_or(fields.mark, |entry| entry.node.mark);
        let remedy = "remove it: here an API waits 30 s; the function's own Timeout may be shorter";
        fields.scope.error(mark, format!("{key} below {TIMEOUT_MS} is not supported"), remedy);
    }
}
