//! `GetFunction` and its kin, and the host's own pages.

use ferry_host::doors::ApiKind;
use ferry_template::{Cors, FunctionUrl, HttpApi, HttpRoute, InvokeMode};
use serde_json::json;

use crate::double::{Double, echo, function};
use crate::harness::Harness;

fn get(harness: &Harness, path: &str) -> serde_json::Value {
    let answer = harness.lambda("GET", path, &[], "");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{}", answer.text());
    answer.json()
}

#[test]
fn a_function_is_described_as_on_aws() {
    let mut hello = function("hello");
    hello.environment.insert("A".to_owned(), "1".to_owned());
    hello.layers.push("Shared".to_owned());
    hello.reserved_concurrency = Some(5);
    let harness = Harness::open(Double::default().with(hello, echo));
    let described = get(&harness, "/2015-03-31/functions/hello");
    let configuration = json!({
        "FunctionName": "hello", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:hello",
        "Runtime": "python3.13", "Handler": "app.handler", "CodeSize": 1000, "CodeSha256": "c2hh", "Description": "",
        "Timeout": 3, "MemorySize": 128, "LastModified": "2020-03-04T19:03:58.390+0000", "Version": "$LATEST",
        "Environment": {"Variables": {"A": "1"}}, "TracingConfig": {"Mode": "PassThrough"},
        "Layers": [{"Arn": "arn:aws:lambda:us-east-1:123456789012:layer:Shared:1"}],
        "State": "Active", "LastUpdateStatus": "Successful", "PackageType": "Zip", "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512}, "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/hello"},
    });
    assert_eq!(described["Configuration"], configuration);
    assert_eq!(described["Code"], json!({"RepositoryType": "Local", "Location": "file:///code"}));
    assert_eq!(described["Concurrency"], json!({"ReservedConcurrentExecutions": 5}));
    assert_eq!(get(&harness, "/2015-03-31/functions/hello/configuration?Qualifier=%24LATEST"), configuration);
    assert_eq!(harness.lambda("GET", "/2015-03-31/functions/hello?Qualifier=3", &[], "").status, 404);
}

#[test]
fn functions_are_listed_page_by_page() {
    let double = (0..60).fold(Double::default(), |double, number| double.with(function(&format!("f{number}")), echo));
    let harness = Harness::open(double);
    let names = |query: &str| {
        let page = get(&harness, &format!("/2015-03-31/functions/{query}"));
        let names: Vec<String> =
            page["Functions"].as_array().unwrap().iter().map(|f| f["FunctionName"].as_str().unwrap().to_owned()).collect();
        (names, page["NextMarker"].as_str().map(str::to_owned))
    };
    let (first, marker) = names("");
    assert_eq!((first.len(), first[0].as_str(), marker.as_deref()), (50, "f0", Some("f50")));
    let (second, marker) = names("?Marker=f50&MaxItems=10000");
    assert_eq!((second.len(), marker), (10, None));
    assert_eq!(names("?Marker=f58&MaxItems=1"), (vec!["f58".to_owned()], Some("f59".to_owned())));
    for query in ["?Marker=nope", "?MaxItems=0", "?MaxItems=x"] {
        assert_eq!(harness.lambda("GET", &format!("/2015-03-31/functions/{query}"), &[], "").status, 400, "{query}");
    }
}

#[test]
fn memory_timeout_and_environment_can_change() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let path = "/2015-03-31/functions/hello/configuration";
    let changed = harness.lambda("PUT", path, &[], r#"{"MemorySize":512,"Environment":{"Variables":{"B":"2"}}}"#);
    assert_eq!(changed.status, 200);
    let now = get(&harness, path);
    assert_eq!((&now["MemorySize"], &now["Timeout"], &now["Environment"]), (&json!(512), &json!(3), &json!({"Variables": {"B": "2"}})));
    assert_eq!(changed.json(), now);
    let refused = harness.lambda("PUT", path, &[], r#"{"Handler":"other.handler"}"#);
    assert_eq!((refused.status, refused.header("x-amzn-errortype")), (400, Some("InvalidParameterValueException")));
    assert!(refused.text().contains("Handler"), "{}", refused.text());
}

#[test]
fn a_function_url_is_described() {
    let cors = Cors { allow_origins: vec!["*".to_owned()], max_age_s: Some(60), ..Cors::default() };
    let mut hello = function("hello");
    hello.url = Some(FunctionUrl { invoke_mode: InvokeMode::ResponseStream, cors: Some(cors) });
    let harness = Harness::open(Double::default().with(hello, echo).with(function("plain"), echo));
    let config = get(&harness, "/2021-10-31/functions/hello/url");
    assert_eq!(config["FunctionUrl"], format!("{}/", harness.api_url(ApiKind::FunctionUrl)));
    assert_eq!(
        (&config["AuthType"], &config["InvokeMode"], &config["Cors"]["MaxAge"]),
        (&json!("NONE"), &json!("RESPONSE_STREAM"), &json!(60))
    );
    assert_eq!(harness.lambda("GET", "/2021-10-31/functions/plain/url", &[], "").status, 404);
}

#[test]
fn unserved_operations_are_named() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    for (method, path, name) in [
        ("PUT", "/2015-03-31/functions/hello/code", "UpdateFunctionCode"),
        ("POST", "/2015-03-31/functions", "CreateFunction"),
        ("GET", "/2015-03-31/event-source-mappings/", "ListEventSourceMappings"),
        ("GET", "/nothing/here", "GET /nothing/here"),
    ] {
        let answer = harness.lambda(method, path, &[], if method == "GET" { Vec::new() } else { vec![b' '; 400_000] });
        assert_eq!((answer.status, answer.header("x-amzn-errortype")), (404, Some("UnknownOperationException")));
        assert!(answer.text().contains(name), "{}", answer.text());
    }
}

#[test]
fn the_host_s_own_pages() {
    let route = HttpRoute { route_key: "GET /hello".to_owned(), function: "helloId".to_owned() };
    let api = HttpApi {
        logical_id: "Api".to_owned(),
        stage: "prod".to_owned(),
        stage_variables: std::collections::BTreeMap::new(),
        cors: None,
        routes: vec![route],
        port: None,
    };
    let harness = Harness::with_apis(Double::default().with(function("hello"), echo).with(function("unbuilt"), echo), vec![api]);
    assert_eq!(get(&harness, "/_ferry/health")["status"], "ok");
    assert_eq!(get(&harness, "/_ferry/enforcement"), json!({"cpu": true, "memory": false}));
    let functions = get(&harness, "/_ferry/functions")["functions"].clone();
    let url = format!("{}/", harness.api_url(ApiKind::HttpApi));
    assert!(url.ends_with("/prod/"), "{url}");
    assert_eq!(
        functions[0],
        json!({
            "name": "hello", "logical_id": "helloId", "arn": "arn:aws:lambda:us-east-1:123456789012:function:hello",
            "runtime": "python3.13", "runtime_used": "python3.11", "memory_mib": 128, "timeout_s": 3,
            "package": {"zip_bytes": 1200, "unzipped_bytes": 3000, "code_sha256": "c2hh"},
            "warnings": ["python3.13 is not installed"], "function_url": null,
            "routes": [{"api": "Api", "url": url, "route_key": "GET /hello"}],
        })
    );
    assert_eq!((&functions[1]["package"], &functions[1]["runtime_used"]), (&json!(null), &json!(null)));
}
