//! What can go wrong in a build: the resource of the template, and the step that failed.

use std::io;
use std::path::{Path, PathBuf};

use crate::runtimes::RuntimeError;

/// A build that failed. Packages built earlier stay in use.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("there is no function `{name}` in {}: it has {known}", .template.display())]
    UnknownFunction { name: String, template: PathBuf, known: String },
    #[error("cannot build {logical_id} ({}:{line})", .template.display())]
    Resource {
        logical_id: String,
        template: PathBuf,
        line: usize,
        #[source]
        source: Box<StepError>,
    },
    #[error("cannot prepare the build folder")]
    Store(#[source] Box<StepError>),
}

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error("cannot {act} {}", .path.display())]
    Io {
        act: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the code folder {} does not exist: correct CodeUri", .0.display())]
    NoFolder(PathBuf),
    #[error("{} is neither a file nor a folder: remove it from the code folder", .0.display())]
    NotAFile(PathBuf),
    #[error("the name of {} is not UTF-8, which a package cannot carry: rename it", .0.display())]
    NotUtf8(PathBuf),
    #[error("{} holds more than {max} {what}: point CodeUri at a smaller folder", .path.display())]
    TooMany { path: PathBuf, max: usize, what: &'static str },
    #[error("Unzipped size must be smaller than 262144000 bytes: function and layers hold {unzipped_bytes} bytes")]
    TooLarge { unzipped_bytes: u64 },
    #[error("{tool} was not found on PATH: {remedy}")]
    ToolMissing { tool: String, remedy: String },
    #[error("`{command}` ended with {status}{}", indented(.tail))]
    ToolFailed { command: String, status: String, tail: String },
    #[error("`{command}` took more than {minutes} minutes and was stopped{}", indented(.tail))]
    ToolTimedOut { command: String, minutes: u64, tail: String },
    #[error("`{command}` printed something that is not its documented JSON")]
    ToolOutput {
        command: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{} has no Cargo.toml: CodeUri of a Rust function is the folder of its package", .0.display())]
    NoManifest(PathBuf),
    #[error("the package {package} has no binary `{binary}`: BuildProperties.Binary may be {known}")]
    NoBinary { package: String, binary: String, known: String },
    #[error("the package {package} has several binaries ({known}): name one in Metadata.BuildProperties.Binary")]
    WhichBinary { package: String, known: String },
    #[error("cargo built no binary `{0}`: it may need features that are not on by default (required-features)")]
    NotBuilt(String),
    #[error("the layer `{0}` is not in the template: define it, or take it out of Layers")]
    UnknownLayer(String),
    #[error("inline code is for Python and Node.js runtimes, not {0}: use CodeUri")]
    Inline(String),
    #[error("the handler is TypeScript ({}), which Ferry does not compile: compile it to JavaScript first (npx esbuild) and point CodeUri at the result", .0.display())]
    TypeScript(PathBuf),
    #[error("{} is not a zip that can be read", .path.display())]
    BadZip {
        path: PathBuf,
        #[source]
        source: zip::result::ZipError,
    },
    #[error("{} holds the entry `{entry}`, which leads outside the package: build the zip anew from inside its folder", .path.display())]
    ZipEscape { path: PathBuf, entry: String },
    #[error("cannot write the zip {}", .path.display())]
    WriteZip {
        path: PathBuf,
        #[source]
        source: zip::result::ZipError,
    },
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl StepError {
    /// For `map_err`: what was attempted on which path.
    pub(crate) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { act, path, source }
    }
}

/// A tool's last words, set off from our own.
fn indented(tail: &str) -> String {
    tail.trim_end().lines().map(|line| format!("\n    {line}")).collect()
}
