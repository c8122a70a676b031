//! Functions and layers: every property that is read.

use ferry_template::{
    Architecture, BuildMethod, CodeSource, Cors, EqualRule, FerryMetadata, Function, FunctionUrl, InvokeMode, Layer, LogFormat, Network,
};

use crate::{folder, map, only_function, parse, rust_function, sam};

const PAIR: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  ThumbsPython:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: python/
      Handler: app.handler
      Runtime: python3.13
  ThumbsRust:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: rust-cargolambda
      BuildProperties: { Binary: router }
      Ferry:
        Replaces: [ThumbsPython]
        Events: events
        Equal: { ignore: [/requestId, /items/*/at], tolerance: 1e-6 }
        Network: host
    Properties:
      FunctionName: router
      CodeUri: ./rust
      Handler: bootstrap
      Runtime: provided.al2023
      Architectures: [arm64]
      MemorySize: 1769
      Timeout: 29
      EphemeralStorage: { Size: 1024 }
      Environment: { Variables: { LEVEL: info, LIMIT: 5, DEBUG: True } }
      Layers: [!Ref Data]
      ReservedConcurrentExecutions: 8
      LoggingConfig: { LogFormat: JSON, LogGroup: mine }
      FunctionUrlConfig:
        AuthType: NONE
        InvokeMode: RESPONSE_STREAM
        Cors: { AllowOrigins: ['*'], AllowMethods: [GET, POST], AllowHeaders: [x-a], ExposeHeaders: [x-b], AllowCredentials: true, MaxAge: 60 }
      EventInvokeConfig: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }
      Policies: [AmazonS3ReadOnlyAccess]
      Tags: { team: !ImportValue Team }
  Data:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: data/ }
";

fn plain(logical_id: &str, line: usize) -> Function {
    Function {
        logical_id: logical_id.to_owned(),
        name: logical_id.to_owned(),
        runtime: "python3.13".to_owned(),
        handler: "app.handler".to_owned(),
        code: CodeSource::Folder(folder("python")),
        architecture: Architecture::X86_64,
        memory_mib: 128,
        timeout_s: 3,
        ephemeral_mib: 512,
        environment: map(&[]),
        layers: Vec::new(),
        reserved_concurrency: None,
        log_format: LogFormat::Text,
        build: BuildMethod::Python,
        url: None,
        max_retry_attempts: 2,
        max_event_age_s: 21_600,
        ferry: FerryMetadata::default(),
        line,
    }
}

#[test]
fn a_bare_function_has_lambdas_defaults() {
    assert_eq!(parse(PAIR).functions[0], plain("ThumbsPython", 4));
    let new = Function::new("ThumbsPython", "python3.13", "app.handler", CodeSource::Folder(folder("python")));
    assert_eq!(Function { build: BuildMethod::Python, line: 4, ..new }, plain("ThumbsPython", 4));
}

#[test]
fn every_property_is_read() {
    let template = parse(PAIR);
    let all = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    let cors = Cors {
        allow_origins: all(&["*"]),
        allow_methods: all(&["GET", "POST"]),
        allow_headers: all(&["x-a"]),
        expose_headers: all(&["x-b"]),
        allow_credentials: true,
        max_age_s: Some(60),
    };
    let router = Function {
        name: "router".to_owned(),
        runtime: "provided.al2023".to_owned(),
        handler: "bootstrap".to_owned(),
        code: CodeSource::Folder(folder("rust")),
        architecture: Architecture::Arm64,
        memory_mib: 1769,
        timeout_s: 29,
        ephemeral_mib: 1024,
        environment: map(&[("DEBUG", "true"), ("LEVEL", "info"), ("LIMIT", "5")]),
        layers: all(&["Data"]),
        reserved_concurrency: Some(8),
        log_format: LogFormat::Json,
        build: BuildMethod::Rust { binary: Some("router".to_owned()) },
        url: Some(FunctionUrl { invoke_mode: InvokeMode::ResponseStream, cors: Some(cors) }),
        max_retry_attempts: 0,
        max_event_age_s: 60,
        ferry: FerryMetadata {
            replaces: all(&["ThumbsPython"]),
            events: Some(folder("events")),
            equal: EqualRule { ignore: all(&["/requestId", "/items/*/at"]), tolerance: 1e-6 },
            network: Network::Host,
        },
        ..plain("ThumbsRust", 10)
    };
    assert_eq!(template.functions[1], router);
    assert_eq!(template.layers, [Layer { logical_id: "Data".to_owned(), content: folder("data"), line: 40 }]);
    assert_eq!(template.warnings, []);
    assert_eq!(
        (template.stack_name.as_str(), template.region.as_str(), template.account_id.as_str()),
        ("shop", "us-east-1", "123456789012")
    );
}

