//! Values that the unit tests of several modules need.

use std::path::PathBuf;

use ferry_template::{CodeSource, Function};

/// A plain function of 128 MB and 3 s.
pub(crate) fn function(name: &str) -> Function {
    Function::new(name, "provided.al2023", "bootstrap", CodeSource::Folder(PathBuf::new()))
}
