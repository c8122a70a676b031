//! Latency and injected faults, as a client meets them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ferry_services::Services;
use serde_json::{Value, json};

use crate::support::{IDENTITY, PATIENCE, identity, request, start_with_physics, wait_until};

fn with_fault(mut fault: Value) -> Services {
    fault["service"] = json!("sts");
    start_with_physics(&json!({"faults": [fault]}))
}

fn send(services: &Services) -> TcpStream {
    let mut stream = TcpStream::connect(services.addr()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(IDENTITY.as_bytes()).unwrap();
    stream
}

fn counted_faults(services: &Services) -> u64 {
    services.report().operations.iter().map(|row| row.counts.faults).sum()
}

#[test]
fn errors_are_in_the_services_own_words() {
    let services = with_fault(json!({"kind": "500", "nth": 2}));
    assert_eq!(identity(&services).status, 200);
    let refused = identity(&services);
    assert!(refused.status == 500 && refused.body.contains("<Code>InternalFailure</Code>"), "{refused:?}");
    assert!(refused.head.contains("x-amzn-requestid: ") && refused.head.contains("date: "), "{refused:?}");
    let services = with_fault(json!({"kind": "503", "at": [1]}));
    let refused = identity(&services);
    assert!(refused.status == 503 && refused.body.contains("<Code>ServiceUnavailable</Code>"), "{refused:?}");
    assert_eq!(identity(&services).status, 200);
    assert_eq!(counted_faults(&services), 1);
    assert_eq!(services.report().fault_rules[0].matched, 2);
}

#[test]
fn a_reset_is_a_reset_and_not_an_end() {
    for when in ["before", "after"] {
        let services = with_fault(json!({"kind": "reset", "when": when, "at": [1]}));
        let error = send(&services).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{when}");
        assert_eq!(identity(&services).status, 200);
        assert_eq!(counted_faults(&services), 1);
    }
}

#[test]
fn a_truncated_answer_keeps_its_length_and_ends_at_half() {
    let services = with_fault(json!({"kind": "truncate", "at": [2]}));
    let whole = identity(&services);
    let mut cut = Vec::new();
    send(&services).read_to_end(&mut cut).unwrap();
    let cut = String::from_utf8(cut).unwrap();
    let (head, body) = cut.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", whole.body.len())), "{head}");
    assert_eq!(body, &whole.body[..whole.body.len() / 2]);
}

#[test]
fn a_timeout_answers_nothing_and_is_counted_when_the_client_leaves() {
    let services = with_fault(json!({"kind": "timeout", "at": [1]}));
    let mut stream = send(&services);
    wait_until(|| services.report().fault_rules[0].fired == 1);
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    drop(stream);
    wait_until(|| counted_faults(&services) == 1);
    assert_eq!(services.report().operations[0].counts.errors, 1);
}

#[test]
fn latency_holds_answers_back_and_nobody_else() {
    const MS: u64 = 1_500;
    let services = start_with_physics(&json!({"latency": [{"service": "sts", "operation": "GetCallerIdentity", "ms": MS}]}));
    let start = Instant::now();
    // More at once than there are threads.
    let mut waiting: Vec<TcpStream> = (0..64).map(|_| send(&services)).collect();
    wait_until(|| services.report().latency_rules[0].matched == 64);
    assert_eq!(request(&services, "GET", "/_ferry/services", "", "").json()["operations"], json!([]), "none has been answered yet");
    for stream in &mut waiting {
        stream.read_exact(&mut [0; 15]).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(MS));
    }
}

#[test]
fn the_same_seed_strikes_the_same_calls() {
    let physics = |seed: u64| json!({"faults": [{"service": "sts", "kind": "500", "rate": 0.5}], "seed": seed});
    let statuses = |services: &Services| -> Vec<u16> { (0..40).map(|_| identity(services).status).collect() };
    let services = start_with_physics(&physics(1));
    let first = statuses(&services);
    assert!(first.contains(&200) && first.contains(&500));
    services.reset_counters();
    assert_eq!(statuses(&services), first);
    assert_eq!(statuses(&start_with_physics(&physics(1))), first);
    assert_ne!(statuses(&start_with_physics(&physics(2))), first);
}
