//! The services through their public doors: raw HTTP and AWS's own SDKs.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside test functions")]

mod support;

mod admin;
mod bounds;
mod dynamodb;
mod faults;
mod neighbours;
mod s3;
mod signatures;
mod sqs;
mod sts;
