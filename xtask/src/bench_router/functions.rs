//! The seed's own measurement: both functions in the local Lambda on a metro, asked the same pairs in turns.
//!
//! Python takes minutes for what Rust takes milliseconds for, so Python has a budget: pairs are asked round by round over the bands, from the shortest, until it is spent; what it did not
//! reach is said. Rust then goes on alone until it has enough answers for its percentiles.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use ferry_lab::{Distribution, Invocation, Statistic, Target, ratio};
use serde_json::{Value, json};

use crate::children::{Server, free_port};
use crate::client::Client;
use crate::fit::PowerLaw;
use crate::metro::Metro;
use crate::pairs::{Pair, Pairs};

const RUST: &str = "RouterRust";
const PYTHON: &str = "RouterPython";
/// What `systems/router/bench/template.yaml` says.
pub(super) const RUST_MIB: u32 = 1769;
const PYTHON_MIB: u32 = 10_240;
const PAIRS_PER_BAND: usize = 10;
/// Answers of Rust to each pair, beside the one in turn with Python.
const RUST_ROUNDS: usize = 10;
const COLD_STARTS: usize = 20;
const BOOTSTRAP_SEED: u64 = 7;

/// What was measured, for the result file.
pub(super) struct Functions {
    /// By band.
    pub(super) bands: Vec<Value>,
    /// Rust's and Python's power laws, and the points behind them: seconds of Duration over miles.
    pub(super) fits: Value,
    pub(super) cold: Value,
    pub(super) sizes: Value,
    pub(super) enforced: Value,
    /// Milliseconds as the client waited, on the longest band.
    pub(super) long_client_p50: Option<f64>,
    pub(super) exponent: Option<f64>,
}

/// One answer to one pair.
#[derive(Debug, Clone, Copy)]
struct Sample {
    band: usize,
    pair: usize,
    miles: f64,
    /// Lambda's Duration.
    ms: f64,
    client_ms: f64,
}

/// How far Python got.
#[derive(Debug, Default)]
struct Original {
    /// In the order asked.
    samples: Vec<Sample>,
    cold: Value,
    max_memory_mib: f64,
    /// Why there are no more.
    ended: Option<String>,
}

pub(super) fn measure(root: &Path, metro: &Metro, pairs: &Pairs, python: Option<Duration>) -> Result<Functions> {
    let asked: Vec<(usize, Pair)> = pairs.in_rounds(PAIRS_PER_BAND);
    let events = Events::new(root)?;
    let server = start(root, metro, &events.of(&asked[0].1))?;
    let target = Target::new(&format!("http://{}", server.address));
    let zip_bytes = zip_bytes(&server)?;
    let hundred = pairs.hundred_miles().context("no pairs")?;
    let cold = cold(&target, &events.of(&hundred), hundred.miles())?;

    let original = match python {
        Some(_) => first_answer(&target, &events.of(&asked[0].1)),
        None => Original { ended: Some("left out: PYTHON_BUDGET=0".to_owned()), ..Original::default() },
    };
    let (in_turn, original) = in_turns(&target, &events, &asked, original, python.unwrap_or_default())?;
    let mut rust = in_turn.clone();
    let mut rust_memory_mib: f64 = 0.0;
    eprintln!("{RUST} alone: {RUST_ROUNDS} rounds");
    for _ in 0..RUST_ROUNDS {
        for (number, &(band, pair)) in asked.iter().enumerate() {
            let answer = ask(&target, RUST, &events.of(&pair))?;
            rust_memory_mib = rust_memory_mib.max(answer.usage.max_memory_mib);
            rust.push(sample(number, band, &pair, &answer));
        }
    }
    let bands: Vec<Value> = pairs.bands.iter().enumerate().map(|(at, band)| band_row(at, band.miles, &rust, &in_turn, &original)).collect();
    let by_pair = medians(&rust);
    let (ours, theirs) = (fit(&by_pair), fit(&original.samples));
    let long = pairs.bands.iter().position(crate::pairs::Band::is_long);
    Ok(Functions {
        bands,
        fits: json!({
            "rust": ours.map(PowerLaw::to_json), "python": theirs.map(PowerLaw::to_json),
            "points": {"rust": points(&by_pair), "python": points(&original.samples)},
        }),
        cold: json!({"rust": cold, "python": original.cold, "python_ended": original.ended, "answers_compared": original.samples.len()}),
        sizes: json!({
            "function_zip_bytes": zip_bytes, "memory_mib": {"rust": RUST_MIB, "python": PYTHON_MIB},
            "max_memory_mib": {"rust": rust_memory_mib, "python": (original.max_memory_mib > 0.0).then_some(original.max_memory_mib)},
        }),
        enforced: target.enforcement()?.map_or(Value::Null, |found| json!({"cpu": found.cpu, "memory": found.memory, "network": found.network, "freeze": found.freeze, "init_boost": found.init_boost, "cpu_period_ms": found.cpu_period_ms})),
        long_client_p50: Distribution::of(rust.iter().filter(|one| Some(one.band) == long).map(|one| one.client_ms)).p50,
        exponent: ours.map(|fit| fit.b),
    })
}

