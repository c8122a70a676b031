//! Python functions: the code folder, and what `requirements.txt` asks for beside it.
//!
//! What pip installed is kept for as long as the text of the requirements stays the same, so that an edit of the code
//! needs no pip. Versions that are not pinned are therefore chosen once; `.ferry/build/<Function>` may be deleted to
//! have pip choose again.

use std::fs;
use std::path::Path;

use super::error::StepError;
use super::exclude::{Exclude, Language};
use super::inputs::Hash;
use super::recipe::Workshop;
use super::stage::{copy_tree, link_tree};
use super::tool::{Line, Tool};
use crate::runtimes::Python;

const REMEDY: &str = "install it with `python3 -m ensurepip`, or on Debian and Ubuntu with `apt install python3-pip`";

/// Fills `stage`; the key of the installed requirements, if they are kept for the next build.
pub(crate) fn assemble(folder: &Path, python: &Python, stage: &Path, shop: &mut Workshop<'_>) -> Result<Option<String>, StepError> {
    let path = folder.join("requirements.txt");
    let requirements = fs::read_to_string(&path).unwrap_or_default();
    let exclude = Exclude::new(Language::Python, shop.state_dir);
    let args = ["--prefer-binary", "--requirement", "requirements.txt"];
    let mut key = None;
    if lines(&requirements).next().is_some() {
        if self_contained(&requirements) {
            let mut hash = Hash::new(&python.seed());
            hash.text(&requirements);
            let hash = hash.finish();
            let (store, line) = (shop.store, &mut *shop.line);
            let installed = store.dependencies(shop.logical_id, &hash, |target| pip_install(python, folder, target, &args, line))?;
            link_tree(&installed, stage)?;
            key = Some(hash);
        } else {
            pip_install(python, folder, stage, &args, shop.line)?;
        }
    }
    copy_tree(folder, &exclude, stage)?;
    Ok(key)
}

/// `pip install --target`, run in `folder`. Scripts that packages bring for a command line are not kept, as in
/// `sam build`: their first lines name an interpreter of this machine.
pub(crate) fn pip_install(
    python: &Python,
    folder: &Path,
    target: &Path,
    args: &[&str],
    line: &mut dyn FnMut(&str),
) -> Result<(), StepError> {
    let mut pip = python_tool(python);
    let command = pip.command().current_dir(folder);
    command.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile", "--target"]).arg(target).args(args);
    // Settings of a developer's machine that forbid what is asked here.
    command.env("PIP_REQUIRE_VIRTUALENV", "0").env("PIP_USER", "0").env("PIP_ROOT_USER_ACTION", "ignore");
    let result = pip.run(|output| match output {
        Line::Stdout(text) | Line::Stderr(text) => line(text),
    });
    match result {
        Err(StepError::ToolFailed { tail, .. }) if tail.contains("No module named pip") => {
            Err(StepError::ToolMissing { tool: format!("pip of {}", python.executable.display()), remedy: REMEDY.to_owned() })
        }
        Err(error) => Err(error),
        Ok(()) => match fs::remove_dir_all(target.join("bin")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StepError::io("remove", &target.join("bin"))(error)),
            _ => Ok(()),
        },
    }
}

pub(crate) fn python_tool(python: &Python) -> Tool {
    Tool::new(&python.executable, "install Python 3")
}

impl Python {
    /// What of an interpreter decides which packages pip chooses.
    pub(crate) fn seed(&self) -> String {
        format!("python {:?} {}", self.version, std::env::consts::ARCH)
    }
}

/// The lines that say something.
fn lines(requirements: &str) -> impl Iterator<Item = &str> {
    requirements.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether nothing but this text decides what is installed: no other files, no local folders.
fn self_contained(requirements: &str) -> bool {
    lines(requirements).all(|line| {
        let local = line.starts_with(['-', '.', '/']) || line.contains("file:") || line.contains("@ .") || line.contains("@ /");
        !local || line.starts_with("--hash") || line.starts_with("--index-url") || line.starts_with("--extra-index-url")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_that_lead_to_other_files_are_not_self_contained() {
        for alone in ["six==1.16.0", "numpy>=2,<3 # fast\n\nscipy", "--index-url https://pypi.org/simple\nsix", ""] {
            assert!(self_contained(alone), "{alone}");
        }
        for local in ["-r base.txt", "-e .", "./lib", "/opt/lib.whl", "lib @ file:///srv/lib", "-c constraints.txt"] {
            assert!(!self_contained(local), "{local}");
        }
        assert_eq!(lines("# only words\n\n").count(), 0);
    }
}
