//! `AWS::ApiGatewayV2` resources of a WebSocket API: `Api`, `Integration`, `Route`, `RouteResponse`, `Stage`, `Authorizer`.

use super::{CONNECT, DEFAULT, DISCONNECT, Route, Stage, TIMEOUT_MS_MAX, TIMEOUT_MS_MIN, WebSocketApis, check_stage, identity_source};
use crate::diagnostic::Scope;
use crate::fields::{Fields, Shape, Treatment, shortened};
use crate::function::ferry;
use crate::http_api::api_gateway_v2::{self as http, fields};
use crate::http_api::serverless::variables;
use crate::model::{RequestAuthorizer, RouteSelection};
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused, Warned};

const OPEN_API: &str = "OpenAPI definitions are not read: declare AWS::ApiGatewayV2::Route resources";
const MAPPING: &str = "messages and answers are passed on as they are: remove it";
const HTTP_ONLY: &str = "it belongs to HTTP APIs: remove it";
const VALIDATION: &str = "messages are not validated: remove it, or keep it out by Fn::If and AWS::NoValue";

pub(crate) const API: Shape = &[
    ("ProtocolType", Read),
    ("RouteSelectionExpression", Read),
    ("ApiKeySelectionExpression", Ignored),
    ("Description", Ignored),
    ("DisableExecuteApiEndpoint", Ignored),
    ("DisableSchemaValidation", Ignored),
    ("FailOnWarnings", Ignored),
    ("IpAddressType", Ignored),
    ("Name", Ignored),
    ("Tags", Ignored),
    ("Version", Ignored),
    ("BasePath", Refused(OPEN_API)),
    ("Body", Refused(OPEN_API)),
    ("BodyS3Location", Refused(OPEN_API)),
    ("CorsConfiguration", Refused(HTTP_ONLY)),
    ("CredentialsArn", Refused(HTTP_ONLY)),
    ("RouteKey", Refused(HTTP_ONLY)),
    ("Target", Refused(HTTP_ONLY)),
];

pub(crate) const INTEGRATION: Shape = &[
    ("ApiId", Read),
    ("ContentHandlingStrategy", Read),
    ("IntegrationType", Read),
    ("IntegrationUri", Read),
    ("TimeoutInMillis", Read),
    ("ConnectionType", Ignored),
    ("CredentialsArn", Ignored),
    ("Description", Ignored),
    ("IntegrationMethod", Ignored),
    ("PassthroughBehavior", Ignored),
    ("PayloadFormatVersion", Ignored),
    ("ConnectionId", Refused("private integrations are not served: use AWS_PROXY with a function")),
    ("IntegrationSubtype", Refused("AWS service integrations are not served: use AWS_PROXY with a function")),
    ("RequestParameters", Refused(MAPPING)),
    ("RequestTemplates", Refused(MAPPING)),
    ("ResponseParameters", Refused(MAPPING)),
    ("TemplateSelectionExpression", Refused(MAPPING)),
    ("TlsConfig", Refused("private integrations are not served: use AWS_PROXY with a function")),
];

pub(crate) const ROUTE: Shape = &[
    ("ApiId", Read),
    ("ApiKeyRequired", Read),
    ("AuthorizationType", Read),
    ("AuthorizerId", Read),
    ("RouteKey", Read),
    ("RouteResponseSelectionExpression", Read),
    ("Target", Read),
    ("OperationName", Ignored),
    ("AuthorizationScopes", Refused(HTTP_ONLY)),
    ("ModelSelectionExpression", Refused(VALIDATION)),
    ("RequestModels", Refused(VALIDATION)),
    ("RequestParameters", Refused(VALIDATION)),
];

pub(crate) const ROUTE_RESPONSE: Shape = &[
    ("ApiId", Read),
    ("RouteId", Read),
    ("RouteResponseKey", Read),
    ("ModelSelectionExpression", Refused(VALIDATION)),
    ("ResponseModels", Refused(VALIDATION)),
    ("ResponseParameters", Refused(MAPPING)),
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
    ("ClientCertificateId", Warned("integrations are called without a certificate")),
    ("DefaultRouteSettings", Warned("messages are not throttled")),
    ("RouteSettings", Warned("messages are not throttled")),
];

