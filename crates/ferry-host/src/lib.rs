//! The local Lambda.

pub mod build;
pub mod clock;
pub mod host;
pub mod invoke;
pub mod kernel;
pub mod limits;
pub mod logs;
pub mod runtimes;
pub mod settings;

mod environment;
mod lifecycle;
mod pool;
mod runtime_api;
mod sandbox;
#[cfg(test)]
mod testing;
