//! `router-bench`: what a benchmark needs of the router's core. Results on stdout.

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use router::bench::{Pair, draw};
use router::cch::{Graph, Pack, Topology};
use router::city::City;
use router::city::encode::write_file;
use router::city::map::map_file;
use router::export::export;
use router::geo::{Point, UNITS_PER_DEGREE};
use router::limits::DEFAULT_COMFORT;
use router::polyline;
use router::route::{Ask, NoRoute, Route, Router};
use serde::Deserialize;
use serde_json::{Value, json};

/// As many as the builder uses.
const CUSTOMIZING_THREADS: usize = 2;

/// Measures the router's core on a city file.
#[derive(Parser)]
#[command(name = "router-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print origins and destinations in bands of miles ridden, as JSON.
    Pairs {
        city: PathBuf,
        #[arg(long, default_value_t = 10)]
        per_band: u32,
        #[arg(long, default_value_t = 7)]
        seed: u64,
    },
    /// Open the city, say so, then answer requests from stdin, one a line, with the time that each pair took.
    ///
    /// A request is `{"engine", "pairs": [[lat, lon, lat, lon], ...]}`, its answer `{"ns", "length_m", "shape_bytes"}` with one value a pair,
    /// `null` where there is no route. Engines: `route` (both places snapped, the route at the default comfort, its whole line as one polyline), `front` (both places snapped, the cost at every
    /// comfort stop, and the fastest, the middle and the calmest route with their lines), `astar` (as `route`, by plain A* without the index), `distance` (as `route`, but only the cost).
    Drive { city: PathBuf },
    /// Write the graph for the Python original: one JSON value a line.
    Export {
        city: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Customize the default comfort stop anew, as after a change of the profile, and print what it takes in seconds. What does not depend on costs is prepared before.
    Recustomize {
        city: PathBuf,
        #[arg(long, default_value_t = 5)]
        rounds: u32,
    },
}

/// A line of `drive`'s input.
#[derive(Deserialize)]
struct Request {
    engine: Engine,
    pairs: Vec<[f64; 4]>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Route,
    Front,
    Astar,
    Distance,
}

/// What one question gave.
struct Answer {
    length_mm: u64,
    shape_bytes: usize,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Pairs { city, per_band, seed } => pairs(&city, per_band, seed),
        Command::Drive { city } => drive(&city),
        Command::Export { city, output } => export_to(&city, &output),
        Command::Recustomize { city, rounds } => recustomize(&city, rounds),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "router-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn pairs(path: &Path, per_band: u32, seed: u64) -> Result<()> {
    let map = map_file(path)?;
    let city = City::open(&map)?;
    let bands: Vec<Value> = draw(&mut Router::new(city), per_band, seed)
        .iter()
        .map(|band| json!({"miles": band.miles, "pairs": band.pairs.iter().map(pair_to_json).collect::<Vec<_>>()}))
        .collect();
    writeln!(io::stdout(), "{}", json!({"city": city.name(), "seed": seed, "bands": bands}))?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a route's millimetres stay far below 2^52")]
fn pair_to_json(pair: &Pair) -> Value {
    let lat_lon = |point: Point| [point.lat_e7, point.lon_e7].map(|e7| f64::from(e7) / UNITS_PER_DEGREE);
    json!({"origin": lat_lon(pair.origin), "destination": lat_lon(pair.destination), "length_m": pair.length_mm as f64 / 1_000.0})
}

fn drive(path: &Path) -> Result<()> {
    let started = Instant::now();
    let map = map_file(path)?;
    let mut driver = Driver { router: Router::new(City::open(&map)?), line: Vec::new(), shape: String::new() };
    let mut out = io::stdout().lock();
    writeln!(out, "{}", json!({"open_ns": nanos(started)}))?;
    out.flush()?;
    for line in io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?).context("not a request: {\"engine\", \"pairs\"}")?;
        let (mut ns, mut length_m, mut shape_bytes) = (Vec::new(), Vec::new(), Vec::new());
        for [lat, lon, to_lat, to_lon] in request.pairs {
            let places = [(lon, lat), (to_lon, to_lat)].map(|(lon, lat)| Point::from_degrees(lon, lat));
            let [Some(origin), Some(destination)] = places else { bail!("[{lat}, {lon}, {to_lat}, {to_lon}] is not on earth") };
            let started = Instant::now();
            let answer = driver.answer(request.engine, origin, destination);
            let took = nanos(started);
            let answer = answer.ok();
            ns.push(answer.as_ref().map(|_| took));
            #[expect(clippy::cast_precision_loss, reason = "a route's millimetres stay far below 2^52")]
            length_m.push(answer.as_ref().map(|answer| answer.length_mm as f64 / 1_000.0));
            shape_bytes.push(answer.map(|answer| answer.shape_bytes));
        }
        writeln!(out, "{}", json!({"ns": ns, "length_m": length_m, "shape_bytes": shape_bytes}))?;
        out.flush()?;
    }
    Ok(())
}

