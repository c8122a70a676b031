//! The figures of one memory size as rows, before anyone lays them out.

use super::figures::{count, figure, usd};
use crate::result::{Comparison, SideResult, TierResult};
use crate::stats::Ratio;

pub(super) struct Row {
    /// Empty when the row goes on with the one above.
    pub name: &'static str,
    pub statistic: &'static str,
    pub unit: &'static str,
    pub baseline: String,
    pub candidate: String,
    pub ratio: Option<Ratio>,
}

/// One line of [`tier`]: what it is called, and where its figure comes from.
type Line = (&'static str, &'static str, &'static str, fn(&SideResult) -> Option<f64>, fn(f64) -> String);

pub(super) fn tier(tier: &TierResult) -> Vec<Row> {
    let lines: [(Line, Option<Ratio>); 11] = [
        (("INIT", "p50", "ms", |side| side.init_ms.p50, figure), tier.ratio.init),
        (("first answer", "p50", "ms", |side| side.first_ms.p50, figure), tier.ratio.first),
        (("", "p95", "ms", |side| side.first_ms.p95, figure), None),
        (("warm answer", "p50", "ms", |side| side.warm_ms.p50, figure), tier.ratio.warm_p50),
        (("", "p95", "ms", |side| side.warm_ms.p95, figure), None),
        (("", "p99", "ms", |side| side.warm_ms.p99, figure), None),
        (("warm CPU time", "p50", "ms", |side| side.cpu_ms, figure), tier.ratio.cpu),
        (("warm throttled", "p50", "ms", |side| side.throttled_ms, figure), None),
        (("peak memory", "max", "MB", |side| side.max_memory_mib, figure), tier.ratio.max_memory),
        (("per million", "cold", "$", |side| side.usd_per_million.cold, usd), tier.ratio.usd_cold),
        (("", "warm", "$", |side| side.usd_per_million.warm, usd), tier.ratio.usd_warm),
    ];
    let row = |((name, statistic, unit, value, format), ratio): (Line, Option<Ratio>)| Row {
        name,
        statistic,
        unit,
        baseline: tier.baseline.as_ref().map_or_else(|| "not run".to_owned(), |side| cell(side, value(side), format)),
        candidate: cell(&tier.candidate, value(&tier.candidate), format),
        ratio,
    };
    lines.into_iter().map(row).collect()
}

fn cell(side: &SideResult, value: Option<f64>, format: fn(f64) -> String) -> String {
    match value {
        Some(value) => format(value),
        None if side.failed.is_some() => "failed".to_owned(),
        None => "-".to_owned(),
    }
}

pub(super) fn package(comparison: &Comparison) -> Vec<Row> {
    let package = &comparison.package;
    // AWS's MB, as for memory: 1024 * 1024 bytes.
    let mib = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), |bytes| figure(bytes as f64 / f64::from(1 << 20)));
    let row = |name, statistic, baseline, candidate, ratio| Row {
        name,
        statistic,
        unit: "MB",
        baseline: mib(baseline),
        candidate: mib(candidate),
        ratio,
    };
    vec![
        row("package", "zip", Some(package.baseline.zip_bytes), Some(package.candidate.zip_bytes), package.ratio.zip),
        row("", "files", package.baseline.unzipped_bytes, package.candidate.unzipped_bytes, package.ratio.unzipped),
    ]
}

/// `512 MB, 20 cold and 100 warm rounds`, and in capitals what was not enforced: no tier is ever shown without it.
pub(super) fn tier_title(comparison: &Comparison, tier: &TierResult) -> String {
    let n = |count_of: fn(&SideResult) -> usize| {
        let side = |side: &SideResult| count(count_of(side) as u64);
        match &tier.baseline {
            Some(baseline) if count_of(baseline) != count_of(&tier.candidate) => format!("{}/{}", side(baseline), side(&tier.candidate)),
            _ => side(&tier.candidate),
        }
    };
    let rounds = format!("{} cold, {} warm rounds", n(|side| side.first_ms.n), n(|side| side.warm_ms.n));
    let unenforced = comparison.unenforced();
    let label = if unenforced.is_empty() { String::new() } else { format!("   UNENFORCED: {}", unenforced.join(", ")) };
    format!("{} MB   {rounds}{label}", count(u64::from(tier.memory_mib)))
}

/// A sentence for each side that failed at this memory size.
pub(super) fn failures(comparison: &Comparison, tier: &TierResult) -> Vec<String> {
    let sides = [(&comparison.pair.baseline, tier.baseline.as_ref()), (&comparison.pair.candidate, Some(&tier.candidate))];
    let failed = sides.into_iter().filter_map(|(name, side)| Some((name, side?.failed.as_ref()?)));
    failed
        .map(|(name, failure)| {
            let after = failure.rounds_before;
            let phase = if failure.phase == crate::result::Phase::Cold { "cold" } else { "warm" };
            let message = if failure.message.is_empty() { String::new() } else { format!(": {}", failure.message) };
            format!("{name} failed after {after} {phase} rounds (event {}) with {}{message}", failure.event, failure.error_type)
        })
        .collect()
}
