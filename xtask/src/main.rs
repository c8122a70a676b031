//! `cargo xtask`-style chores: benchmarks that measure whole programs, and tables rendered from their results.
//!
//! `xtask bench-host` measures the host beside `cargo lambda watch` and writes `results/host.json`; `xtask bench-router` the
//! router beside its original, on a small city and on a metro (`results/router.json`, a table and a plot); `xtask bench-router-peers` beside other routers
//! (`results/router-peers.json`); `xtask bench-ingest` ingest beside its original (`results/ingest.json`). `xtask render` splices the tables of `results/` into the documents that show them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]

mod bench_host;
mod bench_ingest;
mod bench_peers;
mod bench_router;
mod children;
mod client;
mod driver;
mod fit;
mod metro;
mod pairs;
mod plot;
mod render;
mod results;
mod tools;
mod turns;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::metro::Wanted;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bench-host"] => bench_host::run(),
        ["bench-ingest"] => bench_ingest::run(&bench_ingest::Wanted { budget_s: ingest_budgets()?, quick: environment("QUICK").is_some() }),
        ["bench-router"] => bench_router::run(&wanted(), python_budget()?),
        ["bench-router-peers"] => bench_peers::run(&wanted(), environment("PEERS_PYTHON").as_deref()),
        ["render"] => render::run(false),
        ["render", "--check"] => render::run(true),
        _ => bail!("usage: xtask bench-host | bench-ingest | bench-router | bench-router-peers | render [--check]"),
    }
}

/// Seconds that the original may be asked on the metro.
fn python_budget() -> Result<Duration> {
    let text = environment("PYTHON_BUDGET").unwrap_or_else(|| "240".to_owned());
    Ok(Duration::from_secs(text.parse().with_context(|| format!("PYTHON_BUDGET={text} is not a number of seconds"))?))
}

/// Seconds that the original may run in each regime, `PYTHON_BUDGET=1500` or `PYTHON_BUDGET=300,900,300`.
fn ingest_budgets() -> Result<[f64; 3]> {
    let text = environment("PYTHON_BUDGET").unwrap_or_else(|| "1500".to_owned());
    let seconds: Result<Vec<f64>, _> = text.split(',').map(str::parse).collect();
    match seconds.with_context(|| format!("PYTHON_BUDGET={text} is not seconds"))?[..] {
        [each] => Ok([each; 3]),
        [a, b, c] => Ok([a, b, c]),
        _ => bail!("PYTHON_BUDGET={text}: give one number of seconds, or one for each of the regimes a, b, c"),
    }
}

fn wanted() -> Wanted {
    Wanted { metro: environment("METRO").map(Into::into), city: environment("CITY").map(Into::into), quick: environment("QUICK").is_some() }
}

/// Make passes unset variables on as empty ones.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