/// A router, and memory that its answers reuse.
struct Driver<'a> {
    router: Router<'a>,
    line: Vec<Point>,
    shape: String,
}

impl Driver<'_> {
    fn answer(&mut self, engine: Engine, origin: Point, destination: Point) -> Result<Answer, NoRoute> {
        let places = &[origin, destination];
        match engine {
            Engine::Route => {
                let route = self.router.route(&Ask { places, comfort: DEFAULT_COMFORT })?;
                Ok(self.drawn(&route))
            }
            Engine::Astar => {
                let route = self.router.route_by_astar(&Ask { places, comfort: DEFAULT_COMFORT })?;
                Ok(self.drawn(&route))
            }
            Engine::Front => {
                let snaps = self.router.snaps(places)?;
                let stops = self.router.city().stop_count();
                for stop in 0..stops {
                    black_box(self.router.cost(&snaps[0], &snaps[1], stop)?);
                }
                let mut answer = Answer { length_mm: 0, shape_bytes: 0 };
                for stop in [0, stops / 2, stops - 1] {
                    let route = self.router.along(&snaps, stop)?;
                    let drawn = self.drawn(&route);
                    answer = Answer { length_mm: drawn.length_mm, shape_bytes: answer.shape_bytes + drawn.shape_bytes };
                }
                Ok(answer)
            }
            Engine::Distance => {
                let snaps = self.router.snaps(places)?;
                let stop = self.router.city().stop_near(DEFAULT_COMFORT);
                let cost = self.router.cost(&snaps[0], &snaps[1], stop)?.ok_or(NoRoute::Unconnected { leg: 0 })?;
                // There is no line without a route: its cost, in millimetres of calm riding, stands for its length.
                Ok(Answer { length_mm: cost.into(), shape_bytes: 0 })
            }
        }
    }

    /// Writes the whole line of a route as one polyline.
    fn drawn(&mut self, route: &Route) -> Answer {
        self.shape.clear();
        self.line.clear();
        self.router.geometry(route, &mut self.line);
        polyline::encode(self.line.iter().copied(), &mut self.shape);
        Answer { length_mm: route.total_length_mm, shape_bytes: black_box(&self.shape).len() }
    }
}

fn export_to(path: &Path, output: &Path) -> Result<()> {
    let map = map_file(path)?;
    let mut text = Vec::new();
    export(&City::open(&map)?, &mut text)?;
    write_file(output, &text).with_context(|| format!("cannot write {}", output.display()))
}

fn recustomize(path: &Path, rounds: u32) -> Result<()> {
    let map = map_file(path)?;
    let city = City::open(&map)?;
    let stop = city.stop(city.stop_near(DEFAULT_COMFORT));
    let (first_out, heads) = city.graph();
    let topology = Topology::new(&Graph::new(first_out, &heads)?)?;
    let mut seconds = Vec::new();
    for _ in 0..rounds.max(1) {
        let started = Instant::now();
        black_box(Pack::new(&topology, &[stop.stress_weight.into()], |_, arc| city.cost(arc, stop), CUSTOMIZING_THREADS)?);
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[(seconds.len() - 1) / 2];
    writeln!(
        io::stdout(),
        "{}",
        json!({"n": seconds.len(), "threads": CUSTOMIZING_THREADS, "p50_s": median, "max_s": seconds[seconds.len() - 1]})
    )?;
    Ok(())
}

fn nanos(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
