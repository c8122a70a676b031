//! The authorizer of `$connect`.

use std::collections::BTreeMap;

use ferry_host::invoke::{InvokeError, InvokeRequest};
use ferry_template::{IdentitySource, RequestAuthorizer, WebSocketApi};
use serde_json::{Value, json};

use crate::double::{Double, Outcome, answer, function, function_error};
use crate::harness::Harness;
use crate::socket::{Refused, api, connect, event, events, open};

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/live/$connect";

fn policy(effect: &str, resource: &str, context: &Value) -> String {
    let statement = json!([{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}]);
    json!({"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": statement}, "context": context}).to_string()
}

fn guarded(guard: impl Fn(&InvokeRequest) -> Outcome + Copy + Send + Sync + 'static, identity_sources: Vec<IdentitySource>) -> Harness {
    let double = Double::default()
        .with(function("chat"), |request| async move { answer(&request, r#"{"statusCode":200,"body":"hi"}"#) })
        .with(function("guard"), move |request| async move { guard(&request) });
    let authorizer = Some(RequestAuthorizer { function: "guardId".to_owned(), identity_sources });
    let routes = [("$connect", "chat"), ("$disconnect", "chat"), ("$default", "chat")];
    let stage_variables = BTreeMap::from([("set".to_owned(), "1".to_owned())]);
    open(double, WebSocketApi { authorizer, stage_variables, ..api(&routes) })
}

/// What the client gets where the authorizer answers like this.
fn refused(guard: impl Fn(&InvokeRequest) -> Outcome + Copy + Send + Sync + 'static) -> Refused {
    let harness = guarded(guard, Vec::new());
    let refused = connect(&harness, "/live", &[]).err().expect("no connection");
    assert_eq!(events(&harness.double, "$connect").len(), 0, "the function was not asked");
    refused
}

#[test]
fn what_the_authorizer_says_is_in_every_event() {
    let allow = |request: &InvokeRequest| answer(request, policy("Allow", ARN, &json!({"role": "admin", "age": 7, "ok": true})));
    let harness = guarded(allow, vec![IdentitySource::QueryString("token".to_owned())]);
    let mut client = connect(&harness, "/live?token=t", &[("x-more", "1")]).unwrap_or_else(|refused| panic!("{refused:?}"));
    client.send("hello");
    assert_eq!(client.text(), "hi");
    drop(client);
    for route in ["$connect", "$default", "$disconnect"] {
        let mut authorizer = event(&harness, route)["requestContext"]["authorizer"].clone();
        assert!(authorizer["integrationLatency"].take().is_u64());
        let wanted = json!({"principalId": "ada", "integrationLatency": null, "role": "admin", "age": "7", "ok": "true"});
        assert_eq!(authorizer, wanted, "{route}");
    }
    let asked: Value = serde_json::from_slice(&harness.double.requests()[0].payload).unwrap();
    for (pointer, wanted) in [
        ("/type", json!("REQUEST")),
        ("/methodArn", json!(ARN)),
        ("/headers/X-More", json!("1")),
        ("/headers/Upgrade", json!("websocket")),
        ("/queryStringParameters", json!({"token": "t"})),
        ("/stageVariables", json!({"set": "1"})),
        ("/requestContext/routeKey", json!("$connect")),
        ("/requestContext/eventType", json!("CONNECT")),
    ] {
        assert_eq!(asked.pointer(pointer), Some(&wanted), "{pointer}");
    }
    assert_eq!((asked.get("body"), asked.get("isBase64Encoded")), (None, None));
    let connection_id = &event(&harness, "$connect")["requestContext"]["connectionId"];
    assert_eq!(asked["requestContext"]["connectionId"], *connection_id);
}

#[test]
fn a_policy_that_does_not_allow_is_forbidden() {
    let deny = refused(|request| answer(request, policy("Deny", "*", &json!({}))));
    assert_eq!(deny.status, 403);
    assert!(deny.body.starts_with(r#"{"message": "Forbidden""#), "{}", deny.body);
    assert_eq!(refused(|request| answer(request, policy("Allow", "arn:aws:execute-api:*/test/*", &json!({})))).status, 403);
}

#[test]
fn a_function_that_says_unauthorized_is_401_and_any_other_failure_500() {
    let unauthorized = refused(|request| function_error(request, r#"{"errorMessage":"Unauthorized","errorType":"Exception"}"#));
    assert_eq!(unauthorized.status, 401);
    assert!(unauthorized.body.starts_with(r#"{"message": "Unauthorized""#), "{}", unauthorized.body);
    for status in [
        refused(|request| function_error(request, r#"{"errorMessage":"no database","errorType":"Exception"}"#)).status,
        refused(|request| answer(request, "null")).status,
        refused(|request| answer(request, r#"{"principalId":"ada"}"#)).status,
        refused(|request| answer(request, policy("Allow", ARN, &json!({"list": [1]})))).status,
        refused(|request| answer(request, policy("Allow", ARN, &json!({"long": "x".repeat(8 * 1024)})))).status,
        refused(|_| Err(InvokeError::TooManyRequests)).status,
    ] {
        assert_eq!(status, 500);
    }
}

#[test]
fn without_its_identity_sources_a_request_is_refused_unasked() {
    let allow = |request: &InvokeRequest| answer(request, policy("Allow", "*", &json!({})));
    let sources = [
        IdentitySource::Header("Authorization".to_owned()),
        IdentitySource::QueryString("token".to_owned()),
        IdentitySource::StageVariable("set".to_owned()),
    ];
    let harness = guarded(allow, sources.to_vec());
    let given = [("authorization", "x")];
    for (path, headers) in
        [("/live", &given[..]), ("/live?token=", &given), ("/live?token=t", &[]), ("/live?token=t", &[("authorization", "")])]
    {
        assert_eq!(connect(&harness, path, headers).err().expect("no connection").status, 401, "{path} {headers:?}");
    }
    assert_eq!(harness.double.requests().len(), 0);
    assert!(connect(&harness, "/live?token=t", &given).is_ok());
    let unset = guarded(allow, vec![IdentitySource::StageVariable("unset".to_owned())]);
    assert_eq!(connect(&unset, "/live", &[]).err().expect("no connection").status, 401);
}
