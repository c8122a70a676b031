//! Our router beside others on the same streets: the same pairs, one thread each, in turns.
//!
//! Every engine is a process that keeps its index open and times itself ([`crate::driver`]): both places snapped, the route, its whole geometry as one polyline. Each pair is asked
//! once unmeasured, so that all are warm; then pairs go round the engines in small batches, and who goes first changes from batch to batch.

mod index;
mod install;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use ferry_lab::Distribution;
use serde_json::{Value, json};

use crate::driver::Driver;
use crate::metro::{Grid, Metro, Wanted};
use crate::pairs::{LONG_MILES, Pairs};
use crate::results::{Reach, root, said_by, write};
use crate::tools::{bench_folder, program};
use crate::turns::{Answers, Entrant, measure};
use index::Index;

/// A quarter of the metro that `bench-router` measures: OSRM contracts the whole one for 20 minutes.
const GRID: Grid = Grid { city: "2x2", helsinki: "2x120" };
const PAIRS_PER_BAND: usize = 50;
const ROUNDS: usize = 10;
/// Half a second an answer.
const ROUNDS_VALHALLA: usize = 2;
const COLD_STARTS: usize = 3;
/// The engine of ours that gives what the others are asked for.
const OURS: &str = "route";

pub(crate) fn run(wanted: &Wanted, python: Option<&str>) -> Result<()> {
    let root = root();
    let python = install::python(&root, python)?;
    let metro = Metro::find(&root, wanted, GRID)?;
    let ours = index::ours(&root, &metro)?;
    let pairs = metro.pairs(&root, wanted.few_or(5, PAIRS_PER_BAND))?;
    let mut indexes = vec![ours];
    for engine in ["osrm-ch", "valhalla"] {
        indexes.push(index::theirs(&root, &python, &metro, engine)?);
    }
    let opened = indexes.iter().map(|index| opened(&root, index, &pairs)).collect::<Result<Vec<Value>>>()?;

    let start = |index: &Index, rounds| -> Result<Entrant> {
        let driver = Driver::start(index.engine, &mut command(&root, index))?;
        Ok(Entrant { driver, ask: OURS, rounds })
    };
    let (rounds, rounds_valhalla) = (wanted.few_or(2, ROUNDS), wanted.few_or(1, ROUNDS_VALHALLA));
    let mut entrants = vec![start(&indexes[0], rounds)?, start(&indexes[1], rounds)?, start(&indexes[2], rounds_valhalla)?];
    let mut bands = Vec::new();
    for band in &pairs.bands {
        eprintln!("{} miles: {} pairs", band.name(), band.pairs.len());
        let answers = measure(&mut entrants, &band.pairs)?;
        bands.push(row(band.miles, &indexes, &answers));
    }
    let residents = entrants.iter().map(|entrant| entrant.driver.resident()).collect::<Result<Vec<_>>>()?;
    let index_rows: Vec<Value> = indexes
        .iter()
        .zip(opened)
        .zip(residents)
        .map(|((index, opened), resident)| {
            json!({"engine": index.engine, "build": index.took, "bytes": index.bytes, "opened": opened, "resident_mib": resident.now_mib})
        })
        .collect();
    let reach = [
        reach(&bands, "osrm-ch", "times faster than OSRM CH, 80-130 miles, p50", 6.0),
        reach(&bands, "valhalla", "times faster than Valhalla, 80-130 miles, p50", 1000.0),
    ];
    let rows = [
        json!({"name": "answers by band", "unit": "ms", "metro": metro.what, "seed": pairs.seed, "bands": bands}),
        json!({"name": "index", "metro": metro.what, "engines": index_rows}),
    ];
    let versions = json!({"rustc": said_by("rustc", &["--version"])?, "peers": install::requirements(&root)?});
    write(
        &wanted.results(&root),
        "router-peers",
        &versions,
        &json!({"note": "plain processes, not functions: nothing to enforce"}),
        &rows,
        &reach,
    )?;
    for one in &reach {
        println!("{one}");
    }
    Ok(())
}

fn command(root: &Path, index: &Index) -> Command {
    match &index.python {
        None => {
            let mut command = Command::new(program(root, "router-bench"));
            command.arg("drive").arg(&index.opens);
            command
        }
        Some(python) => {
            let mut command = Command::new(python);
            command.arg(bench_folder(root).join("peer.py")).arg(index.engine).arg(&index.opens);
            command
        }
    }
}

/// A fresh process: opening, the first answer to the question of 100 miles, what it has resident then. Files are in the page cache.
fn opened(root: &Path, index: &Index, pairs: &Pairs) -> Result<Value> {
    let question = pairs.hundred_miles().context("no pairs")?;
    let (mut open, mut first, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..COLD_STARTS {
        let mut driver = Driver::start(index.engine, &mut command(root, index))?;
        let answer = driver.ask(OURS, &[question])?[0].with_context(|| format!("{} finds no route of 100 miles", index.engine))?;
        open.push(driver.open_ms);
        first.push(answer.ms);
        resident.push(driver.resident()?.now_mib);
    }
    let middle = |values: Vec<f64>| Distribution::of(values).p50;
    Ok(
        json!({"n": COLD_STARTS, "miles": question.miles(), "open_ms": middle(open), "first_ms": middle(first), "resident_mib": middle(resident)}),
    )
}

/// One band: each engine's times over all its answers, and theirs over ours by pair.
fn row(miles: [f64; 2], indexes: &[Index], answers: &[Answers]) -> Value {
    let ours = &answers[0];
    let engine = |(index, theirs): (&Index, &Answers)| json!({"engine": index.engine, "ms": theirs.times(), "unanswered": theirs.unanswered(), "over_ours": theirs.over(ours), "length_over_ours": theirs.length_over(ours)});
    json!({"miles": miles, "pairs": ours.pairs(), "engines": indexes.iter().zip(answers).map(engine).collect::<Vec<_>>()})
}

fn reach(bands: &[Value], engine: &str, name: &'static str, bound: f64) -> Reach {
    let long = bands.iter().find(|band| band["miles"][0].as_f64().is_some_and(|from| from >= LONG_MILES));
    let engines = long.and_then(|band| band["engines"].as_array());
    let found = engines.and_then(|engines| engines.iter().find(|one| one["engine"] == engine));
    Reach::at_least(name, found.and_then(|one| one["over_ours"]["median"].as_f64()), bound)
}
