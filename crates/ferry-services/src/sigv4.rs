//! AWS Signature Version 4: what a request says of its signer, and whether it is true.

mod credential;

pub use credential::Credential;