/// Both are asked each pair, one right after the other; who goes first alternates. Python until its budget is spent or it fails, Rust to the end.
fn in_turns(
    target: &Target,
    events: &Events,
    asked: &[(usize, Pair)],
    mut original: Original,
    budget: Duration,
) -> Result<(Vec<Sample>, Original)> {
    let mut rust = Vec::new();
    let began = Instant::now();
    for (number, &(band, pair)) in asked.iter().enumerate() {
        let event = events.of(&pair);
        if original.ended.is_none() && began.elapsed() > budget {
            original.ended = Some(format!("its {} s were spent", budget.as_secs()));
        }
        let ours_first = if number % 2 == 0 { Some(ask(target, RUST, &event)?) } else { None };
        let theirs = original.ended.is_none().then(|| ask(target, PYTHON, &event));
        let ours = ours_first.map_or_else(|| ask(target, RUST, &event), Ok)?;
        rust.push(sample(number, band, &pair, &ours));
        match theirs {
            Some(Ok(theirs)) => {
                eprintln!(
                    "{:6.1} miles: Rust {:8.2} ms, Python {:10.1} ms",
                    pair.miles(),
                    ours.usage.duration_ms,
                    theirs.usage.duration_ms
                );
                ensure!(same_answer(&ours, &theirs)?, "the answers to {} differ between Python and Rust", pair.body());
                original.max_memory_mib = original.max_memory_mib.max(theirs.usage.max_memory_mib);
                original.samples.push(sample(number, band, &pair, &theirs));
            }
            Some(Err(error)) => original.ended = Some(format!("{error:#}")),
            None => {}
        }
    }
    Ok((rust, original))
}

fn start(root: &Path, metro: &Metro, event: &[u8]) -> Result<Server> {
    let address = free_port()?;
    let mut command = Command::new(root.join("target/release/ferry"));
    command
        .args(["up", "-t", "systems/router/bench/template.yaml", "--api-port", "0", "--aws-port", "0", "--port"])
        .arg(address.port().to_string());
    command.arg("--parameter").arg(format!("Metro={}", metro.folder.display()));
    Server::start("ferry up", &mut command, root, address, (RUST, std::str::from_utf8(event)?))
}

/// Bytes of the function's zip, without its layers.
fn zip_bytes(server: &Server) -> Result<u64> {
    let reply = Client::connect(server.address)?.send("GET", &format!("/2015-03-31/functions/{RUST}"), &[], "")?;
    let function: Value = serde_json::from_slice(&reply.body)?;
    function["Configuration"]["CodeSize"].as_u64().with_context(|| format!("{RUST} has no CodeSize: {function}"))
}

fn ask(target: &Target, function: &str, event: &[u8]) -> Result<Invocation> {
    let answer = target.invoke(function, event)?;
    ensure!(answer.function_error.is_none(), "{function} failed: {}", shown(&answer.payload));
    let response: Value = serde_json::from_slice(&answer.payload)?;
    ensure!(response["statusCode"] == 200, "{function} refused a route: {}", shown(&answer.payload));
    Ok(answer)
}

fn shown(payload: &[u8]) -> String {
    const CHARS: usize = 200;
    String::from_utf8_lossy(payload).chars().take(CHARS).collect()
}

fn same_answer(ours: &Invocation, theirs: &Invocation) -> Result<bool> {
    let body = |answer: &Invocation| -> Result<Value> {
        let response: Value = serde_json::from_slice(&answer.payload)?;
        Ok(serde_json::from_str(response["body"].as_str().context("an answer without a body")?)?)
    };
    Ok(body(ours)? == body(theirs)?)
}

/// Cold starts of the Rust function: a changed configuration retires the sandbox, as on AWS.
fn cold(target: &Target, event: &[u8], miles: f64) -> Result<Value> {
    let before = target.function(RUST)?;
    let (mut init, mut duration, mut client) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..COLD_STARTS {
        let changed: BTreeMap<String, String> =
            before.environment.clone().into_iter().chain([("FERRY_COLD_START".to_owned(), round.to_string())]).collect();
        target.update_configuration(RUST, before.memory_mib, changed)?;
        let answer = ask(target, RUST, event)?;
        init.push(answer.usage.init_ms.context("not a cold start")?);
        duration.push(answer.usage.duration_ms);
        client.push(answer.client_ms);
    }
    target.update_configuration(RUST, before.memory_mib, before.environment)?;
    Ok(
        json!({"n": COLD_STARTS, "miles": miles, "init_ms": Distribution::of(init), "first_ms": Distribution::of(duration), "client_ms": Distribution::of(client)}),
    )
}

/// Python's one cold start, on the shortest question. Its INIT takes longer than the 10 s it has, and runs again inside the invocation.
fn first_answer(target: &Target, event: &[u8]) -> Original {
    eprintln!("{PYTHON}: loading the metro");
    match ask(target, PYTHON, event) {
        Ok(answer) => Original {
            cold: json!({"n": 1, "init_ms": answer.usage.init_ms, "first_ms": answer.usage.duration_ms, "client_ms": answer.client_ms}),
            max_memory_mib: answer.usage.max_memory_mib,
            ..Original::default()
        },
        Err(error) => {
            eprintln!("{PYTHON}: {error:#}");
            Original { ended: Some(format!("{error:#}")), ..Original::default() }
        }
    }
}

