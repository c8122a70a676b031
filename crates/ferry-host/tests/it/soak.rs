//! Many invocations with crashes, timeouts, kills for memory and oversize answers among them: every caller gets exactly
//! one right answer or error, and nothing is left behind.
//!
//! A small count by default. The long one:
//! `FERRY_SOAK=100000 cargo test --release -p ferry-host --test it --example guest -- --ignored --nocapture soak`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ferry_host::host::LocalLambda;
use ferry_host::invoke::{FunctionError, Invoke, InvokeAnswer, InvokeError, InvokeRequest};
use ferry_host::limits::RESPONSE_BYTES_MAX;
use ferry_host::settings::HostSettings;
use serde_json::Value;

use crate::fixture::{body, changed, request};
use crate::leaks::{alone, descriptors, leaves_nothing, own_guest};

const INVOCATIONS: u32 = 2_000;
const CLIENTS: u32 = 12;
const TIMEOUT: Duration = Duration::from_secs(60);

/// What one invocation asks for, and what its caller must hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Echo,
    Crash,
    CrashAfterAnswer,
    Abort,
    Timeout,
    OutOfMemory,
    Oversize,
    Children,
    HandledError,
    Rude,
}

impl Kind {
    /// A throw of the dice. Echoes are most; timeouts take a second each and are few.
    fn random(random: &mut fastrand::Rng) -> Self {
        match random.u32(0..1_000) {
            0..820 => Self::Echo,
            820..873 => Self::Crash,
            873..890 => Self::CrashAfterAnswer,
            890..903 => Self::Abort,
            903..905 => Self::Timeout,
            905..920 => Self::OutOfMemory,
            920..930 => Self::Oversize,
            930..945 => Self::Children,
            945..970 => Self::HandledError,
            _ => Self::Rude,
        }
    }

    fn payload(self, mark: u32) -> String {
        let (what, n) = match self {
            Self::Echo => ("echo", 0),
            Self::Crash => ("exit", 3),
            Self::CrashAfterAnswer => ("answer_and_die", 0),
            Self::Abort => ("abort", 0),
            Self::Timeout => ("hang", 0),
            Self::OutOfMemory => ("oom", 0),
            Self::Oversize => ("oversize", RESPONSE_BYTES_MAX + 1),
            Self::Children => ("children", 3),
            Self::HandledError => ("error", 0),
            Self::Rude => (["twice", "wrong_id", "stale", "next_again"][mark as usize % 4], 0),
        };
        format!(r#"{{"do":"{what}","n":{n},"mark":{mark}}}"#)
    }

    /// `errorType` of the answer, or none when the payload comes back.
    fn error_type(self) -> Option<&'static str> {
        match self {
            Self::Echo | Self::CrashAfterAnswer | Self::Children | Self::Rude => None,
            Self::Crash | Self::Abort => Some("Runtime.ExitError"),
            Self::Timeout => Some("Sandbox.Timedout"),
            Self::OutOfMemory => Some("Runtime.OutOfMemory"),
            Self::Oversize => Some("Function.ResponseSizeTooLarge"),
            Self::HandledError => Some("Refused"),
        }
    }
}

fn check(kind: Kind, request: &InvokeRequest, answer: Result<InvokeAnswer, InvokeError>) {
    let answer = answer.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    let marked = answer.function_error;
    let bytes = body(answer);
    let Some(error_type) = kind.error_type() else {
        assert_eq!((marked, &bytes), (None, &request.payload), "{kind:?}");
        return;
    };
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(document["errorType"], error_type, "{document}");
    assert_eq!(marked, Some(if kind == Kind::HandledError { FunctionError::Handled } else { FunctionError::Unhandled }));
    let message = document["errorMessage"].as_str().unwrap();
    let own = message.contains(&request.request_id) || matches!(kind, Kind::Oversize | Kind::HandledError);
    assert!(own, "the error of another invocation: {message}");
}

#[test]
fn every_caller_gets_exactly_one_right_answer_and_nothing_leaks() {
    alone("soak::in_a_process_of_its_own");
}

#[test]
#[ignore = "run by the test above, alone in its process, so that descriptors can be counted"]
fn in_a_process_of_its_own() {
    let count = std::env::var_os("FERRY_SOAK").and_then(|count| count.to_str()?.parse().ok()).unwrap_or(INVOCATIONS);
    let seed = fastrand::u64(..);
    eprintln!("soak: {count} invocations, {CLIENTS} clients, seed {seed}");
    // Filling 128 MB on a share of 0.07 vCPU takes seconds on a busy machine; a timeout is to come from a hang only.
    let (_package, own) = own_guest();
    let built = changed(own.clone(), |function| {
        function.timeout_s = u32::try_from(TIMEOUT.as_secs()).unwrap();
        function.memory_mib = 128;
    });
    let hasty = changed(own, |function| {
        function.name = "hasty".into();
        function.timeout_s = 1;
    });
    leaves_nothing(&built, |kernel, runtime| {
        let memory = kernel.enforcement().memory.is_enforced();
        let settings = HostSettings { concurrency: 2 * CLIENTS, ..HostSettings::default() };
        runtime.block_on(async {
            let lambda = Arc::new(LocalLambda::new(kernel, vec![built.clone(), hasty], settings));
            soak(&lambda, count, seed, memory).await;
            assert!(lambda.shutdown().await, "sandboxes that do not end");
        });
    });
}

async fn soak(lambda: &Arc<LocalLambda>, count: u32, seed: u64, memory: bool) {
    let begun = Arc::new(AtomicU32::new(0));
    let start = Instant::now();
    let clients = (0..CLIENTS).map(|client| {
        let (lambda, begun) = (Arc::clone(lambda), Arc::clone(&begun));
        tokio::spawn(async move {
            let mut random = fastrand::Rng::with_seed(seed ^ u64::from(client));
            let mut seen: BTreeMap<Kind, u32> = BTreeMap::new();
            loop {
                let mark = begun.fetch_add(1, Ordering::Relaxed);
                if mark >= count {
                    return seen;
                }
                let mut kind = Kind::random(&mut random);
                if kind == Kind::OutOfMemory && !memory {
                    kind = Kind::Crash;
                }
                let function = if kind == Kind::Timeout { "hasty" } else { "guest" }.to_owned();
                let request = InvokeRequest { function, tail: random.u32(..8) == 0, ..request(&kind.payload(mark)) };
                let answer = tokio::time::timeout(2 * TIMEOUT, lambda.invoke(request.clone())).await.expect("an answer");
                check(kind, &request, answer);
                *seen.entry(kind).or_default() += 1;
                if mark > 0 && mark % 10_000 == 0 {
                    eprintln!("soak: {mark} after {:.0?}, {} descriptors", start.elapsed(), descriptors().len());
                }
            }
        })
    });
    let mut total: BTreeMap<Kind, u32> = BTreeMap::new();
    for client in clients.collect::<Vec<_>>() {
        for (kind, count) in client.await.unwrap() {
            *total.entry(kind).or_default() += count;
        }
    }
    eprintln!("soak: {count} in {:.1?}: {total:?}", start.elapsed());
    assert_eq!(total.values().sum::<u32>(), count);
}