pub(crate) const AUTHORIZER: Shape = &[
    ("ApiId", Read),
    ("AuthorizerType", Read),
    ("AuthorizerUri", Read),
    ("IdentitySource", Read),
    ("AuthorizerCredentialsArn", Ignored),
    ("Name", Ignored),
    ("AuthorizerPayloadFormatVersion", Refused(HTTP_ONLY)),
    ("AuthorizerResultTtlInSeconds", Refused(HTTP_ONLY)),
    ("EnableSimpleResponses", Refused(HTTP_ONLY)),
    ("IdentityValidationExpression", Refused(HTTP_ONLY)),
    ("JwtConfiguration", Refused(HTTP_ONLY)),
];

impl WebSocketApis {
    pub(super) fn read_api(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, API, scope);
        let mut api = super::api(stack, resource.logical_id);
        if let Some(selection) = route_selection(&fields) {
            api.route_selection = selection;
        }
        (api.port, api.origins) = ferry::port_and_origins(stack.metadata(resource, scope).as_ref(), scope);
        self.apis.push(api);
    }

    pub(super) fn read_integration(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, INTEGRATION, scope);
        let kind = fields.required_text("IntegrationType", "write `IntegrationType: AWS_PROXY`");
        if let Some(kind) = kind.filter(|kind| kind != "AWS_PROXY") {
            let problem = format!("IntegrationType {} is not supported", shortened(&kind));
            scope.error(resource.mark, problem, "only functions are integrated: use AWS_PROXY");
        }
        if let Some(entry) = fields.entry("ContentHandlingStrategy").filter(|entry| entry.node.as_text() != Some("CONVERT_TO_TEXT")) {
            scope.error(entry.mark, "only ContentHandlingStrategy CONVERT_TO_TEXT is supported", MAPPING);
        }
        let timeout_ms = fields.number("TimeoutInMillis", TIMEOUT_MS_MIN..=TIMEOUT_MS_MAX, " (ms)").unwrap_or(TIMEOUT_MS_MAX);
        fields.required_text("IntegrationUri", "name the function by the URI that API Gateway invokes it with");
        if let Some(function) = http::function(stack, &fields, "IntegrationUri") {
            self.integrations.insert(resource.logical_id.to_owned(), (function, timeout_ms));
        }
    }

    pub(super) fn read_route(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, ROUTE, scope);
        if fields.boolean("ApiKeyRequired") == Some(true) {
            scope.error(resource.mark, "ApiKeyRequired is not supported", "API keys are not checked: remove it");
        }
        let route_key = fields.required_text("RouteKey", "write `RouteKey: $default`, or what the route selection gives");
        let connects = route_key.as_deref() == Some(CONNECT);
        let authorizer = authorizer(stack, &fields, connects);
        let selects_response = selects_response(&fields, route_key.as_deref());
        let Some(target) = fields.required_text("Target", "name the integration: `!Sub integrations/${Integration}`") else { return };
        let Some(integration) = stack.directory.integration(&target) else {
            let mark = fields.entry("Target").map_or(resource.mark, |entry| entry.node.mark);
            let problem = format!("Target `{}` is no integration of this template", shortened(&target));
            scope.error(mark, problem, "write `!Sub integrations/${Integration}` with the logical id of one");
            return;
        };
        if let (Some(api), Some(route_key)) = (http::api(stack, &fields), route_key.filter(|key| check_route_key(key, &fields))) {
            let (logical_id, integration) = (resource.logical_id.to_owned(), integration.to_owned());
            self.routes.push(Route { logical_id, api, route_key, integration, authorizer, selects_response, mark: resource.mark });
        }
    }

    pub(super) fn read_route_response(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, ROUTE_RESPONSE, scope);
        let key = fields.required_text("RouteResponseKey", "write `RouteResponseKey: $default`");
        if key.is_some_and(|key| key != DEFAULT) {
            scope.error(resource.mark, "only RouteResponseKey $default is supported", "API Gateway knows no other either");
        }
        let Some(id) = fields.required_text("RouteId", "name the route: `!Ref Route`") else { return };
        match stack.directory.route(&id) {
            Some(route) => {
                self.answered.insert(route.to_owned());
            }
            None => scope.error(resource.mark, format!("RouteId `{}` is no route of this template", shortened(&id)), "write `!Ref Route`"),
        }
    }

    pub(super) fn read_stage(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, STAGE, scope);
        let name = fields.required_text("StageName", "write one, such as `StageName: live`");
        if let (Some(api), Some(name)) = (http::api(stack, &fields), name) {
            check_stage(&name, resource.mark, scope);
            let (variables, owner) = (variables(&fields), resource.logical_id.to_owned());
            self.stages.push(Stage { api, name, variables, mark: resource.mark, owner });
        }
    }

    pub(super) fn read_authorizer(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        let fields = fields(stack, resource, AUTHORIZER, scope);
        let kind = fields.required_text("AuthorizerType", "write `AuthorizerType: REQUEST`");
        if kind.is_some_and(|kind| kind != "REQUEST") {
            scope.error(resource.mark, "only AuthorizerType REQUEST is supported", "API Gateway has no other for WebSocket APIs");
        }
        fields.required_text("AuthorizerUri", "name the function by the URI that API Gateway invokes it with");
        if let Some(function) = http::function(stack, &fields, "AuthorizerUri") {
            self.authorizers.insert(resource.logical_id.to_owned(), request_authorizer(function, &fields));
        }
    }
}

