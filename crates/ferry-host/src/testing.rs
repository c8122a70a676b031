//! Values that the unit tests of several modules need.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ferry_template::{Architecture, BuildMethod, CodeSource, FerryMetadata, Function, LogFormat};

/// A plain function of 128 MB and 3 s.
pub(crate) fn function(name: &str) -> Function {
    Function {
        logical_id: name.to_owned(),
        name: name.to_owned(),
        runtime: "provided.al2023".to_owned(),
        handler: "bootstrap".to_owned(),
        code: CodeSource::Folder(PathBuf::new()),
        architecture: Architecture::X86_64,
        memory_mib: 128,
        timeout_s: 3,
        ephemeral_mib: 512,
        environment: BTreeMap::new(),
        layers: Vec::new(),
        reserved_concurrency: None,
        log_format: LogFormat::Text,
        build: BuildMethod::Copy,
        url: None,
        max_retry_attempts: 2,
        max_event_age_s: 21_600,
        ferry: FerryMetadata::default(),
        line: 1,
    }
}
