//! The router against its original and against its own reach: the seed's benchmark on a metro.
//!
//! | module | measures |
//! |---|---|
//! | `pair` | both functions at four memory sizes in a small city, by `ferry compare` |
//! | `functions` | both in the local Lambda on the metro, in turns, by bands of miles; power laws; cold starts |
//! | `engines` | the core in process: index, front of comforts, plain A* |
//! | `spawn` | from spawning the function's process to its first answer, with and without the page cache |
//! | `build` | the builder: time and memory; sizes of what it makes; the same city for Python |
//! | `reach` | what all this was to reach |

mod build;
mod engines;
mod functions;
mod pair;
mod reach;
mod spawn;

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::fit::PowerLaw;
use crate::metro::{Grid, Metro, Wanted};
use crate::plot::{Series, svg};
use crate::results::{root, said_by, write};

const GRID: Grid = Grid { city: "2x4", helsinki: "2x120" };
/// Pairs in each band for the engines in process; the functions are asked the first ten.
const PAIRS_PER_BAND: usize = 50;
/// The plot, in `results/`.
const PLOT: &str = "router-time.svg";
/// The article's fits (May 2026), in seconds over miles, measured up to 50 miles.
const PUBLISHED_PYTHON: PowerLaw = PowerLaw { a: 0.046, b: 1.49 };
const PUBLISHED_RUST: PowerLaw = PowerLaw { a: 0.058, b: 0.94 };
const PUBLISHED_MILES: [f64; 2] = [1.0, 50.0];

/// `python` is how long the original may be asked on the metro; 0 leaves it out.
pub(crate) fn run(wanted: &Wanted, python: Duration) -> Result<()> {
    let root = root();
    let mut comparison = pair::compare(&root, wanted)?;
    let metro = Metro::find(&root, wanted, GRID)?;
    let mut built = build::city(&root, &metro)?;
    let pairs = metro.pairs(&root, wanted.few_or(5, PAIRS_PER_BAND))?;
    let python = (!python.is_zero()).then_some(python);
    if python.is_some() {
        build::python_city(&root, &metro, &mut built)?;
    }
    let engines = engines::measure(&root, &metro, &pairs)?;
    let spawned = spawn::measure(&root, &metro, pairs.hundred_miles().context("no pairs")?)?;
    let functions = functions::measure(&root, &metro, &pairs, python)?;

    let plot = svg(
        "Time for a route against its length",
        &[
            published("Python, the article's", "#8c959f", PUBLISHED_PYTHON),
            published("Rust, the article's", "#57606a", PUBLISHED_RUST),
            measured("Python function", "#bc4c00", &functions.fits, "python")?,
            measured("A* in process", "#8250df", &engines.fits, "astar")?,
            measured("Rust function", "#0969da", &functions.fits, "rust")?,
            measured("index in process", "#1a7f37", &engines.fits, "route")?,
        ],
    );
    let results = wanted.results(&root);
    std::fs::write(results.join("results").join(PLOT), plot)?;

    let mut reach = pair::reach(&comparison)?;
    reach.extend(reach::rows(&engines, &functions, &spawned, &built));
    let versions = json!({"rustc": said_by("rustc", &["--version"])?, "runtime": comparison["runtime"]});
    let enforced = comparison["enforced"].take();
    let rows = [
        comparison,
        json!({"name": "metro", "what": metro.what, "seed": pairs.seed, "build": built.to_json()}),
        json!({"name": "functions", "unit": "ms", "memory_mib": functions.sizes["memory_mib"], "bands": functions.bands, "fits": functions.fits, "enforced": functions.enforced}),
        json!({"name": "engines in process", "unit": "ms", "bands": engines.bands, "fits": engines.fits}),
        json!({"name": "cold", "functions": functions.cold, "spawn": spawned.to_json()}),
        json!({"name": "sizes", "of": functions.sizes}),
    ];
    write(&results, "router", &versions, &enforced, &rows, &reach)?;
    for one in &reach {
        println!("{one}");
    }
    Ok(())
}

fn published(label: &str, colour: &'static str, fit: PowerLaw) -> Series {
    Series {
        label: label.to_owned(),
        note: format!("{}, published", formula(fit)),
        colour,
        points: Vec::new(),
        fit: Some(fit),
        fit_over: PUBLISHED_MILES,
    }
}

fn measured(label: &str, colour: &'static str, fits: &Value, name: &str) -> Result<Series> {
    let fit = PowerLaw::from_json(&fits[name]);
    let points: Vec<(f64, f64)> = serde_json::from_value(fits["points"][name].clone())?;
    Ok(Series { label: label.to_owned(), note: fit.map(formula).unwrap_or_default(), colour, points, fit, fit_over: PUBLISHED_MILES })
}

fn formula(fit: PowerLaw) -> String {
    let unit = if fit.a < 1e-3 {
        format!("{:.0} µs", fit.a * 1e6)
    } else if fit.a < 0.01 {
        format!("{:.1} ms", fit.a * 1e3)
    } else {
        format!("{:.3} s", fit.a)
    };
    format!("t = {unit} · x^{:.2}", fit.b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_in_the_unit_one_would_use() {
        assert_eq!(formula(PUBLISHED_PYTHON), "t = 0.046 s · x^1.49");
        assert_eq!(formula(PowerLaw { a: 2.5e-5, b: 0.5 }), "t = 25 µs · x^0.50");
        assert_eq!(formula(PowerLaw { a: 0.0012, b: 1.0 }), "t = 1.2 ms · x^1.00");
    }

    #[test]
    fn a_series_comes_from_its_fit_and_points() {
        let fits = json!({"python": null, "rust": {"a": 0.1, "b": 0.5}, "points": {"python": [], "rust": [[1.0, 0.1]]}});
        assert_eq!(measured("x", "#000", &fits, "rust").unwrap().points, [(1.0, 0.1)]);
        let left_out = measured("x", "#000", &fits, "python").unwrap();
        assert!(left_out.fit.is_none() && left_out.points.is_empty());
        assert!(!svg("nothing", &[left_out]).contains("NaN"));
    }
}
