//! All services together: their threads, their listeners, their resources, their end.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

use crate::body::BodyError;
use crate::dynamodb::DynamoDb;
use crate::error::ServicesError;
use crate::front::{self, Front};
use crate::limits::{DRAIN, RUNTIME_SHUTDOWN, WORKER_THREADS_MAX};
use crate::meter::{CpuMeter, ServicesReport};
use crate::physics::PhysicsHandle;
use crate::resource::Resource;
use crate::s3::S3;
use crate::service::Service;
use crate::settings::ServicesSettings;
use crate::sqs::Sqs;
use crate::sts::Sts;

/// The local AWS endpoint at work. None of its calls may be made on the services' own threads.
pub struct Services {
    addr: SocketAddr,
    front: Arc<Front>,
    handle: Handle,
    stop: watch::Sender<bool>,
    /// Taken at shutdown.
    runtime: Mutex<Option<Runtime>>,
}

/// A further listener; dropped, it closes and ends its connections.
#[derive(Debug)]
pub struct ServeGuard {
    /// The listener ends when this is gone.
    _stop: watch::Sender<bool>,
}

impl Services {
    /// Opens the services and listens. The services have their own threads, named `ferry-services`, so that their CPU time can be
    /// told from that of the rest of the process.
    pub fn start(settings: ServicesSettings) -> Result<Self, ServicesError> {
        if !settings.addr.ip().is_loopback() {
            return Err(ServicesError::NotLoopback { addr: settings.addr });
        }
        let bind = |source| ServicesError::Bind { addr: settings.addr, source };
        let listener = std::net::TcpListener::bind(settings.addr).map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        let cpu = CpuMeter::default();
        let runtime = start_runtime(&cpu)?;
        let physics = Arc::new(PhysicsHandle::new(settings.physics.clone()));
        let services = open_services(&settings)?;
        let front = Arc::new(Front::new(services, settings.secret, physics, cpu));
        let (stop, stopped) = watch::channel(false);
        listen(runtime.handle(), listener, Arc::clone(&front), stopped)?;
        Ok(Self { addr, front, handle: runtime.handle().clone(), stop, runtime: Mutex::new(Some(runtime)) })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:4566`
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Serves a further listener, such as the one inside a sandbox's network.
    pub fn serve(&self, listener: std::net::TcpListener) -> Result<ServeGuard, ServicesError> {
        let (stop, stopped) = watch::channel(false);
        listen(&self.handle, listener, Arc::clone(&self.front), stopped)?;
        Ok(ServeGuard { _stop: stop })
    }

    /// Requests for this service ("lambda", "execute-api") are forwarded unchanged to another port of this machine.
    pub fn set_neighbour(&self, service: &str, addr: SocketAddr) {
        self.front.set_neighbour(service, addr);
    }

    /// The physics in force, to be asked and changed.
    pub fn physics(&self) -> &PhysicsHandle {
        &self.front.physics
    }

    /// Makes the resources that templates name; those that exist are left as they are. Gives warnings, each a sentence.
    pub fn create(&self, resources: &[Resource]) -> Result<Vec<String>, ServicesError> {
        let (sender, receiver) = mpsc::channel();
        let front = Arc::clone(&self.front);
        let resources = resources.to_vec();
        // Not `block_on`, which panics within an asynchronous caller.
        self.handle.spawn(async move {
            let _ = sender.send(create(&front, &resources).await);
        });
        receiver.recv().map_err(|_| ServicesError::ShutDown)?
    }

    pub fn report(&self) -> ServicesReport {
        self.front.report()
    }

    /// Counts from nothing again: calls, CPU time, and the numbers by which the physics choose their calls.
    pub fn reset_counters(&self) {
        self.front.reset_counters();
    }

    /// Ends listeners, connections and threads. A second call does nothing.
    pub fn shutdown(&self) {
        let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let _ = self.stop.send(true);
        let (sender, receiver) = mpsc::channel();
        let stop = self.stop.clone();
        runtime.spawn(async move {
            stop.closed().await;
            let _ = sender.send(());
        });
        // Until the listener's drain is over; then whatever still runs is given up.
        let _ = receiver.recv_timeout(DRAIN + RUNTIME_SHUTDOWN);
        // A runtime may not wait for its threads within an asynchronous caller: another thread does.
        let ending = std::thread::spawn(move || runtime.shutdown_timeout(RUNTIME_SHUTDOWN));
        let _ = ending.join();
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("addr", &self.addr).finish_non_exhaustive()
    }
}

/// The services there are. Each adds its line.
fn open_services(settings: &ServicesSettings) -> Result<Vec<Arc<dyn Service>>, ServicesError> {
    let failed = |service| move |source: BodyError| ServicesError::Open { service, source };
    let s3_dir = settings.data_dir.as_ref().map(|folder| folder.join("s3"));
    let s3 = S3::open(s3_dir.as_deref(), &settings.region, &settings.account_id).map_err(|error| failed("s3")(error.into()))?;
    let dynamodb = DynamoDb::open(settings).map_err(|error| failed("dynamodb")(error.into()))?;
    let sqs = Sqs::open(settings).map_err(|error| failed("sqs")(error.into()))?;
    Ok(vec![Arc::new(s3), Arc::new(dynamodb), Arc::new(sqs), Arc::new(Sts::new(settings.account_id.clone()))])
}

fn start_runtime(cpu: &CpuMeter) -> Result<Runtime, ServicesError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(WORKER_THREADS_MAX);
    let (entering, leaving) = (cpu.clone(), cpu.clone());
    Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("ferry-services")
        .on_thread_start(move || entering.enter())
        .on_thread_stop(move || leaving.leave())
        .enable_all()
        .build()
        .map_err(ServicesError::Runtime)
}

fn listen(
    handle: &Handle,
    listener: std::net::TcpListener,
    front: Arc<Front>,
    stopped: watch::Receiver<bool>,
) -> Result<(), ServicesError> {
    listener.set_nonblocking(true).map_err(ServicesError::Listener)?;
    let _entered = handle.enter();
    let listener = TcpListener::from_std(listener).map_err(ServicesError::Listener)?;
    handle.spawn(front::serve(listener, front, stopped));
    Ok(())
}

async fn create(front: &Front, resources: &[Resource]) -> Result<Vec<String>, ServicesError> {
    let mut warnings = Vec::new();
    for resource in resources {
        if let Some(making) = front.services().iter().find_map(|service| service.create(resource)) {
            warnings.extend(making.await?);
        }
    }
    Ok(warnings)
}
