//! What a template says, resolved: globals merged, parameters and intrinsic functions evaluated, paths made absolute.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::diagnostic::Diagnostic;

/// One stack: an ordinary SAM or CloudFormation template.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Template {
    /// The template file, absolute.
    pub path: PathBuf,
    /// `AWS::StackName`: the template's folder, unless given.
    pub stack_name: String,
    /// `AWS::Region`, `us-east-1` unless given; ARNs in the environment are of this region and account.
    pub region: String,
    /// `AWS::AccountId`, `123456789012` unless given.
    pub account_id: String,
    pub functions: Vec<Function>,
    pub layers: Vec<Layer>,
    pub http_apis: Vec<HttpApi>,
    pub tables: Vec<Table>,
    pub buckets: Vec<Bucket>,
    pub queues: Vec<Queue>,
    pub web_socket_apis: Vec<WebSocketApi>,
    /// `Metadata.Ferry.Page` of the template: the folder of the stack's own page, static files, absolute and inside the template's folder.
    pub page: Option<PathBuf>,
    /// `Metadata.Ferry.Physics` of the template: how slow, limited and faulty its local services are to be.
    pub physics: Option<Physics>,
    /// What has no effect here though it stands in the template; nothing that changes an answer.
    pub warnings: Vec<Diagnostic>,
}

/// `AWS::Serverless::Function` or `AWS::Lambda::Function`.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub logical_id: String,
    /// `FunctionName`, or else the logical id.
    pub name: String,
    /// AWS's identifier: `python3.13`, `nodejs22.x`, `provided.al2023`.
    pub runtime: String,
    /// `Handler`; `bootstrap` for OS-only runtimes that leave it out.
    pub handler: String,
    pub code: CodeSource,
    pub architecture: Architecture,
    pub memory_mib: u32,
    pub timeout_s: u32,
    /// `EphemeralStorage`: the size of `/tmp`.
    pub ephemeral_mib: u32,
    pub environment: BTreeMap<String, String>,
    /// Logical ids of [`Template::layers`], in mount order.
    pub layers: Vec<String>,
    pub reserved_concurrency: Option<u32>,
    pub log_format: LogFormat,
    pub build: BuildMethod,
    pub url: Option<FunctionUrl>,
    /// `EventInvokeConfig`: retries after the first try of an asynchronous invocation, 0 to 2.
    pub max_retry_attempts: u32,
    /// `EventInvokeConfig`: how old an asynchronous event may grow, 60 to 21,600 s.
    pub max_event_age_s: u32,
    pub ferry: FerryMetadata,
    /// Line of the resource in the template, from 1: for errors found later, such as a failed build.
    pub line: usize,
}

impl Function {
    /// A function whose template says no more than this: the rest is as AWS has it by default.
    pub fn new(logical_id: &str, runtime: &str, handler: &str, code: CodeSource) -> Self {
        Self {
            logical_id: logical_id.to_owned(),
            name: logical_id.to_owned(),
            runtime: runtime.to_owned(),
            handler: handler.to_owned(),
            code,
            architecture: Architecture::X86_64,
            memory_mib: 128,
            timeout_s: 3,
            ephemeral_mib: 512,
            environment: BTreeMap::new(),
            layers: Vec::new(),
            reserved_concurrency: None,
            log_format: LogFormat::Text,
            build: BuildMethod::Copy,
            url: None,
            max_retry_attempts: 2,
            max_event_age_s: 21_600,
            ferry: FerryMetadata::default(),
            line: 1,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// A folder (`CodeUri`, or the folder part of `Code`), absolute.
    Folder(PathBuf),
    /// A finished zip, absolute.
    Zip(PathBuf),
    /// `InlineCode` / `ZipFile`: the text of `index.py` or `index.js`.
    Inline(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    X86_64,
    Arm64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// How `CodeUri` becomes a package, as `sam build` decides it: `Metadata.BuildMethod`, or else the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildMethod {
    /// `rust-cargolambda`: `cargo build` of this binary (`BuildProperties.Binary`, or the package's only one).
    Rust { binary: Option<String> },
    /// A Python runtime: the folder, and `requirements.txt` installed beside it.
    Python,
    /// A Node.js runtime: the folder, and `npm ci --omit=dev` when it has a `package.json`.
    Node,
    /// An OS-only runtime without a build method (the folder holds `bootstrap`), or a layer: files as they are.
    Copy,
}

/// `AWS::Serverless::LayerVersion` or `AWS::Lambda::LayerVersion`: a folder that is mounted at `/opt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub logical_id: String,
    pub content: PathBuf,
    pub line: usize,
}

/// `FunctionUrlConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionUrl {
    pub invoke_mode: InvokeMode,
    pub cors: Option<Cors>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvokeMode {
    Buffered,
    ResponseStream,
}

/// CORS as HTTP APIs and function URLs configure it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cors {
    pub allow_origins: Vec<String>,
    pub allow_methods: Vec<String>,
    pub allow_headers: Vec<String>,
    pub expose_headers: Vec<String>,
    pub allow_credentials: bool,
    pub max_age_s: Option<u32>,
}

/// An HTTP API (`AWS::Serverless::HttpApi`, or SAM's implicit `ServerlessHttpApi`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpApi {
    pub logical_id: String,
    /// `$default` unless named.
    pub stage: String,
    pub stage_variables: BTreeMap<String, String>,
    pub cors: Option<Cors>,
    pub routes: Vec<HttpRoute>,
    /// `Metadata.Ferry.Port`: the local port, or else one from 9001 up.
    pub port: Option<u16>,
}

