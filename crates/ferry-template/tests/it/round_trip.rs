//! A generated model, written as a template in JSON and in YAML, is read back as the same model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ferry_template::{
    Architecture, BuildMethod, CodeSource, Cors, EqualRule, FerryMetadata, Function, FunctionUrl, HttpApi, HttpRoute, InvokeMode, Layer,
    LogFormat, Network,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::folder;

const PATH: &str = crate::PATH;

fn cors() -> impl Strategy<Value = Cors> {
    let list = || prop::collection::vec("[a-zA-Z-]{1,8}", 0..3);
    (list(), list(), list(), list(), any::<bool>(), prop::option::of(0..=86_400_u32)).prop_map(
        |(allow_origins, allow_methods, allow_headers, expose_headers, allow_credentials, max_age_s)| Cors {
            allow_origins,
            allow_methods,
            allow_headers,
            expose_headers,
            allow_credentials,
            max_age_s,
        },
    )
}

/// Texts that YAML must not mistake for something else.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,20}".prop_filter("no dynamic reference", |text| !text.contains("{{resolve:")),
        Just("null".to_owned()),
        Just("é\n\t\u{1f600}".to_owned())
    ]
}

fn runtime() -> impl Strategy<Value = (String, BuildMethod)> {
    prop_oneof![
        Just(("python3.14".to_owned(), BuildMethod::Python)),
        Just(("nodejs24.x".to_owned(), BuildMethod::Node)),
        Just(("provided.al2023".to_owned(), BuildMethod::Copy)),
        prop::option::of("[a-z][a-z-]{0,8}").prop_map(|binary| ("provided.al2".to_owned(), BuildMethod::Rust { binary })),
    ]
}

fn ferry() -> impl Strategy<Value = FerryMetadata> {
    let ignore = prop::collection::vec("/[a-z*/]{0,8}", 0..3);
    let network = prop_oneof![Just(Network::Private), Just(Network::Host)];
    (prop::option::of("[a-z]{1,8}"), ignore, 0.0..1.0_f64, network).prop_map(|(events, ignore, tolerance, network)| FerryMetadata {
        replaces: Vec::new(),
        events: events.map(|events| folder(&events)),
        equal: EqualRule { ignore, tolerance },
        network,
    })
}

prop_compose! {
    fn function()(
        (runtime, build) in runtime(),
        folder_name in "[a-z]{1,8}",
        name in "[A-Za-z0-9_-]{1,12}",
        arm in any::<bool>(),
        sizes in (128..=10_240_u32, 1..=900_u32, 512..=10_240_u32),
        environment in prop::collection::btree_map("X[A-Z0-9_]{1,8}", value(), 0..4),
        reserved_concurrency in prop::option::of(0..1000_u32),
        json_logs in any::<bool>(),
        url in prop::option::of((any::<bool>(), prop::option::of(cors()))),
        asynchronous in (0..=2_u32, 60..=21_600_u32),
        ferry in ferry(),
        first_layer in any::<bool>(),
    ) -> Function {
        Function {
            logical_id: String::new(),
            name,
            runtime,
            handler: "app.handler".to_owned(),
            code: CodeSource::Folder(folder(&folder_name)),
            architecture: if arm { Architecture::Arm64 } else { Architecture::X86_64 },
            memory_mib: sizes.0,
            timeout_s: sizes.1,
            ephemeral_mib: sizes.2,
            environment,
            layers: if first_layer { vec!["Layer".to_owned()] } else { Vec::new() },
            reserved_concurrency,
            log_format: if json_logs { LogFormat::Json } else { LogFormat::Text },
            build,
            url: url.map(|(stream, cors)| FunctionUrl {
                invoke_mode: if stream { InvokeMode::ResponseStream } else { InvokeMode::Buffered },
                cors,
            }),
            max_retry_attempts: asynchronous.0,
            max_event_age_s: asynchronous.1,
            ferry,
            line: 0,
        }
    }
}

