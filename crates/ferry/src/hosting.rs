//! A host of ours: started on what was built, stopped without leaving anything behind.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use ferry_host::build::BuiltFunction;
use ferry_host::doors::{ApiAddress, Doors, DoorsSettings, PageAddress};
use ferry_host::facts::Facts;
use ferry_host::host::LocalLambda;
use ferry_host::kernel::{Kernel, KernelSettings};
use ferry_host::settings::{AwsDoors, HostSettings};
use ferry_template::Template;
use serde_json::Value;

use crate::args::Hosting;
use crate::logging::StandardError;

/// A running host. Its threads are its own: the caller may block.
#[derive(Debug)]
pub(crate) struct Hosted {
    runtime: tokio::runtime::Runtime,
    local: Arc<LocalLambda>,
    doors: Doors,
}

impl Hosted {
    /// Starts the host and opens its doors; port 0 takes free ones. `log` says whether functions' log lines go to standard error.
    pub(crate) fn start(
        templates: &[Template],
        built: Vec<BuiltFunction>,
        hosting: &Hosting,
        aws: AwsDoors,
        ports: Ports,
        log: bool,
    ) -> Result<Self> {
        // One thread serves everything but what blocks: with two, tokio wakes the other about once for each request.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("ferry-host")
            .enable_all()
            .build()
            .context("the host's thread did not start")?;
        let mut settings = HostSettings { init_boost: !hosting.no_init_boost, aws, ..HostSettings::default() };
        if log {
            settings.log_sink = StandardError::sink();
        }
        let kernel = open_kernel(hosting.unenforced);
        let (local, doors) = runtime.block_on(async {
            let local = Arc::new(LocalLambda::new(kernel, built, settings));
            let facts = Arc::new(Facts::new(Arc::clone(&local)));
            let doors_settings = DoorsSettings {
                lambda_addr: ([127, 0, 0, 1], ports.lambda).into(),
                first_api_port: ports.first_api,
                ..DoorsSettings::default()
            };
            let doors = Doors::open(local.clone(), templates, facts, doors_settings).await?;
            anyhow::Ok((local, doors))
        })?;
        Ok(Self { runtime, local, doors })
    }

    /// The Lambda API, such as `http://127.0.0.1:9000`.
    pub(crate) fn lambda_url(&self) -> String {
        self.doors.lambda_url()
    }

    pub(crate) fn lambda_addr(&self) -> Result<SocketAddr> {
        let url = self.lambda_url();
        url.trim_start_matches("http://").parse().with_context(|| format!("{url} is no address"))
    }

    pub(crate) fn apis(&self) -> Vec<ApiAddress> {
        self.doors.apis()
    }

    pub(crate) fn pages(&self) -> Vec<PageAddress> {
        self.doors.pages()
    }

    pub(crate) fn local(&self) -> &LocalLambda {
        &self.local
    }

    /// Waits for Ctrl-C or SIGTERM.
    pub(crate) fn wait_for_signal(&self) -> Result<()> {
        self.runtime.block_on(async {
            let mut terminated =
                tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted.context("Ctrl-C cannot be waited for"),
                _ = terminated.recv() => Ok(()),
            }
        })
    }

    /// Lets requests under way end, then ends every sandbox.
    pub(crate) fn stop(self) {
        let Self { runtime, local, doors } = self;
        runtime.block_on(async {
            doors.close().await;
            local.shutdown().await;
        });
    }
}

/// The ports of the Lambda API and of the first HTTP API; 0 takes free ones.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ports {
    pub(crate) lambda: u16,
    pub(crate) first_api: u16,
}

fn open_kernel(unenforced: bool) -> Kernel {
    let settings = KernelSettings { force_unenforced: unenforced, ..KernelSettings::default() };
    let mut kernel = Kernel::open(settings);
    kernel.self_test();
    kernel
}

/// What the machine enforces, found out by doing it.
pub(crate) fn self_test() -> Result<Value> {
    serde_json::to_value(open_kernel(false).enforcement()).context("the self-test's result is not JSON")
}

/// Now, RFC 3339, UTC.
pub(crate) fn timestamp() -> String {
    let now = time::OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
