//! Exit codes: 0 only when what the command claims holds.

use std::process::ExitCode;

/// Why a command ended without an error message of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What the command claims holds.
    Holds,
    /// `compare`: the answers differ.
    Differs,
    /// `invoke`: the function answered an error.
    FunctionError,
    /// `doctor`: something is not enforced here.
    Unenforced,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Holds => 0,
            Outcome::Differs => 3,
            Outcome::FunctionError => 4,
            Outcome::Unenforced => 5,
        })
    }
}

/// A command that could not be carried out: template, build, port, argument. (2 is clap's, for words it cannot read.)
pub(crate) const FAILED: u8 = 1;
