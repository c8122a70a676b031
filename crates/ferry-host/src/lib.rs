//! The local Lambda: functions of a template, built, run in sandboxes that enforce their memory size, and reached through the doors they have on AWS.
//!
//! Seen from outside, [`build::build`] makes packages of a template's functions, [`kernel::Kernel`] says what this machine can enforce,
//! [`host::LocalLambda`] runs the functions, and [`doors::Doors`] opens HTTP to them.
//!
//! | module | holds |
//! |---|---|
//! | [`invoke`] | the narrow waist: one invocation as request and answer |
//! | [`doors`] | Lambda API, function URLs, HTTP and WebSocket APIs |
//! | [`host`], `pool` | which sandbox serves which request; scaling, throttling, reaping, reload |
//! | `lifecycle` | INIT, INVOKE, SHUTDOWN as a pure state machine |
//! | `sandbox` | the loop around one state machine: its process, its Runtime API, its log |
//! | `runtime_api` | Runtime API 2018-06-01 |
//! | [`logs`], `environment` | platform log lines and tails; the variables a function sees |
//! | [`build`], [`runtimes`] | `CodeUri` -> package; how each runtime is launched |
//! | [`kernel`] | the only code that touches the operating system |
//! | [`settings`], [`limits`], [`clock`] | how a host behaves; every bound; time |

pub mod build;
pub mod clock;
pub mod doors;
pub mod facts;
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
