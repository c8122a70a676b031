//! Node.js functions: the code folder, and the production dependencies of its `package.json`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::StepError;
use super::exclude::{Exclude, Language};
use super::inputs::Hash;
use super::recipe::Workshop;
use super::stage::{copy_file, copy_tree, link_tree};
use super::tool::{Line, Tool};
use crate::runtimes::Node;

const REMEDY: &str = "install Node.js with npm";
/// What npm reads of a package that is self-contained.
const NPM_FILES: &[&str] = &["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"];
/// Scripts that npm runs in the package itself when it installs: they may need any of its files.
const INSTALL_SCRIPTS: &[&str] = &["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Manifest {
    dependencies: Map<String, Value>,
    optional_dependencies: Map<String, Value>,
    scripts: Map<String, Value>,
    workspaces: Option<Value>,
}

/// What the template's `CodeUri` folder asks of npm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Npm {
    /// No `package.json`, or none of the things below in it: the folder is the package.
    NotNeeded,
    /// Only registry packages: they can be installed apart from the code and kept.
    SelfContained,
    /// Local dependencies, workspaces or install scripts.
    InPlace,
}

impl Npm {
    pub(crate) fn of(folder: &Path) -> Self {
        let Ok(text) = fs::read(folder.join("package.json")) else { return Self::NotNeeded };
        // What is not valid JSON is npm's to explain.
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&text) else { return Self::InPlace };
        let scripted = INSTALL_SCRIPTS.iter().any(|script| manifest.scripts.contains_key(*script));
        let mut versions = manifest.dependencies.values().chain(manifest.optional_dependencies.values()).peekable();
        let nothing = versions.peek().is_none();
        let local = versions
            .filter_map(Value::as_str)
            .any(|version| ["file:", "link:", "workspace:", ".", "/", "~/"].iter().any(|prefix| version.starts_with(prefix)));
        match (scripted || manifest.workspaces.is_some() || local, nothing) {
            (true, _) => Self::InPlace,
            (false, true) => Self::NotNeeded,
            (false, false) => Self::SelfContained,
        }
    }
}

pub(crate) fn exclude(folder: &Path, state_dir: &Path) -> Exclude {
    let language = if Npm::of(folder) == Npm::NotNeeded { Language::Any } else { Language::Npm };
    Exclude::new(language, state_dir)
}

/// Fills `stage`; the key of the installed packages, if they are kept for the next build.
pub(crate) fn assemble(folder: &Path, node: &Node, stage: &Path, shop: &mut Workshop<'_>) -> Result<Option<String>, StepError> {
    copy_tree(folder, &exclude(folder, shop.state_dir), stage)?;
    match Npm::of(folder) {
        Npm::NotNeeded => Ok(None),
        Npm::InPlace => npm_install(node, stage, shop.path, shop.line).map(|()| None),
        Npm::SelfContained => {
            let present: Vec<&str> = NPM_FILES.iter().copied().filter(|name| folder.join(name).is_file()).collect();
            let mut hash = Hash::new(&node.seed());
            for name in &present {
                hash.text(name);
                hash.contents(&folder.join(name))?;
            }
            let key = hash.finish();
            let (store, path, line) = (shop.store, shop.path, &mut *shop.line);
            let installed = store.dependencies(shop.logical_id, &key, |target| {
                present.iter().try_for_each(|name| copy_file(&folder.join(name), target, name))?;
                npm_install(node, target, path, line)
            })?;
            let modules = installed.join("node_modules");
            if modules.is_dir() {
                link_tree(&modules, &stage.join("node_modules"))?;
            }
            Ok(Some(key))
        }
    }
}

/// The warning for a package whose dependencies are not locked.
pub(crate) fn unlocked(folder: &Path) -> Option<String> {
    let open = Npm::of(folder) != Npm::NotNeeded && !is_locked(folder);
    open.then(|| {
        format!("{} has no package-lock.json: versions of its dependencies are whatever npm finds (run npm install once)", folder.display())
    })
}

/// A TypeScript file where the handler's JavaScript should be.
pub(crate) fn typescript_handler(folder: &Path, handler: &str) -> Option<PathBuf> {
    let (directory, base) = handler.rsplit_once('/').unwrap_or(("", handler));
    let base = folder.join(directory).join(base.split('.').next().unwrap_or(base));
    let with = |extension: &str| PathBuf::from(format!("{}.{extension}", base.display()));
    if ["js", "mjs", "cjs"].iter().any(|extension| with(extension).is_file()) {
        return None;
    }
    ["ts", "mts", "cts", "tsx"].iter().map(|extension| with(extension)).find(|path| path.is_file())
}

impl Node {
    /// What of an installation decides what npm installs: native modules are built for a major version.
    pub(crate) fn seed(&self) -> String {
        format!("node {} {}", self.major, std::env::consts::ARCH)
    }
}

fn is_locked(folder: &Path) -> bool {
    folder.join("package-lock.json").is_file() || folder.join("npm-shrinkwrap.json").is_file()
}

fn npm_install(node: &Node, folder: &Path, path: &std::ffi::OsStr, line: &mut dyn FnMut(&str)) -> Result<(), StepError> {
    let mut npm = Tool::new("npm", REMEDY);
    // npm runs on the first `node` of PATH: the chosen one, for which native modules are then built.
    let mut folders: Vec<PathBuf> = node.executable.parent().map(Path::to_path_buf).into_iter().collect();
    folders.extend(std::env::split_paths(path));
    let path = std::env::join_paths(folders).unwrap_or_else(|_| path.to_owned());
    npm.command().arg(if is_locked(folder) { "ci" } else { "install" });
    npm.command().args(["--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier"]).current_dir(folder).env("PATH", path);
    npm.run(|output| match output {
        Line::Stdout(text) | Line::Stderr(text) => line(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npm_of(package_json: &str) -> Npm {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("package.json"), package_json).unwrap();
        Npm::of(folder.path())
    }

    #[test]
    fn npm_runs_apart_only_for_registry_packages() {
        assert_eq!(npm_of(r#"{"type":"module","devDependencies":{"jest":"1"}}"#), Npm::NotNeeded);
        assert_eq!(npm_of(r#"{"dependencies":{"is-number":"^7.0.0"},"scripts":{"test":"x"}}"#), Npm::SelfContained);
        assert_eq!(npm_of(r#"{"dependencies":{"lib":"file:../lib"}}"#), Npm::InPlace);
        assert_eq!(npm_of(r#"{"dependencies":{"a":"1"},"scripts":{"postinstall":"x"}}"#), Npm::InPlace);
        assert_eq!(npm_of("{"), Npm::InPlace);
        assert_eq!(Npm::of(Path::new("/nonexistent")), Npm::NotNeeded);
    }

    #[test]
    fn a_typescript_handler_is_seen_only_without_its_javascript() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/app.ts"), "").unwrap();
        assert_eq!(typescript_handler(folder.path(), "src/app.handler"), Some(folder.path().join("src/app.ts")));
        fs::write(folder.path().join("src/app.mjs"), "").unwrap();
        assert_eq!(typescript_handler(folder.path(), "src/app.handler"), None);
    }
}
