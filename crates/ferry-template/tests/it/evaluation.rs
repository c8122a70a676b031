//! Parameters, conditions and intrinsic functions, seen through a function's environment.

use crate::{map, only_function, parse_with, sam, told, told_with};

/// The values of one function's variables, written as lines `NAME: expression`.
#[track_caller]
fn values(head: &str, variables: &str, parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    let template = parse_with(&with(head, variables), parameters).unwrap_or_else(|errors| panic!("{errors}"));
    template.functions[0].environment.clone().into_iter().collect()
}

fn with(head: &str, variables: &str) -> String {
    let indented: String = variables.trim().lines().map(|line| format!("          {line}\n")).collect();
    format!(
        "{head}\n{}",
        sam(&format!("F:\n  Type: AWS::Serverless::Function\n  Properties:\n    CodeUri: rust\n    Runtime: provided.al2023\n    Environment:\n      Variables:\n{indented}"))
            .replace("          ", "        ")
    )
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    map(expected).into_iter().collect()
}

#[test]
fn functions_over_texts_and_lists() {
    let head = "Parameters: { Stage: { Type: String, Default: dev }, Zones: { Type: CommaDelimitedList, Default: 'a,b,c' } }
Mappings: { ByStage: { dev: { level: debug, hosts: [x, y] }, prod: { level: info, hosts: [z] } } }";
    let variables = "
REF: !Ref Stage
SUB: !Sub '${Stage}-${AWS::Region}-${!Stage}'
SUB2: !Sub ['${Name}/${Stage}', { Name: !Select [1, !Ref Zones] }]
JOIN: !Join ['+', !Ref Zones]
JOIN2: !Join ['', [a, !Ref Stage, 1]]
SPLIT: !Select [1, !Split ['-', 'one-two-three']]
MAP1: !FindInMap [ByStage, !Ref Stage, level]
MAP2: !Select [0, !FindInMap [ByStage, dev, hosts]]
LONG: { 'Fn::Sub': 'x${Stage}' }";
    assert_eq!(
        values(head, variables, &[]),
        pairs(&[
            ("REF", "dev"),
            ("SUB", "dev-us-east-1-${Stage}"),
            ("SUB2", "b/dev"),
            ("JOIN", "a+b+c"),
            ("JOIN2", "adev1"),
            ("SPLIT", "two"),
            ("MAP1", "debug"),
            ("MAP2", "x"),
            ("LONG", "xdev"),
        ])
    );
    assert_eq!(values(head, "MAP1: !FindInMap [ByStage, !Ref Stage, level]", &[("Stage", "prod")]), pairs(&[("MAP1", "info")]));
}

#[test]
fn conditions_choose() {
    let head = "Parameters: { Stage: { Type: String, Default: dev }, Size: { Type: Number, Default: 5 } }
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Big: !Equals [!Ref Size, 5]
  Both: !And [Condition: Big, !Not [Condition: Prod]]
  Either: { 'Fn::Or': [{ Condition: Prod }, { 'Fn::Equals': [a, b] }] }";
    let variables = "PROD: !If [Prod, 'yes', 'no']\nBOTH: !If [Both, 'yes', 'no']\nEITHER: !If [Either, 'yes', 'no']\nGONE: !If [Prod, kept, !Ref AWS::NoValue]";
    assert_eq!(values(head, variables, &[]), pairs(&[("BOTH", "yes"), ("EITHER", "no"), ("PROD", "no")]));
    assert_eq!(
        values(head, variables, &[("Stage", "prod")]),
        pairs(&[("BOTH", "no"), ("EITHER", "yes"), ("GONE", "kept"), ("PROD", "yes")])
    );
}