/// What is compared of a template: lines belong to the text, not to the model.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    functions: Vec<Function>,
    layers: Vec<Layer>,
    http_apis: Vec<HttpApi>,
}

prop_compose! {
    fn model()(
        mut functions in prop::collection::vec(function(), 1..4),
        paths in prop::collection::btree_set("/[a-z]{1,4}(/\\{[a-z]{1,3}\\})?", 0..4),
        cors in prop::option::of(cors()),
        port in prop::option::of(1..=u16::MAX),
        stage in "[a-z]{1,6}",
    ) -> Model {
        for (index, function) in functions.iter_mut().enumerate() {
            function.logical_id = format!("Function{index}");
            function.name = format!("{}{index}", function.name);
            if index > 0 {
                function.ferry.replaces = vec!["Function0".to_owned()];
            }
        }
        let cors = cors.filter(|cors| !cors.allow_origins.iter().any(|origin| origin == "*"));
        let methods = ["GET", "POST", "ANY", "DELETE"];
        let routes: Vec<HttpRoute> = paths
            .iter()
            .zip(methods)
            .map(|(path, method)| HttpRoute { route_key: format!("{method} {path}"), function: functions[0].logical_id.clone() })
            .collect();
        let api = HttpApi { logical_id: "Api".to_owned(), stage, stage_variables: BTreeMap::new(), cors, routes, port };
        let layer = Layer { logical_id: "Layer".to_owned(), content: folder("layer"), line: 0 };
        Model { functions, layers: vec![layer], http_apis: vec![api] }
    }
}

fn relative(path: &Path) -> Value {
    path.strip_prefix("/stacks/shop").expect("below the stack").to_string_lossy().into()
}

fn cors_value(cors: &Cors) -> Value {
    let mut value = json!({
        "AllowOrigins": cors.allow_origins, "AllowMethods": cors.allow_methods, "AllowHeaders": cors.allow_headers,
        "ExposeHeaders": cors.expose_headers, "AllowCredentials": cors.allow_credentials,
    });
    if let Some(max_age_s) = cors.max_age_s {
        value["MaxAge"] = max_age_s.into();
    }
    value
}

fn function_value(function: &Function, api: &HttpApi) -> Value {
    let CodeSource::Folder(code) = &function.code else { panic!("folders are generated") };
    let mut properties = json!({
        "FunctionName": function.name, "Runtime": function.runtime, "Handler": function.handler, "CodeUri": relative(code),
        "Architectures": [if function.architecture == Architecture::Arm64 { "arm64" } else { "x86_64" }],
        "MemorySize": function.memory_mib, "Timeout": function.timeout_s, "EphemeralStorage": { "Size": function.ephemeral_mib },
        "Environment": { "Variables": function.environment },
        "Layers": function.layers.iter().map(|layer| json!({ "Ref": layer })).collect::<Vec<_>>(),
        "LoggingConfig": { "LogFormat": if function.log_format == LogFormat::Json { "JSON" } else { "Text" } },
        "EventInvokeConfig": { "MaximumRetryAttempts": function.max_retry_attempts, "MaximumEventAgeInSeconds": function.max_event_age_s },
    });
    if let Some(reserved) = function.reserved_concurrency {
        properties["ReservedConcurrentExecutions"] = reserved.into();
    }
    if let Some(url) = &function.url {
        let mode = if url.invoke_mode == InvokeMode::ResponseStream { "RESPONSE_STREAM" } else { "BUFFERED" };
        properties["FunctionUrlConfig"] = json!({ "AuthType": "NONE", "InvokeMode": mode });
        if let Some(cors) = &url.cors {
            properties["FunctionUrlConfig"]["Cors"] = cors_value(cors);
        }
    }
    let events = api.routes.iter().enumerate().filter(|(_, route)| route.function == function.logical_id).map(|(index, route)| {
        let (method, path) = route.route_key.split_once(' ').expect("method and path");
        let event =
            json!({ "Type": "HttpApi", "Properties": { "ApiId": { "Ref": "Api" }, "Method": method.to_lowercase(), "Path": path } });
        (format!("Event{index}"), event)
    });
    properties["Events"] = Value::Object(events.collect());
    json!({ "Type": "AWS::Serverless::Function", "Metadata": metadata_value(function), "Properties": properties })
}

