//! The figures of one memory size as rows, before anyone lays them out.

use super::figures::{count, figure, usd, whole};
use crate::result::{Comparison, Phase, SideResult, TierResult};
use crate::stats::Ratio;

pub(super) struct Row {
    pub name: &'static str,
    pub unit: &'static str,
    pub baseline: String,
    pub candidate: String,
    /// Of the first figure where a cell has several.
    pub ratio: Option<Ratio>,
}

/// A row's figures, from a side's result.
type Values = fn(&SideResult) -> Vec<Option<f64>>;

pub(super) fn tier(tier: &TierResult) -> Vec<Row> {
    let TierResult { ratio, .. } = tier;
    let row = |name, unit, ratio, format: fn(f64) -> String, values: Values| Row {
        name,
        unit,
        baseline: tier.baseline.as_ref().map_or_else(|| "not run".to_owned(), |side| cell(side, &values(side), format)),
        candidate: cell(&tier.candidate, &values(&tier.candidate), format),
        ratio,
    };
    vec![
        row("INIT p50", "ms", ratio.init, figure, |side| vec![side.init_ms.p50]),
        row("first answer p50 / p95", "ms", ratio.first, figure, |side| vec![side.first_ms.p50, side.first_ms.p95]),
        row("warm p50 / p95 / p99", "ms", ratio.warm_p50, figure, |side| vec![side.warm_ms.p50, side.warm_ms.p95, side.warm_ms.p99]),
        row("warm CPU time p50", "ms", ratio.cpu, figure, |side| vec![side.cpu_ms]),
        row("throttled cold / warm", "ms", None, figure, |side| vec![side.cold_throttled_ms, side.throttled_ms]),
        row("peak memory", "MB", ratio.max_memory, whole, |side| vec![side.max_memory_mib]),
        row("$ per million, cold", "", ratio.usd_cold, usd, |side| vec![side.usd_per_million.cold]),
        row("$ per million, warm", "", ratio.usd_warm, usd, |side| vec![side.usd_per_million.warm]),
    ]
}

fn cell(side: &SideResult, values: &[Option<f64>], format: fn(f64) -> String) -> String {
    if values.iter().all(Option::is_none) {
        return if side.failed.is_some() { "failed" } else { "-" }.to_owned();
    }
    let texts: Vec<String> = values.iter().map(|value| value.map_or_else(|| "-".to_owned(), format)).collect();
    texts.join(" / ")
}

pub(super) fn package(comparison: &Comparison) -> Vec<Row> {
    let package = &comparison.package;
    // AWS's MB, as for memory: 1024 * 1024 bytes.
    let mib = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), |bytes| figure(bytes as f64 / f64::from(1 << 20)));
    let row = |name, baseline, candidate, ratio| Row { name, unit: "MB", baseline: mib(baseline), candidate: mib(candidate), ratio };
    vec![
        row("package, zipped", Some(package.baseline.zip_bytes), Some(package.candidate.zip_bytes), package.ratio.zip),
        row("package, unzipped", package.baseline.unzipped_bytes, package.candidate.unzipped_bytes, package.ratio.unzipped),
    ]
}

/// `512 MB: 20 cold, 100 warm rounds`, and in capitals what was not enforced: no tier is ever shown without it.
pub(super) fn tier_title(comparison: &Comparison, tier: &TierResult) -> String {
    let n = |side: &SideResult| format!("{} cold, {} warm rounds", side.first_ms.n, side.warm_ms.n);
    let mut title = format!("{} MB: {}", count(u64::from(tier.memory_mib)), n(&tier.candidate));
    if let Some(baseline) = tier.baseline.as_ref().filter(|baseline| n(baseline) != n(&tier.candidate)) {
        title.push_str(&format!(" ({}: {})", comparison.pair.baseline, n(baseline)));
    }
    let unenforced = comparison.unenforced();
    if !unenforced.is_empty() {
        title.push_str(&format!("; UNENFORCED: {}", unenforced.join(", ")));
    }
    title
}

/// A sentence for each side that failed at this memory size.
pub(super) fn failures(comparison: &Comparison, tier: &TierResult) -> Vec<String> {
    let sides = [(&comparison.pair.baseline, tier.baseline.as_ref()), (&comparison.pair.candidate, Some(&tier.candidate))];
    let failed = sides.into_iter().filter_map(|(name, side)| Some((name, side?.failed.as_ref()?)));
    failed
        .map(|(name, failure)| {
            let after = failure.rounds_before;
            let phase = if failure.phase == Phase::Cold { "cold" } else { "warm" };
            let message = if failure.message.is_empty() { String::new() } else { format!(": {}", failure.message) };
            format!("{name} failed after {after} {phase} rounds (event {}) with {}{message}", failure.event, failure.error_type)
        })
        .collect()
}
