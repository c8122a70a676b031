//! How the services are started.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::physics::Physics;

/// The port that local AWS endpoints have by custom.
pub const DEFAULT_PORT: u16 = 4566;

#[derive(Debug, Clone)]
pub struct ServicesSettings {
    /// On loopback; port 0 is a free one.
    pub addr: SocketAddr,
    /// Of resources whose request names none.
    pub region: String,
    /// Twelve digits.
    pub account_id: String,
    /// Where data are kept; in memory when absent.
    pub data_dir: Option<PathBuf>,
    /// When set, only requests signed with it are answered. When not, signatures are read but not checked.
    pub secret: Option<Secret>,
    pub physics: Physics,
}

impl Default for ServicesSettings {
    fn default() -> Self {
        Self {
            addr: (Ipv4Addr::LOCALHOST, DEFAULT_PORT).into(),
            region: "us-east-1".to_owned(),
            account_id: "123456789012".to_owned(),
            data_dir: None,
            secret: None,
            physics: Physics::default(),
        }
    }
}

/// An access key and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub access_key: String,
    pub secret_key: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}
