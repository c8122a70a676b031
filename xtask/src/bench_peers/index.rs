//! Each engine's index of the metro. Others' take minutes, so they are kept beside the metro that they are of.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::install::requirements;
use crate::metro::Metro;
use crate::tools::{Took, bench_folder, bytes_under, measured};

#[derive(Debug)]
pub(super) struct Index {
    pub(super) engine: &'static str,
    /// With the packages; `None` for ours.
    pub(super) python: Option<PathBuf>,
    /// The file that the engine is given to open.
    pub(super) opens: PathBuf,
    /// What building it took, now or in an earlier run.
    pub(super) took: Took,
    pub(super) bytes: u64,
}

/// What is remembered of a finished build.
#[derive(Serialize, Deserialize)]
struct Built {
    requirements: Vec<String>,
    took: Took,
}

pub(super) fn ours(root: &Path, metro: &Metro) -> Result<Index> {
    let took = metro.build_city(root)?;
    Ok(Index { engine: "ferry", python: None, opens: metro.city(), took, bytes: std::fs::metadata(metro.city())?.len() })
}

pub(super) fn theirs(root: &Path, python: &Path, metro: &Metro, engine: &'static str) -> Result<Index> {
    let folder = metro.folder.join(engine);
    let stamp = metro.folder.join(format!("{engine}.json"));
    let wanted = requirements(root)?;
    let known = std::fs::read(&stamp).ok().and_then(|text| serde_json::from_slice::<Built>(&text).ok());
    let took = match known {
        Some(built) if built.requirements == wanted => {
            eprintln!("{engine}: its index is there");
            built.took
        }
        _ => {
            eprintln!("{engine}: building its index (for OSRM, minutes: its log is {}/build.log)", folder.display());
            let program = bench_folder(root).join("peer_index.py");
            let took = measured(root, python, &[program.as_os_str(), engine.as_ref(), metro.extract.as_os_str(), folder.as_os_str()])?;
            std::fs::write(&stamp, serde_json::to_vec(&Built { requirements: wanted, took })?)
                .with_context(|| format!("{} cannot be written", stamp.display()))?;
            took
        }
    };
    let opens = folder.join(if engine == "valhalla" { "valhalla.json" } else { "city.osrm" });
    Ok(Index { engine, python: Some(python.to_path_buf()), opens, took, bytes: bytes_under(&folder)? })
}