fn sample(pair: usize, band: usize, of: &Pair, answer: &Invocation) -> Sample {
    Sample { band, pair, miles: of.miles(), ms: answer.usage.duration_ms, client_ms: answer.client_ms }
}

fn band_row(at: usize, miles: [f64; 2], rust: &[Sample], in_turn: &[Sample], original: &Original) -> Value {
    let of = |samples: &[Sample], what: fn(&Sample) -> f64| Distribution::of(samples.iter().filter(|one| one.band == at).map(what));
    let theirs: BTreeMap<usize, f64> = original.samples.iter().filter(|one| one.band == at).map(|one| (one.pair, one.ms)).collect();
    let both: Vec<(f64, f64)> = in_turn.iter().filter_map(|ours| Some((*theirs.get(&ours.pair)?, ours.ms))).collect();
    let ratio = ratio(&both, Statistic::Median, BOOTSTRAP_SEED);
    json!({
        "miles": miles,
        "rust": of(rust, |one| one.ms), "rust_client": of(rust, |one| one.client_ms), "python": of(&original.samples, |one| one.ms),
        "python_over_rust": ratio.map(|ratio| json!({"median": ratio.median, "low": ratio.low, "high": ratio.high, "n": both.len()})),
    })
}

/// One sample a pair: its median.
fn medians(samples: &[Sample]) -> Vec<Sample> {
    let mut by_pair: BTreeMap<usize, Vec<Sample>> = BTreeMap::new();
    for one in samples {
        by_pair.entry(one.pair).or_default().push(*one);
    }
    by_pair
        .into_values()
        .filter_map(|mut answers| {
            answers.sort_by(|a, b| a.ms.total_cmp(&b.ms));
            answers.get((answers.len() - 1) / 2).copied()
        })
        .collect()
}

fn points(samples: &[Sample]) -> Vec<[f64; 2]> {
    samples.iter().map(|one| [one.miles, one.ms / 1e3]).collect()
}

fn fit(samples: &[Sample]) -> Option<PowerLaw> {
    PowerLaw::fit(&points(samples).into_iter().map(<(f64, f64)>::from).collect::<Vec<_>>())
}

/// HTTP API events around a question: the router's own first event, with another body.
struct Events {
    template: Value,
}

impl Events {
    fn new(root: &Path) -> Result<Self> {
        let path = root.join("systems/router/events/route-01.json");
        let text = std::fs::read(&path).with_context(|| format!("{} is missing", path.display()))?;
        Ok(Self { template: serde_json::from_slice(&text)? })
    }

    fn of(&self, pair: &Pair) -> Vec<u8> {
        self.value(pair).to_string().into_bytes()
    }

    fn value(&self, pair: &Pair) -> Value {
        let mut event = self.template.clone();
        event["body"] = pair.body().to_string().into();
        event
    }
}

/// The event that asks for one pair.
pub(super) fn event(root: &Path, pair: &Pair) -> Result<Value> {
    Ok(Events::new(root)?.value(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(band: usize, pair: usize, ms: f64) -> Sample {
        Sample { band, pair, miles: 10.0, ms, client_ms: ms + 1.0 }
    }

    #[test]
    fn a_band_is_of_its_own_samples_and_its_ratio_of_pairs_that_both_answered() {
        let in_turn = [sample(0, 0, 1.0), sample(1, 1, 4.0), sample(0, 2, 2.0)];
        let original = Original { samples: vec![sample(0, 0, 100.0)], ..Original::default() };
        let row = band_row(0, [0.0, 5.0], &in_turn, &in_turn, &original);
        assert_eq!((row["rust"]["n"].as_u64(), row["python"]["n"].as_u64()), (Some(2), Some(1)));
        assert_eq!((row["python_over_rust"]["median"].as_f64(), row["python_over_rust"]["n"].as_u64()), (Some(100.0), Some(1)));
        assert_eq!(row["rust_client"]["p50"], 2.0);
        let unreached = band_row(1, [5.0, 10.0], &in_turn, &in_turn, &original);
        assert!(unreached["python_over_rust"].is_null() && unreached["python"]["p50"].is_null());
    }

    #[test]
    fn a_pair_is_one_point_of_the_fit() {
        let found = medians(&[sample(0, 0, 9.0), sample(0, 1, 4.0), sample(0, 0, 1.0), sample(0, 0, 2.0)]);
        assert_eq!(points(&found), [[10.0, 0.002], [10.0, 0.004]]);
    }

    #[test]
    fn an_event_asks_for_its_pair() {
        let root = crate::results::root();
        let pair = crate::pairs::tests::sample().bands[0].pairs[0];
        let event = event(&root, &pair).unwrap();
        assert_eq!(event["requestContext"]["http"]["method"], "POST");
        assert_eq!(event["body"], r#"{"origin":[1.0,0.0],"destination":[0.0,0.0]}"#);
    }
}
