//! The other routers, from PyPI, in an environment of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::tools::{bench_folder, finish};

const REQUIREMENTS: &str = "requirements-peers.txt";

/// The Python that has the packages: installed on the first call. `named` is the user's choice of a Python 3.12.
pub(super) fn python(root: &Path, named: Option<&str>) -> Result<PathBuf> {
    let folder = root.join(".ferry/peers");
    let (python, stamp) = (folder.join("venv/bin/python"), folder.join("installed.txt"));
    let wanted = requirements(root)?.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && python.is_file() {
        return Ok(python);
    }
    let base = find(named)?;
    eprintln!("installing {} with {}", wanted.replace('\n', " and "), base.display());
    std::fs::create_dir_all(&folder)?;
    finish(Command::new(base).args(["-m", "venv", "--clear"]).arg(folder.join("venv")))?;
    finish(
        Command::new(&python)
            .args(["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--only-binary", ":all:", "-r"])
            .arg(bench_folder(root).join(REQUIREMENTS)),
    )?;
    std::fs::write(stamp, wanted)?;
    Ok(python)
}

/// `name==version`, one each.
pub(super) fn requirements(root: &Path) -> Result<Vec<String>> {
    let path = bench_folder(root).join(REQUIREMENTS);
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}

/// A Python 3.12 that can make environments.
fn find(named: Option<&str>) -> Result<PathBuf> {
    let candidates: Vec<PathBuf> = match named {
        Some(named) => vec![named.into()],
        None => std::iter::once("python3.12".into()).chain(under_pyenv()).collect(),
    };
    match candidates.iter().find(|candidate| fits(candidate)) {
        Some(found) => Ok(found.clone()),
        None => bail!(
            "no Python 3.12 with venv among {candidates:?}: the other routers have wheels for no other version. Install one (`uv python install 3.12`, `pyenv install 3.12`, or your \
             system's python3.12 and python3.12-venv) or name it with PEERS_PYTHON=path"
        ),
    }
}

fn under_pyenv() -> Vec<PathBuf> {
    let Some(versions) = std::env::home_dir().map(|home| home.join(".pyenv/versions")) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(versions) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("3.12.")))
        .collect();
    found.sort();
    found.into_iter().rev().map(|version| version.join("bin/python")).collect()
}

fn fits(python: &Path) -> bool {
    let check = "import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 12))";
    let status = Command::new(python).args(["-c", check]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_that_does_not_fit_is_refused_with_the_remedy() {
        for python in ["/nonexistent/python", "/bin/false"] {
            let refused = find(Some(python)).unwrap_err().to_string();
            assert!(refused.contains(python) && refused.contains("PEERS_PYTHON"), "{refused}");
        }
    }

    #[test]
    fn requirements_are_pinned() {
        let requirements = requirements(&crate::results::root()).unwrap();
        assert_eq!(requirements.len(), 2);
        assert!(requirements.iter().all(|line| line.contains("==")), "{requirements:?}");
    }
}
