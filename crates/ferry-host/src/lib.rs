//! The local Lambda.

pub mod invoke;
pub mod kernel;
