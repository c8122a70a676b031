//! Many invocations at once, their limits, and what happens to sandboxes that are no longer wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ferry_host::invoke::{ConfigurationChange, Invoke, InvokeAnswer, InvokeError, InvokeRequest};
use ferry_host::settings::HostSettings;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::fixture::{Host, Lines, body, changed, guest, host, plain_host, request, until};

async fn counted(host: &Host) -> (u64, String) {
    let answer: Value = serde_json::from_slice(&body(host.ask(r#"{"do":"count"}"#).await.unwrap())).unwrap();
    (answer["count"].as_u64().unwrap(), answer["pid"].to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_at_once_never_mix_answers() {
    let host = Arc::new(plain_host());
    let clients = (0..64).map(|client| {
        let host = Arc::clone(&host);
        tokio::spawn(async move {
            for number in 0..20 {
                let payload = format!(r#"{{"client":{client},"number":{number}}}"#);
                let answer = host.ask(&payload).await.unwrap();
                assert_eq!((answer.function_error, body(answer).as_ref()), (None, payload.as_bytes()));
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

/// Begins invocations that take long, and returns when the function is at work on all of them.
async fn occupy(host: &Arc<Host>, lines: &Lines, count: usize) -> Vec<JoinHandle<Result<InvokeAnswer, InvokeError>>> {
    let occupy = |_| {
        let host = Arc::clone(host);
        tokio::spawn(async move { host.ask(r#"{"do":"sleep","n":1500}"#).await })
    };
    let occupied = (0..count).map(occupy).collect();
    until("the invocations to have begun", || lines.all().iter().filter(|line| line.starts_with("START")).count() == count).await;
    occupied
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_reserved_concurrency_is_too_many() {
    let lines = Arc::new(Lines::default());
    let host = Arc::new(host(|function, settings| {
        function.reserved_concurrency = Some(2);
        settings.log_sink = lines.sink();
    }));
    let occupied = occupy(&host, &lines, 2).await;
    assert!(matches!(host.ask("{}").await, Err(InvokeError::TooManyRequests)));
    for one in occupied {
        assert!(one.await.unwrap().is_ok());
    }
    assert!(host.ask("{}").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn reserved_concurrency_of_zero_turns_a_function_off() {
    let host = host(|function, _| function.reserved_concurrency = Some(0));
    assert!(matches!(host.ask("{}").await, Err(InvokeError::TooManyRequests)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_own_limit_holds_for_all_functions_together() {
    let lines = Arc::new(Lines::default());
    let settings = HostSettings { concurrency: 1, log_sink: lines.sink(), ..HostSettings::default() };
    let other = changed(guest(), |function| {
        function.name = "other".into();
        function.logical_id = "Other".into();
    });
    let host = Arc::new(Host::new(vec![guest(), other], settings));
    let occupied = occupy(&host, &lines, 1).await;
    let other = InvokeRequest { function: "other".into(), ..request("{}") };
    assert!(matches!(host.run(other.clone()).await, Err(InvokeError::TooManyRequests)));
    for one in occupied {
        assert!(one.await.unwrap().is_ok());
    }
    assert!(host.run(other).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_a_loop_needs_one_sandbox_only() {
    let host = host(|function, _| function.reserved_concurrency = Some(1));
    for number in 1..=300 {
        assert_eq!(counted(&host).await.0, number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_invocation_leaves_room_for_the_next_at_once() {
    let host = host(|function, _| function.reserved_concurrency = Some(1));
    for _ in 0..5 {
        assert!(host.ask(r#"{"do":"exit","n":1}"#).await.unwrap().function_error.is_some());
        assert!(host.ask("{}").await.unwrap().function_error.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_configuration_begins_cold() {
    let host = plain_host();
    let (_, before) = counted(&host).await;
    let environment = BTreeMap::from([("NEW".to_owned(), "yes".to_owned())]);
    let change = ConfigurationChange { memory_mib: Some(512), timeout_s: Some(9), environment: Some(environment) };
    let function = host.lambda.update_configuration("guest", change).unwrap();
    assert_eq!((function.memory_mib, function.timeout_s), (512, 9));
    assert_eq!(host.lambda.function("guest").unwrap().memory_mib, 512);
    let (count, after) = counted(&host).await;
    assert!(count == 1 && before != after);
    let env: Value = serde_json::from_slice(&body(host.ask(r#"{"do":"env"}"#).await.unwrap())).unwrap();
    assert_eq!((env["NEW"].as_str(), env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"].as_str()), (Some("yes"), Some("512")));
    let wrong = ConfigurationChange { memory_mib: Some(64), ..Default::default() };
    assert!(matches!(host.lambda.update_configuration("guest", wrong), Err(InvokeError::InvalidParameter(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_build_runs_next_while_the_old_one_finishes() {
    let lines = Arc::new(Lines::default());
    let host = Arc::new(host(|_, settings| settings.log_sink = lines.sink()));
    let running = occupy(&host, &lines, 1).await;
    let new = changed(guest(), |function| {
        function.environment.insert("BUILD".into(), "2".into());
    });
    host.lambda.replace(new).unwrap();
    let env: Value = serde_json::from_slice(&body(host.ask(r#"{"do":"env"}"#).await.unwrap())).unwrap();
    assert_eq!(env["BUILD"], "2");
    for one in running {
        assert_eq!(one.await.unwrap().unwrap().function_error, None);
    }
    assert_eq!(counted(&host).await.0, 2, "the old sandbox is not used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_sandboxes_are_reaped() {
    let host = host(|_, settings| settings.idle_timeout = Duration::from_millis(100));
    let mut pids = BTreeSet::new();
    for _ in 0..2 {
        pids.insert(counted(&host).await);
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert!(pids.iter().all(|(count, _)| *count == 1), "{pids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_idle_costs_nobody_an_answer() {
    let host = host(|_, settings| settings.freeze_linger = None);
    for _ in 0..20 {
        let (_, _) = counted(&host).await;
        let answer = host.ask(r#"{"do":"answer_then_exit"}"#).await.unwrap();
        assert_eq!(answer.function_error, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_answers_everybody() {
    let lines = Arc::new(Lines::default());
    let host = Arc::new(host(|_, settings| settings.log_sink = lines.sink()));
    let waiting = occupy(&host, &lines, 4).await;
    assert!(host.lambda.shutdown().await);
    for answer in waiting {
        assert!(matches!(answer.await.unwrap(), Err(InvokeError::ShuttingDown)));
    }
    assert!(matches!(host.ask("{}").await, Err(InvokeError::ShuttingDown)));
}
