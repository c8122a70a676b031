//! `Invoke`, synchronous: parameters, headers, errors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ferry_host::invoke::InvokeError;
use serde_json::json;

use crate::double::{Double, END, answer, chunk, echo, function, function_error, streamed};
use crate::harness::Harness;

const MIB: usize = 1024 * 1024;

fn error_of(answer: &crate::harness::Answer) -> (u16, String, String) {
    let body = answer.json();
    let message = body.get("Message").or(body.get("message")).and_then(|message| message.as_str()).unwrap_or_default().to_owned();
    (answer.status, answer.header("x-amzn-errortype").unwrap_or_default().to_owned(), message)
}

#[test]
fn an_answer_carries_lambda_s_headers() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let answer = harness.invoke("hello", &[], r#"{"a":1}"#);
    assert_eq!((answer.status, answer.text()), (200, r#"{"a":1}"#));
    assert_eq!(answer.header("x-amz-executed-version"), Some("$LATEST"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    for absent in ["x-amz-function-error", "x-amz-log-result", "x-ferry-metrics"] {
        assert_eq!(answer.header(absent), None, "{absent}");
    }
    let request = &harness.double.requests()[0];
    assert_eq!(answer.header("x-amzn-requestid"), Some(request.request_id.as_str()));
    assert_eq!(answer.header("x-amzn-trace-id"), request.trace_id.as_deref());
    assert!(request.trace_id.as_ref().unwrap().starts_with("Root=1-"));
    assert!(!request.tail && !request.streaming);
}

#[test]
fn parameters_reach_the_function() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let context = STANDARD.encode(r#"{"custom":{"a":1}}"#);
    let headers = [("x-amz-log-type", "Tail"), ("x-amz-client-context", context.as_str()), ("x-amzn-trace-id", "Root=1-a-b")];
    let answer = harness.invoke("hello", &headers, "{}");
    let request = &harness.double.requests()[0];
    assert_eq!(request.client_context.as_deref(), Some(r#"{"custom":{"a":1}}"#));
    assert_eq!(request.trace_id.as_deref(), Some("Root=1-a-b"));
    assert!(request.tail);
    assert_eq!(STANDARD.decode(answer.header("x-amz-log-result").unwrap()).unwrap(), b"START\nEND\n");
    let metrics: serde_json::Value = serde_json::from_str(answer.header("x-ferry-metrics").unwrap()).unwrap();
    assert_eq!(
        metrics,
        json!({"init_us": null, "duration_us": 1500, "billed_ms": 2, "cpu_us": 700, "init_cpu_us": null, "throttled_us": 0,
            "max_memory_mib": 14, "host_start_us": null})
    );
}

#[test]
fn no_body_is_an_empty_object() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    assert_eq!(harness.invoke("hello", &[], "").text(), "{}");
}

#[test]
fn every_form_of_a_name_is_the_same_function() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    for name in [
        "hello",
        "helloId",
        "hello:$LATEST",
        "hello?Qualifier=%24LATEST",
        "123456789012:function:hello",
        "arn:aws:lambda:us-east-1:123456789012:function:hello",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello%3A%24LATEST",
    ] {
        let (path, query) = name.split_once('?').map_or((name, String::new()), |(path, query)| (path, format!("?{query}")));
        let answer = harness.lambda("POST", &format!("/2015-03-31/functions/{path}/invocations{query}"), &[], "{}");
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
    assert!(harness.double.requests().iter().all(|request| request.function == "hello"));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let arn = "arn:aws:lambda:us-east-1:123456789012:function";
    for (name, message) in [
        ("other", format!("Function not found: {arn}:other")),
        ("hello:7", format!("Function not found: {arn}:hello:7")),
        ("hello:prod", format!("Cannot find alias arn: {arn}:hello:prod")),
        ("999999999999:function:hello", "Function not found: arn:aws:lambda:us-east-1:999999999999:function:hello".to_owned()),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:hello",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')".to_owned(),
        ),
    ] {
        let wanted = (404, "ResourceNotFoundException".to_owned(), message);
        let answer = harness.invoke(name, &[], "{}");
        assert_eq!(error_of(&answer), wanted, "{name}");
        assert_eq!(answer.json()["Type"], "User");
        assert!(answer.header("x-amzn-requestid").is_some());
    }
    assert!(harness.double.requests().is_empty());
}

#[test]
fn bad_requests_are_refused_before_the_function_runs() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let long = "A".repeat(3_584);
    for (headers, body, kind, message) in [
        (vec![], "{", "InvalidRequestContentException", "Could not parse request body into json: "),
        (vec![("x-amz-client-context", "%%")], "{}", "InvalidRequestContentException", "Client context must be a valid Base64-encoded"),
        (vec![("x-amz-client-context", long.as_str())], "{}", "InvalidRequestContentException", "Client context must be smaller"),
        (vec![("x-amz-invocation-type", "Later")], "{}", "InvalidParameterValueException", "1 validation error detected: Value 'Later'"),
        (vec![("x-amz-log-type", "All")], "{}", "InvalidParameterValueException", "1 validation error detected: Value 'All'"),
    ] {
        let (status, error_type, text) = error_of(&harness.invoke("hello", &headers, body));
        assert_eq!((status, error_type.as_str()), (400, kind), "{headers:?}");
        assert!(text.starts_with(message), "{text}");
    }
    assert!(harness.double.requests().is_empty());
}

#[test]
fn six_mebibytes_pass_and_one_byte_more_does_not() {
    let harness = Harness::open(Double::default().with(function("hello"), |request| async move {
        let length = request.payload.len();
        answer(&request, length.to_string())
    }));
    let payload = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    assert_eq!(harness.invoke("hello", &[], payload(6 * MIB)).text(), (6 * MIB).to_string());
    let refused = harness.invoke("hello", &[], payload(6 * MIB + 1));
    let message = "Request must be smaller than 6291456 bytes for the InvokeFunction operation".to_owned();
    assert_eq!(error_of(&refused), (413, "RequestTooLargeException".to_owned(), message));
    assert_eq!(harness.double.requests().len(), 1);
}

#[test]
fn large_answers_arrive_whole() {
    let harness = Harness::open(Double::default().with(function("hello"), |request| async move { answer(&request, vec![b' '; 6 * MIB]) }));
    assert_eq!(harness.invoke("hello", &[], "{}").body.len(), 6 * MIB);
}

#[test]
fn a_function_error_is_an_answer() {
    let harness = Harness::open(
        Double::default().with(function("bad"), |request| async move { function_error(&request, r#"{"errorType":"ValueError"}"#) }),
    );
    let answer = harness.invoke("bad", &[], "{}");
    assert_eq!((answer.status, answer.header("x-amz-function-error")), (200, Some("Unhandled")));
    assert_eq!(answer.json()["errorType"], "ValueError");
}

#[test]
fn a_streaming_runtime_s_answer_is_gathered() {
    let harness = Harness::open(
        Double::default().with(function("stream"), |_| async { streamed("application/json", vec![chunk("{\"a\""), chunk(":1}"), END]) }),
    );
    assert_eq!(harness.invoke("stream", &[], "{}").text(), "{\"a\":1}");
}

#[test]
fn invocations_that_do_not_run_are_exceptions() {
    let mut limited = function("limited");
    limited.reserved_concurrency = Some(1);
    let harness = Harness::open(
        Double::default()
            .with(limited, |_| async { Err(InvokeError::TooManyRequests) })
            .with(function("crowded"), |_| async { Err(InvokeError::TooManyRequests) })
            .with(function("unbuildable"), |_| async { Err(InvokeError::Service("cargo failed".to_owned())) }),
    );
    let throttled = harness.invoke("limited", &[], "{}");
    assert_eq!(error_of(&throttled), (429, "TooManyRequestsException".to_owned(), "Rate Exceeded.".to_owned()));
    assert_eq!(throttled.json()["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded");
    assert_eq!(throttled.header("retry-after"), Some("1"));
    assert_eq!(harness.invoke("crowded", &[], "{}").json()["Reason"], "ConcurrentInvocationLimitExceeded");
    let fault = harness.invoke("unbuildable", &[], "{}");
    assert_eq!(error_of(&fault), (500, "ServiceException".to_owned(), "cargo failed".to_owned()));
}

#[test]
fn a_dry_run_checks_and_runs_nothing() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let dry = [("x-amz-invocation-type", "DryRun")];
    assert_eq!((harness.invoke("hello", &dry, "{}").status, harness.invoke("other", &dry, "{}").status), (204, 404));
    assert_eq!(harness.invoke("hello", &dry, "{").status, 400);
    assert!(harness.double.requests().is_empty());
}

#[test]
fn concurrent_callers_get_their_own_answers() {
    let harness = Harness::open(Double::default().with(function("hello"), |request| async move {
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(request.payload[0] % 7))).await;
        echo(request).await
    }));
    std::thread::scope(|scope| {
        for caller in 0..64 {
            let harness = &harness;
            scope.spawn(move || {
                for turn in 0..10 {
                    let body = format!("{}", caller * 100 + turn);
                    assert_eq!(harness.invoke("hello", &[], body.clone()).text(), body);
                }
            });
        }
    });
}
