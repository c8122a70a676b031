//! OS-only runtimes (`provided.al2023`): the package, or else a layer, brings the executable `bootstrap`.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::RuntimeError;
use super::{LAYERS_ROOT, Launch, TASK_ROOT};

const LIBRARY_PATH: &str = "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";

pub(crate) fn launch(runtime: &str, task_root: &Path, layers: &[PathBuf]) -> Result<Launch, RuntimeError> {
    let program = if check(&task_root.join("bootstrap"))? {
        TASK_ROOT
    } else if layers.iter().rev().try_fold(false, |found, layer| Ok(found || check(&layer.join("bootstrap"))?))? {
        LAYERS_ROOT
    } else {
        return Err(RuntimeError::NoBootstrap { runtime: runtime.to_owned(), package: task_root.to_path_buf() });
    };
    Ok(Launch {
        program: format!("{program}/bootstrap"),
        args: Vec::new(),
        runtime_dir: None,
        language_root: None,
        env: vec![("LD_LIBRARY_PATH".to_owned(), LIBRARY_PATH.to_owned())],
        runtime_used: runtime.to_owned(),
        fallback: None,
        wrappable: false,
        heap_follows_memory: false,
    })
}

/// Whether the file is there; an error if it is there and cannot run.
fn check(path: &Path) -> Result<bool, RuntimeError> {
    let Ok(metadata) = fs::metadata(path) else { return Ok(false) };
    if !metadata.is_file() || metadata.permissions().mode() & 0o111 == 0 {
        return Err(RuntimeError::BootstrapNotExecutable(path.to_path_buf()));
    }
    match elf_machine(path) {
        Some(built_for) if built_for != std::env::consts::ARCH => {
            Err(RuntimeError::BootstrapForeign { path: path.to_path_buf(), built_for, machine: std::env::consts::ARCH })
        }
        _ => Ok(true),
    }
}

/// The architecture of an ELF program, in Rust's words; `None` for scripts and others.
fn elf_machine(path: &Path) -> Option<&'static str> {
    let mut header = [0; 20];
    File::open(path).ok()?.read_exact(&mut header).ok()?;
    match (header.starts_with(b"\x7fELF"), u16::from_le_bytes([header[18], header[19]])) {
        (true, 62) => Some("x86_64"),
        (true, 183) => Some("aarch64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(mode: u32, contents: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let bootstrap = folder.path().join("bootstrap");
        fs::write(&bootstrap, contents).unwrap();
        fs::set_permissions(&bootstrap, fs::Permissions::from_mode(mode)).unwrap();
        folder
    }

    fn elf(machine: u16) -> Vec<u8> {
        let mut header = vec![0; 64];
        header[..4].copy_from_slice(b"\x7fELF");
        header[18..20].copy_from_slice(&machine.to_le_bytes());
        header
    }

    #[test]
    fn a_bootstrap_is_found_in_the_package_and_else_in_a_layer() {
        let (empty, script) = (tempfile::tempdir().unwrap(), package(0o755, b"#!/bin/sh\n"));
        let layers = [script.path().to_path_buf(), empty.path().to_path_buf()];
        assert_eq!(launch("provided.al2023", script.path(), &[]).unwrap().program, "/var/task/bootstrap");
        assert_eq!(launch("provided.al2023", empty.path(), &layers).unwrap().program, "/opt/bootstrap");
        assert!(matches!(launch("provided.al2023", empty.path(), &[]), Err(RuntimeError::NoBootstrap { .. })));
    }

    #[test]
    fn a_bootstrap_that_cannot_run_is_an_error_of_its_own() {
        let error = |package: &tempfile::TempDir| launch("provided.al2023", package.path(), &[]).unwrap_err();
        assert!(matches!(error(&package(0o644, b"#!/bin/sh\n")), RuntimeError::BootstrapNotExecutable(_)));
        let foreign = if cfg!(target_arch = "x86_64") { 183 } else { 62 };
        assert!(matches!(error(&package(0o755, &elf(foreign))), RuntimeError::BootstrapForeign { .. }));
    }
}
