//! The router through its public doors.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "test helpers are not inside #[test] functions")]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of our own")]

mod city_file;
mod cost;
mod extract;
mod fixtures;
mod function;
mod helsinki;
mod mirror;
mod oracle;
mod pbf;
mod routes;
