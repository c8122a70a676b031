//! Why a function's runtime cannot be started here.

use std::path::PathBuf;

use crate::build::StepError;

#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    #[error("the runtime `{0}` is not supported: Ferry runs python3.x, nodejsN.x and provided.*")]
    Unsupported(String),
    #[error("no Python from 3.{min_minor} up was found on PATH: install Python 3.{asked_minor} with pip")]
    NoPython { asked_minor: u32, min_minor: u32 },
    #[error("no Node.js from {min_major} up was found on PATH: install Node.js {asked_major}")]
    NoNode { asked_major: u32, min_major: u32 },
    #[error("the package {} has no file `bootstrap`, which {runtime} starts: build it, or correct CodeUri", .package.display())]
    NoBootstrap { runtime: String, package: PathBuf },
    #[error("{} is not executable: run chmod +x on the file it comes from", .0.display())]
    BootstrapNotExecutable(PathBuf),
    #[error("{} is a program for {built_for}, and this machine is {machine}: build it for this machine", .path.display())]
    BootstrapForeign { path: PathBuf, built_for: &'static str, machine: &'static str },
    #[error("cannot install {what}")]
    Install {
        what: String,
        #[source]
        source: Box<StepError>,
    },
}
