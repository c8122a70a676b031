//! The same function on a file of 1 GB: it takes more time, and no more memory.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::run::Side;
use super::world::{World, generate};

/// Records of a JSON file of 1 GB, at the article's 342 bytes each.
const RECORDS: u64 = 3_000_000;
const QUICK_RECORDS: u64 = 20_000;
const MEMORY_MIB: u32 = 1024;
const KEY: &str = "large.json";

pub(super) fn measure(world: &World, root: &Path, quick: bool) -> Result<Value> {
    let records = if quick { QUICK_RECORDS } else { RECORDS };
    let folder = root.join(".ferry/ingest").join(records.to_string());
    generate(root, records, &folder)?;
    let file = folder.join("registrations.json");
    world.put(KEY, &file)?;
    world.set_memory(Side::Rust, MEMORY_MIB)?;
    world.warm(Side::Rust)?;
    let run = world.load(Side::Rust, &json!({"format": "json", "key": KEY, "on_deadline": "return"}), records)?;
    let bytes = std::fs::metadata(&file)?.len();
    eprintln!("{records} records, {bytes} bytes: {:.1} s, {:.0} MB", run.duration_ms / 1e3, run.max_memory_mib);
    Ok(json!({"bytes": bytes, "records": records, "memory_mib": MEMORY_MIB, "peak_mib": run.max_memory_mib, "run": run.to_json()}))
}
