//! What people see. Machine and address are fixed here; everything else comes from the scripts.

use std::time::Duration;

use crate::fake::{Fake, Played, Script, echo};
use ferry_lab::{Comparison, Machine, Services, Settings, Sides, Tier, compare, limits, render_markdown, render_table};
use ferry_template::EqualRule;
use serde_json::{Value, json};

/// A pair like the router's: slow and large against fast and small, at two sizes, the smaller too small for one.
fn comparison(enforcement: Option<Value>, candidate: Script) -> Comparison {
    let events: Vec<Value> = (0..50).map(|at| json!({ "n": at, "cost": 12.5 })).collect();
    let fake = Fake::new(&events, echo(1_234.0, 31.4, 312), candidate).with(|state| state.enforcement = enforcement);
    let mut pair = fake.pair();
    pair.equal = EqualRule { ignore: vec!["/requestId".to_owned()], tolerance: 1e-6 };
    let tier = |memory_mib, candidate_only| Tier { memory_mib, candidate_only };
    let settings = Settings {
        tiers: vec![tier(64, true), tier(128, false), tier(1_024, false)],
        budget_per_tier: Duration::from_secs(600),
        date: "2026-01-02T03:04:05Z".to_owned(),
        ..Settings::default()
    };
    let comparison = compare(&pair, &fake.target(), &settings, &mut |_| {}).unwrap().into_comparison();
    let (cpu, kernel, architecture) = ("Example CPU @ 2.50GHz".to_owned(), "linux 6.1.0".to_owned(), "x86_64".to_owned());
    let machine = Machine { cpu, cores: 2, kernel, architecture, memory_mib: Some(7_951) };
    Comparison { machine, endpoint: "http://127.0.0.1:9000".to_owned(), ..comparison }
}

fn enforced(freeze: &str) -> Option<Value> {
    let yes = json!({"status": "enforced", "detail": "cgroup v1"});
    Some(json!({"cpu": yes, "memory": yes, "freeze": {"status": freeze}, "network": yes, "cpu_period_us": 20_000, "init_boost": true}))
}

/// The shape of a real answer, with one cost that is off.
fn wrong() -> Script {
    Box::new(|ask| {
        let mut answer = ask.event.clone();
        if ask.event["n"].as_u64().is_some_and(|n| n % 20 == 7) {
            answer["cost"] = json!(12.6);
        }
        Played { answer: Ok(answer), init_ms: 2.0, duration_ms: 1.0, max_memory_mib: 5 }
    })
}

#[test]
fn the_table() {
    insta::assert_snapshot!(render_table(&comparison(enforced("enforced"), echo(2.3, 0.421, 6))));
}

#[test]
fn the_table_says_what_was_not_enforced() {
    let table = render_table(&comparison(enforced("unenforced"), echo(2.3, 0.421, 6)));
    let tiers: Vec<&str> = table.lines().filter(|line| line.contains("warm rounds")).collect();
    assert!(tiers.len() == 3 && tiers.iter().all(|line| line.contains("; UNENFORCED: freeze -")), "{tiers:?}");
    let markdown = render_markdown(&comparison(enforced("unenforced"), echo(2.3, 0.421, 6)));
    assert_eq!(markdown.matches("UNENFORCED: freeze").count(), 3);
}

#[test]
fn the_table_says_what_stood_beside_the_functions() {
    let mut comparison = comparison(enforced("enforced"), echo(2.3, 0.421, 6));
    let none = Services {
        physics: None,
        cpu_ms: Sides { baseline: Some(9.0), candidate: Some(9.0) },
        calls: Sides::default(),
        throttled: Sides::default(),
        faults: Sides::default(),
    };
    let about = |comparison: &Comparison| -> Vec<String> {
        let table = render_table(comparison);
        table.lines().map(str::trim).filter(|line| line.starts_with("physics") || line.starts_with("services")).map(str::to_owned).collect()
    };
    // Services that nobody asked for anything are not worth a line.
    comparison.services = Some(none.clone());
    assert_eq!(about(&comparison), Vec::<String>::new());
    comparison.services = Some(Services {
        physics: Some(json!({ "seed": 1 })),
        cpu_ms: Sides { baseline: Some(1_236.0), candidate: None },
        calls: Sides { baseline: 2_000, candidate: 7 },
        ..none
    });
    let said = about(&comparison);
    assert!(said[0].ends_with(r#"{"seed":1}"#) && said[1].ends_with("2,000 calls, 1,236 ms of their own CPU; 7 calls"), "{said:?}");
}

#[test]
fn the_table_of_a_target_without_extras() {
    let table = render_table(&comparison(None, echo(2.3, 0.421, 6)));
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(line("warm CPU time"), ["warm", "CPU", "time", "p50", "ms", "not", "run", "-"]);
    assert_eq!(line("enforced"), ["enforced", "not", "said", "by", "the", "target"]);
}

#[test]
fn the_table_when_answers_differ() {
    insta::assert_snapshot!(render_table(&comparison(enforced("enforced"), wrong())));
}

#[test]
fn the_markdown() {
    insta::assert_snapshot!(render_markdown(&comparison(enforced("enforced"), echo(2.3, 0.421, 6))));
}

#[test]
fn no_line_passes_the_width_whatever_the_names() {
    let mut comparison = comparison(enforced("enforced"), wrong());
    comparison.pair.baseline = "AnEndlessNameThatSomebodyGaveToTheirFunctionInPython".to_owned();
    comparison.equal.first_difference.as_mut().unwrap().baseline = Some("x".repeat(200));
    comparison.warnings.push("word ".repeat(80));
    let mut equal = comparison.clone();
    equal.equal.differing = 0;
    equal.equal.first_difference = None;
    for table in [render_table(&comparison), render_table(&equal)] {
        let widest = table.lines().skip(1).map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= limits::TABLE_WIDTH_MAX, "{widest}\n{table}");
    }
}
