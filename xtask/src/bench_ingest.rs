//! Ingest beside its original: the article's four runs at five memory sizes, under three kinds of DynamoDB.
//!
//! `a` answers as fast as it goes, `b` after 6 ms a batch, `c` takes 4,000 writes a second. Both sides run in turns, warm, into a table made anew each time, and every run is counted
//! afterwards: a run that lost an item is no run. The local services' own CPU time stands beside the function's, for they share the machine.

mod cell;
mod large;
mod run;
mod world;

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::results::{Reach, root, said_by, write};
use cell::Cell;
use run::{Format, Side};
use world::World;

/// The article's records, and what it takes to write them 25 at a time.
const RECORDS: u64 = 50_000;
const QUICK_RECORDS: u64 = 2_000;
/// MB, the most telling first: the budget of the original may end.
const MEMORY: [u32; 5] = [1024, 128, 1769, 512, 256];
/// Rounds of the four runs where the budget allows: at the most telling size, and at the others.
const ROUNDS: usize = 5;
const OTHER_ROUNDS: usize = 2;
/// Items a second that regime `c` takes.
const LIMIT_PER_S: f64 = 4_000.0;

/// A kind of DynamoDB, as a physics document.
pub(crate) struct Regime {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    physics: fn() -> Value,
}

const REGIMES: [Regime; 3] = [
    Regime { name: "a", what: "as fast as the services go", physics: || json!({}) },
    Regime {
        name: "b",
        what: "6 ms a batch",
        physics: || json!({"latency": [{"service": "dynamodb", "operation": "BatchWriteItem", "ms": 6}]}),
    },
    Regime { name: "c", what: "4,000 writes a second", physics: || json!({"tables": {"*": {"write_per_s": LIMIT_PER_S, "burst_s": 0}}}) },
];

/// How much may be asked.
pub(crate) struct Wanted {
    /// Seconds that the original may run in each regime.
    pub(crate) budget_s: [f64; 3],
    /// Tries everything with few records and writes no result.
    pub(crate) quick: bool,
}

pub(crate) fn run(wanted: &Wanted) -> Result<()> {
    let root = root();
    let records = if wanted.quick { QUICK_RECORDS } else { RECORDS };
    let world = World::start(&root, records)?;
    let mut cells = Vec::new();
    for (regime, budget_s) in REGIMES.iter().zip(wanted.budget_s) {
        world.set_physics(&(regime.physics)())?;
        cells.extend(regime_cells(&world, regime, budget_s, wanted.quick)?);
    }
    world.set_physics(&json!({}))?;
    let baseline = baseline(&world)?;
    let large = large::measure(&world, &root, wanted.quick)?;
    let enforced = world.enforced()?;
    drop(world);

    let reach = reach(&cells, &baseline, &large);
    for one in &reach {
        println!("{one}");
    }
    if wanted.quick {
        return Ok(());
    }
    let mut rows: Vec<Value> = cells.iter().map(Cell::to_json).collect();
    rows.push(json!({"cpu_us_per_record": baseline, "what": "CPU time of a record at 1,024 MB, as fast as the services go: ours and the article's plain loop"}));
    rows.push(json!({"large": large, "what": "the same function on a file of 1 GB"}));
    write(&root, "ingest", &versions(&root)?, &enforced, &rows, &reach)
}

/// All memory sizes of one regime; the original runs where what is left of its budget allows.
fn regime_cells(world: &World, regime: &'static Regime, budget_s: f64, quick: bool) -> Result<Vec<Cell>> {
    let mut cells: Vec<Cell> = MEMORY.iter().map(|memory| Cell::new(regime, *memory)).collect();
    let mut spent_s = 0.0;
    for at in 0..cells.len() {
        let foreseen = cells.first().and_then(|first| first.original_s_at(MEMORY[at]));
        spent_s += cells[at].round(world, foreseen.is_none_or(|s| spent_s + s <= budget_s) && budget_s > 0.0)?;
    }
    // What is left of the budget makes the most telling size surer.
    while let Some(first) = cells.first_mut() {
        let foreseen = first.original_s_at(MEMORY[0]).unwrap_or(f64::INFINITY);
        if quick || first.rounds() >= ROUNDS || spent_s + foreseen > budget_s {
            break;
        }
        spent_s += first.round(world, true)?;
    }
    for (at, cell) in cells.iter_mut().enumerate() {
        while !quick && cell.rounds() < if at == 0 { ROUNDS } else { OTHER_ROUNDS } {
            cell.round(world, false)?;
        }
    }
    Ok(cells)
}

