//! Comparisons from beginning to end.

use std::time::Duration;

use crate::fake::{Call, Fake, Played, Script, echo};
use ferry_lab::{Comparison, Outcome, Phase, Progress, Settings, Tier, compare};
use serde_json::{Value, json};

fn tiers(sizes: &[u32]) -> Vec<Tier> {
    sizes.iter().map(|&memory_mib| Tier { memory_mib, candidate_only: false }).collect()
}

fn settings(sizes: &[u32]) -> Settings {
    Settings {
        tiers: tiers(sizes),
        budget_per_tier: Duration::from_secs(3_600),
        date: "2026-01-02T03:04:05Z".to_owned(),
        ..Settings::default()
    }
}

fn events(n: usize) -> Vec<Value> {
    (0..n).map(|at| json!({ "n": at })).collect()
}

fn run(fake: &Fake, settings: &Settings) -> Outcome {
    compare(&fake.pair(), &fake.target(), settings, &mut |_| {}).unwrap()
}

fn measured(fake: &Fake, settings: &Settings) -> Comparison {
    match run(fake, settings) {
        Outcome::Equal(comparison) => *comparison,
        Outcome::Differs(comparison) => panic!("{:?}", comparison.equal),
    }
}

fn answering(answer: impl Fn(&Value) -> Result<Value, (&'static str, &'static str)> + Send + 'static) -> Script {
    Box::new(move |ask| Played { answer: answer(&ask.event), init_ms: 5.0, duration_ms: 1.0, max_memory_mib: 5 })
}

#[test]
fn equal_functions_are_measured_and_the_figures_are_the_scripts() {
    let fake = Fake::new(&events(3), echo(100.0, 10.0, 50), echo(2.0, 1.0, 5));
    let comparison = measured(&fake, &settings(&[512, 1_024]));
    assert_eq!((comparison.equal.events, comparison.equal.differing, comparison.tiers.len()), (3, 0, 2));
    let tier = &comparison.tiers[1];
    let baseline = tier.baseline.as_ref().unwrap();
    assert_eq!((tier.memory_mib, baseline.init_ms.n, baseline.warm_ms.n), (1_024, 20, 100));
    // Scripts scatter by 0 to 3 %.
    for (value, least) in
        [(baseline.init_ms.p50, 100.0), (baseline.first_ms.p50, 110.5), (baseline.warm_ms.p99, 10.0), (baseline.warm_client_ms.p50, 10.5)]
    {
        assert!((least..least * 1.031).contains(&value.unwrap()), "{value:?} {least}");
    }
    let ratio = tier.ratio.init.unwrap();
    assert!((ratio.median - 50.0).abs() < 2.0 && ratio.low.unwrap() <= ratio.median && ratio.median <= ratio.high.unwrap(), "{ratio:?}");
    assert_eq!(tier.ratio.max_memory.unwrap().median, 10.0);
    // Billed: ceil(100 + 10) to ceil(103 + 10.3) ms cold, at 1 GB; 2 ms warm for the candidate (1 ms plus scatter), and 1 ms every 7th.
    let usd = baseline.usd_per_million.cold.unwrap();
    assert!((0.2 + 110.0 * 0.0166667..0.2 + 114.0 * 0.0166667).contains(&usd), "{usd}");
    assert!(baseline.usd_per_million_arm.cold.unwrap() < usd);
    assert_eq!(baseline.cpu_ms, None, "only a Ferry host knows");
}

#[test]
fn rounds_are_interleaved_and_who_goes_first_alternates() {
    let fake = Fake::new(&events(2), echo(100.0, 10.0, 50), echo(2.0, 1.0, 5));
    measured(&fake, &Settings { cold_rounds: 3, warm_rounds: 3, ..settings(&[512]) });
    let calls = fake.state.lock().unwrap().calls.clone();
    let brief = |call: &Call| format!("{}{}{}", call.function, call.event["n"], if call.cold { "c" } else { "" });
    let [equality, cold, warm] = [&calls[..4], &calls[4..10], &calls[10..]].map(|calls| calls.iter().map(brief).collect::<Vec<_>>());
    assert_eq!(equality, ["py0c", "rs0c", "py1", "rs1"]);
    assert_eq!(cold, ["py0c", "rs0c", "rs1c", "py1c", "py0c", "rs0c"]);
    assert_eq!(warm, ["py0", "rs0", "rs1", "py1", "py0", "rs0"]);
    assert!(calls.iter().all(|call| call.memory_mib == 512));
}

#[test]
fn functions_get_their_own_configuration_back() {
    let fake = Fake::new(&events(1), echo(100.0, 10.0, 50), echo(2.0, 1.0, 5));
    fake.state.lock().unwrap().functions.get_mut("py").unwrap().environment.insert("FERRY_COLD_START".to_owned(), "left behind".to_owned());
    measured(&fake, &settings(&[512]));
    let put_back = |fake: &Fake| {
        for function in fake.state.lock().unwrap().functions.values() {
            assert_eq!((function.memory_mib, function.environment.len(), function.environment["OWN"].as_str()), (200, 1, "kept"));
        }
    };
    put_back(&fake);
    let fake = fake.with(|state| state.without_report = true);
    assert!(compare(&fake.pair(), &fake.target(), &settings(&[512]), &mut |_| {}).is_err());
    put_back(&fake);
}

