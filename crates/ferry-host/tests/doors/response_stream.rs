//! `InvokeWithResponseStream`: the frames, read by a decoder of the test's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ferry_host::invoke::{InvokeError, StreamPart};

use crate::double::{Double, END, answer, chunk, function, function_error, streamed};
use crate::harness::{Answer, Harness};

/// Event type and payload of each frame. CRCs are the encoder's unit test's affair.
fn frames(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let (total, headers) = (number(0), number(4));
        let text = String::from_utf8_lossy(&bytes[12..12 + headers]).into_owned();
        let name = ["PayloadChunk", "InvokeComplete"].into_iter().find(|name| text.contains(name)).unwrap();
        frames.push((name.to_owned(), bytes[12 + headers..total - 4].to_vec()));
        bytes = &bytes[total..];
    }
    frames
}

fn stream(harness: &Harness, name: &str, headers: &[(&str, &str)]) -> Answer {
    harness.lambda("POST", &format!("/2021-11-15/functions/{name}/response-streaming-invocations"), headers, "{}")
}

fn completion(frame: &(String, Vec<u8>)) -> serde_json::Value {
    assert_eq!(frame.0, "InvokeComplete");
    serde_json::from_slice(&frame.1).unwrap()
}

#[test]
fn chunks_come_as_frames_and_the_log_at_the_end() {
    let harness = Harness::open(Double::default().with(function("stream"), |request| async move {
        assert!(request.streaming && request.tail);
        let end = StreamPart::Complete { error: None, log_tail: Some(Bytes::from_static(b"REPORT")) };
        streamed("text/plain", vec![chunk("one"), chunk(""), chunk("two"), end])
    }));
    let answer = stream(&harness, "stream", &[("x-amz-log-type", "Tail")]);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/vnd.amazon.eventstream")));
    assert_eq!(answer.header("x-amz-executed-version"), Some("$LATEST"));
    let frames = frames(&answer.body);
    assert_eq!(frames[..2], [("PayloadChunk".to_owned(), b"one".to_vec()), ("PayloadChunk".to_owned(), b"two".to_vec())]);
    assert_eq!(completion(&frames[2]), serde_json::json!({"LogResult": STANDARD.encode("REPORT")}));
}

#[test]
fn a_buffered_answer_is_one_chunk() {
    let harness = Harness::open(Double::default().with(function("whole"), |request| async move { answer(&request, "{}") }));
    let frames = frames(&stream(&harness, "whole", &[]).body);
    assert_eq!(frames, [("PayloadChunk".to_owned(), b"{}".to_vec()), ("InvokeComplete".to_owned(), b"{}".to_vec())]);
}

#[test]
fn errors_stand_in_the_completion() {
    let midstream = StreamPart::Complete { error: Some(("Runtime.Oops".to_owned(), "{\"a\":1}".to_owned())), log_tail: None };
    let harness = Harness::open(
        Double::default().with(function("early"), |request| async move { function_error(&request, r#"{"errorType":"ValueError"}"#) }).with(
            function("late"),
            move |_| {
                let parts = vec![chunk("x"), midstream.clone()];
                async move { streamed("text/plain", parts) }
            },
        ),
    );
    let early = frames(&stream(&harness, "early", &[]).body);
    assert_eq!(completion(&early[0]), serde_json::json!({"ErrorCode": "ValueError", "ErrorDetails": r#"{"errorType":"ValueError"}"#}));
    let late = frames(&stream(&harness, "late", &[]).body);
    assert_eq!(completion(&late[1]), serde_json::json!({"ErrorCode": "Runtime.Oops", "ErrorDetails": "{\"a\":1}"}));
}

#[test]
fn what_does_not_run_is_no_stream() {
    let harness = Harness::open(
        Double::default()
            .with(function("busy"), |_| async { Err(InvokeError::TooManyRequests) })
            .with(function("stream"), |_| async { streamed("text/plain", vec![END]) }),
    );
    assert_eq!(stream(&harness, "busy", &[]).status, 429);
    assert_eq!(stream(&harness, "other", &[]).status, 404);
    assert_eq!(stream(&harness, "stream", &[("x-amz-invocation-type", "DryRun")]).status, 204);
    assert_eq!(stream(&harness, "stream", &[("x-amz-invocation-type", "Event")]).status, 400);
}
