//! Every open connection of every WebSocket API, by its id, and the tasks that serve them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::caller::Caller;
use crate::doors::limits::{WEB_SOCKET_MESSAGE_OVERHEAD_BYTES, WEB_SOCKET_OUTGOING_BYTES_MAX};

pub(in crate::doors) struct Connections {
    open: Mutex<HashMap<String, Arc<Connection>>>,
    /// Connections that may still be opened.
    places: Arc<Semaphore>,
    /// One task a connection; None once the doors close.
    tasks: Mutex<Option<JoinSet<()>>>,
}

/// One connection, as others see it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) caller: Caller,
    opened: Instant,
    /// When something last moved on it, in ms from `opened`.
    active_ms: AtomicU64,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    /// Bytes that may still wait in `outgoing`; closed with the connection.
    room: Arc<Semaphore>,
    leaving: Notify,
}

/// What waits to be sent to a client.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// The permit is its room in the queue.
    Message(Bytes, OwnedSemaphorePermit),
    /// `DELETE @connections`, after what was posted before it.
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsent {
    Gone,
    /// The client does not read what was sent before.
    Full,
}

impl Connections {
    pub(in crate::doors) fn new(connections_max: usize) -> Self {
        Self { open: Mutex::default(), places: Arc::new(Semaphore::new(connections_max)), tasks: Mutex::new(Some(JoinSet::new())) }
    }

    /// A place for one more connection, if there is one.
    pub(super) fn reserve(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Enters a connection and starts the task that serves it; false when the doors are closing.
    pub(super) fn begin(&self, connection: Arc<Connection>, session: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut tasks = lock(&self.tasks);
        let Some(tasks) = tasks.as_mut() else { return false };
        while tasks.try_join_next().is_some() {}
        lock(&self.open).insert(connection.caller.connection_id.clone(), connection);
        tasks.spawn(session);
        true
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Connection>> {
        lock(&self.open).get(id).cloned()
    }

    /// From now on the connection is gone to everybody who asks for it.
    pub(super) fn forget(&self, id: &str) -> Option<Arc<Connection>> {
        let connection = lock(&self.open).remove(id)?;
        connection.room.close();
        Some(connection)
    }

    /// Sends everybody away; `$disconnect` and messages under way have the drain time to end.
    pub(in crate::doors) async fn close(&self, drain: Duration) {
        let Some(mut tasks) = lock(&self.tasks).take() else { return };
        lock(&self.open).values().for_each(|connection| connection.leaving.notify_one());
        let _ = timeout(drain, async { while tasks.join_next().await.is_some() {} }).await;
        tasks.shutdown().await;
        lock(&self.open).clear();
    }
}

impl Connection {
    pub(super) fn new(caller: Caller) -> (Arc<Self>, mpsc::UnboundedReceiver<Outgoing>) {
        let (outgoing, queue) = mpsc::unbounded_channel();
        let connection = Self {
            caller,
            opened: Instant::now(),
            active_ms: AtomicU64::new(0),
            outgoing,
            room: Arc::new(Semaphore::new(WEB_SOCKET_OUTGOING_BYTES_MAX)),
            leaving: Notify::new(),
        };
        (Arc::new(connection), queue)
    }

    /// Queues a message, waiting for room no longer than `wait`.
    pub(super) async fn send(&self, message: Bytes, wait: Duration) -> Result<(), Unsent> {
        let weight = u32::try_from(message.len() + WEB_SOCKET_MESSAGE_OVERHEAD_BYTES).map_err(|_| Unsent::Full)?;
        let acquired = timeout(wait, Arc::clone(&self.room).acquire_many_owned(weight)).await;
        let room = acquired.map_err(|_| Unsent::Full)?.map_err(|_| Unsent::Gone)?;
        self.outgoing.send(Outgoing::Message(message, room)).map_err(|_| Unsent::Gone)
    }

    /// Ends the connection after what waits to be sent.
    pub(super) fn close(&self) {
        // An error would be a connection that has ended already.
        let _ = self.outgoing.send(Outgoing::Close);
    }

    /// Waits until the connection has to end at once.
    pub(super) async fn told_to_leave(&self) {
        self.leaving.notified().await;
    }

    /// Something moved on the connection.
    pub(super) fn touch(&self) {
        let now_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.active_ms.fetch_max(now_ms, Ordering::Relaxed);
    }

    pub(super) fn opened(&self) -> Instant {
        self.opened
    }

    pub(super) fn last_active(&self) -> Instant {
        self.opened + Duration::from_millis(self.active_ms.load(Ordering::Relaxed))
    }

    /// Milliseconds since the epoch.
    pub(super) fn last_active_at_ms(&self) -> u64 {
        self.caller.connected_at_ms.saturating_add(self.active_ms.load(Ordering::Relaxed))
    }
}

/// No holder of these locks can panic half-way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
