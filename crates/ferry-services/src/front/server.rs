//! Listeners and their connections.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::Front;
use super::socket::{ResetSwitch, Socket};
use crate::limits::{ACCEPT_RETRY_DELAY, DRAIN, HEADER_BYTES_MAX, HEADER_READ_TIMEOUT};

/// Serves a listener until `stop` changes or its sender is gone; then requests under way get [`DRAIN`] to end.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = next(&listener, &front.connections) => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Some((stream, permit)) => {
                connections.spawn(serve_connection(stream, Arc::clone(&front), graceful.watcher(), permit));
            }
            None => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
    connections.shutdown().await;
}

async fn next(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    Some((stream, permit))
}

async fn serve_connection(stream: TcpStream, front: Arc<Front>, watcher: Watcher, _permit: OwnedSemaphorePermit) {
    // Without it a small answer may wait 40 ms for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let reset = ResetSwitch::default();
    let socket = Socket::new(stream, reset.clone());
    let shared = Arc::new((front, reset));
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { shared.0.answer(request, &shared.1).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_header_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(socket), service);
    // Errors are the client's, who went away or spoke no HTTP, or were asked for by the physics.
    let _ = watcher.watch(connection).await;
}
