//! WebSocket APIs: collected from `AWS::Serverless::WebSocketApi` and from `AWS::ApiGatewayV2` resources of an API whose
//! `ProtocolType` is `WEBSOCKET`, in any order, then joined.

pub(crate) mod api_gateway_v2;
mod identity_source;
pub(crate) mod selection;
pub(crate) mod serverless;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diagnostic::{Mark, Report, Scope};
use crate::model::{RequestAuthorizer, RouteSelection, SelectionPart, WebSocketApi, WebSocketRoute};
use crate::resource::{Handling, Resource};
use crate::stack::Stack;

const CONNECT: &str = "$connect";
const DISCONNECT: &str = "$disconnect";
const DEFAULT: &str = "$default";

/// The longest integration of a WebSocket API, and the one that is not told otherwise.
const TIMEOUT_MS_MAX: u32 = 29_000;
const TIMEOUT_MS_MIN: u32 = 50;

#[derive(Debug, Default)]
pub(crate) struct WebSocketApis {
    apis: Vec<WebSocketApi>,
    routes: Vec<Route>,
    stages: Vec<Stage>,
    /// Function and timeout by integration.
    integrations: HashMap<String, (String, u32)>,
    authorizers: HashMap<String, RequestAuthorizer>,
    /// Routes that have a route response.
    answered: HashSet<String>,
}

/// A route of plain CloudFormation, whose integration and authorizer may stand further down.
#[derive(Debug)]
struct Route {
    /// Its own, which a route response refers to.
    logical_id: String,
    api: String,
    route_key: String,
    integration: String,
    authorizer: Option<String>,
    /// `RouteResponseSelectionExpression`.
    selects_response: bool,
    mark: Mark,
}

#[derive(Debug)]
struct Stage {
    api: String,
    name: String,
    variables: BTreeMap<String, String>,
    mark: Mark,
    owner: String,
}

/// Whether a resource is a WebSocket API, or a part of one.
pub(crate) fn owns<'t>(stack: &Stack<'t>, resource: &Resource<'t>, scope: Scope<'_>) -> bool {
    match resource.handling {
        Handling::Api | Handling::ServerlessWebSocketApi => stack.evaluator.is_web_socket_api(resource, scope),
        Handling::Integration | Handling::Route | Handling::Stage | Handling::Authorizer | Handling::RouteResponse => {
            let Ok(Some(id)) = stack.evaluator.property(resource, "ApiId", scope) else { return false };
            let api = stack.directory.api(&id).and_then(|api| stack.evaluator.resources.get(api));
            api.is_some_and(|api| stack.evaluator.is_web_socket_api(api, scope))
        }
        _ => false,
    }
}

impl WebSocketApis {
    /// A resource that [`owns`] takes for a WebSocket API's.
    pub(crate) fn read(&mut self, stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) {
        match resource.handling {
            Handling::ServerlessWebSocketApi => self.read_serverless(stack, resource, scope),
            Handling::Integration => self.read_integration(stack, resource, scope),
            Handling::Route => self.read_route(stack, resource, scope),
            Handling::Stage => self.read_stage(stack, resource, scope),
            Handling::Authorizer => self.read_authorizer(stack, resource, scope),
            Handling::RouteResponse => self.read_route_response(stack, resource, scope),
            _ => self.read_api(stack, resource, scope),
        }
    }

    /// Every API with its routes.
    pub(crate) fn finish(mut self, stack: &Stack<'_>, report: &Report) -> Vec<WebSocketApi> {
        self.attach_stages(report);
        self.attach_routes(report);
        for api in &self.apis {
            let Some(resource) = stack.evaluator.resources.get(api.logical_id.as_str()) else { continue };
            let scope = report.resource(resource.logical_id);
            if api.stage.is_empty() {
                scope.error(resource.mark, "the API has no stage, so nobody can connect", "add an AWS::ApiGatewayV2::Stage");
            }
            if api.routes.is_empty() {
                scope.warn(resource.mark, "the API has no routes", "add a route: without one every message is answered as forbidden");
            }
        }
        self.apis
    }

    fn attach_stages(&mut self, report: &Report) {
        for stage in std::mem::take(&mut self.stages) {
            let Some(api) = self.apis.iter_mut().find(|api| api.logical_id == stage.api) else { continue };
            if !api.stage.is_empty() {
                let remedy = "Ferry serves one stage of an API: keep the others out by a Condition";
                report.resource(&stage.owner).error(stage.mark, format!("{} has a second stage", stage.api), remedy);
            }
            api.stage = stage.name;
            api.stage_variables = stage.variables;
        }
    }

    fn attach_routes(&mut self, report: &Report) {
        for route in std::mem::take(&mut self.routes) {
            let scope = report.resource(&route.logical_id);
            let Some(api) = self.apis.iter_mut().find(|api| api.logical_id == route.api) else { continue };
            if api.routes.iter().any(|other| other.route_key == route.route_key) {
                let problem = format!("{} has a second route `{}`", route.api, route.route_key);
                scope.error(route.mark, problem, "give each route of an API one function");
            }
            let answered = self.answered.contains(&route.logical_id);
            if answered != route.selects_response {
                let problem = "the function's answer does not reach the client";
                let remedy =
                    "on AWS, too, it takes both: RouteResponseSelectionExpression: $default, and an AWS::ApiGatewayV2::RouteResponse";
                scope.warn(route.mark, problem, remedy);
            }
            if let Some(authorizer) = &route.authorizer {
                api.authorizer = self.authorizers.get(authorizer).cloned();
            }
            // Without a function the integration has been reported where it stands.
            if let Some((function, timeout_ms)) = self.integrations.get(&route.integration) {
                let responds = answered && route.selects_response;
                let (route_key, function) = (route.route_key, function.clone());
                api.routes.push(WebSocketRoute { route_key, function, timeout_ms: *timeout_ms, responds });
            }
        }
    }
}

fn api(stack: &Stack<'_>, logical_id: &str) -> WebSocketApi {
    WebSocketApi {
        logical_id: logical_id.to_owned(),
        api_id: stack.evaluator.api_id(logical_id),
        stage: String::new(),
        stage_variables: BTreeMap::new(),
        route_selection: RouteSelection { parts: vec![SelectionPart::Text(DEFAULT.to_owned())] },
        routes: Vec::new(),
        authorizer: None,
        origins: Vec::new(),
        port: None,
    }
}

/// A stage is one path segment. API Gateway takes letters, digits, `-` and `_`, and `$default` for HTTP APIs alone.
fn check_stage(name: &str, mark: Mark, scope: Scope<'_>) {
    let proper = !name.is_empty() && name.len() <= 128 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !proper {
        let problem = format!("`{}` is no stage of a WebSocket API", crate::fields::shortened(name));
        scope.error(mark, problem, "use letters, digits, - and _; $default is for HTTP APIs");
    }
}
