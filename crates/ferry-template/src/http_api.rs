//! HTTP APIs: collected from serverless APIs, from the events of functions and from `AWS::ApiGatewayV2` resources, in any
//! order, then joined.

pub(crate) mod api_gateway_v2;
pub(crate) mod cors;
pub(crate) mod events;
mod route_key;
pub(crate) mod serverless;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diagnostic::{Mark, Report};
use crate::model::{HttpApi, HttpRoute};
use crate::physical::IMPLICIT_HTTP_API;
use crate::stack::Stack;

const DEFAULT_STAGE: &str = "$default";

#[derive(Debug, Default)]
pub(crate) struct HttpApis {
    apis: Vec<HttpApi>,
    /// Routes with the API and the place they come from.
    routes: Vec<Found>,
    /// Routes of `AWS::ApiGatewayV2`, whose target may stand further down.
    targeted: Vec<Targeted>,
    /// Functions by integration.
    integrations: HashMap<String, String>,
    stages: Vec<Stage>,
}

#[derive(Debug)]
struct Found {
    api: String,
    route: HttpRoute,
    mark: Mark,
    /// The resource that asks for it, for messages.
    owner: String,
}

#[derive(Debug)]
struct Targeted {
    api: String,
    route_key: String,
    integration: String,
    mark: Mark,
    owner: String,
}

#[derive(Debug)]
struct Stage {
    api: String,
    name: String,
    variables: BTreeMap<String, String>,
    mark: Mark,
    owner: String,
}

impl HttpApis {
    /// Every API with its routes. The implicit API exists when an event asks for it.
    pub(crate) fn finish(mut self, stack: &Stack<'_>, report: &Report) -> Vec<HttpApi> {
        for targeted in std::mem::take(&mut self.targeted) {
            // Without a function the integration has been reported where it stands.
            if let Some(function) = self.integrations.get(&targeted.integration) {
                let route = HttpRoute { route_key: targeted.route_key, function: function.clone() };
                self.routes.push(Found { api: targeted.api, route, mark: targeted.mark, owner: targeted.owner });
            }
        }
        let implicit = self.routes.iter().any(|found| found.api == IMPLICIT_HTTP_API);
        if implicit && !self.apis.iter().any(|api| api.logical_id == IMPLICIT_HTTP_API) {
            self.apis.push(serverless::implicit(stack, report.resource(IMPLICIT_HTTP_API)));
        }
        self.attach_stages(report);
        self.attach_routes(report);
        for api in self.apis.iter().filter(|api| api.routes.is_empty()) {
            if let Some(resource) = stack.evaluator.resources.get(api.logical_id.as_str()) {
                let remedy = "add a route: without one it answers 404 to everything";
                report.resource(resource.logical_id).warn(resource.mark, "the API has no routes", remedy);
            }
        }
        self.apis
    }

    fn attach_stages(&mut self, report: &Report) {
        let mut staged = HashSet::new();
        for stage in std::mem::take(&mut self.stages) {
            if !staged.insert(stage.api.clone()) {
                let problem = format!("{} has a second stage", stage.api);
                report.resource(&stage.owner).error(
                    stage.mark,
                    problem,
                    "Ferry serves one stage of an API: keep the others out by a Condition",
                );
            }
            if let Some(api) = self.apis.iter_mut().find(|api| api.logical_id == stage.api) {
                api.stage = stage.name;
                api.stage_variables = stage.variables;
            }
        }
    }

    fn attach_routes(&mut self, report: &Report) {
        let mut taken = HashMap::new();
        for found in std::mem::take(&mut self.routes) {
            let key = (found.api.clone(), route_key::canonical(&found.route.route_key));
            if let Some(other) = taken.insert(key, found.owner.clone()) {
                let problem = format!("the route `{}` of {} is taken by {other}", found.route.route_key, found.api);
                report.resource(&found.owner).error(found.mark, problem, "give each route of an API one function");
            }
            if let Some(api) = self.apis.iter_mut().find(|api| api.logical_id == found.api) {
                api.routes.push(found.route);
            }
        }
    }
}

fn api(logical_id: &str) -> HttpApi {
    HttpApi {
        logical_id: logical_id.to_owned(),
        stage: DEFAULT_STAGE.to_owned(),
        stage_variables: BTreeMap::new(),
        cors: None,
        routes: Vec::new(),
        port: None,
    }
}
