//! Which resource a reference means: the way back from the names and ARNs that evaluation makes to logical ids.
//!
//! Going by the text rather than by the form of the reference finds a function in `!Ref`, `!GetAtt F.Arn`, a literal name
//! and an ARN put together with `Fn::Join` alike.

use std::collections::HashMap;

use crate::diagnostic::Scope;
use crate::evaluate::Evaluator;
use crate::physical::{IMPLICIT_HTTP_API, function_name};
use crate::resource::{Handling, Resource};

#[derive(Debug, Default)]
pub(crate) struct Directory {
    functions: HashMap<String, String>,
    layers: HashMap<String, String>,
    apis: HashMap<String, String>,
    integrations: HashMap<String, String>,
    tables: HashMap<String, String>,
    buckets: HashMap<String, String>,
    queues: HashMap<String, String>,
    routes: HashMap<String, String>,
    authorizers: HashMap<String, String>,
}

impl Directory {
    /// Enters every existing resource that others refer to. Two functions of one name are an error.
    pub(crate) fn new<'t>(evaluator: &Evaluator<'t>, existing: &[&Resource<'t>], scope: impl Fn(&Resource<'t>) -> Scope<'t>) -> Self {
        let mut directory = Self::default();
        directory.apis.insert(evaluator.api_id(IMPLICIT_HTTP_API), IMPLICIT_HTTP_API.to_owned());
        for resource in existing {
            let map = match resource.handling {
                Handling::ServerlessFunction | Handling::LambdaFunction => &mut directory.functions,
                Handling::Layer => &mut directory.layers,
                Handling::ServerlessHttpApi | Handling::ServerlessWebSocketApi | Handling::Api => &mut directory.apis,
                Handling::Integration => &mut directory.integrations,
                Handling::Table | Handling::SimpleTable => &mut directory.tables,
                Handling::Bucket => &mut directory.buckets,
                Handling::Queue => &mut directory.queues,
                Handling::Route => &mut directory.routes,
                Handling::Authorizer => &mut directory.authorizers,
                _ => continue,
            };
            let scope = scope(resource);
            let Ok(id) = evaluator.physical_id(resource, scope) else { continue };
            let other = map.insert(id.clone(), resource.logical_id.to_owned());
            if let Some(other) = other.filter(|other| *other != resource.logical_id) {
                scope.error(resource.mark, format!("{other} is named {id} too"), "give each a name of its own");
            }
        }
        directory
    }

    /// The function that a name, ARN or invocation URI means.
    pub(crate) fn function(&self, reference: &str) -> Option<&str> {
        self.functions.get(function_name(reference)).map(String::as_str)
    }

    pub(crate) fn layer(&self, arn: &str) -> Option<&str> {
        self.layers.get(arn).map(String::as_str)
    }

    /// The API of this id; SAM also takes the bare logical id.
    pub(crate) fn api(&self, id: &str) -> Option<&str> {
        let by_logical_id = || self.apis.values().find(|logical_id| *logical_id == id);
        self.apis.get(id).or_else(by_logical_id).map(String::as_str)
    }

    /// The integration that a route's `Target` (`integrations/<id>`) means.
    pub(crate) fn integration(&self, target: &str) -> Option<&str> {
        self.integrations.get(target.strip_prefix("integrations/")?).map(String::as_str)
    }

    /// The queue that an ARN means.
    pub(crate) fn queue(&self, arn: &str) -> Option<&str> {
        let name = arn.strip_prefix("arn:").and_then(|arn| arn.rsplit(':').next())?;
        self.queues.iter().find(|(url, _)| url.rsplit('/').next() == Some(name)).map(|(_, id)| id.as_str())
    }

    pub(crate) fn route(&self, id: &str) -> Option<&str> {
        self.routes.get(id).map(String::as_str)
    }

    pub(crate) fn authorizer(&self, id: &str) -> Option<&str> {
        self.authorizers.get(id).map(String::as_str)
    }

    pub(crate) fn function_ids(&self) -> impl Iterator<Item = &str> {
        self.functions.values().map(String::as_str)
    }

    pub(crate) fn layer_ids(&self) -> impl Iterator<Item = &str> {
        self.layers.values().map(String::as_str)
    }

    pub(crate) fn api_ids(&self) -> impl Iterator<Item = &str> {
        self.apis.values().map(String::as_str)
    }
}
