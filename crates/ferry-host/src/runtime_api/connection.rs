//! One HTTP/1.1 connection of the runtime.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use http::{HeaderMap, HeaderName, Request, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use super::body::{forward, read_whole};
use super::next::{INVOCATION_ID, parse_invocation_id};
use super::reply::{method_not_allowed, not_found, response_of};
use super::route::{Route, route};
use super::{ApiCall, ApiReply, ApiResponse, Content, Message, Target};
use crate::lifecycle::{ResponseBody, error_type_of_header};
use crate::limits::RESPONSE_BYTES_MAX;

const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");

/// Ends when the runtime closes its side, or with the first broken request.
pub(crate) type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) fn serve(stream: TcpStream, messages: mpsc::Sender<Message>) -> Connection {
    Box::pin(async move {
        // A failure is of a socket that has just been made; the connection then works, with Nagle's delay.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request| {
            let messages = messages.clone();
            async move { Ok::<_, Infallible>(answer(request, &messages).await) }
        });
        let mut http = http1::Builder::new();
        // Half closed is still open: a process that posts its answer and exits has answered.
        http.half_close(true).auto_date_header(false).header_read_timeout(None);
        // Its error says that the runtime broke off, which the end of its process explains better.
        let _ = http.serve_connection(TokioIo::new(stream), service).await;
    })
}

async fn answer(request: Request<Incoming>, messages: &mpsc::Sender<Message>) -> ApiResponse {
    let (head, body) = request.into_parts();
    let reply = match route(&head.method, head.uri.path()) {
        Route::Next => ask(messages, ApiCall::Next).await,
        Route::Response { request_id } => response(messages, target(request_id, &head.headers), &head.headers, body).await,
        Route::Error { request_id } => {
            let target = target(request_id, &head.headers);
            let whole = read_whole(body, RESPONSE_BYTES_MAX).await;
            let call = match whole.state {
                ResponseBody::Complete => {
                    let content = Content { bytes: whole.bytes, content_type: content_type(&head.headers) };
                    ApiCall::Error { target, error_type: error_type(&head.headers), content }
                }
                body => ApiCall::Response { target, body, content: Content::default() },
            };
            ask(messages, call).await
        }
        Route::InitError => {
            let body = read_whole(body, RESPONSE_BYTES_MAX).await.bytes;
            ask(messages, ApiCall::InitError { error_type: error_type(&head.headers), body }).await
        }
        Route::NotFound => return not_found(),
        Route::MethodNotAllowed => return method_not_allowed(),
    };
    match reply {
        Some(ApiReply::Respond(reply)) => response_of(reply),
        Some(ApiReply::Deliver(response)) => response,
        // Only the head of a stream is answered so, and `response` has dealt with that.
        Some(ApiReply::Forward(_) | ApiReply::Collect) => not_found(),
        // The driver has let go of the call: the sandbox is over. Nothing will be read of what is written here.
        None => std::future::pending().await,
    }
}

async fn response(messages: &mpsc::Sender<Message>, target: Target, headers: &HeaderMap, body: Incoming) -> Option<ApiReply> {
    let content_type = content_type(headers);
    match headers.get(RESPONSE_MODE).map(http::HeaderValue::as_bytes) {
        None => {}
        Some(b"streaming") => {
            let call = ApiCall::StreamHead { target: target.clone(), content_type: content_type.clone() };
            match ask(messages, call).await {
                Some(ApiReply::Forward(door)) => {
                    let (ending, error) = forward(body, door).await;
                    return ask(messages, ApiCall::StreamEnd { target, ending, error }).await;
                }
                Some(ApiReply::Collect) => {}
                other => return other,
            }
        }
        Some(_) => {
            let call = ApiCall::Response { target, body: ResponseBody::InvalidMode, content: Content::default() };
            return ask(messages, call).await;
        }
    }
    let whole = read_whole(body, RESPONSE_BYTES_MAX).await;
    let call = match whole.error {
        Some((error_type, body)) => {
            let content = Content { bytes: body.into(), content_type: None };
            ApiCall::Error { target, error_type: error_type_of_header(&error_type), content }
        }
        None => ApiCall::Response { target, body: whole.state, content: Content { bytes: whole.bytes, content_type } },
    };
    ask(messages, call).await
}

async fn ask(messages: &mpsc::Sender<Message>, call: ApiCall) -> Option<ApiReply> {
    let (reply, answer) = oneshot::channel();
    messages.send(Message { call, reply }).await.ok()?;
    answer.await.ok()
}

fn target(request_id: &str, headers: &HeaderMap) -> Target {
    Target { request_id: request_id.to_owned(), invocation_id: headers.get(INVOCATION_ID).map(parse_invocation_id) }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_owned())
}

fn error_type(headers: &HeaderMap) -> String {
    let header = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok());
    error_type_of_header(header.unwrap_or_default())
}
