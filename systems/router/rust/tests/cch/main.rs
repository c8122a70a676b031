//! The contraction hierarchy through its public doors.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod damage;
mod graphs;
mod questions;
mod random;
mod town;
