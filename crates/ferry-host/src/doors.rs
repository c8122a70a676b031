//! The front doors: every way by which HTTP reaches a function, all on loopback.
//!
//! - [`lambda`]: the Lambda API and the host's own pages under `/_ferry/`, on one listener.
//! - [`http_api`]: a listener for each HTTP API, so that paths are those of production.
//! - [`function_url`]: a listener for each function with a URL.
//!
//! A door turns its protocol into an [`InvokeRequest`](crate::invoke::InvokeRequest) and back, and knows nothing of sandboxes.
//! `docs/front-doors.md` says what each of them promises, and where AWS differs or is silent.

mod answer_bytes;
mod body;
mod clock;
mod cors;
mod facts;
mod function_url;
mod http_api;
mod ids;
mod lambda;
mod limits;
mod payload_v2;
mod server;
mod settings;

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ferry_template::{Function, FunctionUrl, HttpApi, Template};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::invoke::Invoke;
use cors::{CorsPolicy, FunctionHeaders};
pub use facts::{DropReason, DroppedEvent, HostFacts, PackageFacts};
use function_url::FunctionUrlDoor;
use http_api::HttpApiDoor;
pub use http_api::route_table::RouteKeyError;
use http_api::route_table::RouteTable;
use lambda::LambdaDoor;
use lambda::event_queue::{EventQueue, RetrySchedule};
use server::Server;
pub use settings::DoorsSettings;

#[derive(Debug, thiserror::Error)]
pub enum DoorsError {
    #[error("cannot listen on {addr}: front doors run code for whoever reaches them, so they listen on 127.0.0.1 only")]
    NotLoopback { addr: SocketAddr },
    #[error("cannot listen on {addr}: stop what listens there, or choose another port")]
    Bind { addr: SocketAddr, source: io::Error },
    #[error("no free port from {first} to {last} for {logical_id}: stop what listens there, or choose another first port")]
    NoFreePort { logical_id: String, first: u16, last: u16 },
    #[error("API {logical_id} has a route that cannot be served")]
    RouteKey { logical_id: String, source: RouteKeyError },
    #[error("route {route_key} of API {logical_id} leads to {function}, which is no function of its template")]
    UnknownFunction { logical_id: String, route_key: String, function: String },
}

/// Where an API or a function URL is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiAddress {
    /// Of the API, or of the function that the URL belongs to.
    pub logical_id: String,
    pub kind: ApiKind,
    /// With its stage, ending in a slash: `http://127.0.0.1:9001/prod/`.
    pub url: String,
    /// Empty for function URLs.
    pub routes: Vec<ApiRoute>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ApiKind {
    HttpApi,
    FunctionUrl,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiRoute {
    pub route_key: String,
    /// Logical id.
    pub function: String,
}

/// All front doors, open.
pub struct Doors {
    lambda_url: String,
    lambda: Arc<LambdaDoor>,
    servers: Vec<Server>,
    drain: Duration,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Doors").field("lambda_url", &self.lambda_url).field("apis", &self.lambda.apis).finish_non_exhaustive()
    }
}

impl Doors {
    /// Opens every door that the templates ask for. Either all are open then, or none.
    pub async fn open(
        invoke: Arc<dyn Invoke>,
        templates: &[Template],
        facts: Arc<dyn HostFacts>,
        settings: DoorsSettings,
    ) -> Result<Self, DoorsError> {
        let listener = server::bind(settings.lambda_addr).await?;
        let lambda_addr = address(&listener, settings.lambda_addr)?;
        let mut hall = Hall::new(Arc::clone(&invoke), settings.clone(), templates);
        for template in templates {
            for api in &template.http_apis {
                hall.add_http_api(template, api).await?;
            }
            for function in &template.functions {
                if let Some(url) = &function.url {
                    hall.add_function_url(function, url).await?;
                }
            }
        }
        let Hall { apis, doors, .. } = hall;
        let schedule = RetrySchedule { retry_delays: settings.retry_delays, throttle_delays: settings.throttle_delays };
        let events = EventQueue::new(Arc::clone(&invoke), Arc::clone(&facts), schedule);
        let lambda = Arc::new(LambdaDoor { invoke, facts, events, apis, region: settings.region, account_id: settings.account_id });
        let connections = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
        let start = |(listener, door)| match door {
            AnyDoor::HttpApi(door) => Server::start(listener, door, Arc::clone(&connections), settings.drain),
            AnyDoor::FunctionUrl(door) => Server::start(listener, door, Arc::clone(&connections), settings.drain),
        };
        let mut servers: Vec<Server> = doors.into_iter().map(start).collect();
        servers.push(Server::start(listener, Arc::clone(&lambda), Arc::clone(&connections), settings.drain));
        Ok(Self { lambda_url: format!("http://{lambda_addr}"), lambda, servers, drain: settings.drain })
    }

    /// The Lambda API's endpoint, such as `http://127.0.0.1:9000`.
    pub fn lambda_url(&self) -> String {
        self.lambda_url.clone()
    }

    /// HTTP APIs and function URLs, in template order.
    pub fn apis(&self) -> Vec<ApiAddress> {
        self.lambda.apis.clone()
    }

