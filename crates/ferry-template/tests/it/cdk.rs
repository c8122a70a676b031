//! What `cdk synth` writes: `fixtures/cdk-shop.template.json` is its output for a table, a layer, two functions, a function
//! URL and an HTTP API (aws-cdk-lib 2, by `cdk synth`, unchanged).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ferry_template::{Architecture, BuildMethod, CodeSource, InvokeMode, LogFormat};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cdk-shop.template.json")
}

#[test]
fn a_synthesized_stack_is_read() {
    let template = ferry_template::load(&fixture(), &BTreeMap::new()).unwrap_or_else(|errors| panic!("{errors}"));
    let [orders, hello] = template.functions.as_slice() else { panic!("two functions") };
    assert_eq!(orders.logical_id, "OrdersA9B65338");
    assert_eq!((orders.memory_mib, orders.timeout_s, orders.ephemeral_mib), (512, 10, 1024));
    assert_eq!((orders.architecture, orders.log_format), (Architecture::Arm64, LogFormat::Json));
    assert_eq!(orders.environment["TABLE"], "fixtures-TableCD117FA1");
    assert_eq!(orders.layers, ["CommonD8257971"]);
    assert_eq!((orders.max_retry_attempts, orders.max_event_age_s), (1, 3600));
    assert_eq!(orders.build, BuildMethod::Copy, "an asset is staged as it is deployed");
    let CodeSource::Folder(folder) = &orders.code else { panic!("a folder") };
    let name = folder.file_name().expect("name").to_string_lossy();
    assert!(name.starts_with("asset.27a2debe"), "{name}");
    assert_eq!(folder.parent(), fixture().parent());
    assert_eq!(hello.code, CodeSource::Inline("exports.handler = async () => \"hi\";".to_owned()));
    let url = hello.url.as_ref().expect("function URL");
    assert_eq!((url.invoke_mode, url.cors.as_ref().and_then(|cors| cors.max_age_s)), (InvokeMode::ResponseStream, Some(300)));
}

#[test]
fn its_http_api_is_joined() {
    let template = ferry_template::load(&fixture(), &BTreeMap::new()).unwrap_or_else(|errors| panic!("{errors}"));
    let [api] = template.http_apis.as_slice() else { panic!("one API") };
    let routes: Vec<(&str, &str)> = api.routes.iter().map(|route| (route.route_key.as_str(), route.function.as_str())).collect();
    assert_eq!(
        routes,
        [("GET /orders/{id}", "OrdersA9B65338"), ("POST /orders/{id}", "OrdersA9B65338"), ("ANY /files/{path+}", "Hello4A628BD4"),]
    );
    assert_eq!(api.cors.as_ref().expect("cors").max_age_s, Some(3600));
    assert_eq!(template.layers.len(), 1);
    assert_eq!(template.tables[0].name, "fixtures-TableCD117FA1");
}

#[test]
fn without_asset_metadata_the_remedy_is_told() {
    let text = std::fs::read_to_string(fixture()).expect("fixture").replace("aws:asset:path", "aws:asset:lost");
    let errors = ferry_template::parse(&text, &fixture(), &BTreeMap::new()).expect_err("no local code").to_string();
    assert!(errors.contains("OrdersA9B65338: S3Key is not supported; Ferry takes nothing from S3"), "{errors}");
    assert!(errors.contains("CommonD8257971: Content names an object in S3"), "{errors}");
}
