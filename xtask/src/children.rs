//! Servers that a benchmark starts, and stops again whatever happens.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::client::Client;

/// How long a server may take until its function answers: `cargo lambda watch` compiles on the first request.
const READY_MAX: Duration = Duration::from_secs(600);

/// A server of ours; interrupted, then killed, when dropped.
pub(crate) struct Server {
    child: Child,
    name: &'static str,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a command in a folder and waits until the function answers the event on `address`.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        folder: &Path,
        address: SocketAddr,
        (function, event): (&str, &str),
    ) -> Result<Self> {
        eprintln!("starting {name}");
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{name} did not start: {command:?}"))?;
        let mut server = Self { child, name, address };
        server.wait_until_it_answers(function, event)?;
        Ok(server)
    }

    #[expect(clippy::disallowed_methods, reason = "waits for another process, outside anything measured")]
    fn wait_until_it_answers(&mut self, function: &str, event: &str) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < READY_MAX {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended before it answered: {status}", self.name);
            }
            if Client::connect(self.address).and_then(|mut client| client.invoke(function, event)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        bail!("{} did not answer on {} within {READY_MAX:?}", self.name, self.address)
    }
}

impl Drop for Server {
    #[expect(clippy::disallowed_methods, reason = "gives the server its time to stop cleanly")]
    fn drop(&mut self) {
        let interrupted = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        for _ in 0..50 {
            if interrupted.is_err() || !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        // Both fail only when it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A port that was free a moment ago, on 127.0.0.1.
pub(crate) fn free_port() -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?)
}
