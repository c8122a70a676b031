//! How a function of each runtime is started: the program inside the sandbox and what must be mounted for it.
//!
//! Python functions run on AWS's own `awslambdaric`, Node.js functions on a small bootstrap of ours that keeps
//! AWS's documented conventions, OS-only runtimes on the package's `bootstrap`. The interpreters are those of this
//! machine: the asked version where it is installed, else the nearest one with a warning ([`Launch::fallback`]).

mod error;
mod identifier;
mod install;
mod node;
mod provided;
mod python;
mod search;

use std::path::{Path, PathBuf};

use ferry_template::Function;

pub use error::RuntimeError;
pub(crate) use identifier::Identifier;
pub(crate) use search::{Interpreters, Node, Python};

/// Where the parts of a package and its runtime stand inside a sandbox, as on AWS.
pub const TASK_ROOT: &str = "/var/task";
pub const LAYERS_ROOT: &str = "/opt";
pub const RUNTIME_DIR: &str = "/var/runtime";
pub const LANGUAGE_ROOT: &str = "/var/lang";

/// What starts a function's runtime. All paths but the two mounts are paths inside the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    pub program: String,
    args: Vec<String>,
    /// Mounted read-only at [`RUNTIME_DIR`].
    pub runtime_dir: Option<PathBuf>,
    /// Mounted read-only at [`LANGUAGE_ROOT`]: the prefix that the interpreter was installed under.
    pub language_root: Option<PathBuf>,
    /// What AWS's runtime sets by itself. The function's own `Environment` goes before all but `AWS_EXECUTION_ENV`,
    /// which is reserved.
    pub env: Vec<(String, String)>,
    /// The language that really runs: `python3.11`, `nodejs20.x`, `provided.al2023`.
    pub runtime_used: String,
    /// A warning when that is not the one asked for.
    pub fallback: Option<String>,
    /// Whether AWS's bootstrap of this runtime honours `AWS_LAMBDA_EXEC_WRAPPER`; OS-only runtimes do not.
    wrappable: bool,
    /// Whether V8's heap limits follow the memory size.
    heap_follows_memory: bool,
}

/// Where the mounts really are, for a host that cannot mount.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    pub task_root: &'a Path,
    /// The only layer, if any: without mounts, several cannot be merged.
    pub layer: Option<&'a Path>,
}

impl Launch {
    /// Program and arguments for this configuration of the function: its memory size sets V8's heap limits, and
    /// `AWS_LAMBDA_EXEC_WRAPPER` in its environment is put before the program.
    pub fn command(&self, function: &Function) -> (String, Vec<String>) {
        let mut args = Vec::new();
        if self.heap_follows_memory {
            args.extend(node::heap_args(function.memory_mib));
        }
        args.extend(self.args.iter().cloned());
        let wrapper = function.environment.get("AWS_LAMBDA_EXEC_WRAPPER").filter(|wrapper| self.wrappable && !wrapper.is_empty());
        let Some(wrapper) = wrapper else { return (self.program.clone(), args) };
        args.insert(0, self.program.clone());
        (wrapper.clone(), args)
    }

    /// The same launch with the paths of this machine instead of the sandbox's mounts: for a host that may not
    /// mount, and says that nothing is enforced.
    pub fn without_mounts(&self, places: Places<'_>) -> Self {
        let mut moved = vec![(TASK_ROOT, places.task_root)];
        moved.extend(places.layer.map(|layer| (LAYERS_ROOT, layer)));
        moved.extend(self.runtime_dir.as_deref().map(|dir| (RUNTIME_DIR, dir)));
        moved.extend(self.language_root.as_deref().map(|root| (LANGUAGE_ROOT, root)));
        let mut launch = self.clone();
        launch.program = relocate(&self.program, &moved);
        launch.args = self.args.iter().map(|arg| relocate(arg, &moved)).collect();
        launch.env = self.env.iter().map(|(name, value)| (name.clone(), relocate(value, &moved))).collect();
        launch
    }
}

/// Replaces the root of every path in a `:`-separated list.
fn relocate(value: &str, moved: &[(&str, &Path)]) -> String {
    let relocate_one = |part: &str| {
        let hit = moved.iter().find_map(|(root, place)| {
            let rest = part.strip_prefix(root)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", place.display()))
        });
        hit.unwrap_or_else(|| part.to_owned())
    };
    value.split(':').map(relocate_one).collect::<Vec<_>>().join(":")
}

/// How to start `function`, whose package is `task_root` and whose layers are `layers`. What pip prints when it installs
/// a runtime client goes to `line`.
pub(crate) fn launch(
    function: &Function,
    task_root: &Path,
    layers: &[PathBuf],
    interpreters: &mut Interpreters,
    state_dir: &Path,
    line: &mut dyn FnMut(&str),
) -> Result<Launch, RuntimeError> {
    match Identifier::parse(&function.runtime)? {
        Identifier::Python { minor } => python::launch(&function.runtime, &interpreters.python(minor)?, state_dir, line),
        Identifier::Node { major } => node::launch(&function.runtime, major, &interpreters.node(major)?, state_dir),
        Identifier::Provided => provided::launch(&function.runtime, task_root, layers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_path_roots_move() {
        let moved = [("/var/task", Path::new("/here")), ("/opt", Path::new("/layer"))];
        assert_eq!(relocate("/opt/lib:/var/task:/var/tasks:/optional:x/opt", &moved), "/layer/lib:/here:/var/tasks:/optional:x/opt");
    }
}
