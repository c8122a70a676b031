//! Folders that are mounted as `/var/runtime`, made once and never changed: the name carries a hash of all that
//! decides the contents, so that a new version goes beside the old one, which sandboxes may still have mounted.

use std::fs;
use std::path::{Path, PathBuf};

use crate::build::{Hash, StepError, open_to_all};

/// `<state_dir>/runtimes/<name>-<hash of identity>`, filled by `fill` if it is not there yet.
pub(crate) fn install(
    state_dir: &Path,
    name: &str,
    identity: &str,
    fill: impl FnOnce(&Path) -> Result<(), StepError>,
) -> Result<PathBuf, StepError> {
    let runtimes = state_dir.join("runtimes");
    fs::create_dir_all(&runtimes).map_err(StepError::io("create", &runtimes))?;
    let runtimes = runtimes.canonicalize().map_err(StepError::io("open", &runtimes))?;
    let hash = Hash::new(identity).finish();
    let installed = runtimes.join(format!("{name}-{}", &hash[..12]));
    if installed.is_dir() {
        return Ok(installed);
    }
    let unfinished = runtimes.join(format!(".{name}.part"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(StepError::io("remove", &unfinished))?;
    }
    fs::create_dir(&unfinished).map_err(StepError::io("create", &unfinished))?;
    fill(&unfinished)?;
    open_to_all(&unfinished)?;
    fs::rename(&unfinished, &installed).map_err(StepError::io("rename", &unfinished))?;
    Ok(installed)
}
