//! The console against a stand-in of Lambda, S3 and `@connections`.

use std::sync::atomic::{AtomicU64, Ordering};

use ingest::console::limits::LEASE_MS;
use ingest::console::{Console, Settings};
use serde_json::{Value, json};

use crate::stand_in::StandIn;

const LEASE: &str = "source/console/lease.json";

fn console(stand_in: &StandIn, clock: fn() -> u64) -> Console {
    let settings = Settings {
        rust: "Rust".to_owned(),
        python: "Python".to_owned(),
        verify: "Verify".to_owned(),
        console: "Console".to_owned(),
        bucket: "source".to_owned(),
    };
    Console { aws: stand_in.aws.clone(), settings, clock, log: |_| {} }
}

async fn answer(console: &Console, event: &Value) -> Value {
    console.answer(serde_json::from_value(event.clone()).unwrap()).await
}

/// A message as API Gateway hands it on.
async fn message(console: &Console, body: &Value) -> Value {
    let route = body["action"].as_str().unwrap_or("$default");
    let context =
        json!({"routeKey": route, "eventType": "MESSAGE", "connectionId": "page=", "domainName": "unused.example", "stage": "live"});
    answer(console, &json!({"requestContext": context, "body": body.to_string(), "isBase64Encoded": false})).await
}

/// Lambda's queue of asynchronous events, until it is empty.
async fn work_off(stand_in: &StandIn, console: &Console) {
    loop {
        let Some(event) = stand_in.state().queued.pop_front() else { return };
        assert_eq!(answer(console, &event).await, Value::Null);
    }
}

fn report(billed_ms: u64, init: &str) -> String {
    format!(
        "working\nREPORT RequestId: x\tDuration: {billed_ms}.00 ms\tBilled Duration: {billed_ms} ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\t{init}\n"
    )
}

fn succeed(stand_in: &StandIn, billed_ms: u64) {
    stand_in.state().answers.push_back((false, json!({"complete": true, "checkpoint": null}), report(billed_ms, "")));
}

fn told(stand_in: &StandIn) -> Vec<Value> {
    stand_in.state().told.remove("page=").unwrap_or_default()
}

fn kinds(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["type"].as_str().unwrap()).collect()
}

fn checkpoint(offset: u64) -> Value {
    let counts = json!({"records": 9, "written": 9, "rejected": 0, "duplicates": 0});
    let timings = json!({"total_ms": 1.0, "download_ms": 1.0, "parse_ms": 1.0, "write_ms": 1.0});
    let calls = json!({"batch_write": 1, "unprocessed_items": 0, "throttled": 0, "retries": 0});
    json!({"etag": "\"e\"", "bytes": 99, "offset": offset, "invocation": 1, "header": null, "counts": counts, "timings": timings, "calls": calls})
}

#[tokio::test]
async fn run_all_sets_the_memory_then_runs_one_after_the_other() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    (1..=4).for_each(|run| succeed(&stand_in, run));
    assert_eq!(message(&console, &json!({"action": "runAll", "memory_mb": 512})).await, json!({"statusCode": 200}));
    assert!(stand_in.state().invoked.is_empty(), "a route has 29 seconds: it only queues");
    work_off(&stand_in, &console).await;

    let messages = told(&stand_in);
    assert_eq!(kinds(&messages), ["queued", "billed", "billed", "billed", "billed", "done"]);
    let runs = messages[0]["runs"].as_array().unwrap();
    let which: Vec<_> = runs
        .iter()
        .map(|run| (run["runtime"].as_str().unwrap(), run["format"].as_str().unwrap(), run["memory_mb"].as_u64().unwrap()))
        .collect();
    assert_eq!(which, [("rust", "csv", 512), ("rust", "json", 512), ("python", "csv", 512), ("python", "json", 512)]);
    for (at, (billed, run)) in messages[1..].iter().zip(runs).enumerate() {
        let mut expected = run.clone();
        let billed_ms = at as u64 + 1;
        let more = json!({"type": "billed", "billed_ms": billed_ms, "duration_ms": billed_ms as f64, "init_ms": null, "max_memory_mb": 30});
        expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(*billed, expected);
    }
    let state = stand_in.state();
    assert_eq!(state.updates, [("Rust".to_owned(), 512), ("Python".to_owned(), 512)], "once each: an update costs the warm sandboxes");
    let first = json!({
        "format": "csv", "key": null, "run": runs[0]["run"], "connection": {"id": "page=", "endpoint": "https://unused.example/live"},
        "checkpoint": null, "on_deadline": "return",
    });
    assert_eq!(state.invoked[0], ("Rust".to_owned(), first));
    assert!(!state.objects.contains_key(LEASE), "the lease is given back");
}

