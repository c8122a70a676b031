//! Private network namespaces, whose only doors are sockets that the host opened inside them.
//!
//! A socket belongs to the namespace of the thread that made it, for ever; so a thread enters the namespace, opens the
//! socket, and the host serves it like any other.
#![expect(unsafe_code, reason = "unshare, and an ioctl that takes a struct")]

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

use super::super::limits;

/// Where Lambda has the Runtime API.
const RUNTIME_API_PORT: u16 = 9001;

/// Where a sandbox's listening sockets are opened.
#[derive(Debug)]
pub(in crate::kernel) enum Door {
    /// The machine's own network.
    Machine,
    Private(OwnedFd),
}

/// A fresh namespace with `lo` up and the host's sockets in it: the Runtime API's, and a further one where that is asked for.
#[derive(Debug)]
pub(in crate::kernel) struct Network {
    pub(in crate::kernel) namespace: OwnedFd,
    pub(in crate::kernel) listener: TcpListener,
    pub(in crate::kernel) further_listener: Option<TcpListener>,
}

/// Namespaces made ahead by a thread of its own.
#[derive(Debug)]
pub(in crate::kernel) struct Networks {
    ready: Option<Mutex<Receiver<io::Result<Network>>>>,
    maker: Option<JoinHandle<()>>,
}

impl Networks {
    /// Fails when the first namespace does, with the reason.
    pub(in crate::kernel) fn open(further_port: Option<u16>) -> io::Result<Self> {
        let (sender, ready) = sync_channel(limits::NETWORKS_READY);
        let maker = std::thread::Builder::new().name("ferry-network".into()).spawn(move || make_ahead(further_port, &sender))?;
        let networks = Self { ready: Some(Mutex::new(ready)), maker: Some(maker) };
        networks.take()?;
        Ok(networks)
    }

    pub(in crate::kernel) fn take(&self) -> io::Result<Network> {
        let ready = self.ready.as_ref().map(|ready| ready.lock().unwrap_or_else(PoisonError::into_inner).recv());
        ready.and_then(Result::ok).unwrap_or_else(|| Err(io::Error::other("the thread that makes network namespaces has ended")))
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        drop(self.ready.take());
        if let Some(maker) = self.maker.take() {
            let _ = maker.join();
        }
    }
}

/// Ends when nobody takes them any more. Also ends when the thread cannot get back to the machine's network, because
/// the next namespace would then not be freed.
fn make_ahead(further_port: Option<u16>, ready: &SyncSender<io::Result<Network>>) {
    let Ok(machine) = File::open("/proc/thread-self/ns/net") else { return };
    loop {
        let made = make(further_port);
        let back = move_into_link_name_space(machine.as_fd(), Some(LinkNameSpaceType::Network));
        if ready.send(made).is_err() || back.is_err() {
            return;
        }
    }
}

/// Leaves the thread in the new namespace.
fn make(further_port: Option<u16>) -> io::Result<Network> {
    // SAFETY: only FILES is dangerous, since it would part this thread from the others' descriptors.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET) }?;
    bring_loopback_up()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, RUNTIME_API_PORT))?;
    let further_listener = further_port.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port))).transpose()?;
    Ok(Network { namespace: File::open("/proc/thread-self/ns/net")?.into(), listener, further_listener })
}

fn bring_loopback_up() -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // SAFETY: an `ifreq` is plain numbers, for which zero is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().zip(*b"lo") {
        *place = byte.cast_signed();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the flags are bits 0 and 6")]
    let flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    request.ifr_ifru.ifru_flags = flags;
    // SAFETY: SIOCSIFFLAGS reads an `ifreq`, which `request` is, and the socket is open.
    if unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

impl Door {
    pub(in crate::kernel) fn machine() -> Self {
        Self::Machine
    }

    /// A socket on 127.0.0.1; a private one is opened by a short-lived thread, about 50 µs.
    pub(in crate::kernel) fn listen(&self, port: u16) -> io::Result<TcpListener> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        match self {
            Self::Machine => bind(),
            Self::Private(namespace) => std::thread::scope(|scope| {
                let inside = scope.spawn(|| {
                    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
                    bind()
                });
                inside.join().unwrap_or_else(|_| Err(io::Error::other("the thread that opens the socket panicked")))
            }),
        }
    }

    pub(in crate::kernel) fn namespace(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Machine => None,
            Self::Private(namespace) => Some(namespace.as_fd()),
        }
    }
}
