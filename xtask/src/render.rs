//! Splices tables rendered from `results/*.json` into the documents that show them, between
//! `<!-- results:NAME -->` and `<!-- /results -->`, so that no figure is ever typed.

mod bands;
mod ingest;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The documents that hold markers.
const DOCUMENTS: &[&str] = &["README.md", "systems/ingest/README.md", "systems/router/README.md"];

/// Renders every document; with `check`, writes nothing and fails where one is out of date.
pub(crate) fn run(check: bool) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask stands in the root")?;
    for document in DOCUMENTS {
        let path = root.join(document);
        let text = std::fs::read_to_string(&path).with_context(|| format!("{document} is missing"))?;
        let rendered = splice(&text, root).with_context(|| format!("{document} could not be rendered"))?;
        if rendered == text {
            continue;
        }
        if check {
            bail!("{document} does not show what results/ holds: run `cargo run --release -p xtask render`");
        }
        std::fs::write(&path, rendered)?;
        println!("{document} rendered");
    }
    Ok(())
}

fn splice(text: &str, root: &Path) -> Result<String> {
    const OPEN: &str = "<!-- results:";
    const CLOSE: &str = "<!-- /results -->";
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        let after = &rest[start + OPEN.len()..];
        let (name, tail) = after.split_once(" -->").context("a marker is not closed by -->")?;
        let (_, tail) = tail.split_once(CLOSE).with_context(|| format!("results:{name} has no {CLOSE}"))?;
        out.push_str(&rest[..start]);
        out.push_str(&format!("{OPEN}{name} -->\n{}{CLOSE}", table(name, &root.join("results"))?));
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// The Markdown of one result: `NAME.txt` is a printed table as it is, `NAME.bands` its times by length, `ingest.runs` and `ingest.memory` the runs of ingest, `NAME` the reach of a benchmark.
fn table(name: &str, results: &Path) -> Result<String> {
    if name.ends_with(".txt") {
        let text = std::fs::read_to_string(results.join(name)).with_context(|| format!("results/{name} is missing"))?;
        return Ok(format!("```text\n{}\n```\n", text.trim_end()));
    }
    if let Some(name) = name.strip_suffix(".bands") {
        let text = std::fs::read(results.join(format!("{name}.json"))).unwrap_or_default();
        return Ok(bands::table(name, &serde_json::from_slice(&text).unwrap_or_default()));
    }
    if let Some((name, part)) = name.split_once('.') {
        let text = std::fs::read(results.join(format!("{name}.json"))).unwrap_or_default();
        let result = serde_json::from_slice(&text).unwrap_or_default();
        return match (name, part) {
            ("ingest", "runs") => Ok(ingest::runs(&result)),
            ("ingest", "memory") => Ok(ingest::memory(&result)),
            _ => bail!("results:{name}.{part} is no table that xtask renders"),
        };
    }
    let path = results.join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let result: Value = serde_json::from_str(&text)?;
    let mut out = String::from("| what | measured | to reach | |\n|---|---|---|---|\n");
    for one in result["reach"].as_array().context("no reach in the result")? {
        let holds = if one["holds"] == true { "holds" } else { "**missed**" };
        let measured = one["measured"].as_f64().map_or_else(|| "not measured".to_owned(), |measured| format!("{measured:.3}"));
        out.push_str(&format!("| {} | {measured} | {} | {holds} |\n", text_of(&one["name"]), text_of(&one["bound"])));
    }
    out.push_str(&format!(
        "\n`make bench-{name}`, {} on {} ({} cores), commit {}.\n",
        text_of(&result["date"]),
        text_of(&result["machine"]["cpu"]),
        result["machine"]["cores"],
        text_of(&result["commit"])
    ));
    Ok(out)
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or("unknown")
}
