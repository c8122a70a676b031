//! One regime at one memory size: rounds of the article's four runs, both sides in turns.

use anyhow::Result;
use ferry_lab::{Distribution, Prices, Statistic, ratio};
use serde_json::{Value, json};

use super::Regime;
use super::run::{Format, Run, Side};
use super::world::World;

pub(super) const BOOTSTRAP_SEED: u64 = 7;

pub(super) struct Cell {
    regime: &'static Regime,
    memory_mib: u32,
    /// By [`Format::BOTH`].
    formats: [Turns; 2],
}

#[derive(Default)]
struct Turns {
    rust: Vec<Run>,
    python: Vec<Run>,
    /// (Python, Rust), of rounds that had both, ms.
    pairs: Vec<(f64, f64)>,
}

impl Cell {
    pub(super) fn new(regime: &'static Regime, memory_mib: u32) -> Self {
        Self { regime, memory_mib, formats: Default::default() }
    }

    pub(super) fn is(&self, regime: &str, memory_mib: u32) -> bool {
        self.regime.name == regime && self.memory_mib == memory_mib
    }

    pub(super) fn rounds(&self) -> usize {
        self.formats[0].rust.len()
    }

    /// One round, with the original or without; gives the seconds that the original took.
    pub(super) fn round(&mut self, world: &World, with_original: bool) -> Result<f64> {
        let sides: &[Side] = match (with_original, self.rounds() % 2) {
            (false, _) => &[Side::Rust],
            (true, 0) => &[Side::Rust, Side::Python],
            (true, _) => &[Side::Python, Side::Rust],
        };
        for side in sides {
            world.set_memory(*side, self.memory_mib)?;
            world.warm(*side)?;
        }
        let mut original_ms = 0.0;
        for (format, turns) in Format::BOTH.into_iter().zip(&mut self.formats) {
            for side in sides {
                let run = world.run(*side, format)?;
                eprintln!(
                    "{} at {} MB, {} {}: {:.2} s, {:.0} MB, services' CPU {:.2} s",
                    self.regime.what,
                    self.memory_mib,
                    side.function(),
                    format.name(),
                    run.duration_ms / 1e3,
                    run.max_memory_mib,
                    run.services_cpu_ms.unwrap_or_default() / 1e3
                );
                match side {
                    Side::Python => {
                        original_ms += run.duration_ms;
                        turns.python.push(run);
                    }
                    Side::Rust | Side::SeedLoop => turns.rust.push(run),
                }
            }
            if let (true, Some(python), Some(rust)) = (with_original, turns.python.last(), turns.rust.last()) {
                turns.pairs.push((python.duration_ms, rust.duration_ms));
            }
        }
        Ok(original_ms / 1e3)
    }

    /// What a round of the original should take at a memory size, from this cell's: its time goes with its share of a CPU, at most one.
    pub(super) fn original_s_at(&self, memory_mib: u32) -> Option<f64> {
        const ONE_VCPU_MIB: u32 = 1769;
        let seconds: Option<f64> = self.formats.iter().map(|turns| Some(turns.python.last()?.duration_ms / 1e3)).sum();
        Some(seconds? * (f64::from(self.memory_mib) / f64::from(memory_mib.min(ONE_VCPU_MIB))))
    }

    fn median(turns: &Turns, side: Side, what: fn(&Run) -> f64) -> Option<f64> {
        let runs = if side == Side::Python { &turns.python } else { &turns.rust };
        Distribution::of(runs.iter().map(what)).p50
    }

    pub(super) fn lowest_ratio(&self) -> Option<f64> {
        let ratios = self.formats.iter().map(|turns| Some(ratio(&turns.pairs, Statistic::Median, BOOTSTRAP_SEED)?.median));
        ratios.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)
    }

    pub(super) fn slowest_s(&self, side: Side) -> Option<f64> {
        self.formats.iter().filter_map(|turns| Self::median(turns, side, |run| run.duration_ms / 1e3)).reduce(f64::max)
    }

    pub(super) fn peak_mib(&self, side: Side) -> Option<f64> {
        let of = |turns: &Turns| if side == Side::Python { turns.python.clone() } else { turns.rust.clone() };
        self.formats.iter().flat_map(of).map(|run| run.max_memory_mib).reduce(f64::max)
    }

    /// Items a second as a share of a limit, of the slower format.
    pub(super) fn share_of(&self, per_s: f64) -> Option<f64> {
        let shares = self.formats.iter().filter_map(|turns| Self::median(turns, Side::Rust, |run| run.records / run.duration_ms * 1e3));
        shares.reduce(f64::min).map(|rate| rate / per_s)
    }

    /// Calls beyond those that 25 items a call need, as a share of all calls: the larger of both formats.
    pub(super) fn wasted(&self) -> Option<f64> {
        const BATCH: f64 = 25.0;
        let wasted = |run: &Run| 1.0 - (run.records / BATCH).ceil() / run.batch_calls;
        self.formats.iter().filter_map(|turns| Self::median(turns, Side::Rust, wasted)).reduce(f64::max)
    }

    pub(super) fn to_json(&self) -> Value {
        let prices = Prices::embedded();
        let side = |runs: &[Run]| {
            let billed = Distribution::of(runs.iter().map(|run| run.billed_ms)).p50;
            json!({
                "duration_ms": Distribution::of(runs.iter().map(|run| run.duration_ms)),
                "cpu_ms": Distribution::of(runs.iter().filter_map(|run| run.cpu_ms)).p50,
                "services_cpu_ms": Distribution::of(runs.iter().filter_map(|run| run.services_cpu_ms)).p50,
                "usd_per_million": billed.map(|ms| prices.usd_per_million(ms, self.memory_mib).x86_64),
                "samples": runs.iter().map(Run::to_json).collect::<Vec<_>>(),
            })
        };
        let formats: serde_json::Map<String, Value> = Format::BOTH
            .into_iter()
            .zip(&self.formats)
            .map(|(format, turns)| {
                let ratio = ratio(&turns.pairs, Statistic::Median, BOOTSTRAP_SEED);
                let ratio =
                    ratio.map(|ratio| json!({"median": ratio.median, "low": ratio.low, "high": ratio.high, "n": turns.pairs.len()}));
                (format.name().to_owned(), json!({"rust": side(&turns.rust), "python": side(&turns.python), "python_over_rust": ratio}))
            })
            .collect();
        json!({"regime": self.regime.name, "what": self.regime.what, "memory_mib": self.memory_mib, "formats": formats})
    }
}
