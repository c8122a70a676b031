//! Crashes, timeouts and failing INITs: what the caller hears, and that the next invocation is well again.

use std::time::{Duration, Instant};

use ferry_host::invoke::FunctionError;
use serde_json::{Value, json};

use crate::fixture::{Host, body, error, host, host_with_init, plain_host, request};

async fn fails(host: &Host, payload: &str, error_type: &str, message: &str) {
    let request = request(payload);
    let expected = message.replace("ID", &request.request_id);
    let (marked, document) = error(host.run(request).await.unwrap());
    assert_eq!(marked, FunctionError::Unhandled, "{payload}");
    assert_eq!(document, json!({"errorType": error_type, "errorMessage": expected}), "{payload}");
}

async fn is_well(host: &Host) {
    let answer = host.ask("\"again\"").await.unwrap();
    assert_eq!((answer.function_error, body(answer).as_ref()), (None, b"\"again\"".as_slice()));
}

#[tokio::test(flavor = "multi_thread")]
async fn exits_are_worded_as_on_lambda() {
    let host = plain_host();
    let cases = [
        (r#"{"do":"exit","n":1}"#, "RequestId: ID Error: Runtime exited with error: exit status 1"),
        (r#"{"do":"exit","n":0}"#, "RequestId: ID Error: Runtime exited without providing a reason"),
        (r#"{"do":"abort"}"#, "RequestId: ID Error: Runtime exited with error: signal: aborted"),
        (r#"{"do":"segv"}"#, "RequestId: ID Error: Runtime exited with error: signal: segmentation fault"),
    ];
    for (payload, message) in cases {
        fails(&host, payload, "Runtime.ExitError", message).await;
        is_well(&host).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_memory_kills_and_says_so() {
    let host = plain_host();
    if host.skips("memory") {
        return;
    }
    fails(&host, r#"{"do":"oom"}"#, "Runtime.OutOfMemory", "RequestId: ID Error: Runtime exited with error: signal: killed").await;
    is_well(&host).await;
    let told = host.told(r#"{"do":"oom"}"#).await;
    assert_eq!(told.metrics.max_memory_mib, 256);
    assert!(told.log.contains("\tMax Memory Used: 256 MB\t"), "{}", told.log);
    assert!(told.log.contains("Status: error\tError Type: Runtime.OutOfMemory\n"), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_ends_the_invocation_and_the_sandbox() {
    let host = host(|function, _| function.timeout_s = 1);
    is_well(&host).await;
    let start = Instant::now();
    fails(&host, r#"{"do":"hang"}"#, "Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds").await;
    assert!(start.elapsed() >= Duration::from_secs(1));
    let count: Value = serde_json::from_slice(&body(host.ask(r#"{"do":"count"}"#).await.unwrap())).unwrap();
    assert_eq!(count["count"], 1, "a new process");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_stands_whatever_the_process_does_after_it() {
    let host = host(|function, _| function.timeout_s = 1);
    for payload in [r#"{"do":"answer_then_exit"}"#, r#"{"do":"answer_and_die"}"#] {
        let answer = host.ask(payload).await.unwrap();
        assert_eq!((answer.function_error, body(answer).as_ref()), (None, payload.as_bytes()));
        is_well(&host).await;
        let told = host.told(payload).await;
        assert_eq!((told.error, told.body.as_ref()), (None, payload.as_bytes()));
        assert!(told.log.contains("Status: error\tError Type: Runtime.ExitError"), "{}", told.log);
    }
    let told = host.told(r#"{"do":"answer_then_hang"}"#).await;
    assert_eq!((told.error, told.metrics.duration_us), (None, 1_000_000));
    assert!(told.log.contains("Status: timeout"), "{}", told.log);
    is_well(&host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn children_that_outlive_their_parent_are_killed_with_the_sandbox() {
    let host = plain_host();
    let told = host.told(r#"{"do":"children","n":5}"#).await;
    assert_eq!(told.error, None);
    fails(&host, r#"{"do":"exit","n":3}"#, "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 3").await;
    is_well(&host).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_init_is_done_again_inside_the_invocation_and_then_fails_it() {
    let host = host_with_init("exit", |_, _| {});
    let told = host.told("{}").await;
    let message = format!("RequestId: {} Error: Runtime exited with error: exit status 7", told.id);
    assert_eq!(told.json(), json!({"errorType": "Runtime.ExitError", "errorMessage": message}));
    insta::assert_snapshot!(told.log_shape());
    assert_eq!(told.metrics.init_us, None, "a failed INIT is part of the duration");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_error_is_answered_with_the_runtimes_own_document() {
    let host = host_with_init("error", |_, _| {});
    let told = host.told("{}").await;
    assert_eq!(told.error, Some(FunctionError::Unhandled));
    assert_eq!(told.json(), json!({"errorMessage": "no module", "errorType": "Runtime.ImportModuleError", "stackTrace": []}));
    insta::assert_snapshot!(told.log_shape());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_beyond_its_cap_gets_the_functions_own_timeout() {
    let host = host_with_init("slow:600", |_, settings| settings.init_cap = Duration::from_millis(300));
    let told = host.told("\"late\"").await;
    assert_eq!((told.error, told.body.as_ref()), (None, b"\"late\"".as_slice()));
    assert!(told.log.contains("ms\tPhase: init\tStatus: timeout\n"), "{}", told.log);
    assert!(told.metrics.init_us.is_none() && told.metrics.duration_us >= 600_000, "{:?}", told.metrics);
    let warm = host.told("\"warm\"").await;
    assert!(warm.metrics.duration_us < 300_000, "{:?}", warm.metrics);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_that_never_ends_times_out() {
    let host = host_with_init("hang", |function, settings| {
        function.timeout_s = 1;
        settings.init_cap = Duration::from_millis(200);
    });
    let told = host.told("{}").await;
    assert_eq!(told.json()["errorType"], "Sandbox.Timedout");
    insta::assert_snapshot!(told.log_shape().lines().filter(|line| !line.contains("Task timed out")).collect::<Vec<_>>().join("\n"));
    assert!(told.log.contains("Task timed out after 1.00 seconds"), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_cannot_start_is_an_error_and_not_a_hang() {
    let mut built = crate::fixture::guest();
    built.launch.program = "/var/task/nowhere".into();
    let host = Host::new(vec![built], ferry_host::settings::HostSettings::default());
    let answer = host.ask("{}").await;
    let error = answer.expect_err("nothing to start").to_string();
    assert!(error.starts_with("Function guest cannot be started: "), "{error}");
    assert!(error.contains("nowhere"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_enforced_the_host_still_runs() {
    let built = crate::fixture::changed(crate::fixture::guest(), |function| function.timeout_s = 1);
    let host = Host::on(true, vec![built], ferry_host::settings::HostSettings::default());
    is_well(&host).await;
    fails(&host, r#"{"do":"exit","n":4}"#, "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 4").await;
    is_well(&host).await;
    fails(&host, r#"{"do":"hang"}"#, "Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds").await;
    is_well(&host).await;
}