/// CPU time of one record in µs, ours and the article's plain loop in turns.
fn baseline(world: &World) -> Result<Value> {
    const TURNS: usize = 5;
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for side in [Side::Rust, Side::SeedLoop] {
        world.set_memory(side, MEMORY[0])?;
        world.warm(side)?;
    }
    for turn in 0..TURNS {
        for side in if turn % 2 == 0 { [Side::Rust, Side::SeedLoop] } else { [Side::SeedLoop, Side::Rust] } {
            let one = world.run(side, Format::Csv)?;
            let cpu = one.cpu_ms.context("the host counts no CPU time")? * 1e3 / one.records;
            if side == Side::Rust { ours.push(cpu) } else { plain.push(cpu) }
        }
    }
    let pairs: Vec<(f64, f64)> = plain.iter().copied().zip(ours.iter().copied()).collect();
    let ratio = ferry_lab::ratio(&pairs, ferry_lab::Statistic::Median, cell::BOOTSTRAP_SEED);
    Ok(json!({
        "rust": ferry_lab::Distribution::of(ours), "seed_loop": ferry_lab::Distribution::of(plain),
        "seed_loop_over_rust": ratio.map(|ratio| json!({"median": ratio.median, "low": ratio.low, "high": ratio.high, "n": pairs.len()})),
    }))
}

fn reach(cells: &[Cell], baseline: &Value, large: &Value) -> Vec<Reach> {
    let cell = |regime: &str, memory| cells.iter().find(|cell| cell.is(regime, memory));
    let (b, b_small, c) = (cell("b", 1024), cell("b", 128), cell("c", 1024));
    let peak = cell("a", 1024).and_then(|cell| cell.peak_mib(Side::Rust));
    vec![
        Reach::at_least("6 ms a batch, 1024 MB: times faster than Python (the lower of CSV and JSON)", b.and_then(Cell::lowest_ratio), 8.0),
        Reach::at_most(
            "the same: seconds for all records (the higher of CSV and JSON)",
            b.and_then(|cell| cell.slowest_s(Side::Rust)),
            3.5,
        ),
        Reach::at_least("6 ms a batch, 128 MB: times faster than Python (the lower)", b_small.and_then(Cell::lowest_ratio), 12.0),
        Reach::at_least(
            "CPU time per record, times less than the article's loop in Rust",
            baseline["seed_loop_over_rust"]["median"].as_f64(),
            1.0,
        ),
        Reach::at_least("4,000 writes a second: share of the limit used", c.and_then(|cell| cell.share_of(LIMIT_PER_S)), 0.97),
        Reach::at_most("the same: share of wasted calls", c.and_then(Cell::wasted), 0.05),
        Reach::at_most("the same: items lost", c.map(|_| 0.0), 0.0),
        Reach::at_most("peak memory for the 17 MB file, MB", peak, 40.0),
        Reach::at_most(
            "peak memory for a 1 GB file, times that",
            large["peak_mib"].as_f64().zip(peak).map(|(large, small)| large / small),
            1.1,
        ),
    ]
}

fn versions(root: &Path) -> Result<Value> {
    let python = crate::tools::python(root);
    let version = |what: &str| said_by(&python.to_string_lossy(), &["-c", &format!("import {what}; print({what}.__version__)")]);
    Ok(
        json!({"rustc": said_by("rustc", &["--version"])?, "python": said_by(&python.to_string_lossy(), &["--version"])?, "boto3": version("boto3")?}),
    )
}
