//! Why a sandbox did not start. These are the host's or the machine's failures, or a package that cannot run at all.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    #[error("cannot {act} cgroup {}", path.display())]
    Cgroup { act: &'static str, path: PathBuf, source: io::Error },
    #[error("cannot make a network namespace for sandbox {id}")]
    Network { id: String, source: io::Error },
    #[error("cannot open a listening socket for sandbox {id}")]
    Listen { id: String, source: io::Error },
    #[error("cannot make the output pipe of sandbox {id}")]
    Output { id: String, source: io::Error },
    #[error("cannot mount {} at {target} of sandbox {id}: see that it exists", path.display())]
    Mount { id: String, path: PathBuf, target: &'static str, source: io::Error },
    #[error("cannot merge the layers of sandbox {id} into {}", path.display())]
    Layers { id: String, path: PathBuf, source: io::Error },
    #[error("{what} of sandbox {id} holds a NUL character, which no program can be given")]
    Nul { id: String, what: String },
    #[error("sandbox id {id:?} is not made of letters, digits and '-'")]
    Id { id: String },
    #[error("{max} sandboxes are running, which is all this host has user ids for")]
    TooMany { max: usize },
    #[error("cannot make a process for sandbox {id}")]
    Clone { id: String, source: io::Error },
    /// A step between the new process and its program failed.
    #[error("sandbox {id} could not {step}")]
    Step { id: String, step: String, source: io::Error },
}
