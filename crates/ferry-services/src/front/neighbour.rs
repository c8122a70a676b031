//! Services that live on another port of this machine: the Lambda API and `@connections`. Requests go there unchanged and answers
//! come back unchanged, both as they stream.

use std::net::SocketAddr;

use http::header::CONNECTION;
use http::{Request, Response};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::body::{Body, BodyError, RequestBody, ResponseBody};
use crate::limits::NEIGHBOUR_CONNECT_TIMEOUT;

/// A neighbour did not take a request, or broke off before its answer.
#[derive(Debug, thiserror::Error)]
#[error("{addr} does not answer")]
pub(super) struct NeighbourError {
    addr: SocketAddr,
    #[source]
    source: BodyError,
}

/// Forwards one request on a connection of its own: there are no more of them than connections of ours, and none to go stale.
/// How long the answer takes is the neighbour's affair (a function may run for 15 minutes).
pub(super) async fn forward(addr: SocketAddr, mut request: Request<RequestBody>) -> Result<Response<ResponseBody>, NeighbourError> {
    let error = |source: BodyError| NeighbourError { addr, source };
    let connecting = timeout(NEIGHBOUR_CONNECT_TIMEOUT, TcpStream::connect(addr));
    let stream = connecting.await.map_err(|elapsed| error(elapsed.into()))?.map_err(|refused| error(refused.into()))?;
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|broken| error(broken.into()))?;
    // Drives request and answer; ends with them, or when the client's connection, which holds both, ends.
    tokio::spawn(connection);
    // Of the connection to us, as its counterpart below: the only header that is not the request's own.
    request.headers_mut().remove(CONNECTION);
    let mut response = sender.send_request(request).await.map_err(|broken| error(broken.into()))?.map(Body::from);
    response.headers_mut().remove(CONNECTION);
    Ok(response)
}
