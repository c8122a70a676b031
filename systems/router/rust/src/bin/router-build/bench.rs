//! Timing the function's core in process.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use router::city::City;
use router::city::map::map_file;
use router::http::{HttpEvent, handle};
use router::route::Router;

pub(crate) fn bench(path: &Path, folder: &Path, rounds: u32) -> Result<()> {
    let start = Instant::now();
    let map = map_file(path)?;
    let mut router = Router::new(City::open_map(&map)?);
    let open_us = start.elapsed().as_micros();
    let asked = read_routes(folder)?;
    let (mut samples, mut settled) = (Vec::new(), 0_u64);
    for _ in 0..rounds {
        for event in &asked {
            let start = Instant::now();
            let response = handle(&mut router, event);
            samples.push(start.elapsed().as_nanos());
            settled += u64::from(router.settled());
            anyhow::ensure!(response.status_code == 200, "a route was refused: {}", response.body);
        }
    }
    samples.sort_unstable();
    let at = |percent: usize| samples.get((samples.len() - 1) * percent / 100).map(|ns| ns / 1000);
    let route_us = serde_json::json!({"p50": at(50), "p95": at(95), "p99": at(99), "max": at(100)});
    let settled = settled / samples.len().max(1) as u64;
    let value = serde_json::json!({"open_us": open_us, "n": samples.len(), "route_us": route_us, "nodes_settled_mean": settled});
    writeln!(io::stdout(), "{value}")?;
    Ok(())
}

fn read_routes(folder: &Path) -> Result<Vec<HttpEvent>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(|| format!("cannot list {}", folder.display()))?;
    files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("route-")));
    files.sort();
    anyhow::ensure!(!files.is_empty(), "no route-*.json in {}: make some with `router-build events`", folder.display());
    let read = |file: &PathBuf| -> Result<HttpEvent> {
        let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not an HTTP API event (payload 2.0)", file.display()))
    };
    files.iter().map(read).collect()
}
