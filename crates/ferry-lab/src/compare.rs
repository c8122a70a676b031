//! One comparison: equality first, then the interleaved measurement of each memory size.

mod equality;
mod measure;
mod side;
mod summarize;

use std::time::Duration;

use crate::equal::{PointerError, Rule};
use crate::event_files::{self, EventFile, EventsError};
use crate::machine::Machine;
use crate::pair::Pair;
use crate::price::Prices;
use crate::result::{
    Comparison, Enforced, Equality, Failure, Outcome, Package, PackageRatio, Packages, Phase, Sides, TierSamples, UsedSettings,
};
use crate::stats::Ratio;
use crate::target::{Enforcement, FunctionFacts, Target, TargetError};
use measure::TierRun;
use side::Side;

#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Memory sizes to measure; none for equality alone.
    pub tiers: Vec<Tier>,
    pub cold_rounds: u32,
    pub warm_rounds: u32,
    /// Cold rounds may take 60 % of it; at least three rounds of each kind are run however long they take.
    pub budget_per_tier: Duration,
    /// Of the bootstrap.
    pub seed: u64,
    /// Goes into the result: RFC 3339, UTC.
    pub date: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    pub memory_mib: u32,
    /// The baseline is not even tried: for memory sizes at which it is known not to run.
    pub candidate_only: bool,
}

impl Default for Settings {
    /// 20 cold and 100 warm rounds are the fewest that have a p95 and a p99.
    fn default() -> Self {
        Self {
            tiers: Vec::new(),
            cold_rounds: 20,
            warm_rounds: 100,
            budget_per_tier: Duration::from_secs(30),
            seed: 1,
            date: String::new(),
        }
    }
}

/// What just happened, for whoever draws it.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// An event was answered by both.
    Equality { done: usize, total: usize, event: &'a str },
    /// A round was measured. `total` may not be reached: the time budget decides.
    Round { memory_mib: u32, phase: Phase, done: u32, total: u32 },
    /// A side failed at this memory size and is left out from here on.
    Failed { memory_mib: u32, function: &'a str, failure: &'a Failure },
}

#[derive(Debug, thiserror::Error)]
pub enum LabError {
    #[error(transparent)]
    Events(#[from] EventsError),
    #[error(transparent)]
    Rule(#[from] PointerError),
    #[error(transparent)]
    Target(#[from] TargetError),
}

/// Asks both functions every event; when all answers are equal, measures every tier.
///
/// Both functions are reconfigured on the way (memory size, and one environment variable that makes the next invocation
/// a cold start) and put back at the end, also after an error.
pub fn compare(pair: &Pair, target: &Target, settings: &Settings, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Outcome, LabError> {
    let events = event_files::load(&pair.events)?;
    let rule = Rule::new(&pair.equal)?;
    let enforcement = target.enforcement()?;
    let sides = Sides { baseline: Side::open(target, &pair.baseline)?, candidate: Side::open(target, &pair.candidate)? };
    let mut comparison = frame(pair, target, settings, enforcement);
    let outcome = run(&sides, &events, &rule, settings, &mut comparison, progress);
    for side in [&sides.baseline, &sides.candidate] {
        if let Err(error) = side.restore() {
            comparison.warnings.push(format!("{}: its own configuration could not be put back: {error}", side.id.logical_id));
        }
    }
    outcome?;
    let comparison = Box::new(comparison);
    Ok(if comparison.equal.differing == 0 { Outcome::Equal(comparison) } else { Outcome::Differs(comparison) })
}

fn run(
    sides: &Sides<Side<'_>>,
    events: &[EventFile],
    rule: &Rule,
    settings: &Settings,
    comparison: &mut Comparison,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), LabError> {
    // Equality is asked at the largest size both must run at: running out of memory is the tiers' finding, not a wrong answer.
    let memory_mib = settings.tiers.iter().filter(|tier| !tier.candidate_only).map(|tier| tier.memory_mib).max();
    let found = equality::ask(sides, events, rule, memory_mib, &mut comparison.equal, progress)?;
    describe_functions(sides, comparison)?;
    if comparison.equal.differing > 0 {
        return Ok(());
    }
    for tier in &settings.tiers {
        let run = TierRun::new(sides, *tier, events, &found.raises, settings).measure(progress)?;
        let result = summarize::tier(&run, &comparison.prices, settings);
        comparison.warnings.extend(summarize::warnings(&run, settings, sides));
        comparison.tiers.push(result);
        let [baseline, candidate] = run.sides;
        comparison.samples.push(TierSamples {
            memory_mib: tier.memory_mib,
            baseline: baseline.map(|side| side.samples).unwrap_or_default(),
            candidate: candidate.map(|side| side.samples).unwrap_or_default(),
        });
    }
    Ok(())
}

/// Everything that is known before the first event is asked.
fn frame(pair: &Pair, target: &Target, settings: &Settings, enforcement: Option<Enforcement>) -> Comparison {
    let said = enforcement.unwrap_or_default();
    Comparison {
        pair: Sides { baseline: pair.baseline.logical_id.clone(), candidate: pair.candidate.logical_id.clone() },
        equal: Equality { ignore: pair.equal.ignore.clone(), tolerance: pair.equal.tolerance, ..Equality::default() },
        date: settings.date.clone(),
        ferry_version: env!("CARGO_PKG_VERSION").to_owned(),
        endpoint: target.endpoint().to_owned(),
        machine: Machine::here(),
        runtime: Sides::default(),
        enforced: Enforced { cpu: said.cpu, memory: said.memory, network: said.network, freeze: said.freeze },
        init_boost: said.init_boost,
        cpu_period_ms: said.cpu_period_ms,
        enforcement: said.details,
        package: Packages::default(),
        prices: Prices::embedded(),
        settings: UsedSettings {
            cold_rounds: settings.cold_rounds,
            warm_rounds: settings.warm_rounds,
            budget_per_tier_s: settings.budget_per_tier.as_secs_f64(),
            seed: settings.seed,
        },
        services: None,
        tiers: Vec::new(),
        warnings: Vec::new(),
        samples: Vec::new(),
    }
}

/// Packages, runtimes and the host's warnings; after the first invocations, because a local host may build only then.
fn describe_functions(sides: &Sides<Side<'_>>, comparison: &mut Comparison) -> Result<(), TargetError> {
    let [baseline, candidate] = [sides.baseline.facts_now()?, sides.candidate.facts_now()?];
    for (id, facts) in [(sides.baseline.id, &baseline), (sides.candidate.id, &candidate)] {
        comparison.warnings.extend(facts.warnings.iter().map(|warning| format!("{}: {warning}", id.logical_id)));
    }
    comparison.package = packages(&baseline, &candidate);
    comparison.runtime = Sides { baseline: baseline.runtime, candidate: candidate.runtime };
    Ok(())
}

fn packages(baseline: &FunctionFacts, candidate: &FunctionFacts) -> Packages {
    let ratio = |left: u64, right: u64| Ratio::exact(left as f64, right as f64);
    let unzipped = baseline.unzipped_bytes.zip(candidate.unzipped_bytes);
    Packages {
        baseline: Package { zip_bytes: baseline.zip_bytes, unzipped_bytes: baseline.unzipped_bytes },
        candidate: Package { zip_bytes: candidate.zip_bytes, unzipped_bytes: candidate.unzipped_bytes },
        ratio: PackageRatio {
            zip: ratio(baseline.zip_bytes, candidate.zip_bytes),
            unzipped: unzipped.and_then(|(left, right)| ratio(left, right)),
        },
    }
}
