//! What templates name and clients expect to exist: buckets, tables, queues, as plain values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::body::BodyError;

/// A resource to exist when the services say they are ready.
#[derive(Debug, Clone, PartialEq)]
pub enum Resource {
    Bucket {
        name: String,
        /// The services' own when absent.
        region: Option<String>,
        /// A folder whose files are put into the bucket when it is created here (key = relative path).
        objects: Option<PathBuf>,
    },
    Table {
        name: String,
        /// A CreateTable request.
        request: serde_json::Value,
        /// The attribute of `UpdateTimeToLive`, where it is to be enabled.
        time_to_live: Option<String>,
    },
    Queue {
        name: String,
        attributes: BTreeMap<String, String>,
    },
}

impl Resource {
    pub fn name(&self) -> &str {
        match self {
            Self::Bucket { name, .. } | Self::Table { name, .. } | Self::Queue { name, .. } => name,
        }
    }

    /// "bucket", "table" or "queue".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bucket { .. } => "bucket",
            Self::Table { .. } => "table",
            Self::Queue { .. } => "queue",
        }
    }
}

/// Why a resource could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the {kind} {name} cannot be made")]
pub struct ResourceError {
    pub kind: &'static str,
    pub name: String,
    #[source]
    pub source: BodyError,
}

impl ResourceError {
    pub fn new(resource: &Resource, source: impl Into<BodyError>) -> Self {
        Self { kind: resource.kind(), name: resource.name().to_owned(), source: source.into() }
    }
}
