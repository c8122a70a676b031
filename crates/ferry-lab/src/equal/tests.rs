//! The rule against a slow twin that flattens both values into leaves, and every documented case of an answer.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Number, Value, json};

use super::value::{first_mismatch, numbers_equal};
use super::{Difference, Rule};
use crate::target::{Invocation, Usage};
use ferry_template::EqualRule;

fn rule(ignore: &[&str], tolerance: f64) -> Rule {
    Rule::new(&EqualRule { ignore: ignore.iter().map(|&pointer| pointer.to_owned()).collect(), tolerance }).unwrap()
}

/// The twin: every leaf (and empty container) by its unescaped path, less what a pattern's prefix matches.
fn leaves(value: &Value, ignore: &[&str], path: &[String], into: &mut BTreeMap<Vec<String>, Value>) {
    let ignored = |pattern: &&str| {
        let pattern: Vec<&str> = pattern[1..].split('/').collect();
        pattern.len() == path.len() && pattern.iter().zip(path).all(|(segment, part)| *segment == "*" || segment == part)
    };
    if ignore.iter().any(ignored) {
        return;
    }
    let deeper = |part: String| [path, &[part]].concat();
    // A container leaves a mark of its kind, so that {} and [] and absence all differ.
    match value {
        Value::Object(members) => {
            into.insert(path.to_vec(), json!({}));
            members.iter().for_each(|(name, value)| leaves(value, ignore, &deeper(name.clone()), into));
        }
        Value::Array(items) => {
            into.insert(path.to_vec(), json!([]));
            items.iter().enumerate().for_each(|(index, value)| leaves(value, ignore, &deeper(index.to_string()), into));
        }
        leaf => drop(into.insert(path.to_vec(), leaf.clone())),
    }
}

fn twin_equal(left: &Value, right: &Value, ignore: &[&str], tolerance: f64) -> bool {
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    leaves(left, ignore, &[], &mut ours);
    leaves(right, ignore, &[], &mut theirs);
    ours.len() == theirs.len()
        && ours.iter().zip(&theirs).all(|((path, left), (other, right))| {
            let near = || {
                let (a, b) = (left.as_f64()?, right.as_f64()?);
                Some(a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()))
            };
            path == other && (left == right || near() == Some(true))
        })
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..4).prop_map(Value::from),
        prop_oneof![Just(1.0), Just(1.001), Just(-2.5), Just(0.0)].prop_map(|number: f64| json!(number)),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[ab/~]{1,2}", inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A value and, half the time, a slightly changed copy: two independent values would almost never be equal.
fn pairs() -> impl Strategy<Value = (Value, Value)> {
    let near = (values(), any::<u32>(), values()).prop_map(|(value, at, other)| {
        let mut changed = value.clone();
        change(&mut changed, at, other);
        (value, changed)
    });
    prop_oneof![near, (values(), values()), values().prop_map(|value| (value.clone(), value))]
}

fn change(value: &mut Value, at: u32, other: Value) {
    match value {
        Value::Object(members) if !at.is_multiple_of(4) && !members.is_empty() => {
            let index = at as usize % members.len();
            if let Some((_, member)) = members.iter_mut().nth(index) {
                change(member, at / 4, other);
            }
        }
        Value::Array(items) if !at.is_multiple_of(4) && !items.is_empty() => {
            let index = at as usize % items.len();
            change(&mut items[index], at / 4, other);
        }
        Value::Number(number) if at.is_multiple_of(2) => *value = json!(number.as_f64().unwrap() * 1.000_5),
        place => *place = other,
    }
}

const IGNORES: [&[&str]; 5] = [&[], &["/a"], &["/*/b"], &["/0", "/b/*"], &["/a/*/a"]];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_rule_agrees_with_its_slow_twin((left, right) in pairs(), ignore in 0..IGNORES.len(), loose: bool) {
        let (ignore, tolerance) = (IGNORES[ignore], if loose { 0.001 } else { 0.0 });
        let rule = rule(ignore, tolerance);
        let found = first_mismatch(&rule, &left, &right);
        prop_assert_eq!(found.is_none(), twin_equal(&left, &right, ignore, tolerance), "{} {}", left, right);
        prop_assert_eq!(found.is_none(), first_mismatch(&rule, &right, &left).is_none(), "not symmetric");
        if let Some(found) = found {
            prop_assert_eq!(left.pointer(&found.pointer), found.baseline);
            prop_assert_eq!(right.pointer(&found.pointer), found.candidate);
        }
    }

    #[test]
    fn integers_of_any_size_are_exact(a: u64, step in 0u64..3) {
        let b = a.saturating_add(step);
        prop_assert_eq!(numbers_equal(&Number::from(a), &Number::from(b), 0.0), a == b);
    }
}

fn number(text: &str) -> Number {
    serde_json::from_str(text).unwrap()
}

