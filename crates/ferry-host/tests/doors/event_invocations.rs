//! Asynchronous invocations: accepted, retried, given up; never lost in silence.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ferry_host::doors::DropReason;
use ferry_host::invoke::InvokeError;

use crate::double::{Double, answer, echo, function, function_error};
use crate::harness::{Answer, Harness, eventually};

const EVENT: (&str, &str) = ("x-amz-invocation-type", "Event");

fn send(harness: &Harness, name: &str) -> Answer {
    let answer = harness.invoke(name, &[EVENT], "{}");
    assert_eq!((answer.status, answer.text()), (202, ""));
    answer
}

fn drop_reason(harness: &Harness) -> DropReason {
    eventually("an event is dropped", || !harness.double.dropped.lock().unwrap().is_empty());
    harness.double.dropped.lock().unwrap()[0].reason.clone()
}

#[test]
fn an_event_is_accepted_and_run() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let accepted = harness.invoke("hello", &[EVENT, ("x-amz-log-type", "Tail"), ("x-amz-client-context", "e30=")], r#"{"a":1}"#);
    assert_eq!(accepted.status, 202);
    eventually("the function runs", || harness.double.requests().len() == 1);
    let request = &harness.double.requests()[0];
    assert_eq!(accepted.header("x-amzn-requestid"), Some(request.request_id.as_str()));
    assert_eq!((&request.payload[..], &request.client_context, request.tail), (&br#"{"a":1}"#[..], &None, false));
}

#[test]
fn events_over_one_mebibyte_are_refused() {
    let harness = Harness::open(Double::default().with(function("hello"), echo));
    let refused = harness.invoke("hello", &[EVENT], format!("\"{}\"", "x".repeat(1024 * 1024)));
    assert_eq!((refused.status, refused.header("x-amzn-errortype")), (413, Some("RequestTooLargeException")));
    assert_eq!(refused.json()["message"], "Request must be smaller than 1048576 bytes for the InvokeFunction operation");
    assert_eq!(harness.invoke("hello", &[EVENT], "{").status, 400);
}

#[test]
fn a_failing_function_is_tried_three_times_with_one_request_id() {
    let harness = Harness::open(Double::default().with(function("bad"), |request| async move { function_error(&request, "{}") }));
    let request_id = send(&harness, "bad").header("x-amzn-requestid").unwrap().to_owned();
    assert_eq!(drop_reason(&harness), DropReason::RetriesExhausted);
    let ids: Vec<String> = harness.double.requests().into_iter().map(|request| request.request_id).collect();
    assert_eq!(ids, [request_id.clone(), request_id.clone(), request_id.clone()]);
    let dropped = harness.double.dropped.lock().unwrap()[0].clone();
    assert_eq!((dropped.function.as_str(), dropped.request_id, dropped.attempts), ("bad", request_id, 3));
    assert!(dropped.age >= Duration::from_millis(60), "both delays were kept: {:?}", dropped.age);
}

#[test]
fn retries_end_with_success() {
    let turns = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&turns);
    let harness = Harness::open(Double::default().with(function("flaky"), move |request| {
        let turn = count.fetch_add(1, Ordering::Relaxed);
        async move {
            match turn {
                0 => Err(InvokeError::TooManyRequests),
                1 => Err(InvokeError::Service("no cgroup".to_owned())),
                2 => function_error(&request, "{}"),
                _ => answer(&request, "{}"),
            }
        }
    }));
    send(&harness, "flaky");
    eventually("four turns", || turns.load(Ordering::Relaxed) == 4);
    let mut harness = harness;
    harness.close();
    assert_eq!((turns.load(Ordering::Relaxed), harness.double.dropped.lock().unwrap().len()), (4, 0));
}

#[test]
fn retries_follow_the_function_s_configuration() {
    let mut once = function("once");
    once.max_retry_attempts = 0;
    let harness = Harness::open(Double::default().with(once, |request| async move { function_error(&request, "{}") }));
    send(&harness, "once");
    assert_eq!(drop_reason(&harness), DropReason::RetriesExhausted);
    assert_eq!(harness.double.requests().len(), 1);
}

#[test]
fn throttled_events_are_kept_up_to_their_age() {
    let mut busy = function("busy");
    busy.max_event_age_s = 1;
    let harness = Harness::open(Double::default().with(busy, |_| async { Err(InvokeError::TooManyRequests) }));
    send(&harness, "busy");
    assert_eq!(drop_reason(&harness), DropReason::EventAgeExceeded);
    assert!(harness.double.requests().len() > 3, "tried again and again");
    assert_eq!(harness.double.dropped.lock().unwrap()[0].attempts, 0);
}

#[test]
fn zero_reserved_concurrency_gives_events_up() {
    let mut none = function("none");
    none.reserved_concurrency = Some(0);
    let harness = Harness::open(Double::default().with(none, |_| async { Err(InvokeError::TooManyRequests) }));
    send(&harness, "none");
    assert_eq!(drop_reason(&harness), DropReason::ZeroReservedConcurrency);
}

#[test]
fn reserved_concurrency_bounds_what_runs_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (Arc::clone(&now), Arc::clone(&most));
    let mut two = function("two");
    two.reserved_concurrency = Some(2);
    let harness = Harness::open(Double::default().with(two, move |request| {
        let (running, peak) = (Arc::clone(&running), Arc::clone(&peak));
        async move {
            peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            answer(&request, "{}")
        }
    }));
    for _ in 0..20 {
        send(&harness, "two");
    }
    eventually("all have run", || harness.double.requests().len() == 20);
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[test]
fn closing_tells_of_every_event_that_did_not_end() {
    let mut one = function("slow");
    one.reserved_concurrency = Some(1);
    let mut harness = Harness::open(Double::default().with(one, |request| async move {
        match request.payload[0] {
            b'1' => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => std::future::pending().await,
        }
        answer(&request, "{}")
    }));
    for body in ["1", "2", "3"] {
        assert_eq!(harness.invoke("slow", &[EVENT], body).status, 202);
        eventually("the first runs", || !harness.double.requests().is_empty());
    }
    harness.close();
    // The first one ended within the drain time; the others waited for its place.
    let dropped = harness.double.dropped.lock().unwrap();
    assert_eq!(dropped.iter().map(|event| event.reason.clone()).collect::<Vec<_>>(), [DropReason::ShuttingDown, DropReason::ShuttingDown]);
    assert!(dropped[0].to_string().contains("of slow after 0 attempts"), "{}", dropped[0]);
}

#[test]
fn closing_breaks_off_what_does_not_end() {
    let mut harness = Harness::open(Double::default().with(function("stuck"), |_| std::future::pending()));
    send(&harness, "stuck");
    eventually("it runs", || !harness.double.requests().is_empty());
    harness.close();
    assert_eq!(harness.double.dropped.lock().unwrap()[0].reason, DropReason::ShuttingDown);
}

#[test]
fn a_full_queue_throttles_and_tells_of_every_event_it_took() {
    let mut one = function("stuck");
    one.reserved_concurrency = Some(1);
    let mut harness = Harness::open(Double::default().with(one, |_| std::future::pending()));
    let refused = (0..=10_000).map(|_| harness.invoke("stuck", &[EVENT], "{}")).find(|answer| answer.status != 202).unwrap();
    assert_eq!((refused.status, &refused.json()["Reason"]), (429, &serde_json::json!("CallerRateLimitExceeded")));
    harness.close();
    assert_eq!(harness.double.dropped.lock().unwrap().len(), 10_000);
}
