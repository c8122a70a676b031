//! WebSocket APIs from `AWS::ApiGatewayV2` resources and from SAM's one resource.

use ferry_template::{IdentitySource, RequestAuthorizer, RouteSelection, WebSocketApi, WebSocketRoute};

use crate::{map, parse, sam, told, without_path};

const FUNCTION: &str = "{ Type: AWS::Lambda::Function, Properties: { Code: a, Runtime: provided.al2 } }";
const URI: &str = "!Sub 'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'";

fn route(route_key: &str, function: &str) -> WebSocketRoute {
    WebSocketRoute { route_key: route_key.to_owned(), function: function.to_owned(), timeout_ms: 29_000, responds: false }
}

/// Functions `F` and `G`, and these resources.
fn plain(resources: &str) -> String {
    let resources: String = resources.trim().replace("URI", URI).lines().map(|line| format!("  {line}\n")).collect();
    format!("Resources:\n  F: {FUNCTION}\n  G: {FUNCTION}\n{resources}")
}

#[test]
fn plain_resources_are_joined_in_any_order() {
    let text = plain(
        "
Answer: { Type: AWS::ApiGatewayV2::RouteResponse, Properties: { ApiId: !Ref Chat, RouteId: !Ref Ask, RouteResponseKey: $default } }
Ask:
  Type: AWS::ApiGatewayV2::Route
  Properties: { ApiId: !Ref Chat, RouteKey: ask, Target: !Sub 'integrations/${ToF}', RouteResponseSelectionExpression: $default }
Connect:
  Type: AWS::ApiGatewayV2::Route
  Properties:
    ApiId: !Ref Chat
    RouteKey: $connect
    AuthorizationType: CUSTOM
    AuthorizerId: !Ref Guard
    OperationName: connect
    Target: !Join [/, [integrations, !Ref ToG]]
ToF:
  Type: AWS::ApiGatewayV2::Integration
  Properties: { ApiId: !Ref Chat, IntegrationType: AWS_PROXY, IntegrationUri: URI, IntegrationMethod: POST, TimeoutInMillis: 5000 }
ToG:
  Type: AWS::ApiGatewayV2::Integration
  Properties: { ApiId: !Ref Chat, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt G.Arn, ContentHandlingStrategy: CONVERT_TO_TEXT }
Guard:
  Type: AWS::ApiGatewayV2::Authorizer
  Properties:
    ApiId: !Ref Chat
    Name: guard
    AuthorizerType: REQUEST
    AuthorizerUri: URI
    IdentitySource: [route.request.header.Authorization, route.request.querystring.token, stageVariables.who]
Live:
  Type: AWS::ApiGatewayV2::Stage
  Properties: { ApiId: !Ref Chat, StageName: live, StageVariables: { who: me }, AutoDeploy: true }
Deployed: { Type: AWS::ApiGatewayV2::Deployment, DependsOn: [Ask], Properties: { ApiId: !Ref Chat } }
Chat:
  Type: AWS::ApiGatewayV2::Api
  Metadata: { Ferry: { Port: 9200, Origins: ['https://App.example'] } }
  Properties: { Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action }",
    );
    let template = parse(&text);
    let ask = WebSocketRoute { timeout_ms: 5000, responds: true, ..route("ask", "F") };
    let [api] = template.web_socket_apis.as_slice() else { panic!("one API") };
    let authorizer = RequestAuthorizer {
        function: "F".to_owned(),
        identity_sources: vec![
            IdentitySource::Header("Authorization".to_owned()),
            IdentitySource::QueryString("token".to_owned()),
            IdentitySource::StageVariable("who".to_owned()),
        ],
    };
    let wanted = WebSocketApi {
        logical_id: "Chat".to_owned(),
        api_id: api.api_id.clone(),
        stage: "live".to_owned(),
        stage_variables: map(&[("who", "me")]),
        route_selection: RouteSelection::parse("$request.body.action").unwrap(),
        routes: vec![ask, route("$connect", "G")],
        authorizer: Some(authorizer),
        origins: vec!["https://app.example".to_owned()],
        port: Some(9200),
    };
    assert_eq!(*api, wanted);
    assert_eq!((template.http_apis.len(), api.api_id.len()), (0, 10));
    assert_eq!(template.warnings, []);
}

#[test]
fn one_serverless_resource_is_a_whole_api() {
    let text = sam("
F: { Type: AWS::Serverless::Function, Properties: { CodeUri: c, Runtime: provided.al2, Environment: { Variables: { SOCKET: !GetAtt Chat.ApiEndpoint, ID: !Ref Chat } } } }
Chat:
  Type: AWS::Serverless::WebSocketApi
  Metadata: { Ferry: { Port: 9201 } }
  Properties:
    Auth: { AuthType: CUSTOM, AuthArn: !GetAtt F.Arn, IdentitySource: [route.request.querystring.token] }
    Routes:
      $connect: { FunctionArn: !GetAtt F.Arn }
      ask: { FunctionArn: !GetAtt F.Arn, IntegrationTimeout: 1000, RouteResponseSelectionExpression: $default }"
        .trim_start());
    let text = format!("Globals: {{ WebSocketApi: {{ RouteSelectionExpression: '${{request.body.a.b}}' }} }}\n{text}");
    let template = parse(&text);
    let [api] = template.web_socket_apis.as_slice() else { panic!("one API") };
    assert_eq!((api.stage.as_str(), api.port), ("default", Some(9201)));
    assert_eq!(api.route_selection, RouteSelection::parse("$request.body.a.b").unwrap());
    let ask = WebSocketRoute { timeout_ms: 1000, responds: true, ..route("ask", "F") };
    assert_eq!(api.routes, [route("$connect", "F"), ask]);
    assert_eq!(api.authorizer.as_ref().map(|authorizer| authorizer.identity_sources.len()), Some(1));
    let environment = &template.functions[0].environment;
    assert_eq!(environment["ID"], api.api_id);
    assert_eq!(environment["SOCKET"], format!("wss://{}.execute-api.us-east-1.amazonaws.com", api.api_id));
}

