//! HTTP APIs from serverless events and from `AWS::ApiGatewayV2` resources.

use ferry_template::{Cors, HttpApi, HttpRoute};

use crate::{map, parse, sam, told, without_path};

fn route(route_key: &str, function: &str) -> HttpRoute {
    HttpRoute { route_key: route_key.to_owned(), function: function.to_owned() }
}

fn api(logical_id: &str, routes: Vec<HttpRoute>) -> HttpApi {
    HttpApi { logical_id: logical_id.to_owned(), stage: "$default".to_owned(), stage_variables: map(&[]), cors: None, routes, port: None }
}

/// Functions `A` and `B` with these events, and further resources.
fn with_events(a: &str, b: &str, resources: &str) -> String {
    let function = |id: &str, events: &str| {
        format!(
            "{id}: {{ Type: AWS::Serverless::Function, Properties: {{ CodeUri: c, Runtime: provided.al2, Events: {{ {events} }} }} }}\n"
        )
    };
    sam(&(function("A", a) + &function("B", b) + resources))
}

fn event(method: &str, path: &str) -> String {
    format!("{{ Type: HttpApi, Properties: {{ Method: {method}, Path: '{path}' }} }}")
}

#[test]
fn events_without_an_api_make_the_implicit_one() {
    let a = format!("One: {}, Two: {}", event("get", "/a/{id}"), event("'*'", "/files/{path+}"));
    let template = parse(&with_events(&a, "Rest: { Type: HttpApi }", ""));
    let routes = vec![route("GET /a/{id}", "A"), route("ANY /files/{path+}", "A"), route("$default", "B")];
    assert_eq!(template.http_apis, [api("ServerlessHttpApi", routes)]);
}

#[test]
fn a_declared_api_has_its_settings_and_its_routes() {
    let resources = "
Api:
  Type: AWS::Serverless::HttpApi
  Metadata: { Ferry: { Port: 9100 } }
  Properties:
    StageName: live
    StageVariables: { table: rows }
    CorsConfiguration: { AllowOrigins: [https://a.example], AllowCredentials: true, MaxAge: 5 }
    FailOnWarnings: true
Other:
  Type: AWS::Serverless::HttpApi
  Properties: { CorsConfiguration: true }
Third:
  Type: AWS::Serverless::HttpApi
  Properties: { CorsConfiguration: \"'https://b.example'\" }
";
    let a = "One: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: POST, Path: /, Auth: { Authorizer: NONE }, PayloadFormatVersion: '2.0' } }";
    let b = "One: { Type: HttpApi, Properties: { ApiId: Other, Method: POST, Path: / } }, Two: { Type: HttpApi, Properties: { ApiId: !Ref Third } }";
    let template = parse(&with_events(a, b, resources.trim_start()));
    let cors = |origin: &str| Cors { allow_origins: vec![origin.to_owned()], ..Cors::default() };
    let first = HttpApi {
        stage: "live".to_owned(),
        stage_variables: map(&[("table", "rows")]),
        cors: Some(Cors { allow_credentials: true, max_age_s: Some(5), ..cors("https://a.example") }),
        port: Some(9100),
        ..api("Api", vec![route("POST /", "A")])
    };
    let other = HttpApi { cors: Some(cors("*")), ..api("Other", vec![route("POST /", "B")]) };
    let third = HttpApi { cors: Some(cors("https://b.example")), ..api("Third", vec![route("$default", "B")]) };
    assert_eq!(template.http_apis, [first, other, third]);
    assert_eq!(template.warnings, []);
}

#[test]
fn a_route_has_one_function() {
    let told = told(&with_events(&format!("One: {}", event("GET", "/a/{id}")), &format!("Uno: {}", event("GET", "/a/{name}")), ""));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].ends_with("B: the route `GET /a/{name}` of ServerlessHttpApi is taken by A; give each route of an API one function"),
        "{told:?}"
    );
}

#[test]
fn an_api_without_routes_is_worth_a_warning() {
    let text = with_events("", "", "Api: { Type: AWS::Serverless::HttpApi }");
    assert_eq!(
        without_path(&parse(&text).warnings),
        ["5:3: Api: the API has no routes; add a route: without one it answers 404 to everything"]
    );
}

#[test]
fn plain_resources_are_joined_in_any_order() {
    let text = "
Resources:
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: GET /a, Target: !Join [/, [integrations, !Ref ToA]], AuthorizationType: NONE }
  ToA:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${A.Arn}/invocations
      PayloadFormatVersion: '2.0'
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: prod, AutoDeploy: true, StageVariables: { k: v } }
  Api: { Type: AWS::ApiGatewayV2::Api, Metadata: { Ferry: { Port: 9200 } }, Properties: { Name: api, ProtocolType: HTTP } }
  A: { Type: AWS::Lambda::Function, Properties: { Code: a, Runtime: provided.al2 } }
  Quick: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: quick, ProtocolType: HTTP, Target: !GetAtt A.Arn } }