#[tokio::test]
async fn a_run_that_is_not_finished_goes_on_from_its_checkpoint_and_is_billed_as_one() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    stand_in.state().answers.extend([
        (false, json!({"complete": false, "checkpoint": checkpoint(40)}), report(100, "Init Duration: 5.00 ms\t")),
        (false, json!({"complete": true, "checkpoint": null}), report(20, "")),
    ]);
    message(&console, &json!({"action": "runOne", "runtime": "rust", "format": "json", "memory_mb": 1024})).await;
    work_off(&stand_in, &console).await;
    let messages = told(&stand_in);
    assert_eq!(kinds(&messages), ["queued", "billed", "done"]);
    assert_eq!((&messages[1]["billed_ms"], &messages[1]["init_ms"]), (&json!(120), &json!(5.0)));
    let state = stand_in.state();
    assert_eq!((&state.invoked[0].1["checkpoint"], &state.invoked[1].1["checkpoint"]), (&Value::Null, &checkpoint(40)));
    assert_eq!(state.invoked[0].1["run"], state.invoked[1].1["run"]);
    assert!(state.updates.is_empty(), "it has 1024 MB already");
}

#[tokio::test]
async fn a_run_without_end_is_ended() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    stand_in.state().answers.extend((0..30).map(|_| (false, json!({"complete": false, "checkpoint": checkpoint(40)}), report(1, ""))));
    message(&console, &json!({"action": "runOne", "runtime": "rust", "format": "csv", "memory_mb": 1024})).await;
    work_off(&stand_in, &console).await;
    let messages = told(&stand_in);
    assert_eq!(kinds(&messages), ["queued", "failed", "billed", "done"]);
    assert_eq!(messages[2]["billed_ms"], 20);
}

#[tokio::test]
async fn a_loader_that_fails_is_told_and_the_next_run_begins() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    let crash = json!({"errorType": "Runtime.ExitError", "errorMessage": "RequestId: x Error: Runtime exited with error: signal: killed"});
    stand_in.state().answers.push_back((true, crash, report(9, "")));
    (1..=3).for_each(|run| succeed(&stand_in, run));
    message(&console, &json!({"action": "runAll", "memory_mb": 1024})).await;
    work_off(&stand_in, &console).await;
    let messages = told(&stand_in);
    assert_eq!(kinds(&messages), ["queued", "failed", "billed", "billed", "billed", "billed", "done"]);
    assert_eq!(messages[1]["error"], "Runtime.ExitError: RequestId: x Error: Runtime exited with error: signal: killed");
    assert_eq!(messages[1]["run"], messages[0]["runs"][0]["run"]);
}

#[tokio::test]
async fn when_the_page_has_gone_the_run_under_way_is_finished_and_no_other_begins() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    stand_in.state().gone.insert("page=".to_owned());
    stand_in.state().answers.push_back((false, json!({"complete": false, "checkpoint": checkpoint(40)}), report(1, "")));
    succeed(&stand_in, 1);
    message(&console, &json!({"action": "runAll", "memory_mb": 1024})).await;
    work_off(&stand_in, &console).await;
    let state = stand_in.state();
    assert_eq!(state.invoked.len(), 2, "both invocations of the first run");
    assert!(state.answers.is_empty() && !state.objects.contains_key(LEASE));
}

