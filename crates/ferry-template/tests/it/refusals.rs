//! What is wrong or not supported is an error that names it; nothing is skipped in silence.

use crate::{rust_function, sam, told};

#[track_caller]
fn refused(properties: &str, problem: &str) {
    let told = told(&rust_function(properties));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(problem), "{problem}\nis not in\n{}", told[0]);
}

#[test]
fn values_out_of_bounds() {
    refused("MemorySize: 127", "8:19: F: MemorySize `127` is out of bounds; write a whole number from 128 to 10240 (MB)");
    refused("MemorySize: 10241", "128 to 10240 (MB)");
    refused("MemorySize: 512MB", "MemorySize `512MB` is out of bounds");
    refused("Timeout: 0", "Timeout `0` is out of bounds; write a whole number from 1 to 900 (seconds)");
    refused("Timeout: 901", "Timeout `901`");
    refused("EphemeralStorage: { Size: 511 }", "Size `511` is out of bounds; write a whole number from 512 to 10240 (MB)");
    refused("EventInvokeConfig: { MaximumRetryAttempts: 3 }", "0 to 2");
    refused("EventInvokeConfig: { MaximumEventAgeInSeconds: 59 }", "60 to 21600 (seconds)");
    refused("ReservedConcurrentExecutions: -1", "ReservedConcurrentExecutions `-1`");
    refused("FunctionName: a b", "the function name `a b` is not one that Lambda takes");
    refused("Architectures: [x86]", "`x86` is no architecture of Lambda; known are: arm64, x86_64");
    refused("Architectures: [x86_64, arm64]", "a function has one architecture");
    refused("LoggingConfig: { LogFormat: Json }", "LogFormat cannot be `Json`; did you mean `JSON`?");
}

#[test]
fn environments_that_lambda_refuses() {
    refused("Environment: { Variables: { AWS_REGION: x } }", "8:35: F: AWS_REGION is set by Lambda itself");
    refused("Environment: { Variables: { 1A: x } }", "`1A` is no name for an environment variable");
    refused("Environment: { Variables: { A: x } }", "`A` is no name");
    refused("Environment: { AA: x }", "unknown property `AA`; known are: Variables");
    refused(&format!("Environment: {{ Variables: {{ BIG: {} }} }}", "x".repeat(4094)), "the environment variables have 4097 bytes");
}

#[test]
fn properties_that_change_answers() {
    for (properties, problem) in [
        ("DeadLetterQueue: { Type: SQS, TargetArn: x }", "DeadLetterQueue is not supported"),
        ("EventInvokeConfig: { DestinationConfig: {} }", "DestinationConfig is not supported"),
        ("FileSystemConfigs: []", "FileSystemConfigs is not supported"),
        ("PackageType: Image", "only PackageType Zip is supported"),
        ("FunctionUrlConfig: { AuthType: AWS_IAM }", "AuthType AWS_IAM is not supported: signatures are not checked here"),
        ("FunctionUrlConfig: {}", "AuthType is missing"),
        ("Memorysize: 512", "8:7: F: unknown property `Memorysize`; did you mean `MemorySize`?"),
        (
            "Layers: ['arn:aws:lambda:us-east-1:1:layer:pandas:3']",
            "`arn:aws:lambda:us-east-1:1:layer:pandas:3` is no layer of this template",
        ),
        ("InlineCode: x", "there are both CodeUri and InlineCode"),
    ] {
        refused(properties, problem);
    }
}

#[test]
fn a_refused_property_may_be_no_value() {
    let text = rust_function("DeadLetterQueue: !If [Deployed, { Type: SQS }, !Ref AWS::NoValue]");
    crate::parse(&format!("Conditions: {{ Deployed: !Equals [a, b] }}\n{text}"));
}

#[test]
fn a_function_of_six_layers() {
    let layers: String =
        (1..=6).map(|n| format!("L{n}: {{ Type: AWS::Serverless::LayerVersion, Properties: {{ ContentUri: l{n} }} }}\n")).collect();
    let listed: Vec<String> = (1..=6).map(|n| format!("!Ref L{n}")).collect();
    let text =
        rust_function(&format!("Layers: [{}]", listed.join(", "))) + &layers.lines().map(|line| format!("  {line}\n")).collect::<String>();
    assert_eq!(told(&text), ["8:61: F: 6 layers are listed; Lambda takes at most 5"]);
}

