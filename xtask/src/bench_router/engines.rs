//! The router's core in this machine's processes, without function or HTTP: the index, the whole front of comforts, and plain A* for comparison.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use ferry_lab::Distribution;
use serde_json::{Map, Value, json};

use crate::driver::Driver;
use crate::fit::PowerLaw;
use crate::metro::Metro;
use crate::pairs::Pairs;
use crate::tools::program;
use crate::turns::{Answers, Entrant, measure as take_turns};

/// What `router-bench drive` can be asked, and measured rounds over all pairs. A* takes its time.
const ENGINES: [(&str, usize); 4] = [("route", 20), ("front", 10), ("distance", 20), ("astar", 2)];

pub(super) struct Engines {
    /// By band: each engine's milliseconds.
    pub(super) bands: Vec<Value>,
    /// By engine: power law and points, in seconds over miles.
    pub(super) fits: Value,
    /// The longest band's, by engine.
    long: Vec<(&'static str, Distribution)>,
    exponents: Vec<(&'static str, Option<f64>)>,
}

impl Engines {
    /// Milliseconds over the longest band; empty where the metro has no such routes.
    pub(super) fn long(&self, engine: &str) -> Distribution {
        self.long.iter().find(|(name, _)| *name == engine).map_or_else(Distribution::default, |(_, times)| *times)
    }

    pub(super) fn exponent(&self, engine: &str) -> Option<f64> {
        self.exponents.iter().find(|(name, _)| *name == engine)?.1
    }
}

pub(super) fn measure(root: &Path, metro: &Metro, pairs: &Pairs) -> Result<Engines> {
    let start = |&(ask, rounds): &(&'static str, usize)| -> Result<Entrant> {
        let driver = Driver::start(ask, Command::new(program(root, "router-bench")).arg("drive").arg(metro.city()))?;
        Ok(Entrant { driver, ask, rounds })
    };
    let mut entrants = ENGINES.iter().map(start).collect::<Result<Vec<_>>>()?;
    let mut by_band = Vec::new();
    for band in &pairs.bands {
        eprintln!("in process, {} miles: {} pairs", band.name(), band.pairs.len());
        by_band.push(take_turns(&mut entrants, &band.pairs)?);
    }
    Ok(summed(pairs, &by_band))
}

fn summed(pairs: &Pairs, by_band: &[Vec<Answers>]) -> Engines {
    let mut found = Engines { bands: Vec::new(), fits: json!({}), long: Vec::new(), exponents: Vec::new() };
    for (band, answers) in pairs.bands.iter().zip(by_band) {
        let mut row = Map::from_iter([("miles".to_owned(), json!(band.miles)), ("pairs".to_owned(), json!(band.pairs.len()))]);
        for ((engine, _), answers) in ENGINES.iter().zip(answers) {
            row.insert((*engine).to_owned(), json!(answers.times()));
            if band.is_long() {
                found.long.push((engine, answers.times()));
            }
        }
        found.bands.push(row.into());
    }
    for (at, (engine, _)) in ENGINES.iter().enumerate() {
        let points: Vec<(f64, f64)> = pairs
            .bands
            .iter()
            .zip(by_band)
            .flat_map(|(band, answers)| band.pairs.iter().zip(answers[at].medians()))
            .filter_map(|(pair, ms)| Some((pair.miles(), ms? / 1e3)))
            .collect();
        let fit = PowerLaw::fit(&points);
        found.exponents.push((engine, fit.map(|fit| fit.b)));
        found.fits[*engine] = fit.map_or(Value::Null, PowerLaw::to_json);
        found.fits["points"][*engine] = json!(points);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::Timed;

    #[test]
    fn every_engine_has_its_bands_its_fit_and_its_longest_band() {
        let pairs = crate::pairs::tests::sample();
        // The n-th engine takes n + 1 µs a mile.
        let by_band: Vec<Vec<Answers>> = pairs
            .bands
            .iter()
            .map(|band| {
                let answers = |engine: usize| {
                    let timed = |pair: &crate::pairs::Pair| {
                        vec![Timed { ms: pair.miles() * [1.0, 2.0, 3.0, 4.0][engine] / 1e3, length_m: pair.length_m, shape_bytes: 1 }]
                    };
                    Answers::new(band.pairs.iter().map(timed).collect())
                };
                (0..ENGINES.len()).map(answers).collect()
            })
            .collect();
        let found = summed(&pairs, &by_band);
        assert_eq!(found.bands.len(), 2);
        assert_eq!(found.bands[0]["front"]["p50"], 0.004);
        assert_eq!(found.long("route").p50, Some(0.081));
        assert!((found.exponent("astar").unwrap() - 1.0).abs() < 1e-9);
        assert!((found.fits["astar"]["a"].as_f64().unwrap() - 4e-6).abs() < 1e-12);
        assert_eq!(found.fits["points"]["route"].as_array().unwrap().len(), 5);
        assert_eq!((found.long("other").n, found.exponent("other")), (0, None));
    }
}
