//! Programs that a benchmark runs to their end, and what they took.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

/// What the kernel counted of a command: see `systems/router/bench/measured.py`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Took {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) max_resident_mib: f64,
    pub(crate) major_faults: f64,
}

/// Folder of the router's benchmark files.
pub(crate) fn bench_folder(root: &Path) -> PathBuf {
    root.join("systems/router/bench")
}

/// The Python of the repository's environment.
pub(crate) fn python(root: &Path) -> PathBuf {
    root.join(".venv/bin/python")
}

/// A program of ours.
pub(crate) fn program(root: &Path, name: &str) -> PathBuf {
    root.join("target/release").join(name)
}

/// Runs a command to its successful end and says what it took. Its stdout is dropped.
pub(crate) fn measured<S: AsRef<OsStr>>(root: &Path, program: &Path, arguments: &[S]) -> Result<Took> {
    let result = root.join(".ferry").join(format!("measured-{}.json", std::process::id()));
    std::fs::create_dir_all(root.join(".ferry"))?;
    let mut command = Command::new(python(root));
    command.arg(bench_folder(root).join("measured.py")).arg(&result).arg(program).args(arguments);
    let ended = finish(command.stdout(Stdio::null()));
    let text = std::fs::read(&result);
    std::fs::remove_file(&result).ok();
    ended?;
    serde_json::from_slice(&text?).context("measured.py wrote something else")
}

/// Runs a command to its successful end and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().with_context(|| format!("{command:?} does not run"))?;
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    Ok(output.stdout)
}

/// Runs a command to its successful end; what it prints is seen.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("{command:?} does not run"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Bytes of all files under a folder.
pub(crate) fn bytes_under(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} is missing", folder.display()))? {
        let path = entry?.path();
        bytes += if path.is_dir() { bytes_under(&path)? } else { std::fs::metadata(&path)?.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_summed_with_what_is_in_them() {
        let folder = std::env::temp_dir().join(format!("xtask-bytes-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("inner")).unwrap();
        std::fs::write(folder.join("a"), [0; 10]).unwrap();
        std::fs::write(folder.join("inner/b"), [0; 32]).unwrap();
        assert_eq!(bytes_under(&folder).unwrap(), 42);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(bytes_under(&folder).is_err());
    }

    #[test]
    fn a_command_that_fails_is_named() {
        assert!(finish(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().to_string().contains("exit status: 3"));
        assert_eq!(output(Command::new("sh").args(["-c", "echo hi"])).unwrap(), b"hi\n");
    }
}
