//! `router-build`: makes and looks into packed city files. Results on stdout, progress on stderr.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};
use router::build::{DrivingSide, Progress, build};
use router::city::City;
use router::city::encode::{encode, write_file};
use router::city::map::map_file;
use router::events::events;
use router::export::export;
use router::http::{HttpEvent, handle};
use router::route::Router;

/// Bike-router cities: from an OpenStreetMap extract to one packed file.
#[derive(Parser)]
#[command(name = "router-build", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build a city file from an OpenStreetMap extract (.osm.pbf) and print what was counted.
    Graph {
        extract: PathBuf,
        /// The city file to write.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Also write the graph for the Python original: one JSON value a line.
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
        /// The side of the road that traffic keeps to.
        #[arg(long, value_enum, default_value_t = Side::Right)]
        driving_side: Side,
        /// Print the counts as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write events (HTTP API payload 2.0) to ask the router: one JSON file each.
    Events {
        city: PathBuf,
        /// Routes, from shortest to longest; requests that must be refused are added.
        #[arg(long, default_value_t = 50)]
        count: u32,
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// The folder to write; created when missing.
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
    },
    /// Check a city file and print what it holds, as JSON.
    Info { city: PathBuf },
    /// Answer events from stdin, one a line, as the function would: one response a line.
    Route { city: PathBuf },
    /// Time the function's core in this process: every `route-*` event of a folder, request in to response out. Prints JSON.
    Bench {
        city: PathBuf,
        events: PathBuf,
        /// Rounds over all events.
        #[arg(long, default_value_t = 20)]
        rounds: u32,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Left,
    Right,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Graph { extract, output, export, driving_side, json } => graph(&extract, &output, export.as_deref(), driving_side, json),
        Command::Events { city, count, seed, output } => write_events(&city, count, seed, &output),
        Command::Info { city } => info(&city),
        Command::Route { city } => route(&city),
        Command::Bench { city, events, rounds } => bench(&city, &events, rounds),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "router-build: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn graph(extract: &Path, output: &Path, to_export: Option<&Path>, side: Side, json: bool) -> Result<()> {
    let side = match side {
        Side::Left => DrivingSide::Left,
        Side::Right => DrivingSide::Right,
    };
    let size = std::fs::metadata(extract).with_context(|| format!("cannot read {}", extract.display()))?.len();
    let progress = ProgressLine::new(size);
    let open = || File::open(extract).map(BufReader::new);
    let (parts, report) =
        build(open, side, &mut |at| progress.reading(at)).with_context(|| format!("cannot build a city from {}", extract.display()))?;
    progress.say("packing");
    let bytes = encode(&parts)?;
    write_file(output, &bytes).with_context(|| format!("cannot write {}", output.display()))?;
    if let Some(path) = to_export {
        progress.say("exporting for Python");
        let map = map_file(output)?;
        let mut text = Vec::new();
        export(&City::open(&map)?, &mut text)?;
        write_file(path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    progress.end();
    let mut out = io::stdout().lock();
    if json {
        let mut value = serde_json::to_value(&report)?;
        value["file_bytes"] = bytes.len().into();
        writeln!(out, "{value}")?;
    } else {
        writeln!(out, "{report}\nfile        {} bytes: {}", bytes.len(), output.display())?;
    }
    Ok(())
}

fn write_events(city: &Path, count: u32, seed: u64, output: &Path) -> Result<()> {
    let map = map_file(city)?;
    let city = City::open(&map)?;
    std::fs::create_dir_all(output).with_context(|| format!("cannot create {}", output.display()))?;
    let events = events(&city, count, seed);
    for named in &events {
        let path = output.join(format!("{}.json", named.name));
        let text = serde_json::to_string_pretty(&named.event)? + "\n";
        write_file(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    }
    writeln!(io::stdout(), "{} events in {}", events.len(), output.display())?;
    Ok(())
}

fn info(path: &Path) -> Result<()> {
    let map = map_file(path)?;
    let city = City::open(&map)?;
    city.check()?;
    let header = city.header();
    let sections = header.slots[..header.section_count as usize].iter();
    let sections: serde_json::Map<_, _> = router::city::format::SectionKind::ALL
        .iter()
        .zip(sections)
        .map(|(kind, slot)| (format!("{kind:?}"), serde_json::json!({"offset": slot.offset, "bytes": slot.bytes})))
        .collect();
    let report: serde_json::Value = serde_json::from_str(city.report()).unwrap_or_default();
    let value = serde_json::json!({
        "version": header.version,
        "file_bytes": header.file_bytes,
        "name": city.name(),
        "nodes": header.nodes,
        "segments": header.segments,
        "states": header.states,
        "arcs": header.arcs,
        "names": header.names,
        "classes": city.class_count(),
        "turn_kinds": city.turn_kind_count(),
        "stops": city.stops().map(|stop| stop.comfort()).collect::<Vec<_>>(),
        "crashes": city.crashes().len(),
        "min_cost_per_unit": header.min_cost_per_unit,
        "grid": {"columns": header.grid.columns, "rows": header.grid.rows},
        "sections": sections,
        "report": report,
    });
    writeln!(io::stdout(), "{value:#}")?;
    Ok(())
}

fn route(path: &Path) -> Result<()> {
    let map = map_file(path)?;
    let mut router = Router::new(City::open(&map)?);
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let event: HttpEvent =
            serde_json::from_str(&line?).with_context(|| format!("line {} is not an HTTP API event (payload 2.0)", number + 1))?;
        serde_json::to_writer(&mut out, &handle(&mut router, &event))?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn bench(path: &Path, folder: &Path, rounds: u32) -> Result<()> {
    let start = Instant::now();
    let map = map_file(path)?;
    let mut router = Router::new(City::open(&map)?);
    let open_us = start.elapsed().as_micros();
    let asked = read_routes(folder)?;
    let (mut samples, mut settled) = (Vec::new(), 0_u64);
    for _ in 0..rounds {
        for event in &asked {
            let start = Instant::now();
            let response = handle(&mut router, event);
            samples.push(start.elapsed().as_nanos());
            settled += u64::from(router.settled());
            anyhow::ensure!(response.status_code == 200, "a route was refused: {}", response.body);
        }
    }
    samples.sort_unstable();
    let at = |percent: usize| samples.get((samples.len() - 1) * percent / 100).map(|ns| ns / 1000);
    let route_us = serde_json::json!({"p50": at(50), "p95": at(95), "p99": at(99), "max": at(100)});
    let settled = settled / samples.len().max(1) as u64;
    let value = serde_json::json!({"open_us": open_us, "n": samples.len(), "route_us": route_us, "nodes_settled_mean": settled});
    writeln!(io::stdout(), "{value}")?;
    Ok(())
}

fn read_routes(folder: &Path) -> Result<Vec<HttpEvent>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(|| format!("cannot list {}", folder.display()))?;
    files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("route-")));
    files.sort();
    anyhow::ensure!(!files.is_empty(), "no route-*.json in {}: make some with `router-build events`", folder.display());
    let read = |file: &PathBuf| -> Result<HttpEvent> {
        let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not an HTTP API event (payload 2.0)", file.display()))
    };
    files.iter().map(read).collect()
}

/// One line on a terminal, rewritten; silent elsewhere.
struct ProgressLine {
    total_bytes: u64,
    on: bool,
}

impl ProgressLine {
    fn new(total_bytes: u64) -> Self {
        Self { total_bytes, on: io::stderr().is_terminal() }
    }

    fn reading(&self, at: Progress) {
        let percent = (at.bytes_read * 100 / self.total_bytes.max(1)).min(100);
        self.say(&format!("reading {} {percent} %", at.stage));
    }

    fn say(&self, what: &str) {
        if self.on {
            let _ = write!(io::stderr(), "\r\x1b[Krouter-build: {what}");
        }
    }

    fn end(&self) {
        if self.on {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
