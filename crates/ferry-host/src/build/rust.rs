//! Rust functions: one `cargo build --release` for all binaries of a workspace. Cargo alone decides what is fresh.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use ferry_template::{BuildMethod, CodeSource, Function};
use serde::Deserialize;

use super::BuildSettings;
use super::error::StepError;
use super::inputs::{Inputs, Watch};
use super::tool::{Line, Tool};

const REMEDY: &str = "install Rust (https://rustup.rs) and put ~/.cargo/bin on PATH";
/// Cargo is asked again until it finds everything fresh: only then is it certain that the stamp taken before is
/// older than no edit. More rounds than this means that something writes sources all the time.
const ROUNDS_MAX: usize = 3;

/// A function's program, built.
#[derive(Debug)]
pub(crate) struct Binary {
    pub executable: PathBuf,
    /// The sources and manifests that cargo made it from.
    pub watch: Watch,
}

/// Logical ids of the functions that failed together, and why.
pub(crate) type Failure = (Vec<String>, StepError);

/// Builds the binaries of all Rust functions among `functions`, by logical id.
pub(crate) fn build_all(
    functions: &[&Function],
    settings: &BuildSettings,
    line: &mut dyn FnMut(&str, &str),
) -> Result<BTreeMap<String, Binary>, Failure> {
    let mut workspaces: Vec<Workspace> = Vec::new();
    for function in functions {
        let (BuildMethod::Rust { binary }, CodeSource::Folder(folder)) = (&function.build, &function.code) else { continue };
        let failed = |error| (vec![function.logical_id.clone()], error);
        let manifest = manifest(folder).map_err(failed)?;
        let workspace = match workspaces.iter().position(|known| known.has(&manifest)) {
            Some(index) => &mut workspaces[index],
            None => {
                workspaces.push(Workspace::read(&manifest, settings).map_err(failed)?);
                workspaces.last_mut().expect("pushed just now")
            }
        };
        let wanted = workspace.find(&manifest, binary.as_deref()).map_err(failed)?;
        workspace.wanted.push((function.logical_id.clone(), wanted));
    }
    let mut binaries = BTreeMap::new();
    for workspace in &workspaces {
        let ids: Vec<String> = workspace.wanted.iter().map(|(id, _)| id.clone()).collect();
        let label = ids.join(", ");
        binaries.extend(workspace.build(settings, &mut |text| line(&label, text)).map_err(|error| (ids, error))?);
    }
    Ok(binaries)
}

fn manifest(folder: &Path) -> Result<PathBuf, StepError> {
    let folder = folder.canonicalize().map_err(|_| StepError::NoFolder(folder.to_path_buf()))?;
    let manifest = folder.join("Cargo.toml");
    if manifest.is_file() { Ok(manifest) } else { Err(StepError::NoManifest(folder)) }
}

/// What `cargo metadata --no-deps` says, as far as it is needed.
#[derive(Debug, Deserialize)]
struct Workspace {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
    /// The binaries to build: logical id and target.
    #[serde(skip)]
    wanted: Vec<(String, Target)>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    id: String,
    manifest_path: PathBuf,
    targets: Vec<PackageTarget>,
}

#[derive(Debug, Deserialize)]
struct PackageTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    package_id: String,
    package: String,
    binary: String,
}

/// A line of `cargo build --message-format=json`.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        package_id: String,
        target: PackageTarget,
        executable: Option<PathBuf>,
        fresh: bool,
    },
    #[serde(other)]
    Other,
}

