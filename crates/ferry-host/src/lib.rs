//! The local Lambda.

pub mod invoke;
