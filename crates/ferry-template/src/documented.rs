//! The tables of this crate against docs/template.md: a name that the reader knows is on the page.

use crate::fields::{Shape, Treatment};
use crate::function::{self, ferry, invoke_config, runtime, url};
use crate::http_api::{api_gateway_v2, cors, events, serverless};
use crate::{bucket, layer, queue, resource, table, web_socket_api};

const PAGE: &str = include_str!("../../../docs/template.md");

const SHAPES: [Shape; 43] = [
    function::COMMON,
    function::SERVERLESS,
    function::LAMBDA,
    function::LOGGING,
    function::code::CODE,
    url::SHAPE,
    url::RESOURCE,
    invoke_config::SHAPE,
    invoke_config::RESOURCE,
    layer::SHAPE,
    cors::SHAPE,
    serverless::SHAPE,
    events::HTTP_API_EVENT,
    api_gateway_v2::API,
    api_gateway_v2::INTEGRATION,
    api_gateway_v2::ROUTE,
    api_gateway_v2::STAGE,
    web_socket_api::api_gateway_v2::API,
    web_socket_api::api_gateway_v2::INTEGRATION,
    web_socket_api::api_gateway_v2::ROUTE,
    web_socket_api::api_gateway_v2::ROUTE_RESPONSE,
    web_socket_api::api_gateway_v2::STAGE,
    web_socket_api::api_gateway_v2::AUTHORIZER,
    web_socket_api::serverless::SHAPE,
    web_socket_api::serverless::ROUTE,
    web_socket_api::serverless::AUTH,
    ferry::HTTP_API,
    ferry::WEB_SOCKET_API,
    ferry::TEMPLATE,
    bucket::SHAPE,
    bucket::METADATA,
    queue::SHAPE,
    queue::REDRIVE,
    table::SHAPE,
    table::SIMPLE,
    table::PRIMARY_KEY,
    table::DEFINITION,
    table::KEY,
    table::PROJECTION,
    table::THROUGHPUT,
    table::STREAM,
    table::TIME_TO_LIVE,
    table::INDEX,
];

fn on_the_page(name: &str) -> bool {
    PAGE.contains(&format!("`{name}`"))
}

#[test]
fn every_property_is_on_the_page() {
    let names = SHAPES.iter().flat_map(|shape| shape.iter()).map(|(name, _)| *name);
    let missing: Vec<&str> = names.filter(|name| !on_the_page(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn ferrys_metadata_is_on_the_page() {
    let keys = ferry::FUNCTION.iter().map(|(key, _)| (*key).to_owned()).filter(|key| key != "Equal");
    let inner = ferry::EQUAL.iter().map(|(key, _)| format!("Equal.{key}"));
    let missing: Vec<String> = keys.chain(inner).filter(|key| !on_the_page(key)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_resource_type_is_on_the_page() {
    let missing: Vec<&str> = resource::TYPES.iter().map(|(name, _)| *name).filter(|name| !on_the_page(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn runtimes_are_on_the_page() {
    let named = |runtime: &&&str| on_the_page(runtime) || runtime.starts_with("python3.1");
    assert_eq!(runtime::RUNTIMES.iter().filter(|runtime| !named(runtime)).count(), 0);
}

#[test]
fn a_shape_names_nothing_twice() {
    for shape in [&[function::COMMON, function::SERVERLESS][..], &[function::COMMON, function::LAMBDA], &[serverless::SHAPE]] {
        let mut names: Vec<&str> = shape.iter().flat_map(|part| part.iter()).map(|(name, _): &(&str, Treatment)| *name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