impl Workspace {
    fn read(manifest: &Path, settings: &BuildSettings) -> Result<Self, StepError> {
        let mut cargo = cargo(settings);
        cargo.command().args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]).arg(manifest);
        let mut json = String::new();
        cargo.run(|line| {
            if let Line::Stdout(text) = line {
                json.push_str(text);
            }
        })?;
        serde_json::from_str(&json).map_err(|source| StepError::ToolOutput { command: "cargo metadata".to_owned(), source })
    }

    fn has(&self, manifest: &Path) -> bool {
        self.packages.iter().any(|package| package.manifest_path == manifest)
    }

    /// The binary named, or the only one, of the package at `manifest`; of any package where that is a bare workspace.
    fn find(&self, manifest: &Path, binary: Option<&str>) -> Result<Target, StepError> {
        let in_folder: Vec<&Package> = self.packages.iter().filter(|package| package.manifest_path == manifest).collect();
        let packages = if in_folder.is_empty() { self.packages.iter().collect() } else { in_folder };
        let all: Vec<Target> = packages.iter().flat_map(|package| package.binaries()).collect();
        let known = all.iter().map(|target| target.binary.as_str()).collect::<Vec<_>>().join(", ");
        let package = packages.first().map_or_else(String::new, |package| package.name.clone());
        match (binary, all.as_slice()) {
            (Some(binary), all) => all.iter().find(|target| target.binary == binary).cloned().ok_or_else(|| StepError::NoBinary {
                package,
                binary: binary.to_owned(),
                known,
            }),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(StepError::NoBinary { package, binary: "src/main.rs".to_owned(), known: "nothing: it has none".to_owned() }),
            (None, _) => Err(StepError::WhichBinary { package, known }),
        }
    }

    fn build(&self, settings: &BuildSettings, line: &mut dyn FnMut(&str)) -> Result<BTreeMap<String, Binary>, StepError> {
        let target_directory = settings.cargo_target_dir.as_deref().unwrap_or(&self.target_directory);
        let guess = |target: &Target| target_directory.join("release").join(&target.binary);
        let mut executables: Vec<PathBuf> = self.wanted.iter().map(|(_, target)| guess(target)).collect();
        for round in 1.. {
            let watches = executables.iter().map(|executable| self.watch(executable)).collect::<Result<Vec<_>, _>>()?;
            let fresh = self.run_cargo(settings, &mut executables, line)?;
            if fresh || round == ROUNDS_MAX {
                let ids = self.wanted.iter().map(|(id, _)| id.clone());
                let binaries = executables.into_iter().zip(watches).map(|(executable, watch)| Binary { executable, watch });
                return Ok(ids.zip(binaries).collect());
            }
        }
        unreachable!("the last round returns")
    }

    /// One `cargo build`; whether nothing had to be compiled, and every executable was where it was expected.
    fn run_cargo(&self, settings: &BuildSettings, executables: &mut [PathBuf], line: &mut dyn FnMut(&str)) -> Result<bool, StepError> {
        let mut cargo = cargo(settings);
        let command = cargo.command();
        command.args(["build", "--release", "--message-format=json-render-diagnostics", "--manifest-path"]);
        command.arg(self.workspace_root.join("Cargo.toml")).current_dir(&self.workspace_root);
        if let Some(folder) = &settings.cargo_target_dir {
            command.arg("--target-dir").arg(folder);
        }
        for (_, target) in &self.wanted {
            command.args(["--package", &target.package, "--bin", &target.binary]);
        }
        let mut found: Vec<Option<(PathBuf, bool)>> = vec![None; self.wanted.len()];
        cargo.run(|output| match output {
            Line::Stderr(text) => line(text),
            Line::Stdout(text) => {
                let Ok(Message::CompilerArtifact { package_id, target, executable: Some(executable), fresh }) = serde_json::from_str(text)
                else {
                    return;
                };
                for (slot, (_, wanted)) in found.iter_mut().zip(&self.wanted) {
                    if wanted.package_id == package_id && wanted.binary == target.name && target.is_binary() {
                        *slot = Some((executable.clone(), fresh));
                    }
                }
            }
        })?;
        let mut all_fresh = true;
        for ((slot, executable), (_, target)) in found.into_iter().zip(executables).zip(&self.wanted) {
            let (path, fresh) = slot.ok_or_else(|| StepError::NotBuilt(target.binary.clone()))?;
            all_fresh &= fresh && *executable == path;
            *executable = path;
        }
        Ok(all_fresh)
    }

    /// The sources that cargo's dep-info beside the executable names, and what configures the build.
    fn watch(&self, executable: &Path) -> Result<Watch, StepError> {
        let dep_info = fs::read_to_string(executable.with_extension("d")).unwrap_or_default();
        let sources = dep_info.lines().flat_map(parse_dep_info).map(|source| self.workspace_root.join(source));
        let configuration = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];
        let configuration = configuration.iter().map(|name| self.workspace_root.join(name));
        let manifests = self.packages.iter().map(|package| package.manifest_path.clone());
        Watch::new(Inputs::files(sources.chain(configuration).chain(manifests)))
    }
}

impl Package {
    fn binaries(&self) -> impl Iterator<Item = Target> {
        self.targets.iter().filter(|target| target.is_binary()).map(|target| Target {
            package_id: self.id.clone(),
            package: self.name.clone(),
            binary: target.name.clone(),
        })
    }
}

impl PackageTarget {
    fn is_binary(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }
}

fn cargo(settings: &BuildSettings) -> Tool {
    let mut tool = Tool::new(OsStr::new("cargo"), REMEDY);
    tool.command().env("PATH", &settings.path);
    tool
}

/// The dependencies in one line of dep-info: `target: a.rs b\ c.rs`.
fn parse_dep_info(line: &str) -> Vec<String> {
    let Some((_, dependencies)) = line.split_once(": ") else { return Vec::new() };
    let mut names = vec![String::new()];
    let mut characters = dependencies.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(' ')) => names.last_mut().expect("never empty").extend(characters.next()),
            (' ', _) => names.push(String::new()),
            _ => names.last_mut().expect("never empty").push(character),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_names_may_hold_spaces() {
        assert_eq!(parse_dep_info(r"/t/release/app: /src/a.rs /my\ src/b.rs"), ["/src/a.rs", "/my src/b.rs"]);
        assert_eq!(parse_dep_info("/t/release/app:"), Vec::<String>::new());
    }
}
