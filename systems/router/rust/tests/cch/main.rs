//! The contraction hierarchy through its public doors.

mod damage;
mod graphs;
mod questions;
mod random;
mod town;
