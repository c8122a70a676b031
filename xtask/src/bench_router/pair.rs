//! The pair at four memory sizes on a small city, by `ferry compare`.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::metro::Wanted;
use crate::results::Reach;

/// The memory size at which the reach is judged.
const JUDGED_MIB: u64 = 1024;
const FULL: [&str; 8] = ["--memory", "128,512,1024,1769", "--cold", "20", "--warm", "400", "--budget", "60"];
const QUICK: [&str; 8] = ["--memory", "1024", "--cold", "3", "--warm", "20", "--budget", "10"];
const RESULT: &str = ".ferry/compare/bench-router.json";

/// What `ferry compare` found. Its table goes to `results/router.txt`.
pub(super) fn compare(root: &Path, wanted: &Wanted) -> Result<Value> {
    eprintln!("the pair at four memory sizes");
    let effort = if wanted.quick { QUICK } else { FULL };
    let output = Command::new(root.join("target/release/ferry"))
        .args(["compare", "RouterRust", "-t", "systems/router/template.yaml", "--output", RESULT])
        .args(effort)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("ferry compare did not start")?;
    ensure!(output.status.success(), "ferry compare ended with {}", output.status);
    let results = wanted.results(root).join("results");
    std::fs::create_dir_all(&results)?;
    std::fs::write(results.join("router.txt"), &output.stdout)?;
    let text = std::fs::read_to_string(root.join(RESULT)).with_context(|| format!("{RESULT} is missing"))?;
    Ok(serde_json::from_str(&text)?)
}

pub(super) fn reach(comparison: &Value) -> Result<Vec<Reach>> {
    let tiers = comparison["tiers"].as_array().context("the result has no tiers")?;
    let tier = tiers.iter().find(|tier| tier["memory_mib"] == JUDGED_MIB).with_context(|| format!("{JUDGED_MIB} MB was not measured"))?;
    let ratio = |figure: &str| tier["ratio"][figure]["median"].as_f64();
    Ok(vec![
        Reach::at_least("cold start (INIT) at 1024 MB, times faster", ratio("init"), 50.0),
        Reach::at_least("first answer of a cold start at 1024 MB, times faster", ratio("first"), 50.0),
        Reach::at_least("warm median at 1024 MB, times faster", ratio("warm_p50"), 30.0),
        Reach::at_least("peak memory at 1024 MB, times less", ratio("max_memory"), 10.0),
    ])
}