#[test]
fn the_build_follows_metadata_or_else_the_runtime() {
    let build = |runtime: &str, metadata: &str| {
        only_function(&sam(&format!(
            "F:\n  Type: AWS::Serverless::Function\n  Metadata: {metadata}\n  Properties: {{CodeUri: src, Handler: a.b, Runtime: {runtime}}}\n"
        )))
        .build
    };
    assert_eq!(build("provided.al2023", "{}"), BuildMethod::Copy);
    assert_eq!(build("provided.al2023", "{BuildMethod: rust-cargolambda}"), BuildMethod::Rust { binary: None });
    assert_eq!(build("nodejs22.x", "{}"), BuildMethod::Node);
    assert_eq!(build("nodejs22.x", "{BuildMethod: nodejs22.x, BuildProperties: {UseNpmCi: true}}"), BuildMethod::Node);
    assert_eq!(build("python3.13", "{SkipBuild: true}"), BuildMethod::Copy);
}

#[test]
fn code_is_a_folder_a_zip_or_inline() {
    let code = |property: &str| {
        let function = only_function(&sam(&format!(
            "F:\n  Type: AWS::Serverless::Function\n  Properties:\n    Handler: index.handler\n    Runtime: python3.12\n    {property}\n"
        )));
        (function.code, function.build)
    };
    assert_eq!(code("CodeUri: ."), (CodeSource::Folder("/stacks/shop".into()), BuildMethod::Python));
    assert_eq!(code("CodeUri: ../shared"), (CodeSource::Folder("/stacks/shop/../shared".into()), BuildMethod::Python));
    assert_eq!(code("CodeUri: dist/app.ZIP"), (CodeSource::Zip(folder("dist/app.ZIP")), BuildMethod::Copy));
    assert_eq!(
        code("InlineCode: |\n      def handler(e, c):\n        pass"),
        (CodeSource::Inline("def handler(e, c):\n  pass\n".to_owned()), BuildMethod::Copy)
    );
}

#[test]
fn an_os_only_runtime_needs_no_handler() {
    assert_eq!(only_function(&rust_function("")).handler, "bootstrap");
}

#[test]
fn plain_cloudformation_functions_are_read() {
    let template = parse(
        "
Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties: { Code: src, Handler: index.handler, Runtime: nodejs20.x, Role: !GetAtt Role.Arn }
  Inline:
    Type: AWS::Lambda::Function
    Properties: { Code: { ZipFile: 'x = 1' }, Handler: index.handler, Runtime: python3.11, Role: any, FunctionName: inline }
  Url:
    Type: AWS::Lambda::Url
    Properties: { TargetFunctionArn: !Ref Inline, AuthType: NONE }
  Retry:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: { FunctionName: !GetAtt Hello.Arn, Qualifier: $LATEST, MaximumRetryAttempts: 1 }
  Role:
    Type: AWS::IAM::Role
    Properties: { AssumeRolePolicyDocument: {} }
",
    );
    let [hello, inline] = template.functions.as_slice() else { panic!("two functions") };
    assert_eq!((hello.code.clone(), hello.build.clone()), (CodeSource::Folder(folder("src")), BuildMethod::Node));
    assert_eq!((hello.max_retry_attempts, hello.max_event_age_s), (1, 21_600));
    assert_eq!((inline.name.as_str(), inline.code.clone()), ("inline", CodeSource::Inline("x = 1".to_owned())));
    assert_eq!(inline.url, Some(FunctionUrl { invoke_mode: InvokeMode::Buffered, cors: None }));
}

#[test]
fn what_has_no_effect_here_is_a_warning() {
    let text = rust_function("SnapStart: { ApplyOn: PublishedVersions }\nEnvironment: { Variables: { VERSION: 1.10 } }");
    let warnings = crate::without_path(&parse(&text).warnings);
    assert_eq!(
        warnings,
        [
            "8:7: F: SnapStart has no effect here; cold starts here are what they are without it",
            "9:44: F: VERSION is written bare, and SAM's YAML turns it into something else; quote it to keep the text as written, as Ferry does",
        ]
    );
}
