//! One sandbox: the task that owns its process and its state machine, and sees everything that happens in one order.
//!
//! The map: [`driver`] is the loop, [`acts`] does what the state machine wants, [`start`] makes a process of a build,
//! [`running`] is that process with its sockets and pipes, [`last_moments`] its end, [`in_flight`] the invocation under
//! way with its caller, [`answer`] and [`streaming`] what callers hear, [`journal`] the log, [`meter`] what was used.
//! The pool hands a sandbox its invocations with a [`Lease`], which goes back when the sandbox is ready again.

mod acts;
mod answer;
mod driver;
mod in_flight;
mod inner_wakes;
mod journal;
mod last_moments;
mod meter;
mod running;
mod start;
mod streaming;

use std::sync::Arc;
use std::time::Instant;

use ferry_template::Function;
use http::HeaderValue;
use tokio::sync::{mpsc, oneshot};

use crate::build::BuiltFunction;
use crate::clock::Clock;
use crate::invoke::{InvokeAnswer, InvokeError, InvokeRequest};
use crate::kernel::Kernel;
use crate::limits::COMMANDS_MAX;
use crate::pool::Membership;
use crate::settings::HostSettings;

pub(crate) use driver::Driver;

/// What all sandboxes of a host share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) kernel: Arc<Kernel>,
    pub(crate) settings: HostSettings,
    pub(crate) clock: Clock,
}

/// A build of a function under one configuration. Sandboxes of an older generation take no more invocations.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) built: BuiltFunction,
    /// The function as configured now; `built.function` is as it was when built.
    pub(crate) function: Arc<Function>,
    pub(crate) arn: HeaderValue,
    pub(crate) generation: u64,
}

/// The right to give one sandbox one invocation. Whoever holds it is the only one who can; losing it ends the sandbox.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) id: u64,
    pub(crate) generation: u64,
    pub(crate) idle_since: Instant,
    pub(crate) commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
pub(crate) enum Command {
    Invoke(Box<Work>, Lease),
    Shutdown,
}

/// An invocation on its way to a sandbox.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) request: InvokeRequest,
    pub(crate) caller: oneshot::Sender<Result<InvokeAnswer, InvokeError>>,
}

/// Starts a new sandbox for `work`. Its task ends with the sandbox.
pub(crate) fn spawn(
    shared: &Arc<Shared>,
    deployment: Arc<Deployment>,
    membership: Membership,
    work: Box<Work>,
) -> mpsc::WeakSender<Command> {
    let (commands, orders) = mpsc::channel(COMMANDS_MAX);
    let weak = commands.downgrade();
    let lease = Lease { id: membership.id(), generation: deployment.generation, idle_since: shared.clock.now(), commands };
    let driver = Driver::new(Arc::clone(shared), deployment, membership, orders);
    tokio::spawn(inner_wakes::kept_inside(driver.run(work, lease)));
    weak
}
