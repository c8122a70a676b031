//! `GetFunctionUrlConfig`.

use ferry_template::{Cors, FunctionUrl, InvokeMode};
use http::Response;
use serde::Serialize;

use super::LambdaDoor;
use super::call::Call;
use super::error::ApiError;
use crate::doors::body::Body;
use crate::doors::clock;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetFunctionUrlConfigResponse<'a> {
    function_url: &'a str,
    function_arn: String,
    auth_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors: Option<CorsShape<'a>>,
    creation_time: String,
    last_modified_time: String,
    invoke_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CorsShape<'a> {
    allow_credentials: bool,
    allow_headers: &'a [String],
    allow_methods: &'a [String],
    allow_origins: &'a [String],
    expose_headers: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
}

pub(super) fn serve(door: &LambdaDoor, call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let function = door.function(call)?;
    let missing = || ApiError::ResourceNotFound("The resource you requested does not exist.".to_owned());
    let FunctionUrl { invoke_mode, cors } = function.url.as_ref().ok_or_else(missing)?;
    let url = door.function_url(&function.logical_id).ok_or_else(missing)?;
    let modified = clock::last_modified(door.facts.package(&function.name).unwrap_or_default().last_modified_ms);
    super::json(&GetFunctionUrlConfigResponse {
        function_url: url,
        function_arn: door.arn(&function.name),
        auth_type: "NONE",
        cors: cors.as_ref().map(shape),
        creation_time: modified.clone(),
        last_modified_time: modified,
        invoke_mode: match invoke_mode {
            InvokeMode::Buffered => "BUFFERED",
            InvokeMode::ResponseStream => "RESPONSE_STREAM",
        },
    })
}

fn shape(cors: &Cors) -> CorsShape<'_> {
    CorsShape {
        allow_credentials: cors.allow_credentials,
        allow_headers: &cors.allow_headers,
        allow_methods: &cors.allow_methods,
        allow_origins: &cors.allow_origins,
        expose_headers: &cors.expose_headers,
        max_age: cors.max_age_s,
    }
}
