//! Making files: a city from an extract, a metro from a city.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use router::build::build_with;
use router::build::mirror::mirror;
use router::build::recipe::Recipe;
use router::city::encode::{encode, write_file};

use crate::inspect::write_export;
use crate::progress::ProgressLine;

/// Builds what a recipe says, and prints what was counted.
pub(crate) fn city(recipe: &Recipe, output: &Path, to_export: Option<&Path>, json: bool) -> Result<()> {
    let extract = &recipe.extract;
    let size = std::fs::metadata(extract).with_context(|| format!("cannot read {}", extract.display()))?.len();
    let plan = recipe.plan()?;
    let progress = ProgressLine::new(size);
    let open = || File::open(extract).map(BufReader::new);
    let (parts, report) = build_with(open, &plan, &mut |at| progress.reading(at))
        .with_context(|| format!("cannot build a city from {}", extract.display()))?;
    // Crashes and heights are in the parts now; packing needs the memory.
    drop(plan);
    progress.say("packing");
    let bytes = encode(&parts.in_order_of_place())?;
    write_file(output, &bytes).with_context(|| format!("cannot write {}", output.display()))?;
    if let Some(path) = to_export {
        progress.say("exporting for Python");
        write_export(output, path)?;
    }
    progress.end();
    let mut out = io::stdout().lock();
    if json {
        let mut value = serde_json::to_value(&report)?;
        value["file_bytes"] = bytes.len().into();
        writeln!(out, "{value}")?;
    } else {
        writeln!(out, "{report}\nfile        {} bytes: {}", bytes.len(), output.display())?;
    }
    Ok(())
}

/// Mirrors an extract over a grid.
pub(crate) fn tile(extract: &Path, output: &Path, grid: [u32; 2]) -> Result<()> {
    let size = std::fs::metadata(extract).with_context(|| format!("cannot read {}", extract.display()))?.len();
    let progress = ProgressLine::new(size);
    // Whole or not at all.
    let partial = PathBuf::from(format!("{}.partial", output.display()));
    let file = File::create(&partial).with_context(|| format!("cannot write {}", partial.display()))?;
    let open = || File::open(extract).map(BufReader::new);
    let counts = mirror(open, BufWriter::new(file), grid, &mut |at| progress.reading(at));
    let counts =
        counts.inspect_err(|_| drop(std::fs::remove_file(&partial))).with_context(|| format!("cannot mirror {}", extract.display()))?;
    std::fs::rename(&partial, output).with_context(|| format!("cannot write {}", output.display()))?;
    progress.end();
    let bytes = std::fs::metadata(output)?.len();
    let router::build::mirror::Mirrored { nodes, ways, relations, seam_nodes } = counts;
    writeln!(
        io::stdout(),
        "{nodes} nodes, {ways} ways, {relations} restrictions; {seam_nodes} joints at seams; {bytes} bytes: {}",
        output.display()
    )?;
    Ok(())
}
