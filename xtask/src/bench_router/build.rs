//! What building the metro takes, and how large what is built is.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use crate::metro::Metro;
use crate::tools::{Took, measured, output, program, python};

/// Comfort stops of a small package, beside the default's eleven.
const FEW_STOPS: u8 = 3;

pub(super) struct Built {
    pub(super) took: Took,
    pub(super) city_bytes: u64,
    /// `None` where the builder would not.
    pub(super) few_stops_bytes: Option<u64>,
    /// Seconds to make one comfort stop's costs anew.
    pub(super) recustomize_s: Option<f64>,
    python: Option<(Took, u64)>,
}

pub(super) fn city(root: &Path, metro: &Metro) -> Result<Built> {
    let took = metro.build_city(root)?;
    let few_stops_bytes = few_stops(root, metro).inspect_err(|error| eprintln!("{FEW_STOPS} stops: {error:#}")).ok();
    Ok(Built {
        took,
        city_bytes: std::fs::metadata(metro.city())?.len(),
        few_stops_bytes,
        recustomize_s: recustomize(root, metro)?,
        python: None,
    })
}

/// A file with few comfort stops, from a recipe as a user would write it.
fn few_stops(root: &Path, metro: &Metro) -> Result<u64> {
    eprintln!("building the city with {FEW_STOPS} comfort stops");
    let (recipe, city) = (metro.folder.join("few-stops.toml"), metro.folder.join("few-stops.city"));
    let text = format!("name = \"few-stops\"\nextract = {:?}\noutput = {:?}\nstops = {FEW_STOPS}\n", metro.extract, city);
    std::fs::write(&recipe, text)?;
    output(Command::new(program(root, "router-build")).arg("city").arg(recipe))?;
    let bytes = std::fs::metadata(&city)?.len();
    std::fs::remove_file(city)?;
    Ok(bytes)
}

/// The same graph as a pickle of NetworkX, as the original ships it.
pub(super) fn python_city(root: &Path, metro: &Metro, built: &mut Built) -> Result<()> {
    let export = metro.folder.join("edges.ndjson");
    eprintln!("building the same city for Python (minutes, several GB)");
    let city = metro.city();
    let arguments: [&OsStr; 4] = ["export".as_ref(), city.as_os_str(), "--output".as_ref(), export.as_os_str()];
    measured(root, &program(root, "router-bench"), &arguments)?;
    let pickle = metro.folder.join("python/city.pickle.gz");
    let script = root.join("systems/router/python/build_graph.py");
    let took = measured(root, &python(root), &[script.as_os_str(), export.as_os_str(), pickle.as_os_str()])?;
    std::fs::remove_file(export)?;
    built.python = Some((took, std::fs::metadata(pickle)?.len()));
    Ok(())
}

/// Seconds, as `router-bench recustomize` says.
fn recustomize(root: &Path, metro: &Metro) -> Result<Option<f64>> {
    eprintln!("re-customizing one comfort stop");
    let said: Value = serde_json::from_slice(&output(Command::new(program(root, "router-bench")).arg("recustomize").arg(metro.city()))?)?;
    Ok(said["p50_s"].as_f64())
}

impl Built {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "took": self.took, "city_bytes": self.city_bytes, "few_stops": FEW_STOPS, "few_stops_bytes": self.few_stops_bytes, "recustomize_s": self.recustomize_s,
            "python": self.python.map(|(took, bytes)| json!({"took": took, "city_bytes": bytes})),
        })
    }
}
