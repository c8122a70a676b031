//! `AWS::Serverless::Function` and `AWS::Lambda::Function`.

pub(crate) mod code;
mod environment;
pub(crate) mod ferry;
pub(crate) mod invoke_config;
pub(crate) mod runtime;
pub(crate) mod url;

use crate::diagnostic::{Scope, suggest};
use crate::fields::{Fields, Shape, Treatment};
use crate::limits::LAYERS_MAX;
use crate::model::{Architecture, Function, LogFormat};
use crate::node::Entry;
use crate::resource::{Handling, Resource};
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused, Warned};

const NOT_MEASURED: &str = "cold starts here are what they are without it";
const DESTINATION: &str = "failed events are not sent anywhere: remove it, or keep it out by Fn::If and AWS::NoValue";

/// What both kinds of function have.
pub(crate) const COMMON: Shape = &[
    ("FunctionName", Read),
    ("Handler", Read),
    ("Runtime", Read),
    ("Architectures", Read),
    ("MemorySize", Read),
    ("Timeout", Read),
    ("EphemeralStorage", Read),
    ("Environment", Read),
    ("Layers", Read),
    ("ReservedConcurrentExecutions", Read),
    ("LoggingConfig", Read),
    ("PackageType", Read),
    ("CodeSigningConfigArn", Ignored),
    ("Description", Ignored),
    ("KmsKeyArn", Ignored),
    ("PublishToLatestPublished", Ignored),
    ("RecursiveLoop", Ignored),
    ("Role", Ignored),
    ("RuntimeManagementConfig", Ignored),
    ("Tags", Ignored),
    ("SnapStart", Warned(NOT_MEASURED)),
    ("VpcConfig", Warned("sandboxes have no VPC; see Metadata.Ferry.Network")),
    ("CapacityProviderConfig", Refused("managed instances are not run: remove it, or keep it out by Fn::If and AWS::NoValue")),
    ("DurableConfig", Refused("durable executions are not run: remove it, or keep it out by Fn::If and AWS::NoValue")),
    ("FileSystemConfigs", Refused("network file systems are not mounted: remove it, or keep it out by Fn::If and AWS::NoValue")),
    ("FunctionScalingConfig", Refused("managed instances are not run: remove it, or keep it out by Fn::If and AWS::NoValue")),
    ("ImageConfig", Refused("container images are not run: use PackageType Zip")),
    ("TenancyConfig", Refused("tenant isolation is not offered: remove it, or keep it out by Fn::If and AWS::NoValue")),
];

pub(crate) const SERVERLESS: Shape = &[
    ("CodeUri", Read),
    ("InlineCode", Read),
    ("FunctionUrlConfig", Read),
    ("EventInvokeConfig", Read),
    ("Events", Read),
    ("AssumeRolePolicyDocument", Ignored),
    ("AutoPublishAlias", Ignored),
    ("AutoPublishAliasAllProperties", Ignored),
    ("AutoPublishCodeSha256", Ignored),
    ("DeploymentPreference", Ignored),
    ("PermissionsBoundary", Ignored),
    ("Policies", Ignored),
    ("PropagateTags", Ignored),
    ("RolePath", Ignored),
    ("SourceKMSKeyArn", Ignored),
    ("Tracing", Ignored),
    ("VersionDeletionPolicy", Ignored),
    ("VersionDescription", Ignored),
    ("ProvisionedConcurrencyConfig", Warned(NOT_MEASURED)),
    ("DeadLetterQueue", Refused(DESTINATION)),
    ("ImageUri", Refused("container images are not run: use CodeUri")),
];

pub(crate) const LAMBDA: Shape = &[("Code", Read), ("TracingConfig", Ignored), ("DeadLetterConfig", Refused(DESTINATION))];

pub(crate) const LOGGING: Shape = &[
    ("LogFormat", Read),
    ("LogGroup", Ignored),
    ("ApplicationLogLevel", Warned("every level is kept")),
    ("SystemLogLevel", Warned("every level is kept")),
];

