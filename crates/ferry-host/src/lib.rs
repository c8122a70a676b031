//! The local Lambda.

pub mod build;
pub mod invoke;
pub mod runtimes;
