//! `router-build`: makes and looks into packed city files. Results on stdout, progress on stderr.

mod bench;
mod inspect;
mod make;
mod progress;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use router::build::DrivingSide;
use router::build::recipe::{CrashFile, Recipe};
use router::crash::Portal;
use router::profile::Profile;

/// Bike-router cities: from an OpenStreetMap extract to one packed file. `router-build CITY.toml` is `router-build city CITY.toml`.
#[derive(Parser)]
#[command(name = "router-build", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build a city from its TOML: extract, country, profile, crash files, heights. Paths are relative to it; systems/router/cities has examples.
    City {
        recipe: PathBuf,
        /// The city file to write, if not where the TOML says.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Stops of the comfort slider, if not what the TOML says.
        #[arg(long)]
        stops: Option<usize>,
        #[command(flatten)]
        print: Print,
    },
    /// Build a city file from an OpenStreetMap extract (.osm.pbf) and print what was counted.
    Graph(Graph),
    /// Print the default cost profile, to copy and change.
    Profile,
    /// Mirror an extract into a metro of real streets.
    Tile {
        extract: PathBuf,
        /// Columns x rows.
        #[arg(long, value_parser = parse_grid, value_name = "CxR")]
        grid: [u32; 2],
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Write the graph for the Python original: one JSON value a line.
    Export {
        city: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
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

#[derive(Args)]
struct Print {
    /// Also write the graph for the Python original: one JSON value a line.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Print the counts as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Graph {
    extract: PathBuf,
    /// The city file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// a-z, 0-9 and -.
    #[arg(long)]
    name: Option<String>,
    /// ISO 3166, two letters: for the profile's defaults and the side of the road.
    #[arg(long)]
    country: Option<String>,
    /// The side of the road that traffic keeps to, if the country does not tell.
    #[arg(long, value_enum)]
    driving_side: Option<Side>,
    /// The cost profile, laid over the default one.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Stops of the comfort slider: 11 (all of the default profile's), 3 for a small file.
    #[arg(long)]
    stops: Option<usize>,
    /// A crash CSV of the portal that `--crash-portal` names.
    #[arg(long, value_name = "FILE", requires = "crash_portal")]
    crashes: Vec<PathBuf>,
    #[arg(long, value_enum)]
    crash_portal: Option<PortalName>,
    /// Heights: HGT or GeoTIFF.
    #[arg(long, value_name = "FILE")]
    dem: Vec<PathBuf>,
    #[command(flatten)]
    print: Print,
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Left,
    Right,
}

#[derive(Clone, Copy, ValueEnum)]
enum PortalName {
    Chicago,
    NewYork,
    SanFrancisco,
}

fn main() -> ExitCode {
    match run(Cli::parse_from(with_city(std::env::args_os().collect())).command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "router-build: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `router-build CITY.toml` -> `router-build city CITY.toml`.
fn with_city(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first.to_string_lossy().ends_with(".toml")) {
        arguments.insert(1, "city".into());
    }
    arguments
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::City { recipe, output, stops, print } => {
            let mut recipe = Recipe::read(&recipe)?;
            recipe.stops = stops.or(recipe.stops);
            let output = output.or_else(|| recipe.output.clone()).context("no output")?;
            make::city(&recipe, &output, print.export.as_deref(), print.json)
        }
        Command::Graph(graph) => make::city(&graph.recipe(), &graph.output, graph.print.export.as_deref(), graph.print.json),
        Command::Profile => Ok(io::stdout().write_all(Profile::default_text().as_bytes())?),
        Command::Tile { extract, grid, output } => make::tile(&extract, &output, grid),
        Command::Export { city, output } => inspect::write_export(&city, &output),
        Command::Events { city, count, seed, output } => inspect::write_events(&city, count, seed, &output),
        Command::Info { city } => inspect::info(&city),
        Command::Route { city } => inspect::route(&city),
        Command::Bench { city, events, rounds } => bench::bench(&city, &events, rounds),
    }
}

impl Graph {
    fn recipe(&self) -> Recipe {
        let portal = self.crash_portal.map(|portal| match portal {
            PortalName::Chicago => Portal::Chicago,
            PortalName::NewYork => Portal::NewYork,
            PortalName::SanFrancisco => Portal::SanFrancisco,
        });
        Recipe {
            name: self.name.clone(),
            extract: self.extract.clone(),
            country: self.country.clone(),
            driving_side: self.driving_side.map(|side| match side {
                Side::Left => DrivingSide::Left,
                Side::Right => DrivingSide::Right,
            }),
            profile: self.profile.clone(),
            stops: self.stops,
            heights: self.dem.clone(),
            crashes: self.crashes.iter().map(|file| CrashFile { file: file.clone(), portal, columns: None }).collect(),
            ..Recipe::default()
        }
    }
}

/// `2x4`: two columns, four rows.
fn parse_grid(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once('x').and_then(|(columns, rows)| Some([columns.parse().ok()?, rows.parse().ok()?]));
    sides
        .filter(|sides| sides.iter().all(|side| (1..=16).contains(side)))
        .ok_or_else(|| "give columns x rows, each 1 to 16, like 2x4".to_owned())
}