/// With the `IdentitySource` of these fields.
pub(super) fn request_authorizer(function: String, fields: &Fields<'_>) -> RequestAuthorizer {
    let sources = fields.texts("IdentitySource", true);
    let identity_sources = sources.into_iter().filter_map(|(text, mark)| identity_source::parse(&text, mark, fields.scope)).collect();
    RequestAuthorizer { function, identity_sources }
}

/// `RouteSelectionExpression`, which every WebSocket API has.
pub(super) fn route_selection(fields: &Fields<'_>) -> Option<RouteSelection> {
    let text = fields.required_text("RouteSelectionExpression", "write one, such as `$request.body.action`")?;
    RouteSelection::parse(&text)
        .inspect_err(|error| {
            let mark = fields.entry("RouteSelectionExpression").map_or(fields.mark, |entry| entry.node.mark);
            let problem = format!("RouteSelectionExpression `{}` is not supported: {error}", shortened(&text));
            fields.scope.error(mark, problem, "write it as in $request.body.action or ${request.body.a.b}");
        })
        .ok()
}

/// Of the keys that begin with a dollar sign there are three.
pub(super) fn check_route_key(key: &str, fields: &Fields<'_>) -> bool {
    let known = !key.is_empty() && (!key.starts_with('$') || [CONNECT, DISCONNECT, DEFAULT].contains(&key));
    if !known {
        let problem = format!("`{}` is no route of a WebSocket API", shortened(key));
        fields.scope.error(fields.mark, problem, "use $connect, $disconnect, $default, or what the route selection gives");
    }
    known
}

/// Whether `RouteResponseSelectionExpression` asks for the function's answer.
pub(super) fn selects_response(fields: &Fields<'_>, route_key: Option<&str>) -> bool {
    let Some(expression) = fields.text("RouteResponseSelectionExpression") else { return false };
    if expression != DEFAULT {
        let problem = format!("RouteResponseSelectionExpression `{}` is not supported", shortened(&expression));
        fields.scope.error(fields.mark, problem, "write $default: API Gateway knows no other either");
    }
    // The answers of these two decide over the connection; there is nobody to send them to.
    !matches!(route_key, Some(CONNECT | DISCONNECT))
}

/// Logical id of a route's authorizer.
fn authorizer(stack: &Stack<'_>, fields: &Fields<'_>, connects: bool) -> Option<String> {
    let kinds = [("NONE", false), ("CUSTOM", true), ("AWS_IAM", true)];
    let custom = fields.choice("AuthorizationType", &kinds).unwrap_or(false);
    if fields.entry("AuthorizationType").is_some_and(|entry| entry.node.as_text() == Some("AWS_IAM")) {
        fields.scope.error(
            fields.mark,
            "AuthorizationType AWS_IAM is not supported",
            "signatures are not checked here: use CUSTOM or NONE",
        );
        return None;
    }
    if !custom {
        return None;
    }
    if !connects {
        fields.scope.error(fields.mark, "only $connect can have an authorizer", "API Gateway authorizes connections, not messages");
        return None;
    }
    let id = fields.required_text("AuthorizerId", "name the authorizer: `!Ref Authorizer`")?;
    let found = stack.directory.authorizer(&id);
    if found.is_none() {
        let problem = format!("AuthorizerId `{}` is no authorizer of this template", shortened(&id));
        fields.scope.error(fields.mark, problem, "write `!Ref Authorizer`");
    }
    found.map(str::to_owned)
}
