//! A started process with the ends of it that the host holds: Runtime API, output, exit.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::kernel::Process;
use crate::limits::{LOG_READ_BYTES_MAX, RUNTIME_CONNECTIONS_MAX};
use crate::runtime_api::{self, Connection, Message};
use crate::settings::AwsDoor;

/// Size of one read of the output; a pipe holds 64 KB.
const READ_BYTES: usize = 16 * 1024;

#[expect(
    deprecated,
    reason = "its successor is unsafe for types whose descriptor may change; an OwnedFd keeps its own until it is dropped"
)]
fn watch(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(descriptor, Interest::READABLE)
}

/// The fields are dropped in order: what watches the process goes before the process.
pub(super) struct Running {
    listener: TcpListener,
    connections: FuturesUnordered<Connection>,
    output: AsyncFd<OwnedFd>,
    output_open: bool,
    exit: AsyncFd<OwnedFd>,
    read_buffer: Vec<u8>,
    /// Keeps the local AWS services' socket in the private network open, with its connections, also while the sandbox is frozen.
    _aws: Option<Box<dyn Send>>,
    pub(super) process: Process,
}

impl Running {
    pub(super) fn new(mut process: Process, aws: Option<&AwsDoor>) -> io::Result<Self> {
        let aws = process.take_further_listener().zip(aws).map(|(listener, aws)| (aws.serve)(listener));
        Ok(Self {
            listener: TcpListener::from_std(process.take_listener())?,
            connections: FuturesUnordered::new(),
            output: watch(process.take_output())?,
            output_open: true,
            exit: watch(process.pidfd().try_clone_to_owned()?)?,
            read_buffer: vec![0; READ_BYTES],
            _aws: aws,
            process,
        })
    }

    /// Lets the connections work and takes new ones. True when nothing is left to come: no connection is open and
    /// none is waiting.
    pub(super) fn poll_api(&mut self, cx: &mut Context<'_>, messages: &mpsc::Sender<Message>) -> bool {
        loop {
            while let Poll::Ready(Some(())) = self.connections.poll_next_unpin(cx) {}
            if self.connections.len() >= RUNTIME_CONNECTIONS_MAX {
                return false;
            }
            match self.listener.poll_accept(cx) {
                Poll::Ready(Ok((stream, _))) => self.connections.push(runtime_api::serve(stream, messages.clone())),
                // Out of descriptors, or a connection that broke while it waited: the next poll tries again.
                Poll::Ready(Err(_)) | Poll::Pending => return self.connections.is_empty(),
            }
        }
    }

    /// Whether the process has exited.
    pub(super) fn poll_exit(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.exit.poll_read_ready(cx).map(|_| ())
    }

    /// Whether there is output to [`Self::read_output`].
    pub(super) fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.output_open {
            return Poll::Pending;
        }
        self.output.poll_read_ready(cx).map(|_| ())
    }

    /// Hands over what stands in the pipe, up to a bound. Also what arrived so recently that tokio does not know of it:
    /// what a function wrote before its response must be in the log before the response.
    pub(super) fn read_output(&mut self, mut sink: impl FnMut(&[u8])) {
        let mut budget = LOG_READ_BYTES_MAX;
        while self.output_open && budget > 0 {
            let mut read = || Ok(rustix::io::read(self.output.get_ref().as_fd(), &mut self.read_buffer)?);
            let known = self.output.try_io(Interest::READABLE, |_| read());
            match known.or_else(|error| if error.kind() == io::ErrorKind::WouldBlock { read() } else { Err(error) }) {
                Ok(0) => self.output_open = false,
                Ok(length) => {
                    sink(&self.read_buffer[..length]);
                    budget = budget.saturating_sub(length);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.output_open = false,
            }
        }
    }
}