    /// Stops accepting, lets requests and asynchronous invocations under way end within the drain time, and drops the rest: requests lose
    /// their connection, events are told to [`HostFacts::event_dropped`].
    pub async fn close(self) {
        futures_util::future::join_all(self.servers.into_iter().map(Server::close)).await;
        self.lambda.events.close(self.drain).await;
    }
}

enum AnyDoor {
    HttpApi(Arc<HttpApiDoor>),
    FunctionUrl(Arc<FunctionUrlDoor>),
}

/// Doors that are bound, but not open yet.
struct Hall {
    invoke: Arc<dyn Invoke>,
    settings: DoorsSettings,
    /// The next port to try; 0 for any.
    next_port: u16,
    /// Ports that a template claims for one of its APIs.
    claimed: BTreeSet<u16>,
    apis: Vec<ApiAddress>,
    doors: Vec<(TcpListener, AnyDoor)>,
}

impl Hall {
    fn new(invoke: Arc<dyn Invoke>, settings: DoorsSettings, templates: &[Template]) -> Self {
        let claimed = templates.iter().flat_map(|template| &template.http_apis).filter_map(|api| api.port).collect();
        Self { invoke, next_port: settings.first_api_port, settings, claimed, apis: Vec::new(), doors: Vec::new() }
    }

    async fn add_http_api(&mut self, template: &Template, api: &HttpApi) -> Result<(), DoorsError> {
        let logical_id = &api.logical_id;
        let mut targets = Vec::new();
        for route in &api.routes {
            let function = template.functions.iter().find(|function| function.logical_id == route.function);
            let function = function.ok_or_else(|| DoorsError::UnknownFunction {
                logical_id: logical_id.clone(),
                route_key: route.route_key.clone(),
                function: route.function.clone(),
            })?;
            targets.push((route.route_key.clone(), function.name.clone()));
        }
        let routes = RouteTable::new(targets).map_err(|source| DoorsError::RouteKey { logical_id: logical_id.clone(), source })?;
        let (listener, addr) = self.bind(logical_id, api.port).await?;
        let stage = if api.stage == "$default" { String::new() } else { format!("{}/", api.stage) };
        self.apis.push(ApiAddress {
            logical_id: logical_id.clone(),
            kind: ApiKind::HttpApi,
            url: format!("http://{addr}/{stage}"),
            routes: api
                .routes
                .iter()
                .map(|route| ApiRoute { route_key: route.route_key.clone(), function: route.function.clone() })
                .collect(),
        });
        let door = HttpApiDoor {
            invoke: Arc::clone(&self.invoke),
            api: api.clone(),
            api_id: ids::api_id(logical_id, 10),
            account_id: self.settings.account_id.clone(),
            routes,
            cors: api.cors.as_ref().map(|cors| CorsPolicy::new(cors, FunctionHeaders::Replaced)),
            port: addr.port(),
            timeout: self.settings.integration_timeout,
        };
        self.doors.push((listener, AnyDoor::HttpApi(Arc::new(door))));
        Ok(())
    }

    async fn add_function_url(&mut self, function: &Function, url: &FunctionUrl) -> Result<(), DoorsError> {
        let (listener, addr) = self.bind(&function.logical_id, None).await?;
        self.apis.push(ApiAddress {
            logical_id: function.logical_id.clone(),
            kind: ApiKind::FunctionUrl,
            url: format!("http://{addr}/"),
            routes: Vec::new(),
        });
        let door = FunctionUrlDoor {
            invoke: Arc::clone(&self.invoke),
            function: function.clone(),
            url_id: ids::api_id(&function.logical_id, 32),
            invoke_mode: url.invoke_mode,
            cors: url.cors.as_ref().map(|cors| CorsPolicy::new(cors, FunctionHeaders::Kept)),
            port: addr.port(),
        };
        self.doors.push((listener, AnyDoor::FunctionUrl(Arc::new(door))));
        Ok(())
    }

    /// The claimed port, or else the next one that is free.
    async fn bind(&mut self, logical_id: &str, claimed: Option<u16>) -> Result<(TcpListener, SocketAddr), DoorsError> {
        let at = |port| SocketAddr::new(self.settings.lambda_addr.ip(), port);
        if let Some(port) = claimed.or((self.next_port == 0).then_some(0)) {
            let listener = server::bind(at(port)).await?;
            let addr = address(&listener, at(port))?;
            return Ok((listener, addr));
        }
        let first = self.next_port;
        let last = first.saturating_add(limits::PORTS_TRIED_MAX);
        for port in (first..last).filter(|port| !self.claimed.contains(port)) {
            match server::bind(at(port)).await {
                Ok(listener) => {
                    let addr = address(&listener, at(port))?;
                    self.next_port = port.saturating_add(1);
                    return Ok((listener, addr));
                }
                Err(DoorsError::Bind { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(DoorsError::NoFreePort { logical_id: logical_id.to_owned(), first, last })
    }
}

fn address(listener: &TcpListener, addr: SocketAddr) -> Result<SocketAddr, DoorsError> {
    listener.local_addr().map_err(|source| DoorsError::Bind { addr, source })
}
