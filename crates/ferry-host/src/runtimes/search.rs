//! Finds interpreters on this machine: the asked version, else the nearest one that its runtime client can run on.
//!
//! Looked at are the folders of `PATH`, and where one of them belongs to pyenv or nvm, the versions beside the
//! active one: a `python3.13` shim of pyenv fails while another version is active, though 3.13 is installed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::error::RuntimeError;
use crate::build::{Line, Tool};

/// The oldest Python that the pinned `awslambdaric` supports.
const PYTHON_MINOR_MIN: u32 = 10;
const PYTHON_MINOR_MAX: u32 = 20;
/// The oldest Node.js that the bootstrap is written for.
const NODE_MAJOR_MIN: u32 = 18;
/// How many Node.js installations are asked for their version before the search settles.
const NODE_PROBES_MAX: usize = 16;

/// A Python installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Python {
    /// What runs pip: may be in a virtual environment, which has pip where Debian's own Python has none.
    pub executable: PathBuf,
    /// Major, minor, micro.
    pub version: [u32; 3],
    /// `sys.base_prefix`: never a virtual environment.
    pub prefix: PathBuf,
    /// The interpreter under `prefix`: `bin/python3.11`.
    pub program: String,
    /// A warning when another minor version was asked for.
    pub fallback: Option<String>,
}

/// A Node.js installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub executable: PathBuf,
    /// Without the `v`.
    pub version: String,
    pub major: u32,
    pub prefix: PathBuf,
    /// The interpreter under `prefix`: `bin/node`.
    pub program: String,
    pub fallback: Option<String>,
}

/// The interpreters of this machine, each looked for once.
#[derive(Debug)]
pub(crate) struct Interpreters {
    path: OsString,
    python: BTreeMap<u32, Python>,
    node: BTreeMap<u32, Node>,
}

impl Interpreters {
    /// `path` is the value of `PATH`.
    pub(crate) fn new(path: &OsStr) -> Self {
        Self { path: path.to_owned(), python: BTreeMap::new(), node: BTreeMap::new() }
    }

    pub(crate) fn python(&mut self, minor: u32) -> Result<Python, RuntimeError> {
        if let Some(found) = self.python.get(&minor) {
            return Ok(found.clone());
        }
        let mut found = self.find_python(minor).ok_or(RuntimeError::NoPython { asked_minor: minor, min_minor: PYTHON_MINOR_MIN })?;
        if found.version[1] != minor {
            let [major, near, micro] = found.version;
            found.fallback = Some(format!("python3.{minor} is not installed here: Python {major}.{near}.{micro} runs instead"));
        }
        self.python.insert(minor, found.clone());
        Ok(found)
    }

    pub(crate) fn node(&mut self, major: u32) -> Result<Node, RuntimeError> {
        if let Some(found) = self.node.get(&major) {
            return Ok(found.clone());
        }
        let mut found = self.find_node(major).ok_or(RuntimeError::NoNode { asked_major: major, min_major: NODE_MAJOR_MIN })?;
        if found.major != major {
            found.fallback = Some(format!("Node.js {major} is not installed here: Node.js {} runs instead", found.version));
        }
        self.node.insert(major, found.clone());
        Ok(found)
    }

    fn find_python(&self, asked: u32) -> Option<Python> {
        let folders = folders(&self.path);
        let mut minors: Vec<u32> = (PYTHON_MINOR_MIN..=PYTHON_MINOR_MAX).collect();
        minors.sort_by_key(|minor| nearness(*minor, asked));
        let named = |minor: u32| folders.iter().map(move |folder| (folder.join(format!("python3.{minor}")), Some(minor)));
        let unnamed = || folders.iter().map(|folder| folder.join("python3"));
        let exact = (asked >= PYTHON_MINOR_MIN).then_some(asked);
        let candidates = exact
            .into_iter()
            .flat_map(&named)
            .chain(unnamed().map(|path| (path, Some(asked))))
            .chain(minors.into_iter().flat_map(&named))
            .chain(unnamed().map(|path| (path, None)));
        candidates
            .filter(|(path, _)| path.is_file())
            .filter_map(|(path, minor)| Some((self.probe_python(&path)?, minor)))
            .find(|(python, minor)| python.version[1] >= PYTHON_MINOR_MIN && minor.is_none_or(|minor| python.version[1] == minor))
            .map(|(python, _)| python)
    }