#[test]
fn what_is_not_served_is_refused() {
    let told = told(&plain(
        "
Chat: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.header.x, CorsConfiguration: {} } }
Mute: { Type: AWS::ApiGatewayV2::Api, Metadata: { Ferry: { Origins: [app.example] } }, Properties: { ProtocolType: WEBSOCKET } }
Http: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: HTTP } }
S: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Chat, StageName: $default } }
S2: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Chat, StageName: two } }
I: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Chat, IntegrationType: MOCK, IntegrationUri: nobody, TimeoutInMillis: 30000 } }
J: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Chat, IntegrationType: AWS_PROXY, IntegrationUri: URI, ContentHandlingStrategy: CONVERT_TO_BINARY } }
R: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: $start, Target: !Sub 'integrations/${J}' } }
R1: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: one, Target: integrations/x } }
R2: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: two, AuthorizationType: CUSTOM, AuthorizerId: x, Target: !Sub 'integrations/${J}' } }
R3: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: two, Target: !Sub 'integrations/${J}', ApiKeyRequired: true } }
R4: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: $connect, AuthorizationType: AWS_IAM, Target: !Sub 'integrations/${J}' } }
R5: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: five, Target: !Sub 'integrations/${J}', RouteResponseSelectionExpression: x } }
A: { Type: AWS::ApiGatewayV2::Authorizer, Properties: { ApiId: !Ref Chat, AuthorizerType: JWT, AuthorizerUri: URI, IdentitySource: [context.x] } }
B: { Type: AWS::ApiGatewayV2::Authorizer, Properties: { ApiId: !Ref Http } }
C: { Type: AWS::ApiGatewayV2::RouteResponse, Properties: { ApiId: !Ref Chat, RouteId: nobody, RouteResponseKey: $default } }",
    ));
    let problems = [
        "Chat: RouteSelectionExpression `$request.header.x` is not supported: only members of the message's body can be selected",
        "Chat: CorsConfiguration is not supported; it belongs to HTTP APIs",
        "Mute: RouteSelectionExpression is missing",
        "Mute: `app.example` is no web origin",
        "Mute: the API has no stage, so nobody can connect",
        "S: `$default` is no stage of a WebSocket API",
        "S2: Chat has a second stage",
        "I: IntegrationType MOCK is not supported",
        "I: IntegrationUri `nobody` is no function of this template",
        "I: TimeoutInMillis `30000` is out of bounds; write a whole number from 50 to 29000 (ms)",
        "J: only ContentHandlingStrategy CONVERT_TO_TEXT is supported",
        "R: `$start` is no route of a WebSocket API",
        "R1: Target `integrations/x` is no integration of this template",
        "R2: only $connect can have an authorizer",
        "R3: ApiKeyRequired is not supported",
        "R3: Chat has a second route `two`",
        "R4: AuthorizationType AWS_IAM is not supported",
        "R5: RouteResponseSelectionExpression `x` is not supported",
        "A: only AuthorizerType REQUEST is supported",
        "A: IdentitySource `context.x` is not supported",
        "B: AWS::ApiGatewayV2::Authorizer is not supported here; authorizers of HTTP APIs are not run",
        "C: RouteId `nobody` is no route of this template",
    ];
    for problem in problems {
        assert!(told.iter().any(|told| told.contains(problem)), "{problem}\nnot in\n{}", told.join("\n"));
    }
    assert_eq!(told.len(), problems.len(), "{}", told.join("\n"));
}

#[test]
fn an_answer_needs_both_halves_of_a_route_response() {
    let template = parse(&plain(
        "
Chat: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action } }
Live: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Chat, StageName: live } }
ToF: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Chat, IntegrationType: AWS_PROXY, IntegrationUri: URI } }
Ask: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: ask, Target: !Sub 'integrations/${ToF}', RouteResponseSelectionExpression: $default } }",
    ));
    assert_eq!(template.web_socket_apis[0].routes, [route("ask", "F")]);
    let warnings = without_path(&template.warnings);
    assert!(warnings.len() == 1 && warnings[0].contains("Ask: the function's answer does not reach the client"), "{warnings:?}");
}

#[test]
fn ports_are_not_shared_with_http_apis() {
    let text = sam("
F: { Type: AWS::Serverless::Function, Properties: { CodeUri: c, Runtime: provided.al2 } }
One: { Type: AWS::Serverless::HttpApi, Metadata: { Ferry: { Port: 9100 } } }
Two:
  Type: AWS::Serverless::WebSocketApi
  Metadata: { Ferry: { Port: 9100 } }
  Properties: { RouteSelectionExpression: $request.body.a, Routes: { $default: { FunctionArn: !GetAtt F.Arn } } }"
        .trim_start());
    assert_eq!(told(&text), ["5:3: Two: One has the same Metadata.Ferry.Port; give each API a port of its own"]);
}
