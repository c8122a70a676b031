//! Every fault at every call, and a death at any moment: the table is that of one obvious pass.

use ingest::load::load;
use ingest::message::{Format, LoadRequest};

use crate::fake::{Capacity, Fake, Fault};
use crate::support::{expected, file, settings};

const ROWS: usize = 4_000;

#[tokio::test]
async fn every_fault_on_every_operation_is_survived() {
    let faults = [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Reset { after: false },
        Fault::Reset { after: true },
        Fault::Truncate,
        Fault::Throttle,
        Fault::GiveBack(1),
        Fault::GiveBack(24),
    ];
    for fault in faults {
        for operation in ["GetObject", "BatchWriteItem"] {
            if operation == "GetObject" && matches!(fault, Fault::Throttle | Fault::GiveBack(_)) {
                continue;
            }
            let fake = Fake::start().await;
            // Keys repeat, so that order shows.
            fake.put("registrations.csv", file(Format::Csv, ROWS, 3_000));
            fake.script(move |called, number| (called == operation && number % 20 == 0).then_some(fault));
            let answer = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await;
            let answer = answer.unwrap_or_else(|error| panic!("{fault:?} on {operation}: {}", error.in_full()));
            assert_eq!((answer.records, answer.written), (ROWS as u64, ROWS as u64), "{fault:?} on {operation}");
            assert!(fake.state().table == expected(ROWS, 3_000), "{fault:?} on {operation}");
        }
    }
}

#[tokio::test]
async fn a_call_that_is_never_answered_is_tried_again() {
    let fake = Fake::start().await;
    fake.put("registrations.csv", file(Format::Csv, ROWS, ROWS));
    fake.script(|operation, number| (operation == "BatchWriteItem" && number == 3).then_some(Fault::Silence));
    let answer = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.expect("as the test made it");
    assert_eq!((answer.written, answer.calls.retries), (ROWS as u64, 1));
    assert!(fake.state().table == expected(ROWS, ROWS));
}

#[tokio::test]
async fn a_service_that_is_down_ends_the_load_within_its_budget() {
    let fake = Fake::start().await;
    fake.put("registrations.csv", file(Format::Csv, ROWS, ROWS));
    fake.script(|operation, _| (operation == "BatchWriteItem").then_some(Fault::Status(500)));
    let error = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.unwrap_err().in_full();
    assert!(error.contains("too many calls to the table failed") && error.contains("500"), "{error}");
    assert!(fake.calls("BatchWriteItem") < 200, "{} calls", fake.calls("BatchWriteItem"));
}

#[tokio::test]
async fn a_batch_that_the_table_refuses_ends_the_load_with_its_words() {
    let fake = Fake::start().await;
    fake.put("registrations.csv", file(Format::Csv, ROWS, ROWS));
    fake.script(|operation, number| (operation == "BatchWriteItem" && number == 5).then_some(Fault::Status(400)));
    let error = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.unwrap_err().in_full();
    assert!(error.contains("refused a batch") && error.contains("injected"), "{error}");
}

#[tokio::test]
async fn killed_at_any_moment_and_run_again_it_leaves_the_same_table() {
    for seed in 0..20 {
        let mut random = fastrand::Rng::with_seed(seed);
        let fake = Fake::start().await;
        fake.put("registrations.csv", file(Format::Csv, ROWS, 2_500));
        let mut faults = fastrand::Rng::with_seed(seed);
        fake.script(move |operation, _| match (operation, faults.u32(..20)) {
            ("BatchWriteItem", 0) => Some(Fault::GiveBack(9)),
            (_, 1) => Some(Fault::Reset { after: true }),
            (_, 2) => Some(Fault::Status(503)),
            _ => None,
        });
        let mut killed = 0;
        for _ in 0..random.usize(1..4) {
            let calls = fake.state().calls.values().sum::<usize>();
            let (settings, request, until) = (settings(), LoadRequest::new(Format::Csv), calls + random.usize(1..120));
            tokio::select! {
                _ = load(&fake.aws, &settings, &request, None) => {}
                () = fake.served(until) => killed += 1,
            }
        }
        let answer = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.expect("as the test made it");
        assert_eq!(answer.records, ROWS as u64);
        assert!(killed > 0, "seed {seed}: never killed");
        assert!(fake.state().table == expected(ROWS, 2_500), "seed {seed}");
    }
}

#[tokio::test]
async fn a_limited_table_loses_nothing_at_any_rate() {
    for per_s in [400.0, 1_500.0, 4_000.0] {
        let fake = Fake::start().await;
        fake.put("registrations.csv", file(Format::Csv, 2_000, 1_900));
        fake.state().capacity = Some(Capacity::new(per_s));
        let answer = load(&fake.aws, &settings(), &LoadRequest::new(Format::Csv), None).await.expect("as the test made it");
        assert_eq!(answer.written, 2_000);
        assert!(fake.state().table == expected(2_000, 1_900), "{per_s}/s");
        assert!(answer.calls.unprocessed_items + answer.calls.throttled > 0, "{per_s}/s was never felt");
    }
}
