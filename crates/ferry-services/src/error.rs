//! Why the services could not start, or could not make what was asked.

use std::io;
use std::net::SocketAddr;

use crate::body::BodyError;
use crate::resource::ResourceError;

#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    #[error("{addr} is not an address of this machine alone: the services listen on 127.0.0.1 only")]
    NotLoopback { addr: SocketAddr },
    #[error("cannot listen on {addr}: free the port, or choose another one (0 is any free one)")]
    Bind {
        addr: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the threads of the services cannot be started")]
    Runtime(#[source] io::Error),
    #[error("a listener cannot be served")]
    Listener(#[source] io::Error),
    /// A service could not open its data.
    #[error("{service} cannot be opened")]
    Open {
        service: &'static str,
        #[source]
        source: BodyError,
    },
    #[error(transparent)]
    Resource(#[from] ResourceError),
    #[error("the services are shut down")]
    ShutDown,
}

/// An error with its causes, for a client to read.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes: Vec<String> = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    causes.join(": ")
}
