//! Local AWS services for functions to talk to: S3, DynamoDB, SQS and STS, with latency, throttling and faults around them.