fn metadata_value(function: &Function) -> Value {
    let network = if function.ferry.network == Network::Host { "host" } else { "private" };
    let equal = json!({ "ignore": function.ferry.equal.ignore, "tolerance": function.ferry.equal.tolerance });
    let mut ferry = json!({ "Replaces": function.ferry.replaces, "Equal": equal, "Network": network });
    if let Some(events) = &function.ferry.events {
        ferry["Events"] = relative(events);
    }
    let mut metadata = json!({ "Ferry": ferry });
    if let BuildMethod::Rust { binary } = &function.build {
        metadata["BuildMethod"] = "rust-cargolambda".into();
        if let Some(binary) = binary {
            metadata["BuildProperties"] = json!({ "Binary": binary });
        }
    }
    metadata
}

fn document(model: &Model) -> Value {
    let api = &model.http_apis[0];
    let mut resources: Map<String, Value> =
        model.functions.iter().map(|function| (function.logical_id.clone(), function_value(function, api))).collect();
    let mut properties = json!({ "StageName": api.stage });
    if let Some(cors) = &api.cors {
        properties["CorsConfiguration"] = cors_value(cors);
    }
    let metadata = api.port.map_or(json!({}), |port| json!({ "Ferry": { "Port": port } }));
    resources.insert("Api".to_owned(), json!({ "Type": "AWS::Serverless::HttpApi", "Metadata": metadata, "Properties": properties }));
    let content = relative(&model.layers[0].content);
    resources.insert("Layer".to_owned(), json!({ "Type": "AWS::Serverless::LayerVersion", "Properties": { "ContentUri": content } }));
    json!({ "Transform": "AWS::Serverless-2016-10-31", "Resources": resources })
}

/// Block-style YAML, with short tags for references and bare texts where that is safe.
fn yaml(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if map.len() == 1 && map.contains_key("Ref") => {
            out.push_str(&format!(" !Ref {}\n", map["Ref"].as_str().expect("name")))
        }
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            for (key, value) in map {
                out.push_str(&format!("{pad}{key}:"));
                yaml(value, indent + 2, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                out.push_str(&format!("{pad}-"));
                yaml(item, indent + 2, out);
            }
        }
        Value::String(text) if is_bare(text) => out.push_str(&format!(" {text} # bare\n")),
        other => out.push_str(&format!(" {other}\n")),
    }
}

fn is_bare(text: &str) -> bool {
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    word && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str())
}

fn read_back(text: &str, path: &Path) -> Result<Model, TestCaseError> {
    let template =
        ferry_template::parse(text, path, &BTreeMap::new()).map_err(|errors| TestCaseError::fail(format!("{errors}\n{text}")))?;
    let functions = template.functions.into_iter().map(|function| Function { line: 0, ..function }).collect();
    let layers = template.layers.into_iter().map(|layer| Layer { line: 0, ..layer }).collect();
    Ok(Model { functions, layers, http_apis: template.http_apis })
}

proptest! {
    #[test]
    fn a_model_survives_json(model in model()) {
        let text = serde_json::to_string_pretty(&document(&model)).expect("json");
        prop_assert_eq!(read_back(&text, &PathBuf::from(PATH).with_extension("json"))?, model);
    }

    #[test]
    fn a_model_survives_yaml(model in model()) {
        let mut text = String::new();
        yaml(&document(&model), 0, &mut text);
        prop_assert_eq!(read_back(&text, Path::new(PATH))?, model);
    }
}
