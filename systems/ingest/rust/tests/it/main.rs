//! The loader through its public doors, against a fake S3, DynamoDB, Lambda and WebSocket API in this process.

mod fake;
mod faults;
mod loads;
mod parsers;
mod support;
