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
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::DoorsError;
use super::body::Body;
use super::limits::{ACCEPT_RETRY_DELAY, HEADER_BYTES_MAX, HEADER_READ_TIMEOUT};

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

/// A listener at work.
#[derive(Debug)]
pub(super) struct Server {
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// `connections` is shared by all listeners of the host.
    pub(super) fn start<D: Door>(listener: TcpListener, door: Arc<D>, connections: Arc<Semaphore>, drain: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, door, connections, stopped, drain));
        Self { stop, accepting }
    }

    /// Stops accepting at once; requests under way have until the drain time to end.
    pub(super) async fn close(self) {
        let _ = self.stop.send(true);
        // An error would be a panic of the accept loop, which has then stopped as well.
        let _ = self.accepting.await;
    }
}

async fn accept<D: Door>(
    listener: TcpListener,
    door: Arc<D>,
    connections: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
    drain: Duration,
) {
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.changed() => break,
            accepted = next(&listener, &connections) => accepted,
        };
        while tasks.try_join_next().is_some() {}
        if let Some((stream, peer, permit)) = accepted {
            tasks.spawn(serve(stream, peer, Arc::clone(&door), graceful.watcher(), permit));
        } else {
            tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(drain, graceful.shutdown()).await;
    tasks.shutdown().await;
}

async fn next(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    let (stream, peer) = listener.accept().await.ok()?;
    Some((stream, peer, permit))
}

async fn serve<D: Door>(stream: TcpStream, peer: SocketAddr, door: Arc<D>, watcher: Watcher, _permit: OwnedSemaphorePermit) {
    // Without it a small answer may wait 40 ms for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(door.answer(request, peer).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_header_size(HEADER_BYTES_MAX)
        // As on AWS, an invocation runs to its end though its caller has gone: the request is not dropped under it.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    // Errors are the client's: it went away or spoke no HTTP. hyper has answered 400 or 431 where it could.
    let _ = watcher.watch(connection).await;
}
