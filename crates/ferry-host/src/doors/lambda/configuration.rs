//! `FunctionConfiguration`: a function as the Lambda API describes it.

use std::collections::BTreeMap;

use ferry_template::{Architecture, Function, LogFormat};
use serde::Serialize;

use super::LambdaDoor;
use super::function_ref::LATEST;
use crate::doors::clock;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionConfiguration<'a> {
    function_name: &'a str,
    function_arn: String,
    runtime: &'a str,
    handler: &'a str,
    code_size: u64,
    #[serde(rename = "CodeSha256")]
    code_sha256: String,
    description: &'static str,
    timeout: u32,
    memory_size: u32,
    last_modified: String,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment<'a>>,
    tracing_config: TracingConfig,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<LayerReference>,
    state: &'static str,
    last_update_status: &'static str,
    package_type: &'static str,
    architectures: [&'static str; 1],
    ephemeral_storage: EphemeralStorage,
    logging_config: LoggingConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Environment<'a> {
    variables: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TracingConfig {
    mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LayerReference {
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EphemeralStorage {
    size: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig {
    log_format: &'static str,
    log_group: String,
}

impl LambdaDoor {
    /// Sizes are 0 and the hash is empty while the package is not built.
    pub(super) fn configuration<'a>(&self, function: &'a Function) -> FunctionConfiguration<'a> {
        let package = self.facts.package(&function.name).unwrap_or_default();
        FunctionConfiguration {
            function_name: &function.name,
            function_arn: self.arn(&function.name),
            runtime: &function.runtime,
            handler: &function.handler,
            code_size: package.code_bytes,
            code_sha256: package.code_sha256,
            description: "",
            timeout: function.timeout_s,
            memory_size: function.memory_mib,
            last_modified: clock::last_modified(package.last_modified_ms),
            version: LATEST,
            environment: (!function.environment.is_empty()).then_some(Environment { variables: &function.environment }),
            tracing_config: TracingConfig { mode: "PassThrough" },
            layers: function.layers.iter().map(|layer| LayerReference { arn: self.layer_arn(layer) }).collect(),
            state: "Active",
            last_update_status: "Successful",
            package_type: "Zip",
            architectures: [match function.architecture {
                Architecture::X86_64 => "x86_64",
                Architecture::Arm64 => "arm64",
            }],
            ephemeral_storage: EphemeralStorage { size: function.ephemeral_mib },
            logging_config: LoggingConfig {
                log_format: match function.log_format {
                    LogFormat::Text => "Text",
                    LogFormat::Json => "JSON",
                },
                log_group: format!("/aws/lambda/{}", function.name),
            },
        }
    }

    fn layer_arn(&self, layer: &str) -> String {
        format!("arn:aws:lambda:{}:{}:layer:{layer}:1", self.region, self.account_id)
    }
}