#[test]
fn numbers_are_compared_by_value() {
    for (left, right, tolerance, equal) in [
        ("1", "1.0", 0.0, true),
        ("0.0", "-0.0", 0.0, true),
        ("9007199254740993", "9007199254740992.0", 0.0, false),
        ("18446744073709551615", "18446744073709551614", 0.0, false),
        ("100", "101", 0.0, false),
        ("100", "101", 0.01, true),
        ("100", "102", 0.01, false),
        ("-100", "100", 0.5, false),
        ("0", "1e-12", 1e-6, false),
    ] {
        assert_eq!(numbers_equal(&number(left), &number(right), tolerance), equal, "{left} {right} {tolerance}");
    }
}

fn answer(payload: &str, function_error: Option<&str>) -> Invocation {
    let usage = Usage {
        init_ms: None,
        duration_ms: 1.0,
        billed_ms: 1.0,
        max_memory_mib: 1.0,
        cpu_ms: None,
        init_cpu_ms: None,
        throttled_ms: None,
        host_start_ms: None,
    };
    Invocation { payload: payload.into(), function_error: function_error.map(str::to_owned), usage, log: String::new(), client_ms: 1.0 }
}

fn difference(rule: &Rule, baseline: &str, candidate: &str) -> Option<Difference> {
    rule.difference("e", &answer(baseline, None), &answer(candidate, None))
}

#[test]
fn the_first_difference_says_where_and_what() {
    let found = difference(&rule(&["/id"], 0.0), r#"{"id":1,"a":[{"x":1},{"x":2}]}"#, r#"{"a":[{"x":1},{"x":3}]}"#).unwrap();
    assert_eq!(found.pointer, "/a/1/x");
    assert_eq!((found.baseline.as_deref(), found.candidate.as_deref()), (Some("2"), Some("3")));
    let found = difference(&rule(&[], 0.0), "[1]", "[1,2]").unwrap();
    assert_eq!((found.pointer.as_str(), found.baseline, found.reason.as_str()), ("/1", None, "only the candidate has it"));
    let long = format!("\"{}\"", "é".repeat(300));
    assert_eq!(difference(&rule(&[], 0.0), &long, "1").unwrap().baseline.unwrap().chars().count(), 201);
}

#[test]
fn an_http_answer_is_what_the_http_client_sees() {
    let python = r#"{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"cost\": 1.50, \"id\": 1}"}"#;
    let rust = r#"{"statusCode":200,"headers":{},"multiValueHeaders":{"content-type":["application/json"]},
                   "body":"eyJpZCI6MiwiY29zdCI6MS41fQ==","isBase64Encoded":true,"cookies":[]}"#;
    assert_eq!(difference(&rule(&["/body/id"], 0.0), python, rust), None);
    let found = difference(&rule(&[], 0.0), python, rust).unwrap();
    assert_eq!((found.pointer.as_str(), found.baseline.as_deref(), found.candidate.as_deref()), ("/body/id", Some("1"), Some("2")));
}

#[test]
fn bodies_that_are_no_json_or_no_text_are_compared_as_they_are() {
    let exact = rule(&[], 0.0);
    let body = |body: &str| json!({"statusCode": 200, "body": body}).to_string();
    assert!(difference(&exact, &body("1"), &body("1.0")).is_none());
    assert_eq!(difference(&exact, &body("a"), &body("b")).unwrap().pointer, "/body");
    assert_eq!(difference(&exact, &body("{}"), &body("oh")).unwrap().pointer, "/body");
    let binary = r#"{"statusCode":200,"body":"/w==","isBase64Encoded":true}"#;
    assert!(difference(&exact, binary, binary).is_none());
    assert!(difference(&exact, binary, &body("/w==")).is_some(), "the bytes are not the text of their base64");
    assert!(difference(&exact, r#"{"statusCode":204}"#, r#"{"statusCode":204,"body":"","headers":null}"#).is_none());
    assert_eq!(difference(&exact, r#"{"statusCode":200}"#, "{}").unwrap().pointer, "/statusCode");
    assert!(difference(&exact, "no json", "no json").is_none());
    assert!(difference(&exact, "no json", "1").is_some());
}

#[test]
fn function_errors_are_equal_only_when_both_functions_raised_the_same_type() {
    let exact = rule(&[], 0.0);
    let error = |kind: &str| answer(&json!({"errorType": kind, "errorMessage": "m"}).to_string(), Some("Unhandled"));
    let reason = |left: &Invocation, right: &Invocation| exact.difference("e", left, right).map(|difference| difference.reason);
    assert_eq!(reason(&error("ValueError"), &error("ValueError")), None);
    assert_eq!(reason(&error("ValueError"), &error("KeyError")).unwrap(), "both failed, with different error types");
    assert_eq!(reason(&answer("1", None), &error("KeyError")).unwrap(), "the candidate failed");
    assert_eq!(reason(&error("KeyError"), &answer("1", None)).unwrap(), "the baseline failed");
    let timeout = error("Sandbox.Timedout");
    assert_eq!(reason(&timeout, &timeout).unwrap(), "both sandboxes failed, so neither function answered");
}
