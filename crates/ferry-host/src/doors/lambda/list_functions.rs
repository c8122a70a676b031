//! `ListFunctions`, in template order. The pagination token is the name of the next page's first function.

use http::Response;
use serde::Serialize;

use super::LambdaDoor;
use super::call::Call;
use super::configuration::FunctionConfiguration;
use super::error::ApiError;
use crate::doors::body::Body;
use crate::doors::limits::LIST_FUNCTIONS_PAGE_MAX;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListFunctionsResponse<'a> {
    functions: Vec<FunctionConfiguration<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<&'a str>,
}

pub(super) fn serve(door: &LambdaDoor, call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let functions = door.invoke.functions();
    let start = match call.query("Marker") {
        None => 0,
        Some(marker) => functions
            .iter()
            .position(|function| function.name == marker)
            .ok_or_else(|| ApiError::InvalidParameterValue(format!("Marker {marker} is not one that ListFunctions gave")))?,
    };
    let length = match call.query("MaxItems") {
        None => LIST_FUNCTIONS_PAGE_MAX,
        Some(text) => match text.parse::<usize>() {
            Ok(items @ 1..=10_000) => items.min(LIST_FUNCTIONS_PAGE_MAX),
            _ => return Err(ApiError::InvalidParameterValue(format!("MaxItems {text} is not a number from 1 to 10000"))),
        },
    };
    let (page, rest) = functions[start..].split_at(length.min(functions.len() - start));
    super::json(&ListFunctionsResponse {
        functions: page.iter().map(|function| door.configuration(function)).collect(),
        next_marker: rest.first().map(|function| function.name.as_str()),
    })
}
