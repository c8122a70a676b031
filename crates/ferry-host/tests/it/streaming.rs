//! Streamed responses, to callers who read them as they come and to callers who want them whole.

use std::time::{Duration, Instant};

use ferry_host::invoke::{FunctionError, InvokeAnswer, InvokeError, InvokeRequest, Payload, StreamPart};
use serde_json::json;

use crate::fixture::{Host, PATIENCE, body, host, plain_host, request};

async fn streamed(host: &Host, payload: &str, tail: bool) -> InvokeAnswer {
    host.run(InvokeRequest { streaming: true, tail, ..request(payload) }).await.unwrap()
}

async fn parts(answer: InvokeAnswer) -> (String, Option<(String, String)>, Option<String>) {
    assert_eq!((answer.function_error, answer.content_type.as_str()), (None, "text/event-stream"));
    let Payload::Streamed(mut parts) = answer.payload else { panic!("a buffer where a stream was expected") };
    let mut text = String::new();
    while let Some(part) = parts.recv().await {
        match part {
            StreamPart::Chunk(bytes) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
            StreamPart::Complete { error, log_tail } => {
                assert!(parts.recv().await.is_none(), "nothing follows Complete");
                return (text, error, log_tail.map(|tail| String::from_utf8(tail.to_vec()).unwrap()));
            }
        }
    }
    panic!("the stream ended without Complete");
}

fn numbered(chunks: u32) -> String {
    (0..chunks).map(|number| format!("part {number}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_come_as_they_are_written() {
    let host = plain_host();
    let start = Instant::now();
    let answer = streamed(&host, r#"{"do":"stream","n":5,"ms":100}"#, false).await;
    let Payload::Streamed(mut receiver) = answer.payload else { panic!("a stream") };
    assert_eq!(receiver.recv().await, Some(StreamPart::Chunk("part 0\n".into())));
    assert!(start.elapsed() < Duration::from_millis(450), "the first chunk did not wait for the last");
    let answer = streamed(&host, r#"{"do":"stream","n":40}"#, false).await;
    assert_eq!(parts(answer).await, (numbered(40), None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_comes_with_the_last_part() {
    let (text, error, log) = parts(streamed(&plain_host(), r#"{"do":"stream","n":3}"#, true).await).await;
    assert_eq!((text, error), (numbered(3), None));
    let log = log.unwrap();
    assert!(log.contains("answered 202: {\"status\":\"OK\"}\n") && log.contains("REPORT RequestId: "), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_midstream_error_is_told_at_the_end() {
    let (text, error, _) = parts(streamed(&plain_host(), r#"{"do":"stream_error","n":2}"#, false).await).await;
    assert_eq!(text, numbered(2));
    assert_eq!(error, Some(("Function.Midway".into(), r#"{"errorType":"Midway"}"#.into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_or_times_out_ends_with_an_error() {
    let host = host(|function, _| function.timeout_s = 1);
    let (text, error, _) = parts(streamed(&host, r#"{"do":"stream_cut"}"#, false).await).await;
    assert_eq!((text.as_str(), error.unwrap().0.as_str()), ("part 0\n", "Runtime.TruncatedResponse"));
    let (text, error, log) = parts(streamed(&host, r#"{"do":"stream","n":100,"ms":100}"#, true).await).await;
    assert!(text.starts_with(&numbered(3)), "{text}");
    assert_eq!(error.unwrap().0, "Sandbox.Timedout");
    assert!(log.unwrap().contains("Status: timeout"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_goes_away_does_not_stop_the_function() {
    let host = host(|function, _| function.reserved_concurrency = Some(1));
    drop(streamed(&host, r#"{"do":"stream","n":200}"#, false).await);
    let start = Instant::now();
    let count = loop {
        match host.ask(r#"{"do":"count"}"#).await {
            Ok(answer) => break body(answer),
            Err(InvokeError::TooManyRequests) => tokio::time::sleep(Duration::from_millis(2)).await,
            Err(error) => panic!("{error}"),
        }
        assert!(start.elapsed() < PATIENCE, "the stream never ended");
    };
    assert!(count.starts_with(br#"{"count":2,"#), "the same process goes on: {count:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_wants_it_whole_gets_it_whole() {
    let host = plain_host();
    let told = host.told(r#"{"do":"stream","n":3}"#).await;
    assert_eq!((told.error, told.body), (None, numbered(3).into()));
    let told = host.told(r#"{"do":"stream_error","n":2}"#).await;
    assert_eq!((told.error, told.json()), (Some(FunctionError::Handled), json!({"errorType": "Midway"})));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buffered_response_to_a_reader_of_streams_comes_whole() {
    let answer = streamed(&plain_host(), "\"whole\"", false).await;
    assert!(matches!(answer.payload, Payload::Buffered(bytes) if bytes == "\"whole\""));
}
