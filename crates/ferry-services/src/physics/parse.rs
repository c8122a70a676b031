//! Reading a physics document: every fault in it is named with its JSON pointer; nothing unknown is passed over.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{CapacityMode, FaultKind, FaultRule, Latency, LatencyRule, Occurrence, Physics, Selector, TablePhysics, When};

/// The longest latency.
pub(super) const LATENCY_MS_MAX: f64 = 60_000.0;
/// The highest capacity of a table: that of no real one.
const PER_S_MAX: f64 = 1e9;
/// DynamoDB itself keeps 300 s.
const BURST_S_MAX: f64 = 3_600.0;
/// Rules of a kind, and call numbers of a rule: each call looks through them.
const RULES_MAX: usize = 256;
const SERVICES: [&str; 5] = ["s3", "dynamodb", "sqs", "sts", "*"];
const KINDS: [(&str, FaultKind); 5] = [
    ("500", FaultKind::InternalError),
    ("503", FaultKind::Unavailable),
    ("timeout", FaultKind::Timeout),
    ("reset", FaultKind::Reset),
    ("truncate", FaultKind::Truncate),
];

/// Why a physics document is refused.
#[derive(Debug, thiserror::Error)]
pub enum PhysicsError {
    #[error("the physics document is not JSON")]
    Json(#[source] serde_json::Error),
    /// `pointer` is the JSON pointer of what is wrong; empty for the document itself.
    #[error("physics document, at {}: {reason}", if .pointer.is_empty() { "its root" } else { .pointer })]
    Invalid { pointer: String, reason: String },
}

impl PhysicsError {
    /// The JSON pointer of what is wrong, where there is a document at all.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Json(_) => None,
            Self::Invalid { pointer, .. } => Some(pointer),
        }
    }
}

impl Physics {
    /// Reads a document from its text.
    pub fn from_json(text: &[u8]) -> Result<Self, PhysicsError> {
        Self::from_value(&serde_json::from_slice(text).map_err(PhysicsError::Json)?)
    }

    /// Reads a document that is part of another, such as a template's metadata.
    pub fn from_value(document: &Value) -> Result<Self, PhysicsError> {
        let document = Place::root(document).object(&["latency", "faults", "tables", "seed"])?;
        Ok(Self {
            latency: document.list("latency", latency_rule)?,
            faults: document.list("faults", fault_rule)?,
            tables: tables(&document)?,
            seed: document.optional("seed").map_or(Ok(1), |seed| seed.integer(0))?,
        })
    }
}

fn latency_rule(place: &Place<'_>) -> Result<LatencyRule, PhysicsError> {
    let rule = place.object(&["service", "operation", "ms", "p50_ms", "p99_ms"])?;
    let selector = selector(&rule)?;
    let latency = match (rule.optional("ms"), rule.optional("p50_ms"), rule.optional("p99_ms")) {
        (Some(ms), None, None) => Latency::Fixed { ms: ms.number(0.0, LATENCY_MS_MAX)? },
        (None, Some(p50), Some(p99)) => {
            let p50_ms = p50.number(0.001, LATENCY_MS_MAX)?;
            Latency::LogNormal { p50_ms, p99_ms: p99.number(p50_ms, LATENCY_MS_MAX)? }
        }
        _ => return Err(place.wrong("a latency has either ms, or both p50_ms and p99_ms")),
    };
    Ok(LatencyRule { selector, latency })
}

fn fault_rule(place: &Place<'_>) -> Result<FaultRule, PhysicsError> {
    let rule = place.object(&["service", "operation", "kind", "when", "rate", "nth", "at"])?;
    let kind = rule.required("kind")?.choice(&KINDS)?;
    let when = rule.optional("when").map(|when| when.choice(&[("before", When::Before), ("after", When::After)])).transpose()?;
    if when.is_some() && kind != FaultKind::Reset {
        return Err(rule.required("when")?.wrong("only a reset comes before or after the operation"));
    }
    let occurrence = match (rule.optional("rate"), rule.optional("nth"), rule.optional("at")) {
        (Some(rate), None, None) => Occurrence::Rate(rate.number(0.0, 1.0)?),
        (None, Some(nth), None) => Occurrence::Nth(nth.integer(1)?),
        (None, None, Some(_)) => Occurrence::At(rule.list("at", |call| call.integer(1))?),
        _ => return Err(place.wrong("a fault has one of rate, nth and at")),
    };
    Ok(FaultRule { selector: selector(&rule)?, kind, when: when.unwrap_or_default(), occurrence })
}

fn selector(rule: &Object<'_>) -> Result<Selector, PhysicsError> {
    let service = rule.required("service")?.choice(&SERVICES.map(|name| (name, name)))?;
    let operation = match rule.optional("operation") {
        Some(operation) => operation.text()?,
        None => "*",
    };
    Ok(Selector { service: service.to_owned(), operation: operation.to_owned() })
}

