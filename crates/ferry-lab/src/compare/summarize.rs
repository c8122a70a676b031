//! From raw samples to the figures of one memory size.

use std::collections::BTreeMap;

use super::Settings;
use super::measure::{SideRun, TierRun};
use super::side::Side;
use crate::price::{ByArchitecture, Prices};
use crate::result::{ColdWarm, Ratios, Sample, SideResult, SideSamples, Sides, TierResult};
use crate::stats::{Distribution, Ratio, Statistic, ratio};

pub(super) fn tier(run: &TierRun<'_>, prices: &Prices, settings: &Settings) -> TierResult {
    let [baseline, candidate] = &run.sides;
    let result = |run_of_side: &SideRun<'_>| side(run_of_side, prices, run.memory_mib);
    let ratio = match (baseline, candidate) {
        (Some(baseline), Some(candidate)) if baseline.failed.is_none() && candidate.failed.is_none() => {
            ratios(&baseline.samples, &candidate.samples, prices, run.memory_mib, settings.seed)
        }
        _ => Ratios::default(),
    };
    TierResult {
        memory_mib: run.memory_mib,
        baseline: baseline.as_ref().map(result),
        candidate: candidate.as_ref().map(result).unwrap_or_default(),
        ratio,
    }
}

/// What a reader must know to weigh the figures.
pub(super) fn warnings(run: &TierRun<'_>, settings: &Settings, sides: &Sides<Side<'_>>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (run_of_side, side) in run.sides.iter().zip([&sides.baseline, &sides.candidate]) {
        let Some(SideRun { samples, failed, .. }) = run_of_side else { continue };
        let mut warn = |text: String| warnings.push(format!("{} at {} MB: {text}", side.id.logical_id, run.memory_mib));
        let without_init = samples.cold.iter().filter(|sample| sample.init_ms.is_none()).count();
        if without_init > 0 {
            let n = samples.cold.len();
            warn(format!(
                "{without_init} of {n} cold starts report no INIT of their own: it ran again inside the invocation, or the sandbox was not new"
            ));
        }
        let cold_among_warm = samples.warm.len() - warm(samples).count();
        if cold_among_warm > 0 {
            warn(format!("{cold_among_warm} warm rounds met a new sandbox and are left out of the warm figures"));
        }
        for (kind, n, wanted) in [("cold", samples.cold.len(), settings.cold_rounds), ("warm", samples.warm.len(), settings.warm_rounds)] {
            if failed.is_none() && n < wanted as usize {
                warn(format!("the time budget ended after {n} of {wanted} {kind} rounds"));
            }
        }
    }
    warnings
}

/// A sandbox may be replaced between two rounds; its first invocation is then not a warm one.
fn warm(samples: &SideSamples) -> impl Iterator<Item = &Sample> {
    samples.warm.iter().filter(|sample| sample.init_ms.is_none())
}

/// INIT included. When INIT ran again inside the invocation, that invocation's CPU time has it.
fn cold_cpu_ms(sample: &Sample) -> Option<f64> {
    Some(sample.cpu_ms? + sample.init_cpu_ms.unwrap_or(0.0))
}

fn side(run: &SideRun<'_>, prices: &Prices, memory_mib: u32) -> SideResult {
    let samples = &run.samples;
    let cold = |value: fn(&Sample) -> Option<f64>| Distribution::of(samples.cold.iter().filter_map(value));
    let warm = |value: fn(&Sample) -> Option<f64>| Distribution::of(warm(samples).filter_map(value));
    let billed_ms = ColdWarm { cold: cold(|sample| Some(sample.billed_ms)).mean, warm: warm(|sample| Some(sample.billed_ms)).mean };
    let usd = |billed_ms: Option<f64>| billed_ms.map(|billed_ms| prices.usd_per_million(billed_ms, memory_mib));
    let (cold_usd, warm_usd) = (usd(billed_ms.cold), usd(billed_ms.warm));
    let of = |architecture: fn(ByArchitecture) -> f64| ColdWarm { cold: cold_usd.map(architecture), warm: warm_usd.map(architecture) };
    SideResult {
        init_ms: cold(|sample| sample.init_ms),
        first_ms: cold(|sample| Some(sample.client_ms)),
        warm_ms: warm(|sample| Some(sample.duration_ms)),
        warm_client_ms: warm(|sample| Some(sample.client_ms)),
        host_start_ms: cold(|sample| sample.host_start_ms),
        cpu_ms: warm(|sample| sample.cpu_ms).p50,
        cold_cpu_ms: cold(cold_cpu_ms).p50,
        throttled_ms: warm(|sample| sample.throttled_ms).p50,
        cold_throttled_ms: cold(|sample| sample.throttled_ms).p50,
        max_memory_mib: max_memory_mib(samples),
        billed_ms,
        usd_per_million: of(|usd| usd.x86_64),
        usd_per_million_arm: of(|usd| usd.arm64),
        failed: run.failed.clone(),
    }
}

fn max_memory_mib(samples: &SideSamples) -> Option<f64> {
    samples.cold.iter().chain(&samples.warm).map(|sample| sample.max_memory_mib).max_by(f64::total_cmp)
}

fn ratios(baseline: &SideSamples, candidate: &SideSamples, prices: &Prices, memory_mib: u32, seed: u64) -> Ratios {
    let cold = |value: &dyn Fn(&Sample) -> Option<f64>, statistic| {
        ratio(&by_round(baseline.cold.iter(), candidate.cold.iter(), value), statistic, seed)
    };
    let warm =
        |value: &dyn Fn(&Sample) -> Option<f64>, statistic| ratio(&by_round(warm(baseline), warm(candidate), value), statistic, seed);
    // Cost is linear in billed time, so the mean of costs is the cost of the mean.
    let usd = |sample: &Sample| Some(prices.usd_per_million(sample.billed_ms, memory_mib).x86_64);
    let memory = max_memory_mib(baseline).zip(max_memory_mib(candidate));
    Ratios {
        init: cold(&|sample| sample.init_ms, Statistic::Median),
        first: cold(&|sample| Some(sample.client_ms), Statistic::Median),
        warm_p50: warm(&|sample| Some(sample.duration_ms), Statistic::Median),
        cpu: warm(&|sample| sample.cpu_ms, Statistic::Median),
        max_memory: memory.and_then(|(baseline, candidate)| Ratio::exact(baseline, candidate)),
        usd_cold: cold(&usd, Statistic::Mean),
        usd_warm: warm(&usd, Statistic::Mean),
    }
}

/// The two sides' values of each round in which both have one.
fn by_round<'a>(
    baseline: impl Iterator<Item = &'a Sample>,
    candidate: impl Iterator<Item = &'a Sample>,
    value: &dyn Fn(&Sample) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let candidate: BTreeMap<u32, f64> = candidate.filter_map(|sample| Some((sample.round, value(sample)?))).collect();
    baseline.filter_map(|sample| Some((value(sample)?, *candidate.get(&sample.round)?))).collect()
}
