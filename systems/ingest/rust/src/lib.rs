//! CSV and JSON from S3 into DynamoDB.

pub mod batch;
pub mod checkpoint;
pub mod client;
pub mod csv;
pub mod dead_letter;
pub mod decimal;
pub mod generate;
pub mod json;
pub mod limits;
pub mod load;
pub mod message;
pub mod outbox;
pub mod pacer;
pub mod progress;
pub mod record;
pub mod retry;
pub mod rows;
pub mod source;
