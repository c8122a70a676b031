//! `results/NAME.json`: what was measured, where, with what, and whether it reached what it was to reach.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// One figure that the work was to reach.
pub(crate) struct Reach {
    pub(crate) name: &'static str,
    /// `None`: it could not be measured, and does not hold.
    pub(crate) measured: Option<f64>,
    pub(crate) bound: String,
    pub(crate) holds: bool,
}

impl Reach {
    pub(crate) fn at_most(name: &'static str, measured: impl Into<Option<f64>>, bound: f64) -> Self {
        let measured = measured.into();
        Self { name, measured, bound: format!("<= {bound:.3}"), holds: measured.is_some_and(|measured| measured <= bound) }
    }

    pub(crate) fn at_least(name: &'static str, measured: impl Into<Option<f64>>, bound: f64) -> Self {
        let measured = measured.into();
        Self { name, measured, bound: format!(">= {bound:.3}"), holds: measured.is_some_and(|measured| measured >= bound) }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = self.measured.map_or_else(|| "not measured".to_owned(), |measured| format!("{measured:.3}"));
        write!(to, "{} {}: {measured} (bound {})", if self.holds { "holds " } else { "MISSED" }, self.name, self.bound)
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Writes `results/NAME.json` under the root, whole or not at all.
pub(crate) fn write(root: &Path, name: &str, versions: &Value, enforced: &Value, rows: &[Value], reach: &[Reach]) -> Result<()> {
    let reach: Vec<Value> =
        reach.iter().map(|one| json!({"name": one.name, "measured": one.measured, "bound": one.bound, "holds": one.holds})).collect();
    let document = json!({
        "date": said_by("date", &["-u", "+%Y-%m-%d"])?,
        "commit": said_by("git", &["rev-parse", "--short", "HEAD"])?,
        "machine": machine()?,
        "versions": versions,
        "enforced": enforced,
        "rows": rows,
        "reach": reach,
    });
    let path = root.join("results").join(format!("{name}.json"));
    std::fs::create_dir_all(root.join("results"))?;
    let unfinished = path.with_extension("json.new");
    std::fs::write(&unfinished, lines(&document, 0) + "\n")?;
    std::fs::rename(&unfinished, &path).with_context(|| format!("{} could not be put in place", path.display()))
}

/// JSON with raw samples on one line: arrays of numbers and texts, and whatever is short.
fn lines(value: &Value, depth: usize) -> String {
    const SHORT: usize = 320;
    let compact = value.to_string();
    let flat = value.as_array().is_some_and(|items| items.iter().all(|item| !item.is_array() && !item.is_object()));
    if flat || compact.len() <= SHORT {
        return compact;
    }
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    let joined = |parts: Vec<String>| format!("\n{inner}{}\n{outer}", parts.join(&format!(",\n{inner}")));
    match value {
        Value::Array(items) => format!("[{}]", joined(items.iter().map(|item| lines(item, depth + 1)).collect())),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{}: {}", Value::from(name.as_str()), lines(value, depth + 1));
            format!("{{{}}}", joined(members.iter().map(member).collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => compact,
    }
}

fn machine() -> Result<Value> {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    Ok(json!({
        "cpu": model.map_or("unknown", |(_, name)| name.trim()),
        "cores": cpuinfo.lines().filter(|line| line.starts_with("processor")).count(),
        "kernel": said_by("uname", &["-r"])?,
    }))
}

/// What a command prints on its first line.
pub(crate) fn said_by(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output().with_context(|| format!("{program} does not run"))?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_holds_at_itself_and_never_without_a_measurement() {
        assert!(Reach::at_most("x", 5.0, 5.0).holds && !Reach::at_most("x", 5.1, 5.0).holds);
        assert!(Reach::at_least("x", 5.0, 5.0).holds && !Reach::at_least("x", 4.9, 5.0).holds);
        let missing = Reach::at_most("x", None, 5.0);
        assert!(!missing.holds);
        assert_eq!(missing.to_string(), "MISSED x: not measured (bound <= 5.000)");
    }

    #[test]
    fn samples_stand_on_one_line_and_nothing_is_lost() {
        let samples: Vec<f64> = (0..500).map(f64::from).collect();
        let document = json!({"rows": [{"a \"b\"": samples, "text": "x".repeat(350)}, {"short": [1, {"c": null}]}], "empty": {}});
        let text = lines(&document, 0);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), document);
        assert_eq!(text.lines().count(), 10, "{text}");
    }
}
