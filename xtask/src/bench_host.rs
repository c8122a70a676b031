//! The host beside `cargo lambda watch`: the same function, the same client, in turns.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::children::{Server, free_port};
use crate::client::Client;
use crate::results::{Reach, root, said_by, write};

/// Blocks of requests, each sent to both in turn, so that a machine that slows down slows both.
const BLOCKS: usize = 60;
const REQUESTS_PER_BLOCK: usize = 250;
const CALLERS: usize = 64;
const REQUESTS_PER_CALLER: usize = 50;
const COLD_STARTS: usize = 40;
/// What both are asked until they answer.
const READY: &str = r#"{"name":"ready"}"#;
/// The memory size that is worth one vCPU.
const ONE_VCPU_MIB: u32 = 1769;

pub(crate) fn run() -> Result<()> {
    let root = root();
    let ferry = start_ferry(&root)?;
    let peer = start_peer(&root)?;
    let versions = json!({
        "rustc": said_by("rustc", &["--version"])?,
        "cargo-lambda": said_by(&peer_program(&root), &["lambda", "--version"])?,
    });

    // The peer gives a function the whole machine; one vCPU is the nearest memory size.
    configure(ferry.address, &json!({ "MemorySize": ONE_VCPU_MIB }))?;
    let turns = in_turns(ferry.address, peer.address)?;
    let answered = many_callers(ferry.address)?;
    let shares = cold_start_shares(ferry.address)?;
    let enforced: Value = serde_json::from_slice(&Client::connect(ferry.address)?.send("GET", "/_ferry/enforcement", &[], "")?.body)?;

    let (ours, theirs) = (median(&turns.ours_us), median(&turns.theirs_us));
    let (ours_rate, theirs_rate) = (rate(&turns.ours_us), rate(&turns.theirs_us));
    let share = median(&shares);
    let rows = [
        json!({"name": "warm invoke, 1 connection", "unit": "ms", "memory_mib": ONE_VCPU_MIB, "n": turns.ours_us.len(),
            "ferry": figures(&turns.ours_us), "cargo_lambda_watch": figures(&turns.theirs_us),
            "ratio": {"median": median(&turns.ratios), "low": quantile(&turns.ratios, 0.025), "high": quantile(&turns.ratios, 0.975), "n": turns.ratios.len()}}),
        json!({"name": "requests per second, 1 connection", "n": turns.ours_us.len(), "ferry": ours_rate, "cargo_lambda_watch": theirs_rate}),
        json!({"name": "64 callers of one function", "n": answered, "ferry": {"right_answers": answered}}),
        json!({"name": "host's share of a cold start", "unit": "ms", "n": shares.len(),
            "ferry": {"p50": share / 1e3, "p95": quantile(&shares, 0.95) / 1e3}}),
    ];
    let reach = [
        Reach::at_most("warm invoke p50, ms (cargo lambda watch's in the same run)", ours / 1e3, theirs / 1e3),
        Reach::at_least("requests per second (cargo lambda watch's in the same run)", ours_rate, theirs_rate),
        Reach::at_least("right answers to 64 callers", as_f64(answered), as_f64(CALLERS * REQUESTS_PER_CALLER)),
        Reach::at_most("host's share of a cold start, median, ms", share / 1e3, 5.0),
    ];
    write(&root, "host", &versions, &enforced, &rows, &reach)?;
    for one in &reach {
        println!("{one}");
    }
    Ok(())
}

fn peer_program(root: &Path) -> String {
    root.join(".venv/bin/cargo-lambda").to_string_lossy().into_owned()
}

fn start_ferry(root: &Path) -> Result<Server> {
    let address = free_port()?;
    let mut command = Command::new(root.join("target/release/ferry"));
    command
        .args(["up", "-t", "tests/functions/template.yaml", "--api-port", "0", "--aws-port", "0", "--port"])
        .arg(address.port().to_string());
    Server::start("ferry up", &mut command, root, address, ("HelloRust", READY))
}

fn start_peer(root: &Path) -> Result<Server> {
    let address = free_port()?;
    let mut command = Command::new(peer_program(root));
    command.args(["lambda", "watch", "--release", "--ignore-changes", "--invoke-port"]).arg(address.port().to_string());
    Server::start("cargo lambda watch", &mut command, &root.join("tests/functions/rust"), address, ("hello", READY))
}

