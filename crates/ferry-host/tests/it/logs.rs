//! Log lines and tails.

use std::sync::Arc;

use ferry_template::LogFormat;
use serde_json::Value;

use crate::fixture::{Lines, host, host_with_init, plain_host, until};

#[tokio::test(flavor = "multi_thread")]
async fn cold_and_warm_logs_have_lambdas_lines() {
    let host = host_with_init("log", |_, _| {});
    insta::assert_snapshot!("cold", host.told(r#"{"do":"log","n":2}"#).await.log_shape());
    insta::assert_snapshot!("warm", host.told(r#"{"do":"stderr"}"#).await.log_shape());
    insta::assert_snapshot!("crash", host.told(r#"{"do":"exit","n":1}"#).await.log_shape());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_before_the_response_is_in_its_tail() {
    let host = plain_host();
    for _ in 0..200 {
        let told = host.told(r#"{"do":"log","n":1}"#).await;
        assert!(told.log.contains("\nline 0\nEND ") || told.log.starts_with("line 0\nEND "), "{}", told.log);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_output_is_bounded_and_does_not_hold_up_the_function() {
    let host = host(|function, _| function.timeout_s = 30);
    let told = host.told(r#"{"do":"spam","n":20}"#).await;
    assert_eq!(told.error, None);
    assert_eq!(told.log.len(), ferry_host::limits::LOG_TAIL_BYTES);
    assert!(told.log.contains("REPORT RequestId"), "{}", told.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sink_gets_every_line_with_and_without_tails() {
    let lines = Arc::new(Lines::default());
    let host = host(|_, settings| settings.log_sink = lines.sink());
    host.ask(r#"{"do":"log","n":1}"#).await.unwrap();
    host.ask(r#"{"do":"partial"}"#).await.unwrap();
    host.ask(r#"{"do":"exit","n":1}"#).await.unwrap();
    until("the last REPORT", || lines.all().iter().filter(|line| line.starts_with("REPORT")).count() == 3).await;
    let begins: Vec<String> = lines.all().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(
        begins,
        ["INIT_START", "START", "line", "END", "REPORT", "START", "END", "REPORT", "START", "no", "RequestId:", "END", "REPORT"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_format_writes_records() {
    let host = host(|function, _| function.log_format = LogFormat::Json);
    let told = host.told("{}").await;
    let kinds: Vec<String> =
        told.log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["platform.initStart", "platform.initReport", "platform.start", "platform.runtimeDone", "platform.report"]);
}
