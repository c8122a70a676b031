//! The local Lambda through its `Invoke` door, with real processes, sockets and cgroups, and a hostile guest.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside test functions")]

mod aws;
mod figures;
mod fixture;
mod invocations;
mod leaks;
mod lifecycle;
mod logs;
mod pool;
mod runtime_api;
mod soak;
mod streaming;
