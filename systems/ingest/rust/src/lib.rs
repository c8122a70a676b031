//! CSV and JSON from S3 into DynamoDB.

pub mod client;
pub mod limits;
pub mod message;
pub mod retry;
