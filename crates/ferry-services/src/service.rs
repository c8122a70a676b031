//! What a service is to the front.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Request, Response};

use crate::body::{CollectError, RequestBody, ResponseBody};
use crate::dynamodb::TableReport;
use crate::front::error::{FrontError, FrontErrorKind};
use crate::physics::PhysicsHandle;
use crate::resource::{Resource, ResourceError};

/// One AWS service behind the front. The front has already found the request's service and operation, checked its
/// signature, and applied faults and latency.
pub trait Service: Send + Sync + 'static {
    /// Name in SigV4's credential scope: "s3", "dynamodb", "sqs", "sts".
    fn name(&self) -> &'static str;

    /// Operation of a request, for physics and counters: "BatchWriteItem". "Unknown" when it cannot be told, so that clients cannot
    /// fill the report with words of theirs.
    fn operation(&self, head: &Parts) -> Cow<'static, str>;

    /// Answers. The request has no signature any more: neither `Authorization` nor the `X-Amz-…` of a presigned query.
    /// A [`Throttled`] among the response's extensions is counted.
    fn call<'a>(&'a self, request: Request<RequestBody>, call: &'a Call) -> BoxFuture<'a, Response<ResponseBody>>;

    /// An injected or front-made error in this service's own wire format (see [`crate::wire`]).
    fn error(&self, error: &FrontError) -> Response<ResponseBody>;

    /// Makes a resource that a template names, when it is of one of this service's kinds (`None` when not). One that exists is
    /// left as it is. Gives warnings, each a sentence for people.
    fn create<'a>(&'a self, _resource: &'a Resource) -> Option<BoxFuture<'a, Result<Vec<String>, ResourceError>>> {
        None
    }

    /// What was used of this service's tables, for the report.
    fn tables(&self) -> Vec<TableReport> {
        Vec::new()
    }

    /// Counts [`Self::tables`] from nothing again.
    fn reset_counters(&self) {}
}

/// What the front knows of one request.
#[derive(Debug, Clone)]
pub struct Call {
    pub request_id: String,
    /// When its head had arrived.
    pub arrival: Instant,
    /// Of the signature, checked only where a secret is set.
    pub access_key: Option<String>,
    /// Of the signature's scope.
    pub region: Option<String>,
    pub operation: Cow<'static, str>,
    pub physics: Arc<PhysicsHandle>,
}

impl Call {
    /// An error of this call, for [`Service::error`].
    pub fn error(&self, kind: FrontErrorKind) -> FrontError {
        FrontError { kind, request_id: self.request_id.clone() }
    }

    /// The error of a body that could not be read.
    pub fn body_error(&self, error: CollectError) -> FrontError {
        self.error(FrontErrorKind::Body(error))
    }
}

/// Put into a response's extensions by a service that refused work for want of capacity: how many requests or items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled(pub u64);
