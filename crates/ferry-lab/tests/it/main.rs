//! The lab through its public doors, against a Lambda API that plays scripted functions.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod comparing;
mod fake;
mod rendering;
mod targets;
