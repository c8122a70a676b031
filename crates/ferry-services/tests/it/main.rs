//! The services through their public doors: raw HTTP and AWS's own SDKs.

mod support;

mod dynamodb;
mod sts;
