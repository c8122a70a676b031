//! AWS Signature Version 4: what a request says of its signer, and whether it is true.
//!
//! Signatures are read always (they name the service and the region) and checked only where the endpoint has a secret. What is
//! read and checked is taken off the request: services neither need it nor, as `s3s`, bear it without knowing the secret.

mod canonical;
mod chunks;
mod credential;
mod date;
mod signature;
mod strip;
mod verify;

pub(crate) use chunks::{ChunkError, check_chunks};
pub use credential::Credential;
pub use signature::{Presigned, Signature};
pub(crate) use strip::strip;
pub(crate) use verify::verify;
