//! The contraction hierarchy through its public doors.

mod graphs;
mod random;
