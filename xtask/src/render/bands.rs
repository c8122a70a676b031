//! The router's times by bands of miles: `router.bands` is the seed's table beside ours, `router-peers.bands` other routers beside ours.

use serde_json::Value;

/// What the article published (Python and Rust A* on AWS, May 2026), at the length that it names.
const PUBLISHED: &str = "| the article's: 107.6 miles (published) | 49 s, by its fit | 3.0 s | 16x | | | |\n";

/// The Markdown, or word that it was not measured yet.
pub(super) fn table(name: &str, result: &Value) -> String {
    let drawn = match name {
        "router" => router(result),
        "router-peers" => peers(result),
        _ => None,
    };
    drawn.unwrap_or_else(|| format!("Not measured yet: `make bench-{name}` does.\n"))
}

fn row<'a>(result: &'a Value, name: &str) -> Option<&'a Value> {
    result["rows"].as_array()?.iter().find(|row| row["name"] == name)
}

fn router(result: &Value) -> Option<String> {
    let (functions, engines, metro) = (row(result, "functions")?, row(result, "engines in process")?, row(result, "metro")?);
    let mut out = String::from(
        "| miles ridden | Python function | Rust function | ratio [95 %] | in process: A* | index | all comforts |\n|---|---|---|---|---|---|---|\n",
    );
    for (function, engine) in functions["bands"].as_array()?.iter().zip(engines["bands"].as_array()?) {
        let python = match function["python"]["n"].as_u64() {
            Some(n) if n > 0 => format!("{} (n = {n})", ms(&function["python"]["p50"])),
            _ => "not reached in its time".to_owned(),
        };
        let cells = [
            miles(&function["miles"]),
            python,
            ms(&function["rust"]["p50"]),
            times(&function["python_over_rust"]),
            ms(&engine["astar"]["p50"]),
            ms(&engine["route"]["p50"]),
            ms(&engine["front"]["p50"]),
        ];
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out.push_str(PUBLISHED);
    let fits = [
        ("Python function", &functions["fits"]["python"]),
        ("Rust function", &functions["fits"]["rust"]),
        ("A* in process", &engines["fits"]["astar"]),
        ("index in process", &engines["fits"]["route"]),
    ];
    out.push_str("\nMedians. Power laws, seconds over miles: published Python 0.046 x^1.49, published Rust 0.058 x^0.94");
    for (name, fit) in fits {
        if let (Some(a), Some(b)) = (fit["a"].as_f64(), fit["b"].as_f64()) {
            out.push_str(&format!("; {name} {} x^{b:.2}", significant(a)));
        }
    }
    out.push_str(".\n\n");
    out.push_str(&beside_the_article(result, metro));
    out.push_str(&format!("\nStreets: {}.\n", metro["what"].as_str()?));
    Some(out)
}

/// Cold start, package and memory: the article's figures, then what was measured here.
fn beside_the_article(result: &Value, metro: &Value) -> String {
    let null = Value::Null;
    let (cold, sizes) = (row(result, "cold").unwrap_or(&null), row(result, "sizes").unwrap_or(&null));
    let cold = &cold["functions"];
    let mb = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |bytes| format!("{:.1} MB", bytes / 1e6));
    let mib = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |mib| format!("{mib:.0} MiB"));
    let miles = cold["rust"]["miles"].as_f64().map_or_else(|| "longest".to_owned(), |miles| format!("{miles:.0}-mile"));
    let (build, memory) = (&metro["build"], &sizes["of"]["max_memory_mib"]);
    format!(
        "| | Python (published) | Rust (published) | Python here | Rust here |\n|---|---|---|---|---|\n\
         | cold start, as the client waits | 8-15 s | 1-2 s | {} (shortest route) | {} ({miles} route) |\n\
         | package | 67 MB | 4.9 MB | its city alone: {} | function {} zipped, city file {} |\n\
         | peak memory | 1,200-1,600 MB | 200-400 MB | {} | {} |\n",
        ms(&cold["python"]["client_ms"]),
        ms(&cold["rust"]["client_ms"]["p50"]),
        mb(&build["python"]["city_bytes"]),
        mb(&sizes["of"]["function_zip_bytes"]),
        mb(&build["city_bytes"]),
        mib(&memory["python"]),
        mib(&memory["rust"]),
    )
}

