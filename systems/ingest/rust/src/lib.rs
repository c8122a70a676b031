//! CSV and JSON from S3 into DynamoDB.

pub mod generate;