struct Turns {
    ours_us: Vec<f64>,
    theirs_us: Vec<f64>,
    /// Theirs over ours, of each block's medians.
    ratios: Vec<f64>,
}

fn in_turns(ours: SocketAddr, theirs: SocketAddr) -> Result<Turns> {
    let (mut ours, mut theirs) = (Client::connect(ours)?, Client::connect(theirs)?);
    block(&mut ours, "HelloRust")?;
    block(&mut theirs, "hello")?;
    let mut turns = Turns { ours_us: Vec::new(), theirs_us: Vec::new(), ratios: Vec::new() };
    for round in 0..BLOCKS {
        // Who goes first alternates.
        let (a, b);
        if round % 2 == 0 {
            a = block(&mut ours, "HelloRust")?;
            b = block(&mut theirs, "hello")?;
        } else {
            b = block(&mut theirs, "hello")?;
            a = block(&mut ours, "HelloRust")?;
        }
        turns.ratios.push(median(&b) / median(&a));
        turns.ours_us.extend(a);
        turns.theirs_us.extend(b);
        if (round + 1).is_multiple_of(10) {
            eprintln!(
                "warm invokes: block {} of {BLOCKS}; p50 {:.3} ms, cargo lambda watch {:.3} ms",
                round + 1,
                median(&turns.ours_us) / 1e3,
                median(&turns.theirs_us) / 1e3
            );
        }
    }
    Ok(turns)
}

fn block(client: &mut Client, function: &str) -> Result<Vec<f64>> {
    (0..REQUESTS_PER_BLOCK).map(|_| Ok(micros(client.invoke(function, r#"{"name":"ada"}"#)?.0))).collect()
}

/// Many callers of one function at once; how many got their own answer, which has to be all of them.
fn many_callers(address: SocketAddr) -> Result<usize> {
    eprintln!("{CALLERS} callers at once");
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            std::thread::spawn(move || -> Result<usize> {
                let mut client = Client::connect(address)?;
                for request in 0..REQUESTS_PER_CALLER {
                    let name = format!("caller-{caller}-{request}");
                    let (_, body) = client.invoke("HelloRust", &json!({ "name": name }).to_string())?;
                    let answer: Value = serde_json::from_slice(&body)?;
                    ensure!(answer == json!({ "hello": name }), "{name} was answered {answer}");
                }
                Ok(REQUESTS_PER_CALLER)
            })
        })
        .collect();
    let mut answered = 0;
    for caller in callers {
        answered += caller.join().map_err(|_| anyhow::anyhow!("a caller panicked"))??;
    }
    Ok(answered)
}

/// Microseconds from the decision to start a sandbox to its process running, as the host reports it.
fn cold_start_shares(address: SocketAddr) -> Result<Vec<f64>> {
    eprintln!("{COLD_STARTS} cold starts");
    let mut client = Client::connect(address)?;
    let mut shares = Vec::new();
    for round in 0..COLD_STARTS {
        configure(address, &json!({"Environment": {"Variables": {"ROUND": round.to_string()}}}))?;
        let tail = [("x-amz-log-type", "Tail")];
        let reply = client.send("POST", "/2015-03-31/functions/HelloRust/invocations", &tail, r#"{"name":"cold"}"#)?;
        let metrics: Value = serde_json::from_str(reply.header("x-ferry-metrics").context("no X-Ferry-Metrics header")?)?;
        shares.push(metrics["host_start_us"].as_f64().with_context(|| format!("not a cold start: {metrics}"))?);
    }
    Ok(shares)
}

/// `UpdateFunctionConfiguration`: the next invocation is a cold start.
fn configure(address: SocketAddr, change: &Value) -> Result<()> {
    let reply = Client::connect(address)?.send("PUT", "/2015-03-31/functions/HelloRust/configuration", &[], &change.to_string())?;
    ensure!(reply.status == 200, "the configuration was not changed: {}", String::from_utf8_lossy(&reply.body));
    Ok(())
}

fn figures(samples_us: &[f64]) -> Value {
    json!({"p50": median(samples_us) / 1e3, "p95": quantile(samples_us, 0.95) / 1e3, "p99": quantile(samples_us, 0.99) / 1e3})
}

fn rate(samples_us: &[f64]) -> f64 {
    as_f64(samples_us.len()) * 1e6 / samples_us.iter().sum::<f64>()
}

fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// Nearest rank.
fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length is within it")]
    let rank = (as_f64(sorted.len()) * share).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
