//! Whatever the text, reading ends soon, without a panic, in a template or in located errors.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::{PATH, told};

const SEEDS: [&str; 3] = [include_str!("../fixtures/cdk-shop.template.json"), SAM, "a: &x [*x, !Ref y]\n? [k]\n: |2-\n  text\n...\n"];

const SAM: &str = "%YAML 1.2
---
Transform: AWS::Serverless-2016-10-31
Metadata: { Ferry: { Physics: { latency: [{ service: s3, ms: 6 }], seed: 1 } } }
Globals: { Function: { Runtime: python3.13, Environment: { Variables: { STAGE: !Ref Stage } } }, HttpApi: { CorsConfiguration: true } }
Parameters: { Stage: { Type: String, Default: dev, AllowedValues: [dev, prod] }, Zones: { Type: CommaDelimitedList, Default: 'a,b' } }
Conditions: { Prod: !Equals [!Ref Stage, prod], Not: !Not [Condition: Prod] }
Mappings: { M: { dev: { size: 512 }, prod: { size: 1024 } } }
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: f }, Ferry: { Replaces: [G], Events: e, Equal: { ignore: [/a], tolerance: 1e-6 } } }
    Properties:
      CodeUri: rust
      Runtime: provided.al2023
      MemorySize: !FindInMap [M, !Ref Stage, size]
      Environment: { Variables: { TABLE: !Ref T, URL: !Sub 'https://${Api}.x/${AWS::Region}', ZONE: !Select [0, !Ref Zones] } }
      Layers: [!Ref L]
      FunctionUrlConfig: { AuthType: NONE, Cors: { AllowOrigins: ['*'] } }
      Events:
        Get: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: get, Path: '/a/{id}' } }
  G:
    Type: AWS::Serverless::Function
    Condition: Not
    Properties: { InlineCode: \"def handler(e, c):\\n  return e\\n\", Handler: index.handler }
  L: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: l } }
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Join ['-', [!Ref AWS::StackName, t]]
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  B: { Type: AWS::S3::Bucket, Metadata: { Ferry: { Objects: data, Region: eu-west-1 } } }
  Q: { Type: AWS::SQS::Queue, Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Q.Arn, maxReceiveCount: 3 } } }
  Api: { Type: AWS::Serverless::HttpApi, Metadata: { Ferry: { Port: 9100 } }, Properties: { StageVariables: { a: b } } }
";

/// Reads the text and checks that every problem has a place in it.
fn read(text: &str, name: &str) -> Result<(), TestCaseError> {
    let path = Path::new(PATH).with_file_name(name);
    if let Err(errors) = ferry_template::parse(text, &path, &BTreeMap::new()) {
        let lines = text.split(['\n', '\r']).count();
        prop_assert!(!errors.diagnostics().is_empty());
        for diagnostic in errors.diagnostics() {
            let mark = diagnostic.mark.ok_or_else(|| TestCaseError::fail(format!("no place: {diagnostic}")))?;
            prop_assert!((1..=lines + 1).contains(&mark.line) && mark.column >= 1, "{diagnostic} in {lines} lines");
            prop_assert!(!diagnostic.problem.is_empty() && !diagnostic.remedy.is_empty(), "{diagnostic}");
        }
    }
    Ok(())
}

/// One change to a text: a part goes or is doubled, or a token comes in.
#[derive(Debug, Clone)]
enum Change {
    Cut,
    Double,
    Insert(String),
}

fn mutate(text: &str, at: Index, length: usize, change: &Change) -> String {
    let characters: Vec<char> = text.chars().collect();
    let from = at.index(characters.len() + 1);
    let to = (from + length).min(characters.len());
    let (before, part, after) = (&characters[..from], &characters[from..to], &characters[to..]);
    let middle: String = match change {
        Change::Cut => String::new(),
        Change::Double => [part, part].concat().into_iter().collect(),
        Change::Insert(token) => token.chars().chain(part.iter().copied()).collect(),
    };
    before.iter().copied().chain(middle.chars()).chain(after.iter().copied()).collect()
}