#[test]
fn a_different_answer_is_shown_and_nothing_is_measured() {
    let wrong = answering(|event| Ok(if event["n"] == 1 || event["n"] == 3 { json!({"n": "one"}) } else { event.clone() }));
    let fake = Fake::new(&events(4), echo(100.0, 10.0, 50), wrong);
    let Outcome::Differs(comparison) = run(&fake, &settings(&[512])) else { panic!("equal") };
    let first = comparison.equal.first_difference.unwrap();
    assert_eq!((comparison.equal.events, comparison.equal.differing), (4, 2));
    assert_eq!((first.event.as_str(), first.pointer.as_str(), first.reason.as_str()), ("001", "/n", "types differ"));
    assert_eq!((first.baseline.as_deref(), first.candidate.as_deref()), (Some("1"), Some("\"one\"")));
    assert_eq!(comparison.equal.differing_events, ["001", "003"]);
    assert!(comparison.tiers.is_empty());
    assert_eq!(fake.state.lock().unwrap().calls.len(), 8);
}

#[test]
fn a_memory_size_that_is_too_small_for_one_side_is_shown_as_such() {
    let fake = Fake::new(&events(3), echo(100.0, 10.0, 300), echo(2.0, 1.0, 5));
    let mut failures = 0;
    let comparison = compare(&fake.pair(), &fake.target(), &settings(&[128, 512]), &mut |progress| {
        failures += usize::from(matches!(progress, Progress::Failed { memory_mib: 128, function: "EchoPython", .. }));
    });
    let comparison = comparison.unwrap().into_comparison();
    let [small, large] = comparison.tiers.as_slice() else { panic!() };
    let failed = small.baseline.as_ref().unwrap().failed.as_ref().unwrap();
    assert_eq!((failed.error_type.as_str(), failed.phase, failed.rounds_before, failures), ("Runtime.OutOfMemory", Phase::Cold, 0, 1));
    assert_eq!((small.candidate.first_ms.n, small.candidate.warm_ms.n), (20, 100), "the candidate goes on alone");
    assert_eq!((small.ratio.init, small.ratio.max_memory), (None, None));
    assert!(large.baseline.as_ref().unwrap().failed.is_none() && large.ratio.init.is_some());
}

#[test]
fn a_candidate_only_tier_never_asks_the_baseline() {
    let fake = Fake::new(&events(3), echo(100.0, 10.0, 50), echo(2.0, 1.0, 5));
    let alone = Tier { memory_mib: 128, candidate_only: true };
    let comparison = measured(&fake, &Settings { tiers: vec![alone], ..settings(&[]) });
    assert!(comparison.tiers[0].baseline.is_none());
    let calls = fake.state.lock().unwrap().calls.clone();
    assert!(calls.iter().filter(|call| call.function == "py").all(|call| call.memory_mib == 200), "equality at its own size, no more");
}

#[test]
fn the_time_budget_ends_rounds_and_the_result_says_so() {
    let fake = Fake::new(&events(3), echo(4_000.0, 900.0, 50), echo(2.0, 1.0, 5));
    let comparison = measured(&fake, &Settings { budget_per_tier: Duration::from_secs(50), ..settings(&[512]) });
    let tier = &comparison.tiers[0];
    let baseline = tier.baseline.as_ref().unwrap();
    // A cold round takes 4.9 to 5 s: the seventh still begins within 60 % of 50 s. About 15 s are left for warm ones of 0.9 s.
    assert_eq!((baseline.first_ms.n, tier.candidate.first_ms.n), (7, 7));
    assert!((14..=18).contains(&baseline.warm_ms.n) && baseline.warm_ms.p99.is_none(), "{}", baseline.warm_ms.n);
    assert!(comparison.warnings.iter().any(|text| text.contains("EchoPython at 512 MB: the time budget ended after 7 of 20 cold rounds")));
    let hopeless = measured(&fake, &Settings { budget_per_tier: Duration::ZERO, ..settings(&[512]) });
    assert_eq!((hopeless.tiers[0].candidate.first_ms.n, hopeless.tiers[0].candidate.warm_ms.n), (3, 3));
    assert_eq!(hopeless.tiers[0].ratio.init.unwrap().low, None);
}

#[test]
fn what_is_no_warm_start_and_no_init_is_not_counted_as_one() {
    let lost_init: Script =
        Box::new(|ask| Played { answer: Ok(ask.event.clone()), init_ms: 0.0, duration_ms: 12_000.0, max_memory_mib: 50 });
    let fake = Fake::new(&events(1), lost_init, echo(2.0, 1.0, 5));
    let comparison = measured(&fake, &settings(&[512]));
    let baseline = comparison.tiers[0].baseline.as_ref().unwrap();
    assert_eq!((baseline.init_ms.n, baseline.first_ms.n, baseline.init_ms.p50), (0, 20, None));
    assert!(comparison.tiers[0].ratio.init.is_none() && comparison.tiers[0].ratio.first.is_some());
    assert!(comparison.warnings[0].contains("20 of 20 cold starts report no INIT"), "{:?}", comparison.warnings);
}

