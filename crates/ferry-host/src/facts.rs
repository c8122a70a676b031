//! What the doors print about the host: enforcement, packages, events that were given up.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::doors::{DroppedEvent, HostFacts, PackageFacts};
use crate::host::LocalLambda;
use crate::logs::{LogLine, LogOrigin};

/// The facts of a running host. A package's zip is hashed once for each build.
#[derive(Debug)]
pub struct Facts {
    local: Arc<LocalLambda>,
    clock: Clock,
    /// By fingerprint: the zip's SHA-256, and when the build was first seen.
    builds: Mutex<HashMap<String, (String, u64)>>,
}

impl Facts {
    pub fn new(local: Arc<LocalLambda>) -> Self {
        Self { local, clock: Clock::start(), builds: Mutex::default() }
    }

    fn build_facts(&self, fingerprint: &str, zip: &Path) -> (String, u64) {
        let mut builds = self.builds.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = u64::try_from(self.clock.epoch(self.clock.now()).as_millis()).unwrap_or(u64::MAX);
        builds.entry(fingerprint.to_owned()).or_insert_with(|| (sha256_base64(zip).unwrap_or_default(), now_ms)).clone()
    }
}

impl HostFacts for Facts {
    fn enforcement(&self) -> Value {
        let mut enforcement = serde_json::to_value(self.local.enforcement()).unwrap_or_default();
        if let Some(parts) = enforcement.as_object_mut() {
            parts.insert("init_boost".to_owned(), Value::Bool(self.local.settings().init_boost));
        }
        enforcement
    }

    fn package(&self, function: &str) -> Option<PackageFacts> {
        let built = self.local.built(function).ok()?;
        let (code_sha256, last_modified_ms) = self.build_facts(&built.fingerprint, &built.zip);
        Some(PackageFacts {
            code_bytes: built.own_package.zip_bytes,
            zip_bytes: built.package.zip_bytes,
            unzipped_bytes: built.package.unzipped_bytes,
            code_sha256,
            runtime_used: built.launch.runtime_used.clone(),
            warnings: built.warnings,
            last_modified_ms,
        })
    }

    fn event_dropped(&self, event: &DroppedEvent) {
        if let Some(sink) = &self.local.settings().log_sink.0 {
            let text = event.to_string();
            sink.write(&LogLine {
                time: self.clock.epoch(self.clock.now()),
                function: &event.function,
                log_stream: "",
                origin: LogOrigin::Platform,
                text: text.as_bytes(),
            });
        }
    }
}

/// None when the zip is gone, as after `rm -r .ferry` under a running host.
fn sha256_base64(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match file.read(&mut chunk).ok()? {
            0 => return Some(base64::engine::general_purpose::STANDARD.encode(hash.finalize())),
            read => hash.update(&chunk[..read]),
        }
    }
}
