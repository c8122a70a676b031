//! Binding the doors that templates ask for, before any of them opens.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use ferry_template::{Function, FunctionUrl, HttpApi, Template};
use tokio::net::TcpListener;

use super::cors::{CorsPolicy, FunctionHeaders};
use super::function_url::FunctionUrlDoor;
use super::http_api::HttpApiDoor;
use super::http_api::route_table::RouteTable;
use super::{ApiAddress, ApiKind, ApiRoute, DoorsError, DoorsSettings, ids, limits, server};
use crate::invoke::Invoke;

pub(super) enum AnyDoor {
    HttpApi(Arc<HttpApiDoor>),
    FunctionUrl(Arc<FunctionUrlDoor>),
}

/// Doors that are bound, but not open yet: connections wait in the kernel.
pub(super) struct Hall {
    invoke: Arc<dyn Invoke>,
    settings: DoorsSettings,
    /// The next port to try; 0 for any.
    next_port: u16,
    /// Ports that a template claims for one of its APIs.
    claimed: BTreeSet<u16>,
    pub(super) apis: Vec<ApiAddress>,
    pub(super) doors: Vec<(TcpListener, AnyDoor)>,
}

impl Hall {
    pub(super) fn new(invoke: Arc<dyn Invoke>, settings: DoorsSettings, templates: &[Template]) -> Self {
        let claimed = templates.iter().flat_map(|template| &template.http_apis).filter_map(|api| api.port).collect();
        Self { invoke, next_port: settings.first_api_port, settings, claimed, apis: Vec::new(), doors: Vec::new() }
    }

    pub(super) async fn add_http_api(&mut self, template: &Template, api: &HttpApi) -> Result<(), DoorsError> {
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

pub(super) fn address(listener: &TcpListener, addr: SocketAddr) -> Result<SocketAddr, DoorsError> {
    listener.local_addr().map_err(|source| DoorsError::Bind { addr, source })
}
