//! The local Lambda, without its front doors: the kernel and one pool for each function.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ferry_template::Function;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use tokio::task::JoinHandle;

use crate::build::BuiltFunction;
use crate::clock::Clock;
use crate::invoke::{ConfigurationChange, Invoke, InvokeAnswer, InvokeError, InvokeRequest};
use crate::kernel::{Enforcement, Kernel};
use crate::limits::SHUTDOWN_WAIT;
use crate::pool::{HostSlots, Pool};
use crate::sandbox::Shared;
use crate::settings::HostSettings;

/// How often idle sandboxes are looked over, as a part of the time that they may be idle.
const REAPS_PER_IDLE_TIMEOUT: u32 = 4;

/// Runs functions. Dropping it ends all sandboxes; [`LocalLambda::shutdown`] also waits until they are gone.
#[derive(Debug)]
pub struct LocalLambda {
    shared: Arc<Shared>,
    pools: Arc<[Arc<Pool>]>,
    /// By function name and by logical id.
    names: HashMap<String, usize>,
    reaper: JoinHandle<()>,
}

impl LocalLambda {
    /// Must be called within a tokio runtime, which the sandboxes then live on. Function names are unique; where a
    /// logical id is another function's name, the name wins.
    pub fn new(kernel: Kernel, functions: Vec<BuiltFunction>, settings: HostSettings) -> Self {
        let slots = Arc::new(HostSlots::new(settings.concurrency));
        let shared = Arc::new(Shared { kernel: Arc::new(kernel), settings, clock: Clock::start() });
        let mut names = HashMap::new();
        for (index, built) in functions.iter().enumerate() {
            names.entry(built.function.logical_id.clone()).or_insert(index);
        }
        for (index, built) in functions.iter().enumerate() {
            names.insert(built.function.name.clone(), index);
        }
        let pools: Arc<[_]> = functions.into_iter().map(|built| Pool::new(Arc::clone(&shared), Arc::clone(&slots), built)).collect();
        let reaper = tokio::spawn(reap(Arc::clone(&pools), Arc::clone(&shared)));
        Self { shared, pools, names, reaper }
    }

    /// What the machine enforces.
    pub fn enforcement(&self) -> &Enforcement {
        self.shared.kernel.enforcement()
    }

    /// The build that the function's next invocation runs.
    pub fn built(&self, name: &str) -> Result<BuiltFunction, InvokeError> {
        Ok(self.pool(name)?.built())
    }

    pub fn settings(&self) -> &HostSettings {
        &self.shared.settings
    }

    /// The next invocation of the function runs this build, with the configuration that the build says: what
    /// [`Invoke::update_configuration`] changed since is gone. Invocations under way end on the build that they began on.
    pub fn replace(&self, built: BuiltFunction) -> Result<(), InvokeError> {
        let pool = self.pool(&built.function.name)?;
        pool.replace(built);
        Ok(())
    }

    /// Ends all sandboxes, those at work too (their callers hear [`InvokeError::ShuttingDown`]), and waits until they
    /// are gone. False when some were not gone within the limit; the kernel module goes on removing them.
    pub async fn shutdown(&self) -> bool {
        self.close();
        let ended = join_all(self.pools.iter().map(|pool| pool.ended()));
        tokio::time::timeout(SHUTDOWN_WAIT, ended).await.is_ok()
    }

    fn close(&self) {
        self.reaper.abort();
        self.pools.iter().for_each(|pool| pool.close());
    }

    fn pool(&self, name: &str) -> Result<&Arc<Pool>, InvokeError> {
        let index = self.names.get(bare_name(name));
        index.and_then(|index| self.pools.get(*index)).ok_or_else(|| {
            let settings = &self.shared.settings;
            let arn = format!("arn:aws:lambda:{}:{}:function:{}", settings.region, settings.account_id, bare_name(name));
            InvokeError::NotFound { arn }
        })
    }
}

impl Invoke for LocalLambda {
    fn functions(&self) -> Vec<Arc<Function>> {
        self.pools.iter().map(|pool| pool.function()).collect()
    }

    fn function(&self, name: &str) -> Option<Arc<Function>> {
        self.pool(name).ok().map(|pool| pool.function())
    }

    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<InvokeAnswer, InvokeError>> {
        match self.pool(&request.function) {
            Ok(pool) => pool.invoke(request).boxed(),
            Err(error) => std::future::ready(Err(error)).boxed(),
        }
    }

    fn update_configuration(&self, name: &str, change: ConfigurationChange) -> Result<Arc<Function>, InvokeError> {
        self.pool(name)?.update_configuration(&change)
    }
}

impl Drop for LocalLambda {
    fn drop(&mut self) {
        self.close();
    }
}

async fn reap(pools: Arc<[Arc<Pool>]>, shared: Arc<Shared>) {
    let idle_timeout = shared.settings.idle_timeout;
    let pause = (idle_timeout / REAPS_PER_IDLE_TIMEOUT).max(Duration::from_millis(10));
    loop {
        tokio::time::sleep(pause).await;
        let now = shared.clock.now();
        pools.iter().for_each(|pool| pool.reap(now, idle_timeout));
    }
}

/// `name` of `name`, `account:function:name` and `arn:aws:lambda:region:account:function:name`, each with or without
/// a qualifier.
fn bare_name(name: &str) -> &str {
    let name = name.split_once(":function:").map_or(name, |(_, rest)| rest);
    name.split_once(':').map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_three_shapes_with_and_without_qualifier() {
        let names = [
            "f",
            "f:$LATEST",
            "123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:live",
        ];
        for name in names {
            assert_eq!(bare_name(name), "f", "{name}");
        }
        assert_eq!(bare_name("function:live"), "function");
    }
}
