//! The functions through the library's public doors, against a fake S3, DynamoDB, Lambda and WebSocket API in this process.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside test functions")]

mod console;
mod fake;
mod faults;
mod loads;
mod parsers;
mod stand_in;
mod support;
mod verify;