fn tables(document: &Object<'_>) -> Result<BTreeMap<String, TablePhysics>, PhysicsError> {
    let Some(tables) = document.optional("tables") else { return Ok(BTreeMap::new()) };
    let Value::Object(entries) = tables.value else { return Err(tables.wrong("expected an object of tables by their names")) };
    entries.iter().map(|(name, value)| Ok((name.clone(), table(&tables.member(name, value))?))).collect()
}

fn table(place: &Place<'_>) -> Result<TablePhysics, PhysicsError> {
    let table = place.object(&["write_per_s", "read_per_s", "burst_s", "mode"])?;
    let per_s = |name| table.optional(name).map(|limit| limit.number(0.001, PER_S_MAX)).transpose();
    let modes = [("provisioned", CapacityMode::Provisioned), ("on-demand", CapacityMode::OnDemand)];
    Ok(TablePhysics {
        write_per_s: per_s("write_per_s")?,
        read_per_s: per_s("read_per_s")?,
        burst_s: table.optional("burst_s").map_or(Ok(0.0), |burst| burst.number(0.0, BURST_S_MAX))?,
        mode: table.optional("mode").map_or(Ok(CapacityMode::default()), |mode| mode.choice(&modes))?,
    })
}

/// A value and where it stands.
struct Place<'a> {
    value: &'a Value,
    pointer: String,
}

/// An object all of whose keys are known.
struct Object<'a> {
    place: Place<'a>,
    members: &'a Map<String, Value>,
}

impl<'a> Place<'a> {
    fn root(value: &'a Value) -> Self {
        Self { value, pointer: String::new() }
    }

    fn member(&self, key: &str, value: &'a Value) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        Self { value, pointer: format!("{}/{key}", self.pointer) }
    }

    fn wrong(&self, reason: impl Into<String>) -> PhysicsError {
        PhysicsError::Invalid { pointer: self.pointer.clone(), reason: reason.into() }
    }

    fn object(&self, known: &[&str]) -> Result<Object<'a>, PhysicsError> {
        let Value::Object(members) = self.value else { return Err(self.wrong("expected an object")) };
        match members.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, value)) => Err(self.member(key, value).wrong(format!("unknown; known are {}", known.join(", ")))),
            None => Ok(Object { place: Self { value: self.value, pointer: self.pointer.clone() }, members }),
        }
    }

    fn number(&self, low: f64, high: f64) -> Result<f64, PhysicsError> {
        let number = self.value.as_f64().filter(|number| (low..=high).contains(number));
        number.ok_or_else(|| self.wrong(format!("expected a number from {low} to {high}")))
    }

    fn integer(&self, low: u64) -> Result<u64, PhysicsError> {
        let integer = self.value.as_u64().filter(|integer| *integer >= low);
        integer.ok_or_else(|| self.wrong(format!("expected a whole number, {low} or more")))
    }

    fn text(&self) -> Result<&'a str, PhysicsError> {
        self.value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| self.wrong("expected a word"))
    }

    fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, PhysicsError> {
        let chosen = choices.iter().find(|(word, _)| self.value.as_str() == Some(word));
        chosen.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.wrong(format!("expected one of {}", words.join(", ")))
        })
    }
}

