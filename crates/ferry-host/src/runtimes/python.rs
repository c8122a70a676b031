//! Python functions: AWS's own runtime interface client from PyPI, started by a small script of ours.
//!
//! The script rebuilds the module search path of AWS's managed runtime; the interpreter starts with `-S`, so the
//! packages that this machine happens to have are not on it. A function that forgot a requirement fails here as it
//! would on AWS; so does one that relies on the boto3 that AWS's runtime brings along (name it in requirements.txt).

use std::path::{Path, PathBuf};

use super::error::RuntimeError;
use super::install::install;
use super::search::Python;
use super::{LANGUAGE_ROOT, LAYERS_ROOT, Launch, RUNTIME_DIR};
use crate::build::{StepError, pip_install, python_tool, write_file};

/// The client and what it needs, pinned: the same client on every machine.
const REQUIREMENTS: &[&str] = &["awslambdaric==4.2.2", "simplejson==4.3.0", "snapshot-restore-py==1.0.0"];
const BOOTSTRAP: &str = include_str!("python/bootstrap.py");
/// AWS's value, in AWS's order.
const LIBRARY_PATH: &str = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";

pub(crate) fn launch(runtime: &str, python: &Python, state_dir: &Path, line: &mut dyn FnMut(&str)) -> Result<Launch, RuntimeError> {
    let [major, minor, _] = python.version;
    let name = format!("python{major}.{minor}");
    let runtime_dir = install_client(&name, python, state_dir, line)
        .map_err(|source| RuntimeError::Install { what: format!("awslambdaric for {name}"), source: Box::new(source) })?;
    Ok(Launch {
        program: format!("{LANGUAGE_ROOT}/{}", python.program),
        args: vec!["-S".to_owned(), format!("{RUNTIME_DIR}/bootstrap.py"), LAYERS_ROOT.to_owned()],
        runtime_dir: Some(runtime_dir),
        language_root: Some(python.prefix.clone()),
        env: vec![
            ("AWS_EXECUTION_ENV".to_owned(), format!("AWS_Lambda_{runtime}")),
            ("LD_LIBRARY_PATH".to_owned(), LIBRARY_PATH.to_owned()),
        ],
        runtime_used: name,
        fallback: python.fallback.clone(),
        wrappable: true,
        heap_follows_memory: false,
    })
}

fn install_client(name: &str, python: &Python, state_dir: &Path, line: &mut dyn FnMut(&str)) -> Result<PathBuf, StepError> {
    let identity = format!("{name} {:?} {} {REQUIREMENTS:?} {BOOTSTRAP}", python.version, std::env::consts::ARCH);
    install(state_dir, name, &identity, |folder| {
        let mut args = vec!["--only-binary=:all:"];
        args.extend(REQUIREMENTS);
        pip_install(python, folder, folder, &args, line)?;
        write_file(folder, "bootstrap.py", BOOTSTRAP.as_bytes())?;
        // AWS's image holds its client compiled; a function, to which /var/runtime is read-only, could not do it.
        let mut compile = python_tool(python);
        compile.command().args(["-m", "compileall", "-q"]).arg(folder);
        compile.run(|_| {})
    })
}
