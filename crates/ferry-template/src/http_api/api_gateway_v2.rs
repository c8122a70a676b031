//! `AWS::ApiGatewayV2::Api`, `Integration`, `Route` and `Stage`: HTTP APIs as plain CloudFormation and the CDK write them.

use super::{Found, HttpApis, Stage, Targeted, cors, events, route_key, serverless};
use crate::diagnostic::{Scope, suggest};
use crate::fields::{Fields, Shape, Treatment, shortened};
use crate::function::ferry;
use crate::model::HttpRoute;
use crate::resource::{Handling, Resource};
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused, Warned};

const OPEN_API: &str = "OpenAPI definitions are not read: declare AWS::ApiGatewayV2::Route resources";
const AUTHORIZER: &str = "authorizers are not run: remove it, or keep it out by Fn::If and AWS::NoValue";
const MAPPING: &str = "requests and responses are passed on as they are: remove it";

pub(crate) const API: Shape = &[
    ("CorsConfiguration", Read),
    ("ProtocolType", Read),
    ("RouteKey", Read),
    ("Target", Read),
    ("ApiKeySelectionExpression", Ignored),
    ("CredentialsArn", Ignored),
    ("Description", Ignored),
    ("DisableExecuteApiEndpoint", Ignored),
    ("DisableSchemaValidation", Ignored),
    ("FailOnWarnings", Ignored),
    ("IpAddressType", Ignored),
    ("Name", Ignored),
    ("RouteSelectionExpression", Ignored),
    ("Tags", Ignored),
    ("Version", Ignored),
    ("BasePath", Refused(OPEN_API)),
    ("Body", Refused(OPEN_API)),
    ("BodyS3Location", Refused(OPEN_API)),
];

pub(crate) const INTEGRATION: Shape = &[
    ("ApiId", Read),
    ("IntegrationType", Read),
    ("IntegrationUri", Read),
    ("PayloadFormatVersion", Read),
    ("TimeoutInMillis", Read),
    ("ConnectionType", Ignored),
    ("CredentialsArn", Ignored),
    ("Description", Ignored),
    ("IntegrationMethod", Ignored),
    ("PassthroughBehavior", Ignored),
    ("ConnectionId", Refused("private integrations are not served: use AWS_PROXY with a function")),
    ("IntegrationSubtype", Refused("AWS service integrations are not served: use AWS_PROXY with a function")),
    ("RequestParameters", Refused(MAPPING)),
    ("RequestTemplates", Refused(MAPPING)),
    ("ResponseParameters", Refused(MAPPING)),
    ("TlsConfig", Refused("private integrations are not served: use AWS_PROXY with a function")),
];

pub(crate) const ROUTE: Shape = &[
    ("ApiId", Read),
    ("AuthorizationType", Read),
    ("RouteKey", Read),
    ("Target", Read),
    ("ApiKeyRequired", Ignored),
    ("OperationName", Ignored),
    ("AuthorizationScopes", Refused(AUTHORIZER)),
    ("AuthorizerId", Refused(AUTHORIZER)),
    ("RequestParameters", Refused(MAPPING)),
];

pub(crate) const STAGE: Shape = &[
    ("ApiId", Read),
    ("StageName", Read),
    ("StageVariables", Read),
    ("AccessLogSettings", Ignored),
    ("AutoDeploy", Ignored),
    ("DeploymentId", Ignored),
    ("Description", Ignored),
    ("Tags", Ignored),
    ("DefaultRouteSettings", Warned("requests are not throttled")),
    ("RouteSettings", Warned("requests are not throttled")),
];

