//! The kernel module through its public door, on real processes. Needs root and cgroups: says SKIPPED without.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside test functions")]

#[cfg(target_os = "linux")]
mod fixture;
#[cfg(target_os = "linux")]
mod isolation;
#[cfg(target_os = "linux")]
mod kill;
#[cfg(target_os = "linux")]
mod leaks;
#[cfg(target_os = "linux")]
mod quotas;
#[cfg(target_os = "linux")]
mod self_test;
#[cfg(target_os = "linux")]
mod unenforced;