fn peers(result: &Value) -> Option<String> {
    let answers = row(result, "answers by band")?;
    let index = row(result, "index")?;
    let mut out = String::from(
        "| miles ridden | ours p50 (p99) | OSRM CH p50 (p99) | over ours [95 %] | Valhalla p50 (p99) | over ours [95 %] |\n|---|---|---|---|---|---|\n",
    );
    for band in answers["bands"].as_array()? {
        let of = |engine: &str| band["engines"].as_array().and_then(|all| all.iter().find(|one| one["engine"] == engine));
        let (ours, osrm, valhalla) = (of("ferry")?, of("osrm-ch")?, of("valhalla")?);
        let both = |one: &Value| {
            if one["ms"]["p99"].is_null() {
                ms(&one["ms"]["p50"])
            } else {
                format!("{} ({})", ms(&one["ms"]["p50"]), ms(&one["ms"]["p99"]))
            }
        };
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            miles(&band["miles"]),
            both(ours),
            both(osrm),
            times(&osrm["over_ours"]),
            both(valhalla),
            times(&valhalla["over_ours"])
        ));
    }
    out.push_str("\n| | index built | peak memory of that | on disk | open + first answer | resident |\n|---|---|---|---|---|---|\n");
    for one in index["engines"].as_array()? {
        let mb = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |bytes| format!("{:.0} MB", bytes / 1e6));
        let mib = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |mib| format!("{mib:.0} MiB"));
        let built = one["build"]["wall_s"].as_f64().map_or_else(|| "-".to_owned(), |s| format!("{s:.0} s"));
        out.push_str(&format!(
            "| {} | {built} | {} | {} | {} + {} | {} |\n",
            one["engine"].as_str()?,
            mib(&one["build"]["max_resident_mib"]),
            mb(&one["bytes"]),
            ms(&one["opened"]["open_ms"]),
            ms(&one["opened"]["first_ms"]),
            mib(&one["resident_mib"])
        ));
    }
    out.push_str(&format!("\nStreets: {}.\n", answers["metro"].as_str()?));
    Some(out)
}

fn miles(band: &Value) -> String {
    match (band[0].as_f64(), band[1].as_f64()) {
        (Some(from), Some(to)) if from > 0.0 => format!("{from}-{to}"),
        (_, Some(to)) => format!("under {to}"),
        _ => "-".to_owned(),
    }
}

/// Milliseconds in the unit one would use.
fn ms(value: &Value) -> String {
    match value.as_f64() {
        None => "-".to_owned(),
        Some(ms) if ms >= 1_000.0 => format!("{} s", significant(ms / 1_000.0)),
        Some(ms) => format!("{} ms", significant(ms)),
    }
}

fn times(ratio: &Value) -> String {
    let figure = |name: &str| ratio[name].as_f64();
    match (figure("median"), figure("low"), figure("high")) {
        (Some(median), Some(low), Some(high)) => format!("{}x [{}, {}]", significant(median), significant(low), significant(high)),
        (Some(median), ..) => format!("{}x", significant(median)),
        _ => "-".to_owned(),
    }
}

/// Three digits.
fn significant(value: f64) -> String {
    if value <= 0.0 {
        return "0".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 12")]
    let decimals = (2.0 - value.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_are_short_and_in_their_unit() {
        assert_eq!([0.03124, 4.567, 812.4, 49_000.0].map(|value| ms(&json!(value))), ["0.0312 ms", "4.57 ms", "812 ms", "49.0 s"]);
        assert_eq!(ms(&Value::Null), "-");
        assert_eq!(times(&json!({"median": 12.34, "low": 9.99, "high": 1500.2})), "12.3x [9.99, 1500]");
        assert_eq!(times(&json!({"median": 2.0, "low": null, "high": null})), "2.00x");
        assert_eq!((miles(&json!([0.0, 5.0])), miles(&json!([80.0, 130.0]))), ("under 5".to_owned(), "80-130".to_owned()));
    }

    #[test]
    fn what_the_original_did_not_reach_is_said() {
        let result = json!({"rows": [
            {"name": "metro", "what": "toy"},
            {"name": "functions", "bands": [{"miles": [0, 5], "python": {"n": 0}, "rust": {"p50": 1.5}, "python_over_rust": null}], "fits": {"rust": {"a": 0.001, "b": 0.5}}},
            {"name": "engines in process", "bands": [{"astar": {"p50": 2.0}, "route": {"p50": 0.1}, "front": {"p50": 0.4}}], "fits": {}},
        ]});
        let drawn = table("router", &result);
        assert!(drawn.contains("| under 5 | not reached in its time | 1.50 ms | - | 2.00 ms | 0.100 ms | 0.400 ms |"), "{drawn}");
        assert!(drawn.contains("| peak memory | 1,200-1,600 MB | 200-400 MB | - | - |"), "{drawn}");
        assert!(drawn.contains("Rust function 0.00100 x^0.50") && drawn.contains("published"), "{drawn}");
    }

    #[test]
    fn a_result_without_bands_says_how_to_get_them() {
        assert_eq!(table("router-peers", &Value::Null), "Not measured yet: `make bench-router-peers` does.\n");
        assert_eq!(table("router", &json!({"rows": []})), "Not measured yet: `make bench-router` does.\n");
    }
}
