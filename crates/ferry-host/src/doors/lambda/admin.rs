//! The host's own pages: `GET /_ferry/health`, `/_ferry/functions`, `/_ferry/enforcement`.

use http::Response;
use serde::Serialize;

use super::LambdaDoor;
use super::error::ApiError;
use crate::doors::ApiKind;
use crate::doors::body::Body;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Functions {
    functions: Vec<FunctionEntry>,
}

#[derive(Serialize)]
struct FunctionEntry {
    name: String,
    logical_id: String,
    arn: String,
    runtime: String,
    /// What runs it here; `null` while it is not built.
    runtime_used: Option<String>,
    memory_mib: u32,
    timeout_s: u32,
    package: Option<PackageEntry>,
    warnings: Vec<String>,
    function_url: Option<String>,
    /// Routes of HTTP and WebSocket APIs that lead to it.
    routes: Vec<RouteEntry>,
}

#[derive(Serialize)]
struct PackageEntry {
    zip_bytes: u64,
    unzipped_bytes: u64,
    code_sha256: String,
}

#[derive(Serialize)]
struct RouteEntry {
    api: String,
    url: String,
    route_key: String,
}

pub(super) fn health() -> Result<Response<Body>, ApiError> {
    super::json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

pub(super) fn enforcement(door: &LambdaDoor) -> Result<Response<Body>, ApiError> {
    super::json(&door.facts.enforcement())
}

pub(super) fn functions(door: &LambdaDoor) -> Result<Response<Body>, ApiError> {
    let entry = |function: &ferry_template::Function| {
        let package = door.facts.package(&function.name);
        FunctionEntry {
            name: function.name.clone(),
            logical_id: function.logical_id.clone(),
            arn: door.arn(&function.name),
            runtime: function.runtime.clone(),
            runtime_used: package.as_ref().map(|package| package.runtime_used.clone()),
            memory_mib: function.memory_mib,
            timeout_s: function.timeout_s,
            warnings: package.as_ref().map(|package| package.warnings.clone()).unwrap_or_default(),
            package: package.map(|package| PackageEntry {
                zip_bytes: package.zip_bytes,
                unzipped_bytes: package.unzipped_bytes,
                code_sha256: package.code_sha256,
            }),
            function_url: door.function_url(&function.logical_id).map(str::to_owned),
            routes: door.routes_to(&function.logical_id),
        }
    };
    super::json(&Functions { functions: door.invoke.functions().iter().map(|function| entry(function)).collect() })
}

impl LambdaDoor {
    pub(super) fn function_url(&self, logical_id: &str) -> Option<&str> {
        let api = self.apis.iter().find(|api| api.kind == ApiKind::FunctionUrl && api.logical_id == logical_id)?;
        Some(&api.url)
    }

    fn routes_to(&self, logical_id: &str) -> Vec<RouteEntry> {
        let routes = self.apis.iter().flat_map(|api| api.routes.iter().map(move |route| (api, route)));
        routes
            .filter(|(_, route)| route.function == logical_id)
            .map(|(api, route)| RouteEntry { api: api.logical_id.clone(), url: api.url.clone(), route_key: route.route_key.clone() })
            .collect()
    }
}
