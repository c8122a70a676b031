//! The front doors: every way by which HTTP reaches a function, all on loopback.
//!
//! - [`lambda`]: the Lambda API, the admin API under `/_ferry/` and the stacks' [`pages`] under `/pages/`, on one listener.
//! - [`http_api`]: a listener for each HTTP API, so that paths are those of production.
//! - [`function_url`]: a listener for each function with a URL.
//! - [`web_socket`]: a listener for each WebSocket API.
//!
//! A door turns its protocol into an [`InvokeRequest`](crate::invoke::InvokeRequest) and back, and knows nothing of sandboxes.
//! `docs/front-doors.md` says what each of them promises, and where AWS differs or is silent.

mod answer_bytes;
mod body;
mod clock;
mod cors;
mod facts;
mod function_url;
mod hall;
mod http_api;
mod ids;
mod integration;
mod lambda;
mod limits;
mod pages;
mod payload_v2;
mod server;
mod settings;
mod web_socket;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ferry_template::Template;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::invoke::Invoke;
pub use facts::{DropReason, DroppedEvent, HostFacts, PackageFacts};
use hall::{AnyDoor, Hall, address};
pub use http_api::route_table::RouteKeyError;
use lambda::LambdaDoor;
use lambda::event_queue::EventQueue;
use lambda::retry_policy::RetrySchedule;
pub use pages::PageAddress;
use pages::Pages;
use server::{Server, ServerBounds};
pub use settings::DoorsSettings;
use web_socket::connections::Connections;

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
    #[error("two stacks called {stack} have a page, {} and {}: run one of the templates, or pass another AWS::StackName", other.display(), folder.display())]
    TwoPages { stack: String, folder: PathBuf, other: PathBuf },
}

/// Where an API or a function URL is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiAddress {
    /// Of the API, or of the function that the URL belongs to.
    pub logical_id: String,
    pub kind: ApiKind,
    /// With its stage, ending in a slash: `http://127.0.0.1:9001/prod/`; of a WebSocket API without one: `ws://127.0.0.1:9002/live`.
    pub url: String,
    /// Empty for function URLs.
    pub routes: Vec<ApiRoute>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ApiKind {
    HttpApi,
    FunctionUrl,
    WebSocketApi,
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
    connections: Arc<Connections>,
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
        let connections = Arc::new(Connections::new(settings.web_socket_connections));
        let mut hall = Hall::new(Arc::clone(&invoke), Arc::clone(&connections), settings.clone(), templates);
        let mut pages = Pages::default();
        for template in templates {
            let first_api = hall.apis.len();
            for api in &template.http_apis {
                hall.add_http_api(template, api).await?;
            }
            for api in &template.web_socket_apis {
                hall.add_web_socket_api(template, api).await?;
            }
            for function in &template.functions {
                if let Some(url) = &function.url {
                    hall.add_function_url(function, url).await?;
                }
            }
            pages.add(template, &hall.apis[first_api..])?;
        }
        let Hall { apis, doors, .. } = hall;
        let schedule = RetrySchedule { retry_delays: settings.retry_delays, throttle_delays: settings.throttle_delays };
        let events = EventQueue::new(Arc::clone(&invoke), Arc::clone(&facts), schedule);
        let lambda = Arc::new(LambdaDoor {
            invoke,
            facts,
            events,
            apis,
            pages,
            connections: Arc::clone(&connections),
            region: settings.region,
            account_id: settings.account_id,
        });
        let bounds = ServerBounds {
            connections: Arc::new(Semaphore::new(limits::CONNECTIONS_MAX)),
            header_read_timeout: limits::HEADER_READ_TIMEOUT,
            drain: settings.drain,
        };
        let start = |(listener, door)| match door {
            AnyDoor::HttpApi(door) => Server::start(listener, door, bounds.clone()),
            AnyDoor::FunctionUrl(door) => Server::start(listener, door, bounds.clone()),
            AnyDoor::WebSocket(door) => Server::start(listener, door, bounds.clone()),
        };
        let mut servers: Vec<Server> = doors.into_iter().map(start).collect();
        servers.push(Server::start(listener, Arc::clone(&lambda), bounds.clone()));
        Ok(Self { lambda_url: format!("http://{lambda_addr}"), lambda, connections, servers, drain: settings.drain })
    }

    /// The Lambda API's endpoint, such as `http://127.0.0.1:9000`.
    pub fn lambda_url(&self) -> String {
        self.lambda_url.clone()
    }

    /// HTTP APIs, WebSocket APIs and function URLs, in template order.
    pub fn apis(&self) -> Vec<ApiAddress> {
        self.lambda.apis.clone()
    }

    /// The stacks' own pages, by name.
    pub fn pages(&self) -> Vec<PageAddress> {
        self.lambda.pages.addresses(&self.lambda_url)
    }

    /// Stops accepting, closes WebSocket connections, lets requests, `$disconnect` and asynchronous invocations under way end within the
    /// drain time, and drops the rest: requests lose their connection, events are told to [`HostFacts::event_dropped`].
    pub async fn close(self) {
        let servers = futures_util::future::join_all(self.servers.into_iter().map(Server::close));
        tokio::join!(servers, self.connections.close(self.drain));
        self.lambda.events.close(self.drain).await;
    }
}
