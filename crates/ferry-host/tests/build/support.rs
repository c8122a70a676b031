//! A stack in a temporary folder, and its builds.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use ferry_host::build::{BuildError, BuildEvent, BuildSettings, BuiltFunction, build};
use ferry_template::{Architecture, BuildMethod, CodeSource, Function, Layer, Template};

use crate::python;

/// The architecture of this machine, so that no test is warned about another.
pub(crate) const MACHINE: Architecture = if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 };

pub(crate) struct Stack {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) template: Template,
    pub(crate) settings: BuildSettings,
    pub(crate) events: Vec<BuildEvent>,
}

impl Stack {
    /// With the Python client already installed: every test but the one that installs it is quicker.
    pub(crate) fn with_python() -> Self {
        let mut installed = Self::new();
        // One folder for all tests; its lock makes those that run at the same time wait for the first.
        installed.settings.state_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ferry");
        let code = CodeSource::Inline(String::new());
        installed.template.functions.push(function("Python", &python::runtime(), code, BuildMethod::Python));
        installed.build();
        let stack = Self::new();
        fs::create_dir(&stack.settings.state_dir).unwrap();
        symlink(installed.settings.state_dir.join("runtimes"), stack.settings.state_dir.join("runtimes")).unwrap();
        stack
    }

    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let template = Template { path: folder.path().join("template.yaml"), ..Template::default() };
        let settings = BuildSettings {
            state_dir: folder.path().join(".ferry"),
            cargo_target_dir: Some(folder.path().join("target")),
            path: std::env::var_os("PATH").unwrap(),
        };
        Self { folder, template, settings, events: Vec::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn write_executable(&self, name: &str, text: &str) {
        fs::set_permissions(self.write(name, text), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Adds a function whose code is the folder of the same name.
    pub(crate) fn function(&mut self, id: &str, runtime: &str, build: BuildMethod) -> &mut Function {
        let code = CodeSource::Folder(self.path(id));
        self.template.functions.push(function(id, runtime, code, build));
        self.template.functions.last_mut().unwrap()
    }

    /// Adds a layer whose content is the folder of the same name.
    pub(crate) fn layer(&mut self, id: &str) {
        let content = self.path(id);
        self.template.layers.push(Layer { logical_id: id.to_owned(), content, line: 9 });
    }

    pub(crate) fn try_build(&mut self) -> Result<Vec<BuiltFunction>, BuildError> {
        self.events.clear();
        build(&self.template, None, &self.settings, &mut |event| self.events.push(event))
    }

    pub(crate) fn build(&mut self) -> Vec<BuiltFunction> {
        self.try_build().unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    pub(crate) fn build_one(&mut self) -> BuiltFunction {
        let mut built = self.build();
        assert_eq!(built.len(), 1);
        built.remove(0)
    }

    /// The resources that the last build made anew.
    pub(crate) fn rebuilt(&self) -> Vec<&str> {
        let rebuilt = |event: &'_ BuildEvent| matches!(event, BuildEvent::Ready { rebuilt: true, .. });
        self.events.iter().filter(|event| rebuilt(event)).map(resource).collect()
    }
}

fn resource(event: &BuildEvent) -> &str {
    match event {
        BuildEvent::Ready { resource, .. } | BuildEvent::Zipping { resource } | BuildEvent::Line { resource, .. } => resource,
        BuildEvent::Waiting { .. } => "",
    }
}

pub(crate) fn function(id: &str, runtime: &str, code: CodeSource, build: BuildMethod) -> Function {
    Function { architecture: MACHINE, build, line: 7, ..Function::new(id, runtime, "index.handler", code) }
}

/// The error and what caused it, as the command prints it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The files under `folder`, by name.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found);
    found.sort();
    found
}