fn mutation() -> impl Strategy<Value = (Index, usize, Change)> {
    let token = prop_oneof![
        "[\\x00-\\x7f]{1,3}",
        prop::sample::select(vec![
            "!Ref ",
            "!Sub ",
            "!GetAtt ",
            "${",
            "}",
            "{",
            "[",
            "]",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "&a ",
            "*a",
            "---\n",
            "|\n",
            ">-\n",
            "? ",
            "#",
            "'",
            "\"",
            "\\",
            "Fn::If",
            "Ref",
            "AWS::NoValue",
            "~",
            "\t",
            "\u{feff}",
            "\u{85}",
            "\u{1f600}",
            "!!str ",
            "<<: ",
            "%TAG ! x\n",
            "\r\n",
            "AWS::Region",
            "null",
        ])
        .prop_map(str::to_owned),
    ];
    let change = prop_oneof![Just(Change::Cut), Just(Change::Double), token.prop_map(Change::Insert)];
    (any::<Index>(), 0..60_usize, change)
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&String::from_utf8_lossy(&bytes), "template.yaml")?;
    }

    #[test]
    fn any_yaml_like_text(text in "[ \\n:{}\\[\\],!&*#|>'\"%@?a-c-]{0,120}") {
        read(&text, "template.yaml")?;
        read(&text, "template.json")?;
    }

    #[test]
    fn mutated_templates(seed in prop::sample::select(SEEDS.to_vec()), mutations in prop::collection::vec(mutation(), 1..6)) {
        let text = mutations.iter().fold(seed.to_owned(), |text, (at, length, change)| mutate(&text, *at, *length, change));
        read(&text, "template.yaml")?;
    }
}

#[test]
fn the_seeds_themselves_are_read() {
    for seed in &SEEDS[..2] {
        crate::parse(seed);
    }
}

#[test]
fn a_template_beyond_the_limit() {
    let text = format!("# {}\n", "x".repeat(1024 * 1024));
    assert_eq!(
        told(&text),
        ["1:1: the template has 1048579 bytes, CloudFormation takes at most 1048576; split the stack, or move inline code into files"]
    );
}

#[test]
fn long_chains_end_in_an_error() {
    let conditions: String = (0..1500).map(|n| format!("  C{n}: !Not [Condition: C{}]\n", n + 1)).collect();
    let chained =
        told(&format!("Conditions:\n{conditions}  C1500: !Equals [a, a]\nResources:\n  B: {{ Type: AWS::S3::Bucket, Condition: C0 }}\n"));
    assert!(chained[0].contains("leads through more than 256 values"), "{chained:?}");
    let names: String =
        (0..1500).map(|n| format!("  B{n}: {{ Type: AWS::S3::Bucket, Properties: {{ BucketName: !Ref B{} }} }}\n", n + 1)).collect();
    let function = "  F: { Type: AWS::Lambda::Function, Properties: { Code: c, Runtime: provided.al2, FunctionName: !Ref B0 } }\n";
    let chained = told(&format!("Resources:\n{names}  B1500: {{ Type: AWS::S3::Bucket }}\n{function}"));
    assert!(chained.iter().any(|told| told.contains("leads through more than 256 values")), "{chained:?}");
}

#[test]
fn text_that_multiplies_is_bounded() {
    let value = "x".repeat(4096);
    let references = "${P}".repeat(4000);
    let variables: String = (0..50).map(|n| format!("        VV{n}: !Sub '{references}'\n")).collect();
    let function = "    Properties:\n      Code: c\n      Runtime: provided.al2\n      Environment:\n       Variables:\n";
    let text = format!(
        "Parameters: {{ P: {{ Type: String, Default: {value} }} }}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n{function}{variables}"
    );
    let told = told(&text);
    assert!(told.iter().any(|told| told.contains("makes more text than Ferry takes")), "{told:?}");
}
