//! Through the library's public doors, against stand-ins of AWS.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside test functions")]

mod console;
mod stand_in;
mod verify;
