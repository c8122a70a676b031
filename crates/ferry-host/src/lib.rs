//! The local Lambda.

pub mod doors;
pub mod invoke;
