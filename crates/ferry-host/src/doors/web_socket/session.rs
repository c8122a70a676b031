//! One connection, from its upgrade to its `$disconnect`: a task of its own that reads, writes, and watches the clock.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::WebSocketDoor;
use super::connections::{Connection, Outgoing};
use super::ending::Ending;
use crate::doors::limits::{
    WEB_SOCKET_CLOSE_TIMEOUT, WEB_SOCKET_FRAME_BYTES_MAX, WEB_SOCKET_MESSAGE_BYTES_MAX, WEB_SOCKET_MESSAGES_AT_ONCE_MAX,
    WEB_SOCKET_UPGRADE_TIMEOUT, WEB_SOCKET_WRITE_TIMEOUT,
};

type Socket = WebSocketStream<TokioIo<Upgraded>>;

pub(super) struct Session {
    pub(super) door: Arc<WebSocketDoor>,
    pub(super) connection: Arc<Connection>,
    pub(super) outgoing: mpsc::UnboundedReceiver<Outgoing>,
    /// Kept until `$disconnect` has been told.
    pub(super) place: OwnedSemaphorePermit,
}

impl Session {
    /// Serves the connection to its end. `$disconnect` is invoked exactly once, however it ends, and messages that are still being
    /// handled go on to theirs.
    pub(super) async fn run(mut self, upgrade: OnUpgrade) {
        let mut handlers = JoinSet::new();
        let (socket, ending) = match timeout(WEB_SOCKET_UPGRADE_TIMEOUT, upgrade).await {
            Ok(Ok(upgraded)) => {
                let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(configuration())).await;
                let ending = self.serve(&mut socket, &mut handlers).await;
                (Some(socket), ending)
            }
            // The client left before it was answered.
            Ok(Err(_)) | Err(_) => (None, Ending::lost()),
        };
        self.door.connections.forget(&self.connection.caller.connection_id);
        let farewell = async {
            if let Some(socket) = socket {
                let _ = timeout(WEB_SOCKET_CLOSE_TIMEOUT, finish(socket, &ending)).await;
            }
        };
        tokio::join!(farewell, self.door.disconnect(&self.connection.caller, &ending));
        while handlers.join_next().await.is_some() {}
        drop(self.place);
    }

    async fn serve(&mut self, socket: &mut Socket, handlers: &mut JoinSet<()>) -> Ending {
        let (mut sink, mut stream) = socket.split();
        tokio::select! {
            // What the client said last is more telling than that it can no longer be written to.
            biased;
            ending = receive(&self.door, &self.connection, &mut stream, handlers) => ending,
            () = self.connection.told_to_leave() => Ending::going_away(),
            ending = write(&self.connection, &mut self.outgoing, &mut sink) => ending,
            () = expire(&self.door, &self.connection) => Ending::going_away(),
        }
    }
}

fn configuration() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_frame_size(Some(WEB_SOCKET_FRAME_BYTES_MAX))
        .max_message_size(Some(WEB_SOCKET_MESSAGE_BYTES_MAX))
}

/// Reads to the end. Messages are handled at the same time, up to a bound, beyond which the client has to wait: like API Gateway this
/// promises no order.
async fn receive(
    door: &Arc<WebSocketDoor>,
    connection: &Arc<Connection>,
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    handlers: &mut JoinSet<()>,
) -> Ending {
    let handling = Arc::new(Semaphore::new(WEB_SOCKET_MESSAGES_AT_ONCE_MAX));
    loop {
        let message = match stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Ending::of_error(&error),
            None => return Ending::lost(),
        };
        connection.touch();
        match message {
            Message::Text(text) => {
                // The semaphore is never closed.
                let Ok(turn) = Arc::clone(&handling).acquire_owned().await else { return Ending::lost() };
                while handlers.try_join_next().is_some() {}
                let (door, connection) = (Arc::clone(door), Arc::clone(connection));
                handlers.spawn(async move {
                    if let Some(answer) = door.message(&connection.caller, text.as_str()).await {
                        // A client that has gone, or does not read, has no use for it.
                        let _ = connection.send(answer, WEB_SOCKET_WRITE_TIMEOUT).await;
                    }
                    drop(turn);
                });
            }
            Message::Binary(_) => return Ending::binary(),
            Message::Close(frame) => return Ending::by_client(frame),
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// Writes what others send to the client, in order, until one of them closes the connection or the client no longer reads.
async fn write(
    connection: &Connection,
    outgoing: &mut mpsc::UnboundedReceiver<Outgoing>,
    sink: &mut (impl Sink<Message, Error = Error> + Unpin),
) -> Ending {
    while let Some(Outgoing::Message(message, room)) = outgoing.recv().await {
        for frame in frames(message) {
            match timeout(WEB_SOCKET_WRITE_TIMEOUT, sink.send(Message::Frame(frame))).await {
                Ok(Ok(())) => connection.touch(),
                Ok(Err(_)) | Err(_) => return Ending::lost(),
            }
        }
        drop(room);
    }
    Ending::deleted()
}

/// A message in frames of API Gateway's size: text if it is, else binary.
fn frames(mut message: Bytes) -> impl Iterator<Item = Frame> {
    let mut kind = Some(if std::str::from_utf8(&message).is_ok() { Data::Text } else { Data::Binary });
    let mut last = false;
    std::iter::from_fn(move || {
        if last {
            return None;
        }
        let piece = message.split_to(message.len().min(WEB_SOCKET_FRAME_BYTES_MAX));
        last = message.is_empty();
        Some(Frame::message(piece, OpCode::Data(kind.take().unwrap_or(Data::Continue)), last))
    })
}

/// Waits until the connection has idled, or lasted, for too long.
async fn expire(door: &WebSocketDoor, connection: &Connection) {
    let end = connection.opened() + door.lifetime;
    loop {
        let idle_end = connection.last_active() + door.idle;
        let next = idle_end.min(end);
        if next <= Instant::now() {
            return;
        }
        sleep_until(next).await;
    }
}

/// The closing handshake. What the client still sends is read and thrown away: data left unread would reset the connection, and the
/// client might never see why it was closed.
async fn finish(mut socket: Socket, ending: &Ending) {
    let told = match ending.frame() {
        Some(frame) => socket.close(Some(frame)).await,
        None => socket.flush().await,
    };
    if told.is_err() && ending.frame().is_some() {
        return;
    }
    while let Some(Ok(_)) = socket.next().await {}
    let mut stream = pin!(socket.into_inner());
    let _ = stream.shutdown().await;
    let mut thrown_away = [0; 4096];
    while stream.read(&mut thrown_away).await.is_ok_and(|read| read > 0) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(message: impl Into<Bytes>) -> Vec<(usize, OpCode, bool)> {
        frames(message.into()).map(|frame| (frame.payload().len(), frame.header().opcode, frame.header().is_final)).collect()
    }

    #[test]
    fn messages_are_cut_into_frames_of_the_documented_size() {
        let (text, binary, more) = (OpCode::Data(Data::Text), OpCode::Data(Data::Binary), OpCode::Data(Data::Continue));
        assert_eq!(shape("hi"), [(2, text, true)]);
        assert_eq!(shape(""), [(0, text, true)]);
        assert_eq!(shape(vec![0xff]), [(1, binary, true)]);
        assert_eq!(shape("x".repeat(32 * 1024)), [(32 * 1024, text, true)]);
        assert_eq!(shape("x".repeat(64 * 1024 + 1)), [(32 * 1024, text, false), (32 * 1024, more, false), (1, more, true)]);
    }
}
