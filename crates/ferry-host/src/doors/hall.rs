//! Binding the doors that templates ask for, before any of them opens.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ferry_template::{Function, FunctionUrl, HttpApi, Template, WebSocketApi};
use tokio::net::TcpListener;

use super::cors::{CorsPolicy, FunctionHeaders};
use super::function_url::FunctionUrlDoor;
use super::http_api::HttpApiDoor;
use super::http_api::route_table::RouteTable;
use super::web_socket::WebSocketDoor;
use super::web_socket::authorizer::Authorizer;
use super::web_socket::connections::Connections;
use super::web_socket::routes::{Route, Routes};
use super::{ApiAddress, ApiKind, ApiRoute, DoorsError, DoorsSettings, ids, limits, server};
use crate::invoke::Invoke;

pub(super) enum AnyDoor {
    HttpApi(Arc<HttpApiDoor>),
    FunctionUrl(Arc<FunctionUrlDoor>),
    WebSocket(Arc<WebSocketDoor>),
}

/// Doors that are bound, but not open yet: connections wait in the kernel.
pub(super) struct Hall {
    invoke: Arc<dyn Invoke>,
    connections: Arc<Connections>,
    settings: DoorsSettings,
    /// The next port to try; 0 for any.
    next_port: u16,
    /// Ports that a template claims for one of its APIs.
    claimed: BTreeSet<u16>,
    pub(super) apis: Vec<ApiAddress>,
    pub(super) doors: Vec<(TcpListener, AnyDoor)>,
}

impl Hall {
    pub(super) fn new(invoke: Arc<dyn Invoke>, connections: Arc<Connections>, settings: DoorsSettings, templates: &[Template]) -> Self {
        let http = templates.iter().flat_map(|template| &template.http_apis).filter_map(|api| api.port);
        let web_sockets = templates.iter().flat_map(|template| &template.web_socket_apis).filter_map(|api| api.port);
        let claimed = http.chain(web_sockets).collect();
        Self { invoke, connections, next_port: settings.first_api_port, settings, claimed, apis: Vec::new(), doors: Vec::new() }
    }

    pub(super) async fn add_http_api(&mut self, template: &Template, api: &HttpApi) -> Result<(), DoorsError> {
        let logical_id = &api.logical_id;
        let mut targets = Vec::new();
        for route in &api.routes {
            targets.push((route.route_key.clone(), function_name(template, logical_id, &route.route_key, &route.function)?));
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

    pub(super) async fn add_web_socket_api(&mut self, template: &Template, api: &WebSocketApi) -> Result<(), DoorsError> {
        let logical_id = &api.logical_id;
        let mut routes = Vec::new();
        for route in &api.routes {
            let function = function_name(template, logical_id, &route.route_key, &route.function)?;
            let timeout = Duration::from_millis(u64::from(route.timeout_ms));
            routes.push((route.route_key.clone(), Route { function, timeout, responds: route.responds }));
        }
        let authorizer = match &api.authorizer {
            Some(authorizer) => Some(Authorizer {
                function: function_name(template, logical_id, "$connect (authorizer)", &authorizer.function)?,
                identity_sources: authorizer.identity_sources.clone(),
            }),
            None => None,
        };
        let (listener, addr) = self.bind(logical_id, api.port).await?;
        self.apis.push(ApiAddress {
            logical_id: logical_id.clone(),
            kind: ApiKind::WebSocketApi,
            url: format!("ws://{addr}/{}", api.stage),
            routes: api
                .routes
                .iter()
                .map(|route| ApiRoute { route_key: route.route_key.clone(), function: route.function.clone() })
                .collect(),
        });
        let door = WebSocketDoor {
            invoke: Arc::clone(&self.invoke),
            connections: Arc::clone(&self.connections),
            api: api.clone(),
            method_arn: format!(
                "arn:aws:execute-api:{}:{}:{}/{}/$connect",
                self.settings.region, self.settings.account_id, api.api_id, api.stage
            ),
            routes: Routes::new(api.route_selection.clone(), routes),
            authorizer,
            port: addr.port(),
            idle: self.settings.web_socket_idle,
            lifetime: self.settings.web_socket_lifetime,
        };
        self.doors.push((listener, AnyDoor::WebSocket(Arc::new(door))));
        Ok(())
    }

    pub(super) async fn add_function_url(&mut self, function: &Function, url: &FunctionUrl) -> Result<(), DoorsError> {
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

/// The name of the function with this logical id.
fn function_name(template: &Template, logical_id: &str, route_key: &str, function: &str) -> Result<String, DoorsError> {
    let found = template.functions.iter().find(|candidate| candidate.logical_id == function);
    found.map(|function| function.name.clone()).ok_or_else(|| DoorsError::UnknownFunction {
        logical_id: logical_id.to_owned(),
        route_key: route_key.to_owned(),
        function: function.to_owned(),
    })
}

pub(super) fn address(listener: &TcpListener, addr: SocketAddr) -> Result<SocketAddr, DoorsError> {
    listener.local_addr().map_err(|source| DoorsError::Bind { addr, source })
}