/// One route of an HTTP API, payload format 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRoute {
    /// AWS's route key: `POST /route`, `ANY /users/{id}`, `GET /files/{path+}`, `$default`.
    pub route_key: String,
    /// Logical id of the function.
    pub function: String,
}

/// `AWS::DynamoDB::Table` or `AWS::Serverless::SimpleTable`.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub logical_id: String,
    /// `TableName`, or else made from stack and logical id: what `Ref` gives.
    pub name: String,
    /// The `CreateTable` request that makes it.
    pub create: Value,
    /// `TimeToLiveSpecification`, where enabled: the attribute.
    pub time_to_live: Option<String>,
    pub line: usize,
}

/// `AWS::S3::Bucket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub logical_id: String,
    /// `BucketName`, or else made from stack and logical id, in lower case: what `Ref` gives.
    pub name: String,
    /// `Metadata.Ferry.Region`, where it is not the stack's.
    pub region: Option<String>,
    /// `Metadata.Ferry.Objects`: the folder whose files lie in the bucket from the start, absolute.
    pub objects: Option<PathBuf>,
    pub line: usize,
}

/// `AWS::SQS::Queue`, a standard one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub logical_id: String,
    /// `QueueName`, or else made from stack and logical id.
    pub name: String,
    /// As `CreateQueue` takes them: numbers as text, `RedrivePolicy` as a text of JSON.
    pub attributes: BTreeMap<String, String>,
    pub line: usize,
}

/// `Metadata.Ferry.Physics`, not yet judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Physics {
    pub document: Value,
    pub line: usize,
}

/// A WebSocket API (`AWS::ApiGatewayV2::Api` of `ProtocolType: WEBSOCKET`, or `AWS::Serverless::WebSocketApi`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSocketApi {
    pub logical_id: String,
    /// What `Ref` gives: 10 letters and digits.
    pub api_id: String,
    /// The one path segment that clients connect to.
    pub stage: String,
    pub stage_variables: BTreeMap<String, String>,
    /// `RouteSelectionExpression`.
    pub route_selection: RouteSelection,
    pub routes: Vec<WebSocketRoute>,
    /// Runs before `$connect`.
    pub authorizer: Option<RequestAuthorizer>,
    /// `Metadata.Ferry.Origins`: web origins beyond this machine's own whose pages may connect; `*` is any.
    pub origins: Vec<String>,
    /// `Metadata.Ferry.Port`: the local port, or else one from 9001 up.
    pub port: Option<u16>,
}

/// How a message names its route: the parts, put together, are the route key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSelection {
    pub parts: Vec<SelectionPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectionPart {
    Text(String),
    /// `$request.body.a.b`: member names from the message's outermost object inwards.
    Body(Vec<String>),
}

/// One route of a WebSocket API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSocketRoute {
    /// `$connect`, `$disconnect`, `$default`, or what the route selection gives.
    pub route_key: String,
    /// Logical id of the function.
    pub function: String,
    /// `TimeoutInMillis` of the integration.
    pub timeout_ms: u32,
    /// Whether the function's answer goes back to the client (a route response).
    pub responds: bool,
}

/// An authorizer of type `REQUEST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAuthorizer {
    /// Logical id of the function.
    pub function: String,
    /// Without any of these a request is refused unasked.
    pub identity_sources: Vec<IdentitySource>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// `route.request.header.NAME`.
    Header(String),
    /// `route.request.querystring.NAME`.
    QueryString(String),
    /// `stageVariables.NAME`.
    StageVariable(String),
}

/// `Metadata.Ferry`: what Ferry adds to a function; CloudFormation ignores it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FerryMetadata {
    /// Logical ids of the functions this one replaces: the pairs of `ferry compare`.
    pub replaces: Vec<String>,
    /// Folder of input events, absolute.
    pub events: Option<PathBuf>,
    pub equal: EqualRule,
    pub network: Network,
}

/// When two answers count as equal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EqualRule {
    /// JSON pointers left out of the comparison; `*` stands for any one member or index.
    pub ignore: Vec<String>,
    /// Relative tolerance for numbers.
    pub tolerance: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// A private network namespace: no door but the host's own sockets.
    #[default]
    Private,
    /// The machine's network (`Metadata.Ferry.Network: host`).
    Host,
}
