//! Ingest's runs: `ingest.runs` is the article's table with what was measured beside it, `ingest.memory` all regimes and memory sizes.

use serde_json::Value;

/// What the article published for 1,024 MB, as (side, format, total, download, parse, per 1,000), ms.
const PUBLISHED: [(&str, &str, [u32; 4]); 4] = [
    ("rust", "csv", [14_740, 238, 140, 295]),
    ("rust", "json", [12_416, 272, 167, 248]),
    ("python", "csv", [21_194, 207, 469, 424]),
    ("python", "json", [20_205, 288, 170, 404]),
];
const PUBLISHED_MIB: u64 = 1024;

/// The Markdown, or word that it was not measured yet.
pub(super) fn runs(result: &Value) -> String {
    let Some(cell) = rows(result).find(|row| row["regime"] == "b" && row["memory_mib"] == PUBLISHED_MIB) else { return unmeasured() };
    let mut out = String::from(
        "| run at 1,024 MB, 6 ms a batch | total | the article's | download | parse | per 1,000 | CPU of the function | CPU of the local services | n |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for (side, format, published) in PUBLISHED {
        let of = &cell["formats"][format][side];
        let samples = of["samples"].as_array().map_or(&[][..], Vec::as_slice);
        let each = |what: &str| ms(median(samples.iter().filter_map(|one| one[what].as_f64())));
        let total = of["duration_ms"]["p50"].as_f64();
        out.push_str(&format!(
            "| {} + {} | **{}** | {} | {} | {} | {} | {} | {} | {} |\n",
            if side == "rust" { "Rust" } else { "Python" },
            format.to_uppercase(),
            ms(total),
            ms(Some(f64::from(published[0]))),
            each("download_ms"),
            each("parse_ms"),
            ms(total.map(|total| total / 50.0)),
            ms(of["cpu_ms"].as_f64()),
            ms(of["services_cpu_ms"].as_f64()),
            samples.len(),
        ));
    }
    out
}

/// Every regime at every memory size.
pub(super) fn memory(result: &Value) -> String {
    let mut out = String::from(
        "| DynamoDB | MB | Rust CSV / JSON | Python CSV / JSON | times faster (95 %, n) CSV | JSON | $ per million runs, Rust / Python (CSV) |\n|---|---|---|---|---|---|---|\n",
    );
    let mut cells: Vec<&Value> = rows(result).collect();
    if cells.is_empty() {
        return unmeasured();
    }
    cells.sort_by_key(|row| (row["regime"].as_str(), row["memory_mib"].as_u64()));
    for row in cells {
        let of = |side: &str, format: &str| ms(row["formats"][format][side]["duration_ms"]["p50"].as_f64());
        let usd =
            |side: &str| row["formats"]["csv"][side]["usd_per_million"].as_f64().map_or_else(|| "-".to_owned(), |usd| format!("{usd:.0}"));
        out.push_str(&format!(
            "| {} | {} | {} / {} | {} / {} | {} | {} | {} / {} |\n",
            row["what"].as_str().unwrap_or_default(),
            row["memory_mib"],
            of("rust", "csv"),
            of("rust", "json"),
            of("python", "csv"),
            of("python", "json"),
            ratio(&row["formats"]["csv"]["python_over_rust"]),
            ratio(&row["formats"]["json"]["python_over_rust"]),
            usd("rust"),
            usd("python"),
        ));
    }
    out
}

fn rows(result: &Value) -> impl Iterator<Item = &Value> {
    result["rows"].as_array().into_iter().flatten().filter(|row| row["formats"].is_object())
}

fn unmeasured() -> String {
    "Not measured yet: `make bench-ingest` does.\n".to_owned()
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    ferry_lab::Distribution::of(values).p50
}

fn ms(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(ms) if ms >= 1e3 => format!("{:.2} s", ms / 1e3),
        Some(ms) => format!("{ms:.0} ms"),
    }
}

/// An interval where there are samples enough for one.
fn ratio(of: &Value) -> String {
    let Some(median) = of["median"].as_f64() else { return "-".to_owned() };
    match (of["low"].as_f64(), of["high"].as_f64()) {
        (Some(low), Some(high)) => format!("**{median:.1}x** [{low:.1}, {high:.1}], {}", of["n"]),
        _ => format!("**{median:.1}x**, {}", of["n"]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_stands_beside_the_articles_and_what_was_not_measured_is_a_dash() {
        let side = |ms: f64| json!({"duration_ms": {"p50": ms}, "cpu_ms": 500.0, "services_cpu_ms": 1_000.0, "usd_per_million": 12.6, "samples": [{"download_ms": 30.0}]});
        let format = json!({"rust": side(2_000.0), "python": side(20_000.0), "python_over_rust": {"median": 10.0, "low": null, "high": null, "n": 1}});
        let row = json!({"regime": "b", "what": "6 ms a batch", "memory_mib": 1024, "formats": {"csv": format, "json": format}});
        let result = json!({"rows": [row, {"large": {}}]});
        assert!(
            runs(&result).contains("| Rust + CSV | **2.00 s** | 14.74 s | 30 ms | - | 40 ms | 500 ms | 1.00 s | 1 |"),
            "{}",
            runs(&result)
        );
        assert!(
            memory(&result).contains("| 6 ms a batch | 1024 | 2.00 s / 2.00 s | 20.00 s / 20.00 s | **10.0x**, 1 |"),
            "{}",
            memory(&result)
        );
        assert!(runs(&json!({})).starts_with("Not measured yet"));
    }
}
