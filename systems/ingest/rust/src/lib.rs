//! CSV and JSON from S3 into DynamoDB.
