//! Two JSON values, compared by a rule: the first difference in reading order, or none.
//!
//! Object members are compared by name in the baseline's order, then what only the candidate has; arrays by index.
//! Numbers are compared by value (`1` equals `1.0`), exactly unless the rule has a tolerance, which is relative to the
//! larger of the two. Strings, booleans and null are compared exactly.

use serde_json::{Map, Number, Value};

use super::Rule;
use super::pointer::Path;

/// Where two values part, borrowed from them.
pub(super) struct Mismatch<'a> {
    pub pointer: String,
    /// `None`: absent on this side.
    pub baseline: Option<&'a Value>,
    pub candidate: Option<&'a Value>,
    pub reason: &'static str,
}

pub(super) fn first_mismatch<'a>(rule: &Rule, baseline: &'a Value, candidate: &'a Value) -> Option<Mismatch<'a>> {
    compare(rule, &mut Path::default(), Some(baseline), Some(candidate))
}

fn compare<'a>(rule: &Rule, path: &mut Path, baseline: Option<&'a Value>, candidate: Option<&'a Value>) -> Option<Mismatch<'a>> {
    if rule.ignored.covers(path) {
        return None;
    }
    let reason = match (baseline, candidate) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => return objects(rule, path, left, right),
        (Some(Value::Array(left)), Some(Value::Array(right))) => return arrays(rule, path, left, right),
        (Some(Value::Number(left)), Some(Value::Number(right))) if numbers_equal(left, right, rule.tolerance) => return None,
        (Some(Value::Number(_)), Some(Value::Number(_))) if rule.tolerance > 0.0 => "numbers differ by more than the tolerance",
        (Some(left), Some(right)) if left == right => return None,
        (Some(left), Some(right)) if std::mem::discriminant(left) != std::mem::discriminant(right) => "types differ",
        (Some(_), Some(_)) => "values differ",
        (Some(_), None) => "only the baseline has it",
        (None, _) => "only the candidate has it",
    };
    Some(Mismatch { pointer: path.pointer(), baseline, candidate, reason })
}

fn objects<'a>(rule: &Rule, path: &mut Path, left: &'a Map<String, Value>, right: &'a Map<String, Value>) -> Option<Mismatch<'a>> {
    let shared = left.iter().map(|(name, value)| (name, Some(value), right.get(name)));
    let added = right.iter().filter(|(name, _)| !left.contains_key(*name)).map(|(name, value)| (name, None, Some(value)));
    shared.chain(added).find_map(|(name, left, right)| path.within(name.clone(), |path| compare(rule, path, left, right)))
}

fn arrays<'a>(rule: &Rule, path: &mut Path, left: &'a [Value], right: &'a [Value]) -> Option<Mismatch<'a>> {
    (0..left.len().max(right.len()))
        .find_map(|index| path.within(index.to_string(), |path| compare(rule, path, left.get(index), right.get(index))))
}

/// Exact for integers of any size that JSON text gives as `u64` or `i64`; everything else as `f64`.
pub(super) fn numbers_equal(left: &Number, right: &Number, tolerance: f64) -> bool {
    if let (Some(a), Some(b)) = (left.as_i128(), right.as_i128()) {
        let apart = (a - b).unsigned_abs();
        return apart == 0 || apart as f64 <= tolerance * a.unsigned_abs().max(b.unsigned_abs()) as f64;
    }
    let (Some(a), Some(b)) = (left.as_f64(), right.as_f64()) else { return false };
    let exact = match (left.as_i128(), right.as_i128()) {
        (Some(whole), None) => is_whole(b, whole),
        (None, Some(whole)) => is_whole(a, whole),
        _ => a == b,
    };
    exact || (tolerance > 0.0 && (a - b).abs() <= tolerance * a.abs().max(b.abs()))
}

/// Whether a float is exactly this integer: above 2^53 a comparison as floats would forgive the last digits.
fn is_whole(float: f64, whole: i128) -> bool {
    const BEYOND_ALL: f64 = 1e20;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 1e20 in size fits an i128")]
    let as_whole = || float as i128;
    float.abs() < BEYOND_ALL && float.fract() == 0.0 && as_whole() == whole
}
