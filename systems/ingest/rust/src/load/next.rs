//! The next invocation of a run whose time is over.

use http::Method;
use http::header::{HeaderName, HeaderValue};

use super::{LoadError, Settings};
use crate::client::{Aws, Request, percent_encoded};
use crate::message::{LoadAnswer, LoadRequest};
use crate::retry;

/// Invokes this function again, asynchronously, with the checkpoint. When the call has to be repeated two may run: each ends with the same table.
pub(super) async fn invoke(aws: &Aws, settings: &Settings, request: &LoadRequest, answer: &LoadAnswer) -> Result<(), LoadError> {
    let failed = |source| LoadError::Next { source };
    let function = settings.function.as_deref().ok_or(LoadError::Nameless)?;
    let next = LoadRequest { run: Some(answer.run.clone()), checkpoint: answer.checkpoint.clone(), ..request.clone() };
    let body = serde_json::to_vec(&next).map_err(LoadError::Event)?;
    let path = format!("/2015-03-31/functions/{}/invocations", percent_encoded(function, false));
    let kind = (HeaderName::from_static("x-amz-invocation-type"), HeaderValue::from_static("Event"));
    let call = Request::new("lambda", Method::POST, path).header(kind.0, kind.1).body(body);
    retry::send(aws, &call).await.0.map_err(failed)?.expect_success("Invoke").map_err(failed)?;
    Ok(())
}