#[test]
fn runtimes_and_handlers() {
    let function = |runtime: &str| {
        sam(&format!("F: {{ Type: AWS::Serverless::Function, Properties: {{ CodeUri: c, Handler: a.b, Runtime: {runtime} }} }}"))
    };
    for (runtime, problem) in [
        ("java21", "the runtime java21 is not supported; Ferry runs Python, Node.js and OS-only runtimes"),
        ("dotnet8", "the runtime dotnet8 is not supported"),
        ("ruby3.3", "the runtime ruby3.3 is not supported"),
        ("go1.x", "AWS has retired it: use provided.al2023"),
        ("python3.8", "the runtime python3.8 is not supported; AWS has retired it"),
        ("nodejs16.x", "the runtime nodejs16.x is not supported; AWS has retired it: use nodejs22.x"),
        ("provided", "the runtime provided is not supported"),
        ("pyhton3.13", "`pyhton3.13` is no runtime of Lambda; did you mean `python3.13`?"),
    ] {
        let told = told(&function(runtime));
        assert!(told.len() == 1 && told[0].contains(problem), "{runtime}: {told:?}");
    }
    let bare = sam(
        "F: { Type: AWS::Serverless::Function, Properties: { CodeUri: c, Runtime: python3.13 } }\nG: { Type: AWS::Serverless::Function, Properties: { Runtime: provided.al2 } }\nH: { Type: AWS::Serverless::Function, Properties: { CodeUri: s3://b/k } }",
    );
    assert_eq!(
        told(&bare),
        [
            "3:3: F: Handler is missing; name the function that python3.13 calls, such as `index.handler`",
            "4:3: G: there is neither CodeUri nor InlineCode; name the folder of the code: `CodeUri: rust/`",
            "5:3: H: Runtime is missing; name one, such as `Runtime: provided.al2023` for Rust",
            "5:64: H: CodeUri `s3://b/k` is no local path; name a folder or a .zip beside the template",
        ]
    );
}

#[test]
fn ferrys_metadata_is_checked() {
    let with = |metadata: &str| {
        sam(&format!("F: {{ Type: AWS::Serverless::Function, Metadata: {metadata}, Properties: {{ CodeUri: c, Runtime: provided.al2 }} }}"))
    };
    for (metadata, problem) in [
        ("{ Ferry: { Replace: [F] } }", "F: unknown property `Replace`; did you mean `Replaces`?"),
        ("{ Ferry: { Replaces: [G] } }", "Replaces names `G`, which is no function of this template; did you mean `F`?"),
        ("{ Ferry: { Replaces: [F] } }", "the function replaces itself"),
        ("{ Ferry: { Equal: { ignore: [id] } } }", "`id` is no JSON pointer"),
        ("{ Ferry: { Equal: { tolerance: -1 } } }", "tolerance `-1` is none"),
        ("{ Ferry: { Equal: { tolerance: NaN } } }", "tolerance `NaN` is none"),
        ("{ Ferry: { Equal: { Tolerance: 0.1 } } }", "unknown property `Tolerance`; did you mean `tolerance`?"),
        ("{ Ferry: { Network: open } }", "Network cannot be `open`; known are: host, private"),
        ("{ Ferry: { Port: 1 } }", "unknown property `Port`"),
        ("{ Ferry: [] }", "Ferry is a list; write a map"),
        ("{ BuildMethod: makefile }", "the build method makefile is not supported; build it yourself"),
        ("{ BuildMethod: rust-cargo }", "unknown build method `rust-cargo`"),
        ("{ BuildMethod: rust-cargolambda, BuildProperties: { Flags: [-v] } }", "the build property Flags is not supported"),
        ("{ BuildMethod: rust-cargolambda, BuildProperties: { Binary: ../x } }", "`../x` is no name of a cargo binary"),
    ] {
        let told = told(&with(metadata));
        assert!(told.len() == 1 && told[0].contains(problem), "{metadata}: {told:?}");
    }
    let misplaced = sam(
        "F: { Type: AWS::Serverless::Function, Properties: { CodeUri: c, Runtime: provided.al2 } }\nB: { Type: AWS::SQS::Queue, Metadata: { Ferry: { Port: 1 } } }",
    );
    assert_eq!(
        told(&misplaced),
        ["4:43: B: Metadata.Ferry has no meaning on AWS::SQS::Queue; put it on a function, an HTTP API or a bucket"]
    );
}

