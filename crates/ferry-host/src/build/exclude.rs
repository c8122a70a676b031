//! Which files of a code folder never go into a package.
//!
//! Byte code is left out as `sam build` leaves it out: AWS advises against shipping `__pycache__`, and since
//! `/var/task` is read-only every cold start of a Python function compiles its packages, there as here.

use std::path::{Path, PathBuf};

/// Folders that belong to tools, whatever the language.
const TOOL_FOLDERS: &[&str] = &[".git", ".hg", ".svn", ".aws-sam", ".idea", ".vscode"];
const PYTHON_FOLDERS: &[&str] =
    &["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".ipynb_checkpoints"];

/// The rules for one folder.
#[derive(Debug, Clone)]
pub(crate) struct Exclude {
    language: Language,
    /// Ferry's own folder, which may lie inside the code folder.
    state_dir: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    /// With a `package.json`: npm fills `node_modules` anew.
    Npm,
    /// Nothing is left out but tools' own folders.
    Any,
    /// Nothing at all is left out.
    Nothing,
}

impl Exclude {
    pub(crate) fn new(language: Language, state_dir: &Path) -> Self {
        Self { language, state_dir: state_dir.canonicalize().unwrap_or_else(|_| state_dir.to_path_buf()) }
    }

    /// For folders that are packages already.
    pub(crate) fn nothing() -> Self {
        Self { language: Language::Nothing, state_dir: PathBuf::new() }
    }

    pub(crate) fn folder(&self, path: &Path, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        match self.language {
            Language::Nothing => return false,
            Language::Python if PYTHON_FOLDERS.contains(&base) || path.join("pyvenv.cfg").is_file() => return true,
            Language::Npm if name == "node_modules" => return true,
            Language::Python | Language::Npm | Language::Any => {}
        }
        TOOL_FOLDERS.contains(&base) || path == self.state_dir
    }

    pub(crate) fn file(&self, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        match self.language {
            Language::Nothing => false,
            Language::Python if base.ends_with(".pyc") => true,
            Language::Python | Language::Npm | Language::Any => base == ".DS_Store" || TOOL_FOLDERS.contains(&base),
        }
    }
}
