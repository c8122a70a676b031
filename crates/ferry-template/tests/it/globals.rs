//! SAM's Globals in functions and HTTP APIs.

use ferry_template::Architecture;

use crate::{map, parse, told};

#[test]
fn globals_are_merged_into_each_function() {
    let template = parse(
        "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: provided.al2023
    MemorySize: 256
    Timeout: 10
    Architectures: [arm64]
    Environment: { Variables: { AA: global, BB: global } }
    Layers: [!Ref First]
  HttpApi:
    StageVariables: { env: dev }
    CorsConfiguration: { AllowOrigins: [https://a.example] }
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: one
      MemorySize: 512
      Architectures: [x86_64]
      Environment: { Variables: { BB: own, CC: own } }
      Layers: [!Ref Second]
  Two:
    Type: AWS::Serverless::Function
    IgnoreGlobals: [Environment, Layers]
    Properties:
      CodeUri: two
      Events: { Any: { Type: HttpApi } }
  Three:
    Type: AWS::Lambda::Function
    Properties: { Code: three, Runtime: provided.al2 }
  First: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: first } }
  Second: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: second } }
",
    );
    let [one, two, three] = template.functions.as_slice() else { panic!("three functions") };
    assert_eq!((one.memory_mib, one.timeout_s, one.architecture), (512, 10, Architecture::X86_64));
    assert_eq!(one.environment, map(&[("AA", "global"), ("BB", "own"), ("CC", "own")]));
    assert_eq!(one.layers, ["First", "Second"]);
    assert_eq!((two.memory_mib, two.architecture), (256, Architecture::Arm64));
    assert_eq!((two.environment.len(), two.layers.len()), (0, 0));
    assert_eq!((three.memory_mib, three.timeout_s), (128, 3), "Globals are SAM's: plain CloudFormation has none");
    let api = &template.http_apis[0];
    assert_eq!(api.stage_variables, map(&[("env", "dev")]));
    assert_eq!(api.cors.as_ref().expect("cors").allow_origins, ["https://a.example"]);
}

#[test]
fn a_mistake_in_globals_is_told_once() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: provided.al2023, MemorySize: 64, Events: {} }
  Functions: {}
Resources:
  One: { Type: AWS::Serverless::Function, Properties: { CodeUri: one } }
  Two: { Type: AWS::Serverless::Function, Properties: { CodeUri: two } }
";
    assert_eq!(
        told(text),
        [
            "4:53: One: MemorySize `64` is out of bounds; write a whole number from 128 to 10240 (MB)",
            "4:57: SAM does not take Events from Globals; write it in each resource",
            "5:3: Globals has an unknown section `Functions`; did you mean `Function`?",
        ]
    );
}