    fn find_node(&self, asked: u32) -> Option<Node> {
        let mut nearest: Option<Node> = None;
        let folders = folders(&self.path);
        let candidates = folders.iter().flat_map(|folder| [folder.join("node"), folder.join("nodejs")]).filter(|path| path.is_file());
        for node in candidates.take(NODE_PROBES_MAX).filter_map(|path| self.probe_node(&path)) {
            if node.major == asked && asked >= NODE_MAJOR_MIN {
                return Some(node);
            }
            let nearer = nearest.as_ref().is_none_or(|best| nearness(node.major, asked) < nearness(best.major, asked));
            if node.major >= NODE_MAJOR_MIN && nearer {
                nearest = Some(node);
            }
        }
        nearest
    }

    fn probe_python(&self, path: &Path) -> Option<Python> {
        const PROBE: &str = "import json, sys; print(json.dumps([list(sys.version_info[:3]), sys.executable, sys.base_prefix, \
                             getattr(sys, '_base_executable', None) or sys.executable, sys.implementation.name]))";
        let answer = self.ask(path, &["-I", "-c", PROBE])?;
        let (version, executable, prefix, base_executable, implementation): ([u32; 3], PathBuf, PathBuf, PathBuf, String) =
            serde_json::from_str(&answer).ok()?;
        if implementation != "cpython" || version[0] != 3 {
            return None;
        }
        let prefix = prefix.canonicalize().ok()?;
        let usual = format!("bin/python3.{}", version[1]);
        let program = if prefix.join(&usual).is_file() {
            usual
        } else {
            base_executable.canonicalize().ok()?.strip_prefix(&prefix).ok()?.to_str()?.to_owned()
        };
        Some(Python { executable, version, prefix, program, fallback: None })
    }

    fn probe_node(&self, path: &Path) -> Option<Node> {
        let answer = self.ask(path, &["-p", "JSON.stringify([process.versions.node, process.execPath])"])?;
        let (version, executable): (String, PathBuf) = serde_json::from_str(&answer).ok()?;
        let executable = executable.canonicalize().ok()?;
        let major = version.split('.').next()?.parse().ok()?;
        let prefix = executable.parent()?.parent()?.to_path_buf();
        let program = executable.strip_prefix(&prefix).ok()?.to_str()?.to_owned();
        Some(Node { executable, version, major, prefix, program, fallback: None })
    }

    /// The last line that an interpreter prints, if it runs at all.
    fn ask(&self, program: &Path, args: &[&str]) -> Option<String> {
        let mut tool = Tool::new(program, "");
        tool.command().args(args).env("PATH", &self.path);
        let mut answer = None;
        tool.run(|line| {
            if let Line::Stdout(text) = line {
                answer = Some(text.clone());
            }
        })
        .ok()?;
        answer
    }
}

/// Sorts versions by their distance to the asked one, the newer of two first: code runs on more often than back.
fn nearness(version: u32, asked: u32) -> (u32, bool) {
    (version.abs_diff(asked), version < asked)
}

/// The folders of `PATH`, then the ones that pyenv and nvm keep beside them, newest name first.
fn folders(path: &OsStr) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect();
    let siblings: Vec<PathBuf> = folders.iter().filter_map(|folder| versions_beside(folder)).flat_map(|versions| bins(&versions)).collect();
    for sibling in siblings {
        if !folders.contains(&sibling) {
            folders.push(sibling);
        }
    }
    folders
}

/// `<pyenv>/shims` -> `<pyenv>/versions`; `<nvm>/versions/node/v22.1.0/bin` -> `<nvm>/versions/node`.
fn versions_beside(folder: &Path) -> Option<PathBuf> {
    if folder.ends_with("shims") {
        return Some(folder.parent()?.join("versions"));
    }
    let versions = folder.parent()?.parent()?;
    (folder.ends_with("bin") && versions.ends_with("versions/node")).then(|| versions.to_path_buf())
}

