//! How the package of one function or layer is made, by its code and build method.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ferry_template::{BuildMethod, CodeSource, Function, Layer};

use super::error::StepError;
use super::exclude::{Exclude, Language};
use super::inputs::Inputs;
use super::limits::UNZIPPED_BYTES_MAX;
use super::stage::{copy_file, copy_tree, write_file};
use super::store::Store;
use super::unpack::unpack;
use super::{node, python};
use crate::runtimes::{Identifier, Interpreters, Node, Python, RuntimeError};

/// Raised when packages of an older Ferry must be made anew.
const FORMAT: u32 = 1;

#[derive(Debug)]
pub(crate) enum Recipe {
    /// A Rust program, placed as `bootstrap`.
    Binary(PathBuf),
    Python {
        folder: PathBuf,
        python: Python,
    },
    Node {
        folder: PathBuf,
        node: Node,
    },
    Copy(PathBuf),
    Zip(PathBuf),
    Inline {
        file: &'static str,
        text: String,
    },
}

/// What a recipe works with.
pub(crate) struct Workshop<'a> {
    pub logical_id: &'a str,
    pub store: &'a Store,
    pub state_dir: &'a Path,
    /// The value of `PATH`.
    pub path: &'a OsStr,
    /// Called with every line that a tool prints.
    pub line: &'a mut dyn FnMut(&str),
}

impl Recipe {
    /// `executable` is what cargo built for a Rust function.
    pub(crate) fn of(function: &Function, executable: Option<&Path>, interpreters: &mut Interpreters) -> Result<Self, StepError> {
        let folder = match &function.code {
            CodeSource::Folder(folder) => folder.clone(),
            CodeSource::Zip(zip) => return Ok(Self::Zip(zip.clone())),
            CodeSource::Inline(text) => return Ok(Self::Inline { file: inline_file(&function.runtime)?, text: text.clone() }),
        };
        match (&function.build, Identifier::parse(&function.runtime)?) {
            (BuildMethod::Rust { .. }, _) => match executable {
                Some(executable) => Ok(Self::Binary(executable.to_path_buf())),
                None => Err(StepError::NotBuilt(function.logical_id.clone())),
            },
            (BuildMethod::Python, Identifier::Python { minor }) => Ok(Self::Python { folder, python: interpreters.python(minor)? }),
            (BuildMethod::Node, Identifier::Node { major }) => match node::typescript_handler(&folder, &function.handler) {
                Some(path) => Err(StepError::TypeScript(path)),
                None => Ok(Self::Node { folder, node: interpreters.node(major)? }),
            },
            (BuildMethod::Python | BuildMethod::Node, _) => Err(RuntimeError::Unsupported(function.runtime.clone()).into()),
            (BuildMethod::Copy, _) => Ok(Self::Copy(folder)),
        }
    }

    pub(crate) fn of_layer(layer: &Layer) -> Self {
        if layer.content.is_file() { Self::Zip(layer.content.clone()) } else { Self::Copy(layer.content.clone()) }
    }

    /// The files that decide the package.
    pub(crate) fn inputs(&self, state_dir: &Path) -> Inputs {
        match self {
            Self::Binary(file) | Self::Zip(file) => Inputs::files([file.clone()]),
            Self::Python { folder, .. } => Inputs::folder(folder, Exclude::new(Language::Python, state_dir)),
            Self::Node { folder, .. } => Inputs::folder(folder, node::exclude(folder, state_dir)),
            Self::Copy(folder) => Inputs::folder(folder, Exclude::new(Language::Any, state_dir)),
            Self::Inline { .. } => Inputs::default(),
        }
    }

    /// What else decides it: the method, and the version of its tool.
    pub(crate) fn seed(&self) -> String {
        let method = match self {
            Self::Binary(_) => "rust".to_owned(),
            Self::Python { python, .. } => python.seed(),
            Self::Node { node, .. } => node.seed(),
            Self::Copy(_) => "copy".to_owned(),
            Self::Zip(_) => "zip".to_owned(),
            Self::Inline { file, text } => format!("inline {file} {text}"),
        };
        format!("{FORMAT} {method}")
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        match self {
            Self::Node { folder, .. } => node::unlocked(folder).into_iter().collect(),
            Self::Binary(_) | Self::Python { .. } | Self::Copy(_) | Self::Zip(_) | Self::Inline { .. } => Vec::new(),
        }
    }

    /// Fills `stage`; the key of dependencies that are kept for the next build.
    pub(crate) fn assemble(&self, stage: &Path, shop: &mut Workshop<'_>) -> Result<Option<String>, StepError> {
        match self {
            Self::Python { folder, python } => return python::assemble(folder, python, stage, shop),
            Self::Node { folder, node } => return node::assemble(folder, node, stage, shop),
            Self::Binary(executable) => copy_file(executable, stage, "bootstrap")?,
            Self::Copy(folder) => copy_tree(folder, &Exclude::new(Language::Any, shop.state_dir), stage)?,
            Self::Zip(zip) => unpack(zip, stage, UNZIPPED_BYTES_MAX)?,
            Self::Inline { file, text } => write_file(stage, file, text.as_bytes())?,
        }
        Ok(None)
    }
}

/// CloudFormation puts inline code into a file of this name.
fn inline_file(runtime: &str) -> Result<&'static str, StepError> {
    match Identifier::parse(runtime)? {
        Identifier::Python { .. } => Ok("index.py"),
        Identifier::Node { .. } => Ok("index.js"),
        Identifier::Provided => Err(StepError::Inline(runtime.to_owned())),
    }
}
