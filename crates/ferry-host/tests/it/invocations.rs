//! Invocations that go well, and what the function sees of them.

use std::collections::BTreeMap;

use bytes::Bytes;
use ferry_host::invoke::{Invoke, InvokeError, InvokeRequest};
use serde_json::{Value, json};

use crate::fixture::{body, host, plain_host, request};

#[tokio::test(flavor = "multi_thread")]
async fn payloads_come_back_byte_for_byte() {
    let host = plain_host();
    let big = format!("\"{}\"", "é".repeat(1_000_000));
    for payload in ["{}", "\"text\"", "", "null", &big] {
        let answer = host.ask(payload).await.unwrap();
        assert_eq!(answer.function_error, None);
        assert_eq!(answer.content_type, "application/json");
        assert_eq!((answer.log_tail.clone(), answer.metrics), (None, None));
        assert_eq!(body(answer), payload.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_not_json_is_passed_on_as_it_is() {
    let answer = plain_host().ask(r#"{"do":"plain"}"#).await.unwrap();
    assert_eq!(answer.content_type, "text/plain");
    assert_eq!((answer.function_error, body(answer)), (None, Bytes::from_static(b"not json")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_used_again() {
    let host = plain_host();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let answer: Value = serde_json::from_slice(&body(host.ask(r#"{"do":"count"}"#).await.unwrap())).unwrap();
        seen.push((answer["count"].as_u64(), answer["pid"].clone()));
    }
    assert_eq!(seen.iter().map(|(count, _)| *count).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_exactly_lambdas() {
    let host = host(|function, _| {
        function.environment.insert("MINE".into(), "1".into());
    });
    let env: BTreeMap<String, String> = serde_json::from_slice(&body(host.ask(r#"{"do":"env"}"#).await.unwrap())).unwrap();
    let names: Vec<&str> = env.keys().map(String::as_str).collect();
    insta::assert_json_snapshot!(names);
    assert_eq!(env["AWS_LAMBDA_FUNCTION_NAME"], "guest");
    assert_eq!(env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert_eq!(env["LAMBDA_TASK_ROOT"], "/var/task");
    assert!(env["AWS_LAMBDA_LOG_STREAM_NAME"].contains("/[$LATEST]"), "{env:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invocation_comes_with_its_headers() {
    let request = InvokeRequest {
        client_context: Some(r#"{"custom":{"a":"b"}}"#.into()),
        cognito_identity: Some(r#"{"cognitoIdentityId":"c","cognitoIdentityPoolId":"p"}"#.into()),
        trace_id: Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".into()),
        ..request(r#"{"do":"headers"}"#)
    };
    let id = request.request_id.clone();
    let before = epoch_ms();
    let headers: Value = serde_json::from_slice(&body(plain_host().run(request).await.unwrap())).unwrap();
    let deadline: u64 = headers["lambda-runtime-deadline-ms"].as_str().unwrap().parse().unwrap();
    assert!((before + 3_000..before + 13_000).contains(&deadline), "{deadline} at {before}");
    assert_eq!(headers["lambda-runtime-aws-request-id"], json!(id));
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn:aws:lambda:us-east-1:123456789012:function:guest");
    assert_eq!(headers["lambda-runtime-client-context"], r#"{"custom":{"a":"b"}}"#);
    assert_eq!(headers["lambda-runtime-cognito-identity"], r#"{"cognitoIdentityId":"c","cognitoIdentityPoolId":"p"}"#);
    assert_eq!(headers["lambda-runtime-trace-id"], "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["lambda-runtime-invocation-id"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_come_with_the_tail() {
    let host = plain_host();
    let cold = host.told(r#"{"do":"spin","n":50}"#).await.metrics;
    let warm = host.told(r#"{"do":"memory","n":64}"#).await.metrics;
    assert!(cold.init_us.is_some() && cold.init_cpu_us.is_some() && cold.host_start_us.is_some(), "{cold:?}");
    assert!(cold.duration_us >= 50_000 && cold.billed_ms >= 50, "{cold:?}");
    assert_eq!((warm.init_us, warm.init_cpu_us, warm.host_start_us), (None, None, None));
    if !host.skips("cpu") {
        // 256 MB are 0.145 vCPU: 50 ms of the clock are at least 5 of the processor, and it is held back meanwhile.
        assert!((4_000..60_000).contains(&cold.cpu_us), "{cold:?}");
        assert!(cold.throttled_us > 0, "{cold:?}");
    }
    assert!((64..=256).contains(&warm.max_memory_mib), "{warm:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_found_by_name_logical_id_and_arn() {
    let host = plain_host();
    for name in ["guest", "Guest", "arn:aws:lambda:us-east-1:123456789012:function:guest:$LATEST"] {
        assert!(host.lambda.function(name).is_some(), "{name}");
        let answer = host.run(InvokeRequest { function: name.into(), ..request("{}") }).await;
        assert!(answer.is_ok(), "{name}");
    }
    let missing = host.run(InvokeRequest { function: "nobody".into(), ..request("{}") }).await;
    assert!(matches!(missing, Err(InvokeError::NotFound { arn }) if arn.ends_with(":function:nobody")));
}

#[expect(clippy::disallowed_methods, reason = "compared with what the guest was told")]
fn epoch_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
