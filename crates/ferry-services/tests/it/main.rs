//! The services through their public doors: raw HTTP and AWS's own SDKs.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside test functions")]

mod support;

mod dynamodb;
mod s3;
mod sts;
