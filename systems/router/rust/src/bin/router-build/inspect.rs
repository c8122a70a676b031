//! Looking into a city file, and asking it.

use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use router::city::City;
use router::city::encode::write_file;
use router::city::map::map_file;
use router::events::events;
use router::export::export;
use router::http::{HttpEvent, handle};
use router::route::Router;

/// The graph for the Python original: one JSON value a line.
pub(crate) fn write_export(city: &Path, output: &Path) -> Result<()> {
    let map = map_file(city)?;
    let mut text = Vec::new();
    export(&City::open_map(&map)?, &mut text)?;
    write_file(output, &text).with_context(|| format!("cannot write {}", output.display()))
}

pub(crate) fn write_events(city: &Path, count: u32, seed: u64, output: &Path) -> Result<()> {
    let map = map_file(city)?;
    let city = City::open_map(&map)?;
    std::fs::create_dir_all(output).with_context(|| format!("cannot create {}", output.display()))?;
    let events = events(&city, count, seed);
    for named in &events {
        let path = output.join(format!("{}.json", named.name));
        let text = serde_json::to_string_pretty(&named.event)? + "\n";
        write_file(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    }
    writeln!(io::stdout(), "{} events in {}", events.len(), output.display())?;
    Ok(())
}

pub(crate) fn info(path: &Path) -> Result<()> {
    let map = map_file(path)?;
    let city = City::open_map(&map)?;
    city.check()?;
    let header = city.header();
    let sections = header.slots[..header.section_count as usize].iter();
    let sections: serde_json::Map<_, _> = router::city::format::SectionKind::ALL
        .iter()
        .zip(sections)
        .map(|(kind, slot)| (format!("{kind:?}"), serde_json::json!({"offset": slot.offset, "bytes": slot.bytes})))
        .collect();
    let report: serde_json::Value = serde_json::from_str(city.report()).unwrap_or_default();
    let value = serde_json::json!({
        "version": header.version,
        "file_bytes": header.file_bytes,
        "name": city.name(),
        "nodes": header.nodes,
        "segments": header.segments,
        "states": header.states,
        "arcs": header.arcs,
        "names": header.names,
        "classes": city.class_count(),
        "turn_kinds": city.turn_kind_count(),
        "stops": city.stops().map(|stop| stop.comfort()).collect::<Vec<_>>(),
        "crashes": city.crashes().len(),
        "min_cost_per_unit": header.min_cost_per_unit,
        "grid": {"columns": header.grid.columns, "rows": header.grid.rows},
        "sections": sections,
        "report": report,
    });
    writeln!(io::stdout(), "{value:#}")?;
    Ok(())
}

pub(crate) fn route(path: &Path) -> Result<()> {
    let map = map_file(path)?;
    let mut router = Router::new(City::open_map(&map)?);
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let event: HttpEvent =
            serde_json::from_str(&line?).with_context(|| format!("line {} is not an HTTP API event (payload 2.0)", number + 1))?;
        serde_json::to_writer(&mut out, &handle(&mut router, &event))?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