#[test]
fn layers_are_folders_as_they_are() {
    let text = sam(
        "L: { Type: AWS::Serverless::LayerVersion, Metadata: { BuildMethod: python3.13 }, Properties: { ContentUri: l.zip } }\nM: { Type: AWS::Serverless::LayerVersion }",
    );
    assert_eq!(
        told(&text),
        [
            "3:3: L: the layer's content /stacks/shop/l.zip is a zip; unpack it and name the folder",
            "3:57: L: layers are not built; put the built files into the folder (`python/`, `nodejs/`, `bin/`) and remove BuildMethod",
            "4:3: M: the layer has no content; name its folder: `ContentUri: layer/`",
        ]
    );
}

#[test]
fn resources_and_sections_that_are_not_known() {
    let text = "
Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]
Resource: {}
Hooks: {}
Resources:
  F: { Type: AWS::Serverless::Function, Propertys: {}, Properties: { CodeUri: c, Runtime: provided.al2 } }
  S: { Type: AWS::Serverless::StateMachine }
  K: { Type: AWS::Kinesis::Stream }
  T: { Type: AWS::Lambda::Functon }
  N: {}
  my-id: { Type: AWS::S3::Bucket, Properties: { BucketName: mine } }
  M: { Type: AWS::Lambda::EventSourceMapping }
";
    assert_eq!(
        told(text),
        [
            "2:41: the transform AWS::LanguageExtensions is not supported; Ferry reads AWS::Serverless-2016-10-31 alone",
            "3:1: unknown section `Resource`; did you mean `Resources`?",
            "4:1: Hooks are not supported; remove them, or deploy with a template of their own",
            "6:41: F: unknown resource attribute `Propertys`; did you mean `Properties`?",
            "7:3: S: AWS::Serverless::StateMachine is not supported; state machines are not run: keep it out by a Condition",
            "8:3: K: unknown resource type `AWS::Kinesis::Stream`; see docs/template.md for what is read",
            "9:3: T: unknown resource type `AWS::Lambda::Functon`; did you mean `AWS::Lambda::Function`?",
            "10:3: N: this resource has no Type; add one, such as `Type: AWS::Serverless::Function`",
            "11:3: my-id: this logical id is not made of letters and digits alone; rename the resource, as CloudFormation asks",
            "12:3: M: AWS::Lambda::EventSourceMapping is not supported; event source mappings are not run: invoke the function directly, or keep it out by a Condition",
        ]
    );
}

#[test]
fn serverless_types_need_the_transform() {
    let text = "Resources:\n  F: { Type: AWS::Serverless::Function, Properties: { CodeUri: c, Runtime: provided.al2 } }\n";
    assert_eq!(
        told(text),
        ["2:3: F: AWS::Serverless::Function needs SAM's transform; add `Transform: AWS::Serverless-2016-10-31` at the top"]
    );
    assert_eq!(told("Description: empty\n"), ["1:1: the template declares no Resources; declare at least one function"]);
    assert_eq!(told("[]"), ["1:1: the template is a list; write a map with `Resources`"]);
}

#[test]
fn names_are_not_shared() {
    let function = |id: &str| {
        format!("{id}: {{ Type: AWS::Serverless::Function, Properties: {{ FunctionName: same, CodeUri: c, Runtime: provided.al2 }} }}\n")
    };
    assert_eq!(told(&sam(&(function("A") + &function("B")))), ["4:3: B: A is named same too; give each a name of its own"]);
}
