//! Local AWS services for functions to talk to: S3, DynamoDB, SQS and STS, with latency, throttling and faults around them.
//!
//! [`Services::start`] opens one endpoint on loopback. The front ([`front`]) reads each request's head, finds the service it
//! is for, checks its signature where a secret is set, and puts the physics ([`physics`]) around the call: latency, faults,
//! and the capacity of tables, all off unless asked for. A service ([`Service`]) sees only what passed. What happened is
//! counted ([`meter`]), with the CPU time of the services' own threads, so that a measured function is not charged for them.

pub mod body;
mod dynamodb;
mod error;
pub mod front;
pub mod limits;
pub mod meter;
pub mod physics;
pub mod resource;
pub mod s3;
mod service;
mod services;
mod settings;
pub mod sigv4;
mod sqs;
mod sts;

pub use body::{Body, BodyError, CollectError, RequestBody, ResponseBody, collect};
pub use dynamodb::{DynamoDb, DynamoDbError, TableReport};
pub use error::ServicesError;
pub use front::error::{FrontError, FrontErrorKind};
pub use front::wire;
pub use meter::ServicesReport;
pub use physics::{Physics, PhysicsError, PhysicsHandle};
pub use resource::{Resource, ResourceError};
pub use service::{Call, Service, Throttled};
pub use services::{ServeGuard, Services};
pub use settings::{DEFAULT_PORT, Secret, ServicesSettings};
