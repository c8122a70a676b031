//! The Lambda API (2015-03-31), the admin API under `/_ferry/` and the stacks' pages under `/pages/`, on one listener.
//!
//! The `@connections` of WebSocket APIs are reached here, too, under any stage: a connection's id is the only one of its kind.
//! [`routes`] says what there is; each operation has a file of its own. A request is read whole, then answered.

mod admin;
mod call;
mod configuration;
pub(super) mod error;
pub(super) mod event_queue;
mod eventstream;
mod function_ref;
mod get_function;
mod get_function_url_config;
pub(super) mod guard;
mod invoke;
mod invoke_with_response_stream;
mod list_functions;
pub(super) mod retry_policy;
mod routes;
mod update_function_configuration;

use std::net::SocketAddr;
use std::sync::Arc;

use ferry_template::Function;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::body::{self, Body};
use super::facts::HostFacts;
use super::limits::{INVOKE_PAYLOAD_BYTES_MAX, OPERATION_BODY_BYTES_MAX};
use super::pages::Pages;
use super::server::Door;
use super::web_socket::connections::Connections;
use super::web_socket::management;
use super::{ApiAddress, ids};
use crate::invoke::Invoke;
use call::Call;
use error::ApiError;
use event_queue::EventQueue;
use function_ref::FunctionRef;
use routes::{Operation, Target};

/// The listener's state.
pub(super) struct LambdaDoor {
    pub(super) invoke: Arc<dyn Invoke>,
    pub(super) facts: Arc<dyn HostFacts>,
    pub(super) events: EventQueue,
    pub(super) apis: Vec<ApiAddress>,
    pub(super) pages: Pages,
    pub(super) connections: Arc<Connections>,
    pub(super) region: String,
    pub(super) account_id: String,
}

impl Door for LambdaDoor {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, _peer: SocketAddr) -> Response<Body> {
        let request_id = ids::request_id();
        let stamp = HeaderValue::from_str(&request_id);
        let mut response = self.serve(request, request_id).await.unwrap_or_else(ApiError::into_response);
        if let Ok(stamp) = stamp {
            response.headers_mut().insert("x-amzn-requestid", stamp);
        }
        response
    }
}

impl LambdaDoor {
    async fn serve(&self, request: Request<Incoming>, request_id: String) -> Result<Response<Body>, ApiError> {
        let (head, incoming) = request.into_parts();
        guard::check(&head.headers)?;
        if Pages::owns(head.uri.path()) {
            let answer = self.pages.answer(&head.method, head.uri.path(), &head.headers).await;
            // Read to its end, so that the connection can be used again.
            let _ = body::read(incoming, OPERATION_BODY_BYTES_MAX).await;
            return Ok(answer);
        }
        if let Some(target) = management::Target::of(head.uri.path()) {
            return Ok(management::answer(&self.connections, &head.method, &target, incoming).await);
        }
        let found = routes::find(head.method.as_str(), head.uri.path());
        let (operation_name, limit) = match found {
            Some((Target::Served(Operation::Invoke | Operation::InvokeWithResponseStream), _)) => {
                ("InvokeFunction", INVOKE_PAYLOAD_BYTES_MAX)
            }
            _ => ("requested", OPERATION_BODY_BYTES_MAX),
        };
        // Read before anything is refused: the connection can then be used again.
        let read = body::read(incoming, limit).await;
        match found {
            Some((Target::Served(operation), label)) => {
                let payload = read.map_err(|error| ApiError::from_read(&error, operation_name))?;
                let name = percent_decode_str(label).decode_utf8_lossy();
                self.run(operation, Call { name: &name, head: &head, payload, request_id }).await
            }
            Some((Target::Unserved(name), _)) => {
                Err(ApiError::UnknownOperation(format!("Ferry does not serve {name}: what it would change is set in the template")))
            }
            None => Err(ApiError::UnknownOperation(format!("{} {} is no operation of the Lambda API", head.method, head.uri.path()))),
        }
    }

    async fn run(&self, operation: Operation, call: Call<'_>) -> Result<Response<Body>, ApiError> {
        match operation {
            Operation::Invoke => invoke::serve(self, call).await,
            Operation::InvokeWithResponseStream => invoke_with_response_stream::serve(self, call).await,
            Operation::GetFunction => get_function::serve(self, &call),
            Operation::GetFunctionConfiguration => get_function::serve_configuration(self, &call),
            Operation::UpdateFunctionConfiguration => update_function_configuration::serve(self, &call),
            Operation::ListFunctions => list_functions::serve(self, &call),
            Operation::GetFunctionUrlConfig => get_function_url_config::serve(self, &call),
            Operation::Health => admin::health(),
            Operation::Functions => admin::functions(self),
            Operation::Enforcement => admin::enforcement(self),
        }
    }

    /// The function that a request names, at the only version there is.
    fn function(&self, call: &Call<'_>) -> Result<Arc<Function>, ApiError> {
        let reference = FunctionRef::parse(call.name);
        if let Some(region) = reference.region.filter(|region| *region != self.region) {
            let here = &self.region;
            return Err(ApiError::ResourceNotFound(format!("Functions from '{region}' are not reachable in this region ('{here}')")));
        }
        let account = reference.account.unwrap_or(&self.account_id);
        let found = if account == self.account_id { self.invoke.function(reference.name) } else { None };
        let function = found.ok_or_else(|| {
            ApiError::ResourceNotFound(format!("Function not found: arn:aws:lambda:{}:{account}:function:{}", self.region, reference.name))
        })?;
        if reference.qualifier.is_some() || call.head.uri.query().is_some() {
            reference.check_qualifier(call.query("Qualifier").as_deref(), &self.arn(&function.name))?;
        }
        Ok(function)
    }

    fn arn(&self, function: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{function}", self.region, self.account_id)
    }
}

/// 200 with a JSON body.
fn json(value: &impl Serialize) -> Result<Response<Body>, ApiError> {
    let body = serde_json::to_vec(value).map_err(|error| ApiError::Service(format!("Cannot write the answer: {error}")))?;
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    Ok(response)
}