impl HttpApis {
    pub(crate) fn read_api(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, API, scope);
        let protocol = fields.required_text("ProtocolType", "write `ProtocolType: HTTP`");
        if protocol.is_some_and(|protocol| protocol != "HTTP") {
            scope.error(resource.mark, "this ProtocolType is not served", "write HTTP or WEBSOCKET");
        }
        let mut api = super::api(resource.logical_id);
        api.cors = fields.entry("CorsConfiguration").and_then(|entry| cors::configuration(entry, scope));
        api.port = ferry::port(stack.metadata(resource, scope).as_ref(), scope);
        self.apis.push(api);
        // Quick create: an API with its one route.
        let Some(function) = function(stack, &fields, "Target") else { return };
        let written = fields.text("RouteKey").unwrap_or_else(|| route_key::DEFAULT.to_owned());
        if let Some(route_key) = route_key::parse(&written, resource.mark, scope) {
            let route = HttpRoute { route_key, function };
            let (api, owner) = (resource.logical_id.to_owned(), resource.logical_id.to_owned());
            self.routes.push(Found { api, route, mark: resource.mark, owner });
        }
    }

    pub(crate) fn read_integration(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, INTEGRATION, scope);
        api(stack, &fields);
        let kind = fields.required_text("IntegrationType", "write `IntegrationType: AWS_PROXY`");
        if let Some(kind) = kind.filter(|kind| kind != "AWS_PROXY") {
            let problem = format!("IntegrationType {} is not supported", shortened(&kind));
            scope.error(resource.mark, problem, "only functions are integrated: use AWS_PROXY");
        }
        fields.required_text("PayloadFormatVersion", "write `PayloadFormatVersion: \"2.0\"`");
        events::payload_format(&fields);
        events::timeout(&fields, "TimeoutInMillis");
        fields.required_text("IntegrationUri", "name the function: `!GetAtt Function.Arn`");
        if let Some(function) = function(stack, &fields, "IntegrationUri") {
            self.integrations.insert(resource.logical_id.to_owned(), function);
        }
    }

    pub(crate) fn read_route(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, ROUTE, scope);
        if let Some(entry) = fields.entry("AuthorizationType").filter(|entry| entry.node.as_text() != Some("NONE")) {
            scope.error(entry.mark, "only AuthorizationType NONE is supported", AUTHORIZER);
        }
        let api = api(stack, &fields);
        let key = fields.required_text("RouteKey", "write `RouteKey: GET /path`, or $default");
        let route_key = key.and_then(|key| route_key::parse(&key, resource.mark, scope));
        let Some(target) = fields.required_text("Target", "name the integration: `!Sub integrations/${Integration}`") else { return };
        let Some(integration) = stack.directory.integration(&target) else {
            let mark = fields.entry("Target").map_or(resource.mark, |entry| entry.node.mark);
            let problem = format!("Target `{}` is no integration of this template", shortened(&target));
            scope.error(mark, problem, "write `!Sub integrations/${Integration}` with the logical id of one");
            return;
        };
        if let (Some(api), Some(route_key)) = (api, route_key) {
            let integration = integration.to_owned();
            self.targeted.push(Targeted { api, route_key, integration, mark: resource.mark, owner: resource.logical_id.to_owned() });
        }
    }

    pub(crate) fn read_stage(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, STAGE, scope);
        let name = fields.required_text("StageName", "write `StageName: $default`");
        if let (Some(api), Some(name)) = (api(stack, &fields), name) {
            let (variables, owner) = (serverless::variables(&fields), resource.logical_id.to_owned());
            self.stages.push(Stage { api, name, variables, mark: resource.mark, owner });
        }
    }
}

/// What stands beside an HTTP API and is served for WebSocket APIs only.
pub(crate) fn refuse(resource: &Resource<'_>, scope: Scope<'_>) {
    let remedy = match resource.handling {
        Handling::Authorizer => "authorizers of HTTP APIs are not run: keep it and its routes' AuthorizerId out by a Condition",
        _ => "it belongs to a WebSocket API: let its ApiId name one",
    };
    scope.error(resource.mark, format!("{} is not supported here", resource.type_name), remedy);
}

pub(crate) fn fields<'s>(stack: &Stack<'_>, resource: &Resource<'_>, shape: Shape, scope: Scope<'s>) -> Fields<'s> {
    Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, None, &[shape], scope)
}

pub(crate) fn api(stack: &Stack<'_>, fields: &Fields<'_>) -> Option<String> {
    let id = fields.required_text("ApiId", "name the API: `!Ref Api`")?;
    let api = stack.directory.api(&id);
    let plain = |api: &&str| stack.evaluator.resources.get(api).is_some_and(|resource| resource.handling == Handling::Api);
    let found = api.filter(plain);
    if found.is_none() {
        let mark = fields.entry("ApiId").map_or(fields.mark, |entry| entry.node.mark);
        let problem = format!("ApiId `{}` is no AWS::ApiGatewayV2::Api of this template", shortened(&id));
        fields.scope.error(mark, problem, suggest(&id, stack.directory.api_ids()));
    }
    found.map(str::to_owned)
}

/// The function that a property means.
pub(crate) fn function(stack: &Stack<'_>, fields: &Fields<'_>, key: &str) -> Option<String> {
    let reference = fields.text(key)?;
    let function = stack.directory.function(&reference);
    if function.is_none() {
        let mark = fields.entry(key).map_or(fields.mark, |entry| entry.node.mark);
        let problem = format!("{key} `{}` is no function of this template", shortened(&reference));
        fields.scope.error(mark, problem, "name one of its functions: `!GetAtt Function.Arn`");
    }
    function.map(str::to_owned)
}
