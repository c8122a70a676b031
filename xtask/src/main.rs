//! `cargo xtask`-style chores: benchmarks that measure whole programs, and tables rendered from their results.
//!
//! `xtask bench-host` measures the host beside `cargo lambda watch` and writes `results/host.json`; `xtask bench-router` the
//! router beside its original (`results/router.json`, and its table);
//! `xtask render` splices the tables of `results/*.json` into the documents that show them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]

mod bench_host;
mod bench_router;
mod children;
mod client;
mod render;
mod results;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bench-host"] => bench_host::run(),
        ["bench-router"] => bench_router::run(),
        ["render"] => render::run(false),
        ["render", "--check"] => render::run(true),
        _ => bail!("usage: xtask bench-host | bench-router | render [--check]"),
    }
}