#[tokio::test]
async fn a_second_run_is_refused_while_one_is_under_way_and_not_after_it_died() {
    static NOW_MS: AtomicU64 = AtomicU64::new(1_000_000);
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || NOW_MS.load(Ordering::Relaxed));
    (1..=4).for_each(|run| succeed(&stand_in, run));
    let run = json!({"action": "runOne", "runtime": "rust", "format": "csv", "memory_mb": 1024});
    message(&console, &json!({"action": "runAll", "memory_mb": 1024})).await;
    let first = stand_in.state().queued.pop_front().unwrap();
    answer(&console, &first).await;
    let rest = stand_in.state().queued.pop_front().unwrap();
    assert_eq!(kinds(&told(&stand_in)), ["queued", "billed"]);

    // The rest of the four runs waits in Lambda's queue; another page asks for one.
    message(&console, &run).await;
    let refused = stand_in.state().queued.pop_front().unwrap();
    answer(&console, &refused).await;
    let messages = told(&stand_in);
    assert_eq!(kinds(&messages), ["error"]);
    assert!(messages[0]["message"].as_str().unwrap().starts_with("another run is under way"), "{messages:?}");

    // The first event is delivered again, as Lambda may.
    answer(&console, &first).await;
    assert_eq!((told(&stand_in).len(), stand_in.state().invoked.len()), (0, 1));

    // Nobody heard of the first for long enough.
    NOW_MS.fetch_add(LEASE_MS, Ordering::Relaxed);
    message(&console, &run).await;
    let next = stand_in.state().queued.pop_front().unwrap();
    answer(&console, &next).await;
    assert_eq!(kinds(&told(&stand_in)), ["queued", "billed", "done"]);
    answer(&console, &rest).await;
    assert_eq!((told(&stand_in).len(), stand_in.state().invoked.len()), (0, 2), "its lease is gone: it does nothing");
}

#[tokio::test]
async fn warm_up_tells_what_each_start_took() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    let warm = |init| (false, json!({"warm": true}), report(3, init));
    stand_in.state().answers.extend([warm("Init Duration: 12.50 ms\t"), warm("")]);
    message(&console, &json!({"action": "warmUp", "memory_mb": 128})).await;
    work_off(&stand_in, &console).await;
    let warmed = |function: &str, init_ms: Value| json!({"function": function, "memory_mb": 128, "init_ms": init_ms, "duration_ms": 3.0});
    let expected = json!({"type": "warmed", "functions": [warmed("Rust", json!(12.5)), warmed("Python", Value::Null)]});
    assert_eq!(told(&stand_in), [expected, json!({"type": "done"})]);
    assert!(stand_in.state().invoked.iter().all(|(_, event)| *event == json!({"warm": true})));
}

#[tokio::test]
async fn verify_leaves_the_telling_to_the_verifier() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    stand_in.state().answers.push_back((false, json!({"equal": true}), report(3, "")));
    message(&console, &json!({"action": "verify", "format": "json"})).await;
    work_off(&stand_in, &console).await;
    assert_eq!(told(&stand_in), [json!({"type": "done"})]);
    let asked = json!({"format": "json", "connection": {"id": "page=", "endpoint": "https://unused.example/live"}});
    assert_eq!(stand_in.state().invoked, [("Verify".to_owned(), asked)]);

    let failure = json!({"errorType": "Error", "errorMessage": "cannot scan table Rust"});
    stand_in.state().answers.push_back((true, failure, report(3, "")));
    message(&console, &json!({"action": "verify", "format": "csv"})).await;
    work_off(&stand_in, &console).await;
    let messages = told(&stand_in);
    assert_eq!(kinds(&messages), ["error", "done"]);
    assert_eq!(messages[0]["message"], "function Verify failed: Error: cannot scan table Rust");
}

#[tokio::test]
async fn what_the_page_may_not_ask_is_answered_and_nothing_begins() {
    let stand_in = StandIn::start().await;
    let console = console(&stand_in, || 1_000);
    message(&console, &json!({"action": "runAll", "memory_mb": 64})).await;
    assert_eq!(told(&stand_in), [json!({"type": "error", "message": "memory_mb is 64: send a whole number from 128 to 3008"})]);
    for route in ["$connect", "$disconnect"] {
        let context = json!({"routeKey": route, "connectionId": "page=", "domainName": "unused.example", "stage": "live"});
        assert_eq!(answer(&console, &json!({"requestContext": context})).await, json!({"statusCode": 200}));
    }
    assert!(stand_in.state().queued.is_empty() && told(&stand_in).is_empty());
}
