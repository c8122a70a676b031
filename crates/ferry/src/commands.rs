//! One command a file.

pub(crate) mod build;
pub(crate) mod compare;
pub(crate) mod doctor;
pub(crate) mod invoke;
pub(crate) mod up;
