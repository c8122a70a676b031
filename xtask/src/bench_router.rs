//! The router beside its Python original, by `ferry compare`, held against what it was to reach.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::results::{Reach, root, said_by, write};

/// The memory size at which the reach is judged.
const JUDGED_MIB: u64 = 1024;
const RESULT: &str = ".ferry/compare/bench-router.json";

pub(crate) fn run() -> Result<()> {
    let root = root();
    let output = Command::new(root.join("target/release/ferry"))
        .args(["compare", "RouterRust", "-t", "systems/router/template.yaml", "--memory", "128,512,1024,1769"])
        .args(["--cold", "20", "--warm", "400", "--budget", "120", "--output", RESULT])
        .current_dir(&root)
        .stderr(Stdio::inherit())
        .output()
        .context("ferry compare did not start")?;
    ensure!(output.status.success(), "ferry compare ended with {}", output.status);
    std::fs::create_dir_all(root.join("results"))?;
    std::fs::write(root.join("results/router.txt"), &output.stdout)?;

    let text = std::fs::read_to_string(root.join(RESULT)).with_context(|| format!("{RESULT} is missing"))?;
    let mut comparison: Value = serde_json::from_str(&text)?;
    let tier = judged(&comparison)?.clone();
    let reach = [
        Reach::at_least("cold start (INIT) at 1024 MB, times faster", number(&tier["ratio"]["init"]["median"])?, 50.0),
        Reach::at_least("first answer of a cold start at 1024 MB, times faster", number(&tier["ratio"]["first"]["median"])?, 50.0),
        Reach::at_least("warm median at 1024 MB, times faster", number(&tier["ratio"]["warm_p50"]["median"])?, 30.0),
        Reach::at_least("peak memory at 1024 MB, times less", number(&tier["ratio"]["max_memory"]["median"])?, 10.0),
    ];
    let versions = json!({"rustc": said_by("rustc", &["--version"])?, "runtime": comparison["runtime"]});
    let enforced = comparison["enforced"].take();
    write(&root, "router", &versions, &enforced, &[comparison], &reach)?;
    for one in &reach {
        println!("{one}");
    }
    Ok(())
}

fn judged(comparison: &Value) -> Result<&Value> {
    let tiers = comparison["tiers"].as_array().context("the result has no tiers")?;
    tiers.iter().find(|tier| tier["memory_mib"] == JUDGED_MIB).with_context(|| format!("{JUDGED_MIB} MB was not measured"))
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().with_context(|| format!("a ratio is missing: {value}"))
}
