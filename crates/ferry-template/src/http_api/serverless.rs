//! `AWS::Serverless::HttpApi`, and the one that SAM makes for events without an `ApiId`.

use std::collections::BTreeMap;

use super::{HttpApis, cors};
use crate::diagnostic::{Mark, Scope};
use crate::fields::{Fields, Shape, Treatment, text};
use crate::function::ferry;
use crate::model::HttpApi;
use crate::physical::IMPLICIT_HTTP_API;
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused, Warned};

const OPEN_API: &str = "OpenAPI definitions are not read: declare the routes as HttpApi events";

pub(crate) const SHAPE: Shape = &[
    ("CorsConfiguration", Read),
    ("StageName", Read),
    ("StageVariables", Read),
    ("AccessLogSettings", Ignored),
    ("Description", Ignored),
    ("DisableExecuteApiEndpoint", Ignored),
    ("FailOnWarnings", Ignored),
    ("Name", Ignored),
    ("PropagateTags", Ignored),
    ("Tags", Ignored),
    ("DefaultRouteSettings", Warned("requests are not throttled")),
    ("Domain", Warned("the API is served on a local port")),
    ("RouteSettings", Warned("requests are not throttled")),
    ("Auth", Refused("authorizers are not run: remove it, or keep it out by Fn::If and AWS::NoValue")),
    ("DefinitionBody", Refused(OPEN_API)),
    ("DefinitionUri", Refused(OPEN_API)),
];

impl HttpApis {
    pub(crate) fn read_serverless(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let globals = stack.globals_of(resource, scope);
        let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, globals.as_deref(), &[SHAPE], scope);
        let metadata = stack.metadata(resource, scope);
        let mut api = from_fields(resource.logical_id, &fields);
        api.port = ferry::port(metadata.as_ref(), scope);
        self.apis.push(api);
    }
}

pub(super) fn implicit(stack: &Stack<'_>, scope: Scope<'_>) -> HttpApi {
    let mark = Mark { line: 1, column: 1 };
    let fields = Fields::of_resource(&stack.evaluator, mark, None, stack.globals.http_api, &[SHAPE], scope);
    from_fields(IMPLICIT_HTTP_API, &fields)
}

fn from_fields(logical_id: &str, fields: &Fields<'_>) -> HttpApi {
    let mut api = super::api(logical_id);
    if let Some(stage) = fields.text("StageName") {
        api.stage = stage;
    }
    api.stage_variables = variables(fields);
    api.cors = fields.entry("CorsConfiguration").and_then(|entry| cors::configuration(entry, fields.scope));
    api
}

/// `StageVariables`.
pub(crate) fn variables(fields: &Fields<'_>) -> BTreeMap<String, String> {
    let Some(entry) = fields.entry("StageVariables") else { return BTreeMap::new() };
    let Some(map) = entry.node.as_map() else {
        fields.scope.error(entry.mark, format!("StageVariables is {}", entry.node.kind()), "write a map of names to values");
        return BTreeMap::new();
    };
    map.entries.iter().filter_map(|entry| Some((entry.key.clone(), text(entry, fields.scope)?))).collect()
}