impl<'a> Object<'a> {
    /// `null` is as good as absent.
    fn optional(&self, key: &str) -> Option<Place<'a>> {
        self.members.get(key).filter(|value| !value.is_null()).map(|value| self.place.member(key, value))
    }

    fn required(&self, key: &str) -> Result<Place<'a>, PhysicsError> {
        self.optional(key).ok_or_else(|| self.place.wrong(format!("{key} is missing")))
    }

    fn list<T>(&self, key: &str, item: impl Fn(&Place<'a>) -> Result<T, PhysicsError>) -> Result<Vec<T>, PhysicsError> {
        let Some(list) = self.optional(key) else { return Ok(Vec::new()) };
        let Value::Array(items) = list.value else { return Err(list.wrong("expected a list")) };
        if items.len() > RULES_MAX {
            return Err(list.wrong(format!("more than {RULES_MAX} entries")));
        }
        items.iter().enumerate().map(|(index, value)| item(&list.member(&index.to_string(), value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_a_whole_document_and_writes_it_again() {
        let document = json!({
            "latency": [{"service": "dynamodb", "operation": "BatchWriteItem", "ms": 6.0}, {"service": "s3", "operation": "*", "p50_ms": 12.0, "p99_ms": 80.5}],
            "faults": [
                {"service": "s3", "operation": "GetObject", "kind": "truncate", "rate": 0.02},
                {"service": "dynamodb", "operation": "*", "kind": "500", "nth": 7},
                {"service": "*", "operation": "*", "kind": "reset", "when": "after", "at": [1, 5]}
            ],
            "tables": {"Registrations": {"write_per_s": 4000.0, "read_per_s": null, "burst_s": 0.0, "mode": "on-demand"}},
            "seed": 3
        });
        let physics = Physics::from_value(&document).unwrap();
        assert_eq!(physics.faults[2].when, When::After);
        assert_eq!(physics.tables["Registrations"].write_per_s, Some(4000.0));
        assert_eq!(serde_json::to_value(&physics).unwrap(), document);
        assert!(Physics::from_value(&json!({})).unwrap().is_off());
    }

    #[test]
    fn what_is_wrong_is_named_by_its_pointer() {
        let fault = |fault: Value| json!({"faults": [{"service": "s3", "kind": "500", "nth": 1}, fault]});
        let latency = |latency: Value| json!({"latency": [latency]});
        let table = |table: Value| json!({"tables": {"a/b~c": table}});
        let cases = [
            (json!([]), ""),
            (json!({"latencies": []}), "/latencies"),
            (json!({"seed": -1}), "/seed"),
            (json!({"seed": 1.5}), "/seed"),
            (json!({"faults": {}}), "/faults"),
            (latency(json!({"operation": "*", "ms": 1})), "/latency/0"),
            (latency(json!({"service": "dynamo", "ms": 1})), "/latency/0/service"),
            (latency(json!({"service": "s3", "operation": 1, "ms": 1})), "/latency/0/operation"),
            (latency(json!({"service": "s3", "ms": -1})), "/latency/0/ms"),
            (latency(json!({"service": "s3", "ms": 60_001})), "/latency/0/ms"),
            (latency(json!({"service": "s3", "ms": 1, "p50_ms": 1})), "/latency/0"),
            (latency(json!({"service": "s3", "p50_ms": 1})), "/latency/0"),
            (latency(json!({"service": "s3", "p50_ms": 10, "p99_ms": 9})), "/latency/0/p99_ms"),
            (latency(json!({"service": "s3", "p50_ms": 0, "p99_ms": 9})), "/latency/0/p50_ms"),
            (fault(json!({"service": "s3", "nth": 1})), "/faults/1"),
            (fault(json!({"service": "s3", "kind": 500, "nth": 1})), "/faults/1/kind"),
            (fault(json!({"service": "s3", "kind": "500"})), "/faults/1"),
            (fault(json!({"service": "s3", "kind": "500", "nth": 1, "rate": 1})), "/faults/1"),
            (fault(json!({"service": "s3", "kind": "500", "nth": 0})), "/faults/1/nth"),
            (fault(json!({"service": "s3", "kind": "500", "rate": 1.1})), "/faults/1/rate"),
            (fault(json!({"service": "s3", "kind": "500", "at": [1, "2"]})), "/faults/1/at/1"),
            (fault(json!({"service": "s3", "kind": "500", "when": "after", "nth": 1})), "/faults/1/when"),
            (fault(json!({"service": "s3", "kind": "reset", "when": "during", "nth": 1})), "/faults/1/when"),
            (table(json!(4000)), "/tables/a~1b~0c"),
            (table(json!({"write_per_s": 0})), "/tables/a~1b~0c/write_per_s"),
            (table(json!({"mode": "ON_DEMAND"})), "/tables/a~1b~0c/mode"),
            (table(json!({"burst_s": -1})), "/tables/a~1b~0c/burst_s"),
        ];
        for (document, pointer) in cases {
            let error = Physics::from_value(&document).unwrap_err();
            assert_eq!(error.pointer(), Some(pointer), "{document}: {error}");
        }
        assert!(matches!(Physics::from_json(b"{"), Err(PhysicsError::Json(_))));
    }

    /// Values that look like parts of a document, right and wrong.
    fn value() -> impl Strategy<Value = Value> {
        let word = prop::sample::select(vec!["s3", "dynamodb", "*", "500", "reset", "truncate", "before", "on-demand", "x", ""]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0_u64..10).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (0.0..100.0_f64).prop_map(Value::from),
            word.prop_map(Value::from),
        ];
        let key = prop::sample::select(vec![
            "latency",
            "faults",
            "tables",
            "seed",
            "service",
            "operation",
            "kind",
            "when",
            "ms",
            "p50_ms",
            "p99_ms",
            "rate",
            "nth",
            "at",
            "write_per_s",
            "mode",
        ]);
        leaf.prop_recursive(4, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|members| members
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect::<Map<_, _>>()
                    .into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_is_read_or_refused_at_a_place_it_has(document in value()) {
            match Physics::from_value(&document) {
                Ok(physics) => {
                    let written = serde_json::to_vec(&physics).unwrap();
                    prop_assert_eq!(Physics::from_json(&written).unwrap(), physics);
                }
                Err(error) => prop_assert!(document.pointer(error.pointer().unwrap()).is_some(), "{}", error),
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(text in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Physics::from_json(&text);
        }
    }
}
