//! STS: GetCallerIdentity, which clients and scripts ask to see whether they are signed in.

use std::borrow::Cow;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

use crate::body::{RequestBody, ResponseBody, collect};
use crate::front::error::{FrontError, FrontErrorKind};
use crate::front::wire;
use crate::limits::STS_BODY_BYTES_MAX;
use crate::service::{Call, Service};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";

#[derive(Debug)]
pub(crate) struct Sts {
    account_id: String,
}

impl Sts {
    pub(crate) fn new(account_id: String) -> Self {
        Self { account_id }
    }

    async fn answer(&self, request: Request<RequestBody>, call: &Call) -> Response<ResponseBody> {
        let (head, body) = request.into_parts();
        let form = match collect(body, STS_BODY_BYTES_MAX).await {
            Ok(form) => form,
            Err(error) => return self.error(&call.body_error(error)),
        };
        match action(&head, &form) {
            Some(action) if action == GET_CALLER_IDENTITY => self.caller_identity(call),
            action => {
                let action = action.unwrap_or_default();
                self.error(&call.error(FrontErrorKind::NotImplemented(format!(
                    "Could not find operation {action}: of STS there is {GET_CALLER_IDENTITY} here"
                ))))
            }
        }
    }

    fn caller_identity(&self, call: &Call) -> Response<ResponseBody> {
        let account = wire::xml_text(&self.account_id);
        let body = format!(
            "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:root</Arn>\
             <UserId>{account}</UserId><Account>{account}</Account></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
            wire::xml_text(&call.request_id)
        );
        wire::answer(StatusCode::OK, wire::TEXT_XML, body)
    }
}

impl Service for Sts {
    fn name(&self) -> &'static str {
        "sts"
    }

    /// The action stands in the body; there is only one.
    fn operation(&self, _head: &Parts) -> Cow<'static, str> {
        GET_CALLER_IDENTITY.into()
    }

    fn call<'a>(&'a self, request: Request<RequestBody>, call: &'a Call) -> BoxFuture<'a, Response<ResponseBody>> {
        Box::pin(self.answer(request, call))
    }

    fn error(&self, error: &FrontError) -> Response<ResponseBody> {
        wire::query_error(error, NAMESPACE)
    }
}

/// The parameter `Action`, of the form or else of the query.
fn action(head: &Parts, form: &Bytes) -> Option<String> {
    let form = std::str::from_utf8(form).unwrap_or_default();
    let query = head.uri.query().unwrap_or_default();
    let value = form.split('&').chain(query.split('&')).find_map(|pair| pair.strip_prefix("Action="))?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}