fn bins(versions: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(versions).into_iter().flatten().flatten();
    let mut bins: Vec<PathBuf> = entries.map(|entry| entry.path().join("bin")).filter(|bin| bin.is_dir()).collect();
    bins.sort_by_key(|bin| std::cmp::Reverse(version_key(bin)));
    bins
}

/// The numbers of `.../v22.11.0/bin`, so that 22.11 comes after 22.9.
fn version_key(bin: &Path) -> Vec<u32> {
    let name = bin.parent().and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
    name.trim_start_matches('v').split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// An interpreter that answers a probe with `answer`.
    fn fake(path: &Path, answer: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn fake_python(prefix: &Path, minor: u32) {
        let bin = prefix.join(format!("bin/python3.{minor}"));
        let answer = serde_json::json!([[3, minor, 4], bin, prefix, bin, "cpython"]);
        fake(&bin, &answer.to_string());
    }

    fn fake_node(prefix: &Path, version: &str) {
        let bin = prefix.join("bin/node");
        fake(&bin, &serde_json::json!([version, bin]).to_string());
    }

    fn interpreters(folders: &[PathBuf]) -> Interpreters {
        let shell = [PathBuf::from("/bin")];
        Interpreters::new(&std::env::join_paths(folders.iter().chain(&shell)).unwrap())
    }

    #[test]
    fn the_asked_python_wins_and_the_nearest_newer_one_stands_in() {
        let home = tempfile::tempdir().unwrap();
        let prefixes = [30, 31, 33].map(|minor| home.path().join(minor.to_string()));
        // Versions beyond any real one, so that this machine's own Pythons do not take part: /bin has some.
        for (prefix, minor) in prefixes.iter().zip([16, 17, 19]) {
            fake_python(prefix, minor);
        }
        let mut interpreters = interpreters(&prefixes.each_ref().map(|prefix| prefix.join("bin")));
        let exact = interpreters.python(17).unwrap();
        assert_eq!((exact.version, exact.fallback), ([3, 17, 4], None));
        assert_eq!(exact.prefix, prefixes[1].canonicalize().unwrap());
        assert_eq!(exact.program, "bin/python3.17");
        let near = interpreters.python(18).unwrap();
        assert_eq!(near.version, [3, 19, 4]);
        assert_eq!(near.fallback.unwrap(), "python3.18 is not installed here: Python 3.19.4 runs instead");
    }

    #[test]
    fn an_inactive_pyenv_version_is_found_beside_its_failing_shim() {
        let home = tempfile::tempdir().unwrap();
        let shim = home.path().join("shims/python3.18");
        fs::create_dir_all(shim.parent().unwrap()).unwrap();
        fs::write(&shim, "#!/bin/sh\nexit 127\n").unwrap();
        fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).unwrap();
        fake_python(&home.path().join("versions/3.18.4"), 18);
        let found = interpreters(&[home.path().join("shims")]).python(18).unwrap();
        assert_eq!(found.fallback, None);
        assert!(found.prefix.ends_with("versions/3.18.4"), "{:?}", found.prefix);
    }

    #[test]
    fn other_nvm_versions_are_found_beside_the_active_one() {
        let home = tempfile::tempdir().unwrap();
        let versions = home.path().join("versions/node");
        for version in ["91.9.0", "91.11.0", "93.0.0"] {
            fake_node(&versions.join(format!("v{version}")), version);
        }
        let mut interpreters = interpreters(&[versions.join("v93.0.0/bin")]);
        let found = interpreters.node(91).unwrap();
        assert_eq!((found.version.as_str(), found.program.as_str(), found.fallback), ("91.11.0", "bin/node", None));
        let near = interpreters.node(95).unwrap();
        assert_eq!(near.fallback.unwrap(), "Node.js 95 is not installed here: Node.js 93.0.0 runs instead");
    }

    #[test]
    fn without_any_interpreter_the_error_says_what_to_install() {
        let nothing = Interpreters::new(OsStr::new("/nonexistent"));
        let mut nothing = nothing;
        assert_eq!(nothing.python(13).unwrap_err().to_string(), "no Python from 3.10 up was found on PATH: install Python 3.13 with pip");
        assert_eq!(nothing.node(22).unwrap_err().to_string(), "no Node.js from 18 up was found on PATH: install Node.js 22");
    }
}