/// The function, and its event sources as they stand.
pub(crate) fn read(stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) -> (Function, Option<Entry>) {
    let own = if resource.handling == Handling::ServerlessFunction { SERVERLESS } else { LAMBDA };
    let globals = stack.globals_of(resource, scope);
    let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, globals.as_deref(), &[COMMON, own], scope);
    refuse_images(&fields);
    let metadata = stack.metadata(resource, scope);
    let runtime = runtime::read(&fields);
    let source = code::source(stack, resource, &fields, metadata.as_ref());
    let name = stack.evaluator.name(resource, scope).unwrap_or_default();
    check_name(&name, &fields);
    let mut function = Function {
        logical_id: resource.logical_id.to_owned(),
        name,
        handler: runtime::handler(&fields, &runtime),
        architecture: architecture(&fields),
        memory_mib: fields.number("MemorySize", 128..=10_240, " (MB)").unwrap_or(128),
        timeout_s: fields.number("Timeout", 1..=900, " (seconds)").unwrap_or(3),
        ephemeral_mib: fields
            .map("EphemeralStorage", &[("Size", Read)])
            .and_then(|storage| storage.number("Size", 512..=10_240, " (MB)"))
            .unwrap_or(512),
        environment: environment::read(&fields),
        layers: layers(stack, &fields),
        reserved_concurrency: fields.number("ReservedConcurrentExecutions", 0..=100_000, ""),
        log_format: log_format(&fields),
        build: code::build_method(&fields, &source, metadata.as_ref(), &runtime),
        code: source.code,
        runtime,
        url: fields.map("FunctionUrlConfig", url::SHAPE).map(|config| url::read(&config)),
        max_retry_attempts: invoke_config::RETRY_ATTEMPTS_DEFAULT,
        max_event_age_s: invoke_config::EVENT_AGE_DEFAULT_S,
        ferry: ferry::read(stack, metadata.as_ref(), scope),
        line: resource.mark.line,
    };
    if let Some(config) = fields.map("EventInvokeConfig", invoke_config::SHAPE) {
        invoke_config::apply(&config, &mut function);
    }
    (function, fields.entry("Events").cloned())
}

fn refuse_images(fields: &Fields<'_>) {
    if let Some(entry) = fields.entry("PackageType").filter(|entry| entry.node.as_text() != Some("Zip")) {
        fields.scope.error(entry.mark, "only PackageType Zip is supported", "container images are not run: use CodeUri or Code");
    }
}

fn check_name(name: &str, fields: &Fields<'_>) {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if letters && name.len() <= 64 {
        return;
    }
    let mark = fields.entry("FunctionName").map_or(fields.mark, |entry| entry.node.mark);
    let problem = format!("the function name `{}` is not one that Lambda takes", crate::fields::shortened(name));
    fields.scope.error(mark, problem, "write up to 64 letters, digits, - and _ in FunctionName");
}

fn architecture(fields: &Fields<'_>) -> Architecture {
    let listed = fields.texts("Architectures", false);
    match listed.as_slice() {
        [] => Architecture::X86_64,
        [(name, _)] if name == "x86_64" => Architecture::X86_64,
        [(name, _)] if name == "arm64" => Architecture::Arm64,
        [(name, mark)] => {
            fields.scope.error(*mark, format!("`{name}` is no architecture of Lambda"), suggest(name, ["x86_64", "arm64"]));
            Architecture::X86_64
        }
        [_, (_, mark), ..] => {
            fields.scope.error(*mark, "a function has one architecture", "keep one of x86_64 and arm64");
            Architecture::X86_64
        }
    }
}

fn log_format(fields: &Fields<'_>) -> LogFormat {
    let logging = fields.map("LoggingConfig", LOGGING);
    let choices = [("Text", LogFormat::Text), ("JSON", LogFormat::Json)];
    logging.and_then(|logging| logging.choice("LogFormat", &choices)).unwrap_or(LogFormat::Text)
}

fn layers(stack: &Stack<'_>, fields: &Fields<'_>) -> Vec<String> {
    let listed = fields.texts("Layers", false);
    if let Some((_, mark)) = listed.get(LAYERS_MAX) {
        fields.scope.error(*mark, format!("{} layers are listed", listed.len()), format!("Lambda takes at most {LAYERS_MAX}"));
    }
    let layer = |(arn, mark): (String, _)| {
        let layer = stack.directory.layer(&arn);
        if layer.is_none() {
            let problem = format!("`{}` is no layer of this template", crate::fields::shortened(&arn));
            let known: Vec<&str> = stack.directory.layer_ids().collect();
            let remedy = format!("declare its files as an AWS::Serverless::LayerVersion and !Ref that (declared: {})", known.join(", "));
            fields.scope.error(mark, problem, remedy);
        }
        layer.map(str::to_owned)
    };
    listed.into_iter().filter_map(layer).collect()
}
