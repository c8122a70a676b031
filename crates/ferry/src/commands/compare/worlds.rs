//! Two sets of local AWS services, one for each side of a pair: equal at the start, apart from then on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use ferry_host::settings::AwsDoors;
use ferry_lab::{Pair, Services, Sides};
use ferry_services::ServicesReport;
use ferry_services::meter::OperationCounts;
use ferry_template::Template;

use crate::args;
use crate::aws::Aws;

pub(super) struct Worlds {
    /// By the logical id of the function that lives in it.
    baseline: (String, Aws),
    candidate: (String, Aws),
}

impl Worlds {
    pub(super) fn start(templates: &[&Template], pair: &Pair, options: &args::Aws, warn: &mut dyn FnMut(&str)) -> Result<Option<Self>> {
        let Some(baseline) = Aws::start(templates, options, 0, None, warn)? else { return Ok(None) };
        // What is worth a warning in one world is in the other; it is said once.
        let Some(candidate) = Aws::start(templates, options, 0, None, &mut |_| {})? else { return Ok(None) };
        let of = |id: &ferry_lab::FunctionId, aws| (id.logical_id.clone(), aws);
        Ok(Some(Self { baseline: of(&pair.baseline, baseline), candidate: of(&pair.candidate, candidate) }))
    }

    pub(super) fn doors(&self) -> AwsDoors {
        let door = |(id, aws): &(String, Aws)| (id.clone(), aws.door());
        AwsDoors { all: None, of: BTreeMap::from([door(&self.baseline), door(&self.candidate)]) }
    }

    pub(super) fn join(&self, lambda: SocketAddr) {
        self.baseline.1.join(lambda);
        self.candidate.1.join(lambda);
    }

    /// Ends both, and says what they did.
    pub(super) fn finish(self) -> Result<Services> {
        let Self { baseline: (_, baseline), candidate: (_, candidate) } = self;
        let reports = Sides { baseline: baseline.report(), candidate: candidate.report() };
        let physics = baseline.physics();
        let physics = (!physics.is_off()).then(|| serde_json::to_value(physics)).transpose().context("the physics are not JSON")?;
        baseline.stop();
        candidate.stop();
        let both = |of: fn(&OperationCounts) -> u64| Sides { baseline: sum(&reports.baseline, of), candidate: sum(&reports.candidate, of) };
        Ok(Services {
            physics,
            cpu_ms: Sides { baseline: cpu_ms(&reports.baseline), candidate: cpu_ms(&reports.candidate) },
            calls: both(|counts| counts.calls),
            throttled: both(|counts| counts.throttled),
            faults: both(|counts| counts.faults),
        })
    }
}

fn sum(report: &ServicesReport, of: fn(&OperationCounts) -> u64) -> u64 {
    report.operations.iter().map(|operation| of(&operation.counts)).sum()
}

/// Exact below 2^52 µs.
#[expect(clippy::cast_precision_loss, reason = "CPU time of a comparison stays far below 2^52 µs")]
fn cpu_ms(report: &ServicesReport) -> Option<f64> {
    report.cpu_us.map(|us| us as f64 / 1e3)
}

/// What the services are told and what they hold at the start: part of what a result depends on.
pub(super) fn key(templates: &[&Template], options: &args::Aws) -> Result<String> {
    let mut key = format!("{options:?}\n");
    if let Some(path) = options.physics.as_deref().filter(|physics| !physics.trim_start().starts_with('{')) {
        writeln!(key, "{}", std::fs::read_to_string(path).with_context(|| format!("the physics document {path} could not be read"))?)?;
    }
    for template in templates {
        writeln!(key, "{:?} {:?} {:?} {:?}", template.physics, template.tables, template.buckets, template.queues)?;
        for folder in template.buckets.iter().filter_map(|bucket| bucket.objects.as_deref()) {
            list(folder, &mut key)?;
        }
    }
    Ok(key)
}

/// Paths, sizes and times of change of all files below; a folder that is missing has none.
fn list(folder: &Path, key: &mut String) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let facts = path.metadata().with_context(|| format!("{} could not be looked at", path.display()))?;
        if facts.is_dir() {
            list(&path, key)?;
        } else {
            writeln!(key, "{} {} {:?}", path.display(), facts.len(), facts.modified().ok())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_object_is_another_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let listed = || {
            let mut key = String::new();
            list(folder.path(), &mut key).expect("listed");
            key
        };
        let before = listed();
        std::fs::create_dir(folder.path().join("deep")).expect("a folder");
        std::fs::write(folder.path().join("deep/a.csv"), "1").expect("a file");
        let with_one = listed();
        std::fs::write(folder.path().join("deep/a.csv"), "12").expect("a file");
        assert!(before != with_one && with_one != listed());
    }
}