";
    let first = HttpApi {
        stage: "prod".to_owned(),
        stage_variables: map(&[("k", "v")]),
        port: Some(9200),
        ..api("Api", vec![route("GET /a", "A")])
    };
    assert_eq!(parse(text).http_apis, [first, api("Quick", vec![route("$default", "A")])]);
}

#[test]
fn what_is_not_served_is_refused() {
    let a = "
      Queue: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } },
      Rest: { Type: Api, Properties: { Path: /, Method: get } },
      Typo: { Type: HttpAp },
      Auth: { Type: HttpApi, Properties: { Path: /1, Method: get, Auth: { Authorizer: Mine } } },
      Old: { Type: HttpApi, Properties: { Path: /2, Method: get, PayloadFormatVersion: '1.0' } },
      Short: { Type: HttpApi, Properties: { Path: /3, Method: get, TimeoutInMillis: 1000 } },
      Half: { Type: HttpApi, Properties: { Path: /4 } },
      Lost: { Type: HttpApi, Properties: { ApiId: !Ref Q, Path: /5, Method: get } }";
    let resources = "Q: { Type: AWS::SQS::Queue }
Api: { Type: AWS::Serverless::HttpApi, Properties: { Auth: {}, DefinitionUri: api.yaml, CorsConfiguration: { AllowOrigin: '*' } } }
Old: { Type: AWS::Serverless::Api, Properties: { StageName: x } }
Chat: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: GRPC } }
R: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: GET, Target: integrations/x, AuthorizationType: JWT } }
I: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Chat, IntegrationType: HTTP_PROXY, IntegrationUri: 'https://a', PayloadFormatVersion: '1.0' } }";
    let told = told(&with_events(a.trim(), "", resources));
    let problems = [
        "A: the event source SQS (event Queue) is not served",
        "A: the event source Api (event Rest) is not served",
        "A: unknown event type `HttpAp`; did you mean `HttpApi`?",
        "A: Auth is not supported",
        "A: only PayloadFormatVersion 2.0 is supported",
        "A: TimeoutInMillis below 30000 is not supported",
        "A: event Half has only one of Path and Method",
        "A: ApiId `http://127.0.0.1:4566/123456789012/shop-Q` is no AWS::Serverless::HttpApi of this template",
        "Api: Auth is not supported",
        "Api: DefinitionUri is not supported",
        "Api: unknown property `AllowOrigin`; did you mean `AllowOrigins`?",
        "Old: AWS::Serverless::Api is not supported; REST APIs are not served",
        "Chat: this ProtocolType is not served",
        "R: `GET` is no route: the path is missing",
        "R: Target `integrations/x` is no integration of this template",
        "R: only AuthorizationType NONE is supported",
        "I: IntegrationType HTTP_PROXY is not supported",
        "I: only PayloadFormatVersion 2.0 is supported",
        "I: IntegrationUri `https://a` is no function of this template",
    ];
    for problem in problems {
        assert!(told.iter().any(|told| told.contains(problem)), "{problem}\nnot in\n{}", told.join("\n"));
    }
    assert_eq!(told.len(), problems.len(), "{}", told.join("\n"));
}

#[test]
fn ports_are_not_shared() {
    let api = |id: &str| format!("{id}: {{ Type: AWS::Serverless::HttpApi, Metadata: {{ Ferry: {{ Port: 9100 }} }} }}\n");
    assert_eq!(
        told(&with_events("", "", &(api("One") + &api("Two")))),
        ["6:3: Two: One has the same Metadata.Ferry.Port; give each API a port of its own"]
    );
}
