//! `GetFunction` and `GetFunctionConfiguration`.

use std::collections::BTreeMap;

use ferry_template::CodeSource;
use http::Response;
use serde::Serialize;

use super::LambdaDoor;
use super::call::Call;
use super::configuration::FunctionConfiguration;
use super::error::ApiError;
use crate::doors::body::Body;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetFunctionResponse<'a> {
    configuration: FunctionConfiguration<'a>,
    code: Code,
    tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<Concurrency>,
}

/// Where the code lies: here a file URL, as nothing was uploaded.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Code {
    repository_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Concurrency {
    reserved_concurrent_executions: u32,
}

pub(super) fn serve(door: &LambdaDoor, call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let function = door.function(call)?;
    let location = match &function.code {
        CodeSource::Folder(path) | CodeSource::Zip(path) => Some(format!("file://{}", path.display())),
        CodeSource::Inline(_) => None,
    };
    super::json(&GetFunctionResponse {
        configuration: door.configuration(&function),
        code: Code { repository_type: "Local", location },
        tags: BTreeMap::new(),
        concurrency: function.reserved_concurrency.map(|reserved| Concurrency { reserved_concurrent_executions: reserved }),
    })
}

pub(super) fn serve_configuration(door: &LambdaDoor, call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    super::json(&door.configuration(&*door.function(call)?))
}
