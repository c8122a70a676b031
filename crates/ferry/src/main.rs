//! The command `ferry`: what a user typed becomes calls of the libraries, and what they return becomes lines.
//!
//! | module | holds |
//! |---|---|
//! | `args` | what can be typed; no IO |
//! | `stack` | templates loaded and functions built, with progress |
//! | `aws` | local AWS services of ours, with what the templates name |
//! | `hosting` | a host of ours, started and stopped |
//! | `logging` | log lines of functions on standard error |
//! | `commands` | one command a file |
//! | `progress`, `exit` | standard error, exit codes |

#![expect(clippy::print_stdout, reason = "results go to standard output")]

mod args;
mod aws;
mod commands;
mod exit;
mod hosting;
mod logging;
mod progress;
mod stack;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use progress::Progress;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Build(arguments) => commands::build::run(&arguments),
        Command::Up(arguments) => commands::up::run(&arguments),
        Command::Invoke(arguments) => commands::invoke::run(&arguments),
        Command::Compare(arguments) => commands::compare::run(&arguments),
        Command::Doctor(arguments) => commands::doctor::run(&arguments),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            Progress::new().line(&format!("error: {error:#}"));
            ExitCode::from(exit::FAILED)
        }
    }
}