#[test]
fn an_error_that_both_raise_by_rights_is_measured_like_an_answer() {
    let raising = || answering(|event| if event["n"] == 1 { Err(("ValueError", "n")) } else { Ok(event.clone()) });
    let fake = Fake::new(&events(2), raising(), raising());
    let comparison = measured(&fake, &settings(&[512]));
    let baseline = comparison.tiers[0].baseline.as_ref().unwrap();
    assert!(baseline.failed.is_none() && baseline.first_ms.n == 20);
    // The fake's sandbox does not survive an error, so the warm invocation after each one is a cold start and left out.
    assert_eq!(baseline.warm_ms.n, 50);
    assert_eq!(comparison.samples[0].baseline.warm.len(), 100);
    assert!(comparison.warnings.iter().any(|text| text.contains("50 warm rounds met a new sandbox")), "{:?}", comparison.warnings);
}

#[test]
fn a_function_against_itself_comes_out_at_one() {
    let fake = Fake::new(&events(3), echo(100.0, 10.0, 50), echo(2.0, 1.0, 5));
    let mut pair = fake.pair();
    pair.candidate = pair.baseline.clone();
    let comparison = compare(&pair, &fake.target(), &settings(&[512]), &mut |_| {}).unwrap().into_comparison();
    for ratio in [comparison.tiers[0].ratio.init, comparison.tiers[0].ratio.warm_p50] {
        let ratio = ratio.unwrap();
        assert!(ratio.low.unwrap() <= 1.0 && 1.0 <= ratio.high.unwrap(), "{ratio:?}");
    }
}

#[test]
fn the_json_has_the_documented_shape_and_reads_back() {
    let enforcement = json!({"cpu": {"status": "enforced"}, "memory": {"status": "enforced"}, "network": {"status": "enforced"},
        "freeze": {"status": "unenforced", "reason": "no freezer"}, "cpu_period_us": 20_000, "init_boost": true});
    let fake = Fake::new(&events(3), echo(100.0, 10.0, 50), echo(2.0, 1.0, 5)).with(|state| state.enforcement = Some(enforcement));
    let comparison = measured(&fake, &settings(&[512]));
    let json = serde_json::to_value(&comparison).unwrap();
    for pointer in [
        "/pair/baseline",
        "/pair/candidate",
        "/equal/events",
        "/equal/differing",
        "/enforced/cpu",
        "/enforced/freeze",
        "/machine/cpu",
        "/package/baseline/zip_bytes",
        "/package/candidate/unzipped_bytes",
        "/package/ratio/zip/median",
        "/tiers/0/memory_mib",
        "/tiers/0/baseline/init_ms/n",
        "/tiers/0/baseline/init_ms/p95",
        "/tiers/0/candidate/first_ms/p50",
        "/tiers/0/candidate/warm_ms/p99",
        "/tiers/0/baseline/cpu_ms",
        "/tiers/0/baseline/max_memory_mib",
        "/tiers/0/baseline/usd_per_million/cold",
        "/tiers/0/candidate/usd_per_million/warm",
        "/tiers/0/ratio/init/median",
        "/tiers/0/ratio/init/low",
        "/tiers/0/ratio/init/high",
        "/tiers/0/ratio/warm_p50/median",
        "/init_boost",
        "/cpu_period_ms",
        "/samples/0/baseline/cold/19/init_ms",
        "/warnings/0",
        "/date",
    ] {
        assert!(json.pointer(pointer).is_some_and(|value| !value.is_null()), "{pointer}");
    }
    assert_eq!(json["equal"]["first_difference"], Value::Null);
    assert_eq!(comparison.unenforced(), ["freeze"]);
    assert_eq!(serde_json::from_value::<Comparison>(json).unwrap(), comparison);
}

/// `docs/compare.md` is the reference of the JSON: a field that it does not name is a field nobody can use.
#[test]
fn every_field_is_documented() {
    fn names(value: &Value, into: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                // The target's own words are the target's to document.
                if name != "enforcement" {
                    names(value, into);
                }
                into.insert(name.clone());
            }),
            Value::Array(items) => items.iter().for_each(|value| names(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let documentation = include_str!("../../../../docs/compare.md");
    let mut fields = std::collections::BTreeSet::new();
    let wrong = answering(|_| Ok(json!(1)));
    for fake in [Fake::new(&events(2), echo(9.0, 1.0, 300), echo(2.0, 1.0, 5)), Fake::new(&events(2), echo(9.0, 1.0, 300), wrong)] {
        names(&serde_json::to_value(run(&fake, &settings(&[128, 512])).comparison()).unwrap(), &mut fields);
    }
    let missing: Vec<&String> = fields.iter().filter(|name| !documentation.contains(&format!("`{name}`"))).collect();
    assert!(fields.len() > 60 && missing.is_empty(), "{} fields, not documented: {missing:?}", fields.len());
}
