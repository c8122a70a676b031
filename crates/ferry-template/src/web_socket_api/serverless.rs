//! `AWS::Serverless::WebSocketApi`: API, routes, integrations, stage and authorizer in one resource.

use super::api_gateway_v2::{check_route_key, request_authorizer, route_selection, selects_response};
use super::{CONNECT, TIMEOUT_MS_MAX, TIMEOUT_MS_MIN, WebSocketApis, check_stage};
use crate::diagnostic::Scope;
use crate::fields::{Fields, Shape, Treatment};
use crate::function::ferry;
use crate::http_api::api_gateway_v2::function;
use crate::http_api::serverless::variables;
use crate::model::{RequestAuthorizer, WebSocketRoute};
use crate::node::Entry;
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused, Warned};

/// SAM's own choice: `$default` would be a stage of HTTP APIs.
const DEFAULT_STAGE: &str = "default";

const VALIDATION: &str = "messages are not validated: remove it, or keep it out by Fn::If and AWS::NoValue";

pub(crate) const SHAPE: Shape = &[
    ("Auth", Read),
    ("Routes", Read),
    ("RouteSelectionExpression", Read),
    ("StageName", Read),
    ("StageVariables", Read),
    ("AccessLogSettings", Ignored),
    ("ApiKeySelectionExpression", Ignored),
    ("Description", Ignored),
    ("DisableExecuteApiEndpoint", Ignored),
    ("DisableSchemaValidation", Ignored),
    ("FailOnWarnings", Ignored),
    ("IpAddressType", Ignored),
    ("Name", Ignored),
    ("PropagateTags", Ignored),
    ("Tags", Ignored),
    ("DefaultRouteSettings", Warned("messages are not throttled")),
    ("Domain", Warned("the API is served on a local port")),
    ("RouteSettings", Warned("messages are not throttled")),
];

pub(crate) const ROUTE: Shape = &[
    ("ApiKeyRequired", Read),
    ("FunctionArn", Read),
    ("IntegrationTimeout", Read),
    ("RouteResponseSelectionExpression", Read),
    ("OperationName", Ignored),
    ("ModelSelectionExpression", Refused(VALIDATION)),
    ("RequestModels", Refused(VALIDATION)),
    ("RequestParameters", Refused(VALIDATION)),
];

pub(crate) const AUTH: Shape =
    &[("AuthArn", Read), ("AuthType", Read), ("IdentitySource", Read), ("InvokeRole", Ignored), ("Name", Ignored)];

impl WebSocketApis {
    pub(super) fn read_serverless(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let globals = stack.globals_of(resource, scope);
        let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, globals.as_deref(), &[SHAPE], scope);
        let mut api = super::api(stack, resource.logical_id);
        if let Some(selection) = route_selection(&fields) {
            api.route_selection = selection;
        }
        api.stage = fields.text("StageName").unwrap_or_else(|| DEFAULT_STAGE.to_owned());
        check_stage(&api.stage, resource.mark, scope);
        api.stage_variables = variables(&fields);
        api.routes = routes(stack, &fields);
        api.authorizer = fields.map("Auth", AUTH).and_then(|auth| authorizer(stack, &auth));
        if api.authorizer.is_some() && !api.routes.iter().any(|route| route.route_key == CONNECT) {
            scope.error(resource.mark, "Auth needs a route $connect", "add one: API Gateway authorizes connections, not messages");
        }
        (api.port, api.origins) = ferry::port_and_origins(stack.metadata(resource, scope).as_ref(), scope);
        self.apis.push(api);
    }
}

fn routes(stack: &Stack<'_>, fields: &Fields<'_>) -> Vec<WebSocketRoute> {
    let Some(entry) = fields.entry("Routes") else {
        fields.scope.error(fields.mark, "Routes is missing", "write a map of route keys, each with a FunctionArn");
        return Vec::new();
    };
    let Some(map) = entry.node.as_map() else {
        fields.scope.error(entry.mark, format!("Routes is {}", entry.node.kind()), "write a map of route keys");
        return Vec::new();
    };
    map.entries.iter().filter_map(|entry| route(stack, entry, fields.scope)).collect()
}

fn route(stack: &Stack<'_>, entry: &Entry, scope: Scope<'_>) -> Option<WebSocketRoute> {
    let fields = Fields::of_map(entry, &[ROUTE], scope)?;
    let route_key = entry.key.clone();
    if fields.boolean("ApiKeyRequired") == Some(true) {
        scope.error(entry.mark, "ApiKeyRequired is not supported", "API keys are not checked: remove it");
    }
    let timeout_ms = fields.number("IntegrationTimeout", TIMEOUT_MS_MIN..=TIMEOUT_MS_MAX, " (ms)").unwrap_or(TIMEOUT_MS_MAX);
    let responds = selects_response(&fields, Some(&route_key));
    fields.required_text("FunctionArn", "name the function: `!GetAtt Function.Arn`");
    let function = function(stack, &fields, "FunctionArn")?;
    check_route_key(&route_key, &fields).then_some(WebSocketRoute { route_key, function, timeout_ms, responds })
}

fn authorizer(stack: &Stack<'_>, fields: &Fields<'_>) -> Option<RequestAuthorizer> {
    match fields.required_text("AuthType", "write NONE or CUSTOM")?.as_str() {
        "NONE" => None,
        "CUSTOM" => {
            fields.required_text("AuthArn", "name the authorizer's function: `!GetAtt Function.Arn`");
            Some(request_authorizer(function(stack, fields, "AuthArn")?, fields))
        }
        "AWS_IAM" => {
            fields.scope.error(fields.mark, "AuthType AWS_IAM is not supported", "signatures are not checked here: use CUSTOM or NONE");
            None
        }
        _ => {
            fields.scope.error(fields.mark, "AuthType is none that SAM knows", "write NONE or CUSTOM");
            None
        }
    }
}