#[test]
fn resources_have_names_and_arns_of_awss_shape() {
    let resources = "
  T: { Type: AWS::Serverless::SimpleTable, Properties: { TableName: !Sub '${AWS::StackName}-rows' } }
  S: { Type: AWS::Serverless::SimpleTable }
  B: { Type: AWS::S3::Bucket }
  Q: { Type: AWS::SQS::Queue }
  R: { Type: AWS::IAM::Role }
";
    let variables = "
T1: !Ref T
T2: !GetAtt T.Arn
S1: !Ref S
B1: !Ref B
B2: !GetAtt B.Arn
Q1: !Ref Q
Q2: !GetAtt Q.Arn
Q3: !GetAtt Q.QueueName
F1: !Sub '${G}|${G.Arn}'
F2: !GetAtt GRole.Arn
P1: !Sub '${AWS::AccountId} ${AWS::Partition} ${AWS::URLSuffix} ${AWS::StackName}'
P2: !Ref AWS::StackId";
    let more = "  G: { Type: AWS::Serverless::Function, Properties: { CodeUri: g, Runtime: provided.al2 } }\n";
    let text = with("", variables) + resources.trim_start_matches('\n') + more;
    let template = parse_with(&text, &[("AWS::Region", "eu-north-1")]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(
        template.functions[0].environment,
        map(&[
            ("T1", "shop-rows"),
            ("T2", "arn:aws:dynamodb:eu-north-1:123456789012:table/shop-rows"),
            ("S1", "shop-S"),
            ("B1", "shop-b"),
            ("B2", "arn:aws:s3:::shop-b"),
            ("Q1", "http://127.0.0.1:4566/123456789012/shop-Q"),
            ("Q2", "arn:aws:sqs:eu-north-1:123456789012:shop-Q"),
            ("Q3", "shop-Q"),
            ("F1", "G|arn:aws:lambda:eu-north-1:123456789012:function:G"),
            ("F2", "arn:aws:iam::123456789012:role/shop-GRole"),
            ("P1", "123456789012 aws amazonaws.com shop"),
            ("P2", "arn:aws:cloudformation:eu-north-1:123456789012:stack/shop/ferry"),
        ])
    );
    assert_eq!(template.region, "eu-north-1");
}

#[test]
fn the_address_of_an_api_has_awss_shape() {
    let head = "";
    let variables =
        "ONE: !Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/'\nTWO: !GetAtt Api.ApiEndpoint\nURL: !GetAtt GUrl.FunctionUrl";
    let text = with(head, variables)
        + "  Api: { Type: AWS::Serverless::HttpApi }\n  G:\n    Type: AWS::Serverless::Function\n    Properties: { CodeUri: g, Runtime: provided.al2, FunctionUrlConfig: { AuthType: NONE } }\n";
    let template = parse_with(&text, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let environment = &template.functions[0].environment;
    let host = environment["TWO"].strip_prefix("https://").expect("https");
    let (id, rest) = host.split_once('.').expect("a host name");
    assert_eq!((id.len(), rest), (10, "execute-api.us-east-1.amazonaws.com"));
    assert_eq!(environment["ONE"], format!("https://{host}/"));
    assert!(environment["URL"].ends_with(".lambda-url.us-east-1.on.aws/"), "{}", environment["URL"]);
}

#[test]
fn a_false_condition_removes_a_resource() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Parameters: { Stage: { Type: String, Default: local } }
Conditions: { Deployed: !Not [!Equals [!Ref Stage, local]] }
Resources:
  F: { Type: AWS::Serverless::Function, Properties: { CodeUri: f, Runtime: provided.al2 } }
  Auth: { Type: AWS::ApiGatewayV2::Authorizer, Condition: Deployed }
  G: { Type: AWS::Serverless::Function, Condition: Deployed, Properties: { CodeUri: g, Runtime: provided.al2 } }
";
    assert_eq!(only_function(text).logical_id, "F");
    let deployed = told_with(text, &[("Stage", "prod")]);
    assert_eq!(deployed.len(), 1, "{deployed:?}");
    assert!(deployed[0].starts_with("7:3: Auth: AWS::ApiGatewayV2::Authorizer is not supported"), "{deployed:?}");
}

#[test]
fn expressions_that_mean_nothing_are_located() {
    let head = "Parameters: { Boot: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /boot }, Stage: { Type: String, Default: dev } }
Conditions: { Never: !Equals [a, b], Round: { Condition: Round } }";
    let variables = "
A1: !Ref Stagee
A2: !GetAtt F.Name
A3: !Select [3, [a]]
A4: !ImportValue Shared
A5: !FindInMap [No, a, b]
A6: !If [Nevr, a, b]
A7: !Sub '${Gone.Arn} ${'
A8: !Ref Off
A9: !Ref Boot
B1: !If [Round, a, b]
B5: !Equals [a, b]
B6: !Join [',', a, b]";
    let off = "  Off: { Type: AWS::S3::Bucket, Condition: Never }\n";
    let expected = [
        "2:58: F: the condition Round depends on itself; break the circle",
        "12:15: F: `Stagee` is neither a parameter nor a resource of this template; did you mean `Stage`?",
        "13:15: F: F has no attribute Name here; use Arn, or pass the value by a parameter",
        "14:15: F: Fn::Select asks for item 3 of a list of 1; count from 0 to one below the length",
        "15:15: F: Fn::ImportValue is not supported; use Ref, Fn::Sub, Fn::GetAtt, Fn::Join, Fn::Split, Fn::Select, Fn::If or Fn::FindInMap, or a parameter",
        "16:27: F: Mappings have no `No` here (No / a / b); the template has none",
        "17:20: F: there is no condition Nevr; did you mean `Never`?",
        "18:15: F: `Gone` is neither a parameter nor a resource of this template; known are: AWS::AccountId, AWS::NoValue, AWS::Partition, AWS::Region, AWS::StackId, AWS::StackName, AWS::URLSuffix, Boot, F, Off, Stage",
        "18:15: F: a `${` in Fn::Sub is not closed; write `${Name}`, or `${!Name}` for the text itself",
        "19:15: F: Off does not exist: its Condition is false; guard this with Fn::If on the same condition",
        "20:15: F: the parameter Boot is kept in AWS Systems Manager; pass a value for it: `Boot=…`",
        "22:15: F: Fn::Equals stands outside Conditions; name the condition there and use Fn::If here",
        "23:15: F: Fn::Join takes a list of 2, this is a list; write it in that form",
    ];
    assert_eq!(told(&(with(head, variables) + off)), expected);
}

#[test]
fn values_of_the_wrong_kind_are_located() {
    let variables = "B1: { Ref: Stage, Other: 1 }\nB2: '{{resolve:ssm:x}}'\nB3: [1]\nB4: ~";
    assert_eq!(
        told(&with("", variables)),
        [
            "11:15: F: B1 is a map; write a single value",
            "12:15: F: B2 holds a dynamic reference (`{{resolve:…}}`), which only AWS can resolve; pass the value by a parameter",
            "13:15: F: B3 is a list; write a single value",
            "14:15: F: B4 is null; write a single value",
        ]
    );
}

#[test]
fn names_that_need_each_other_are_a_circle() {
    let text = sam("A: { Type: AWS::Serverless::Function, Properties: { FunctionName: !Ref B, CodeUri: a, Runtime: provided.al2 } }
B: { Type: AWS::Serverless::Function, Properties: { FunctionName: !Sub '${A}x', CodeUri: b, Runtime: provided.al2 } }");
    assert_eq!(told(&text), ["3:3: A: the name of A depends on itself; break the circle"]);
}
