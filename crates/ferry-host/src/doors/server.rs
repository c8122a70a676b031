//! One listener: accepts connections on loopback, hands their requests to a [`Door`], and drains on close.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::DoorsError;
use super::body::Body;
use super::limits::{ACCEPT_RETRY_DELAY, HEADER_BYTES_MAX};

/// What answers the requests of one listener. It never fails: an error is an answer too.
pub(super) trait Door: Send + Sync + 'static {
    fn answer(self: Arc<Self>, request: Request<Incoming>, peer: SocketAddr) -> impl Future<Output = Response<Body>> + Send;
}

/// Opens a listener, on loopback only: whoever can reach a door can run code.
pub(super) async fn bind(addr: SocketAddr) -> Result<TcpListener, DoorsError> {
    if !addr.ip().is_loopback() {
        return Err(DoorsError::NotLoopback { addr });
    }
    TcpListener::bind(addr).await.map_err(|source| DoorsError::Bind { addr, source })
}

/// How much of itself a listener gives away.
#[derive(Debug, Clone)]
pub(super) struct ServerBounds {
    /// Shared by all listeners of the host.
    pub(super) connections: Arc<Semaphore>,
    pub(super) header_read_timeout: Duration,
    /// What requests under way get on close.
    pub(super) drain: Duration,
}

/// A listener at work.
#[derive(Debug)]
pub(super) struct Server {
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(super) fn start<D: Door>(listener: TcpListener, door: Arc<D>, bounds: ServerBounds) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, accepting: tokio::spawn(accept(listener, door, bounds, stopped)) }
    }

    /// Stops accepting at once; requests under way have until the drain time to end.
    pub(super) async fn close(self) {
        let _ = self.stop.send(true);
        // An error would be a panic of the accept loop, which has then stopped as well.
        let _ = self.accepting.await;
    }
}

async fn accept<D: Door>(listener: TcpListener, door: Arc<D>, bounds: ServerBounds, mut stopped: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.changed() => break,
            accepted = next(&listener, &bounds.connections) => accepted,
        };
        while tasks.try_join_next().is_some() {}
        if let Some((stream, peer, permit)) = accepted {
            tasks.spawn(serve(stream, peer, Arc::clone(&door), stopped.clone(), bounds.header_read_timeout, permit));
        } else {
            tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(bounds.drain, async { while tasks.join_next().await.is_some() {} }).await;
    tasks.shutdown().await;
}

async fn next(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    let (stream, peer) = listener.accept().await.ok()?;
    Some((stream, peer, permit))
}

async fn serve<D: Door>(
    stream: TcpStream,
    peer: SocketAddr,
    door: Arc<D>,
    mut stopped: watch::Receiver<bool>,
    header_read_timeout: Duration,
    _permit: OwnedSemaphorePermit,
) {
    // Without it a small answer may wait 40 ms for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(door.answer(request, peer).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_read_timeout)
        .max_header_size(HEADER_BYTES_MAX)
        // As on AWS, an invocation runs to its end though its caller has gone: the request is not dropped under it.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    // Errors are the client's: it went away or spoke no HTTP. hyper has answered 400 or 431 where it could.
    tokio::select! {
        _ = &mut connection => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doors::body;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Says what became of the body.
    struct BodyReader;

    impl Door for BodyReader {
        async fn answer(self: Arc<Self>, request: Request<Incoming>, _peer: SocketAddr) -> Response<Body> {
            let read = body::read_within(request.into_body(), 4, Duration::from_millis(50)).await;
            Response::new(Body::from(format!("{read:?}")))
        }
    }

    async fn open(connections: usize) -> (Server, SocketAddr) {
        let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let times = Duration::from_millis(50);
        let bounds = ServerBounds { connections: Arc::new(Semaphore::new(connections)), header_read_timeout: times, drain: times };
        (Server::start(listener, Arc::new(BodyReader), bounds), addr)
    }

    async fn ask(addr: SocketAddr, bytes: &str) -> String {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut read = String::new();
        let _ = stream.read_to_string(&mut read).await;
        read
    }

    #[tokio::test]
    async fn slow_heads_and_bodies_are_cut_off() {
        let (server, addr) = open(8).await;
        assert_eq!(ask(addr, "POST / HTTP/1.1\r\nhost: x").await, "");
        let body = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\n";
        assert!(ask(addr, &format!("{body}abc")).await.ends_with("Err(TooSlow)"));
        assert!(ask(addr, &format!("{body}abcd")).await.ends_with("Ok(b\"abcd\")"));
        let chunked = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
        assert!(ask(addr, &format!("{chunked}2\r\nde\r\n0\r\n\r\n")).await.ends_with("Err(TooLarge { limit: 4 })"));
        server.close().await;
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_wait_for_a_place() {
        let (server, addr) = open(1).await;
        let mut first = TcpStream::connect(addr).await.unwrap();
        let request = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        first.write_all(request.as_bytes()).await.unwrap();
        let mut piece = [0; 12];
        first.read_exact(&mut piece).await.unwrap();
        // The first connection idles until its header timeout; only then is the second one served.
        let second = ask(addr, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(second.starts_with("HTTP/1.1 200"), "{second}");
        let mut rest = String::new();
        first.read_to_string(&mut rest).await.unwrap();
        server.close().await;
    }

    #[tokio::test]
    async fn close_does_not_wait_for_idle_connections() {
        let (server, addr) = open(8).await;
        let mut idle = TcpStream::connect(addr).await.unwrap();
        server.close().await;
        assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0);
    }
}
