//! The Runtime API as a rude client meets it. The guest logs what it was answered.

use ferry_host::invoke::FunctionError;
use serde_json::json;

use crate::fixture::{Host, Told, plain_host};

async fn echoes(host: &Host, payload: &str) -> Told {
    let told = host.told(payload).await;
    assert_eq!((told.error, told.body.as_ref()), (None, payload.as_bytes()), "{}", told.log);
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_response_is_403_and_changes_nothing() {
    let told = echoes(&plain_host(), r#"{"do":"twice"}"#).await;
    let refusal = r#"answered 403: {"errorMessage":"State transition from ResponseSent to InvocationResponse failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}"#;
    assert!(told.log.contains(refusal), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_under_another_request_id_is_400() {
    let told = echoes(&plain_host(), r#"{"do":"wrong_id"}"#).await;
    assert!(told.log.contains(r#"answered 400: {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_under_another_invocation_id_is_410() {
    let told = echoes(&plain_host(), r#"{"do":"stale"}"#).await;
    assert!(told.log.contains(r#"answered 410: {"errorMessage":"Invoke timeout","errorType":"InvokeTimeout"}"#), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn init_error_after_init_is_403_and_restore_is_404() {
    let host = plain_host();
    let told = echoes(&host, r#"{"do":"init_error"}"#).await;
    assert!(told.log.contains("answered 403: ") && told.log.contains("from Running to InitError"), "{}", told.log);
    let told = echoes(&host, r#"{"do":"restore"}"#).await;
    assert!(told.log.contains("answered 404: 404 page not found\n") && told.log.contains("answered 405: "), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn next_before_the_answer_returns_the_same_invocation() {
    let told = echoes(&plain_host(), r#"{"do":"next_again"}"#).await;
    assert!(told.log.contains("the same: true\n"), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_may_change_its_connection() {
    let host = plain_host();
    echoes(&host, r#"{"do":"reconnect"}"#).await;
    echoes(&host, r#"{"do":"echo"}"#).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reported_error_is_handled_and_the_sandbox_lives_on() {
    let host = plain_host();
    let told = host.told(r#"{"do":"error"}"#).await;
    assert_eq!(told.error, Some(FunctionError::Handled));
    assert_eq!(told.json(), json!({"errorType": "Refused", "errorMessage": "no"}));
    assert!(!told.log.contains("Status:"), "{}", told.log);
    assert_eq!(host.told(r#"{"do":"count"}"#).await.json()["count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn oversize_responses_are_413_and_the_sandbox_lives_on() {
    let host = plain_host();
    let limit = ferry_host::limits::RESPONSE_BYTES_MAX;
    let most = host.told(&format!(r#"{{"do":"oversize","n":{limit}}}"#)).await;
    assert_eq!((most.error, most.body.len()), (None, limit));
    for size in [limit + 1, 20_000_000] {
        let told = host.told(&format!(r#"{{"do":"oversize","n":{size}}}"#)).await;
        assert_eq!(told.error, Some(FunctionError::Unhandled));
        let message = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
        assert_eq!(told.json(), json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}));
        assert!(told.log.contains("answered 413: "), "{}", told.log);
        assert!(told.log.contains("Status: error\tError Type: Function.ResponseSizeTooLarge"), "{}", told.log);
    }
    assert_eq!(host.told(r#"{"do":"count"}"#).await.json()["count"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_that_are_no_responses_fail_the_invocation() {
    let host = plain_host();
    let told = host.told(r#"{"do":"truncated"}"#).await;
    assert_eq!(told.json()["errorType"], "Runtime.TruncatedResponse");
    let told = host.told(r#"{"do":"bad_mode"}"#).await;
    assert_eq!(told.json()["errorType"], "Runtime.InvalidResponseModeHeader");
    assert!(told.log.contains("answered 400: ") && told.log.contains("InvalidFunctionResponseMode"), "{}", told.log);
    assert_eq!(host.told(r#"{"do":"count"}"#).await.json()["count"], 3);
}
