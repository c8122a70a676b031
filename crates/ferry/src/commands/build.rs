//! `ferry build`: packages and their sizes.

use anyhow::Result;
use serde_json::json;

use crate::args::Build;
use crate::exit::Outcome;
use crate::progress::Progress;
use crate::stack::Loaded;

pub(crate) fn run(arguments: &Build) -> Result<Outcome> {
    let mut progress = Progress::new();
    let loaded = Loaded::read(&arguments.stack, &mut progress)?;
    let built = loaded.build(&arguments.functions, &mut progress)?;
    if arguments.json {
        let rows: Vec<_> = built
            .iter()
            .map(|one| {
                json!({
                    "function": one.function.logical_id,
                    "runtime": one.launch.runtime_used,
                    "task_root": one.task_root,
                    "zip_bytes": one.package.zip_bytes,
                    "unzipped_bytes": one.package.unzipped_bytes,
                    "warnings": one.warnings,
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(Outcome::Holds);
    }
    let width = built.iter().map(|one| one.function.logical_id.len()).max().unwrap_or(0).max("function".len());
    println!("{:width$}  {:>16}  {:>10}  {:>10}", "function", "runtime", "zip", "unzipped");
    for one in &built {
        let (zip, unzipped) = (megabytes(one.package.zip_bytes), megabytes(one.package.unzipped_bytes));
        println!("{:width$}  {:>16}  {zip:>10}  {unzipped:>10}", one.function.logical_id, one.launch.runtime_used);
    }
    Ok(Outcome::Holds)
}

/// Decimal megabytes with two digits; exact below 2^52 bytes.
#[expect(clippy::cast_precision_loss, reason = "package sizes stay far below 2^52")]
fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}
