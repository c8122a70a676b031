//! S3: the protocol by `s3s`, the store ours.
//!
//! [`S3`] is the service behind the front. A request passes the `door` (framing and host names), s3s (which turns it into an
//! operation's input), the `api` (S3's rules on that operation) and the `store` (buckets, objects and uploads, in memory or in a data
//! folder). What is not served answers `NotImplemented` with the operation's name.
//!
//! Known differences from AWS: no versioning, ACLs, policies, encryption, lifecycle or events (headers that ask for them on an upload
//! are taken and ignored); a bucket answers whatever region a request is signed for, where AWS redirects.

mod api;
mod checksum;
mod chunked;
mod conditions;
mod door;
mod error;
mod limits;
mod listing;
mod operation;
mod preload;
mod store;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Request, Response};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};

use self::api::Api;
pub use self::error::OpenError;
use self::limits::XML_BODY_MAX_BYTES;
use self::store::Store;
use crate::{Call, FrontError, RequestBody, Resource, ResourceError, ResponseBody, Service, wire};

/// The S3 service.
pub struct S3 {
    api: Api,
    service: S3Service,
}

impl S3 {
    /// Opens the store in `data_dir`, made when it is not there, or in memory. `region` is that of buckets whose request names none.
    /// Blocks while it reads what the folder describes.
    ///
    /// # Errors
    /// When the folder cannot be read or written, is in use by another process, or holds something else.
    pub fn open(data_dir: Option<&Path>, region: &str, account_id: &str) -> Result<Self, OpenError> {
        let api = Api::new(Store::open(data_dir)?, region, account_id);
        let mut config = S3Config::default();
        config.xml_max_body_size = XML_BODY_MAX_BYTES;
        let mut builder = S3ServiceBuilder::new(api.clone());
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        Ok(Self { api, service: builder.build() })
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3").finish_non_exhaustive()
    }
}

impl Service for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn operation(&self, head: &Parts) -> Cow<'static, str> {
        operation::operation(head)
    }

    fn call<'a>(&'a self, request: Request<RequestBody>, call: &'a Call) -> BoxFuture<'a, Response<ResponseBody>> {
        Box::pin(async move {
            let request = match door::request(request, call) {
                Ok(request) => request,
                Err(error) => return door::error(error),
            };
            match self.service.call(request).await {
                Ok(response) => door::response(response),
                Err(error) => door::error(s3s::S3Error::with_source(s3s::S3ErrorCode::InternalError, error.into())),
            }
        })
    }

    fn error(&self, error: &FrontError) -> Response<ResponseBody> {
        wire::s3_error(error)
    }

    fn create<'a>(&'a self, resource: &'a Resource) -> Option<BoxFuture<'a, Result<Vec<String>, ResourceError>>> {
        let Resource::Bucket { name, region, objects } = resource else {
            return None;
        };
        Some(Box::pin(async move {
            preload::bucket(&self.api, name, region.as_deref(), objects.as_deref())
                .await
                .map_err(|error| ResourceError::new(resource, error))
        }))
    }
}
