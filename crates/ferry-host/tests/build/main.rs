//! Builds and launches through the public doors, with the real cargo, pip, npm and interpreters of this machine.

mod fake_api;
mod launches;
mod measure;
mod node;
mod packages;
mod python;
mod rust;
mod support;
