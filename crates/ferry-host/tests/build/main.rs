//! Builds and launches through the public doors, with the real cargo, pip, npm and interpreters of this machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up or read its files has failed")]

mod fake_api;
mod launches;
mod node;
mod packages;
mod python;
mod rust;
mod support;
