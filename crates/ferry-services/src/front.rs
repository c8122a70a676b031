//! The front: one HTTP/1.1 endpoint before all services. For each request it finds the service, checks the signature, draws
//! what the physics have in store, and counts what came of it.

pub mod error;
mod route;
mod server;
mod socket;
pub mod wire;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::route::Target;
pub(crate) use self::server::serve;
use self::socket::Broken;
use crate::body::{Body, RequestBody, ResponseBody};
use crate::limits::CONNECTIONS_MAX;
use crate::meter::{CpuMeter, Meter, OperationCounts, ServicesReport};
use crate::physics::PhysicsHandle;
use crate::service::{Call, Service, Throttled};
use crate::settings::Secret;

const AMZN_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const AMZ_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// Everything that the listeners share.
pub(crate) struct Front {
    services: Vec<Arc<dyn Service>>,
    secret: Option<Secret>,
    neighbours: RwLock<BTreeMap<String, SocketAddr>>,
    pub(crate) physics: Arc<PhysicsHandle>,
    meter: Meter,
    cpu: CpuMeter,
    connections: Arc<Semaphore>,
}

impl Front {
    pub(crate) fn new(services: Vec<Arc<dyn Service>>, secret: Option<Secret>, physics: Arc<PhysicsHandle>, cpu: CpuMeter) -> Self {
        Self {
            services,
            secret,
            neighbours: RwLock::default(),
            physics,
            meter: Meter::default(),
            cpu,
            connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        }
    }

    pub(crate) fn services(&self) -> &[Arc<dyn Service>] {
        &self.services
    }

    pub(crate) fn set_neighbour(&self, service: &str, addr: SocketAddr) {
        self.neighbours.write().unwrap_or_else(PoisonError::into_inner).insert(service.to_owned(), addr);
    }

    pub(crate) fn report(&self) -> ServicesReport {
        let (latency_rules, fault_rules) = self.physics.rule_counts();
        ServicesReport {
            operations: self.meter.operations(),
            cpu_us: self.cpu.cpu_us(),
            physics: self.physics.current(),
            latency_rules,
            fault_rules,
        }
    }

    pub(crate) fn reset_counters(&self) {
        self.meter.reset();
        self.cpu.reset();
        self.physics.restart();
    }

    /// Answers one request. `Err` breaks the connection instead.
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<ResponseBody>, Broken> {
        let arrival = Instant::now();
        let (head, body) = request.into_parts();
        let request_id = Uuid::new_v4().to_string();
        match Target::of(&head) {
            Target::Service { name, credential } => match self.services.iter().find(|service| service.name() == name) {
                Some(service) => {
                    let call = Call {
                        request_id,
                        arrival,
                        access_key: credential.as_ref().map(|credential| credential.access_key.clone()),
                        region: credential.as_ref().map(|credential| credential.region.clone()),
                        operation: service.operation(&head),
                        physics: Arc::clone(&self.physics),
                    };
                    Ok(self.call(service.as_ref(), Request::from_parts(head, body.into()), &call).await)
                }
                None => Ok(self.unknown(&name, &request_id)),
            },
        }
    }

    async fn call(&self, service: &dyn Service, request: Request<RequestBody>, call: &Call) -> Response<ResponseBody> {
        let bytes_in = request.body().len_exact().unwrap_or(0);
        let mut response = service.call(request, call).await;
        let counts = OperationCounts {
            calls: 1,
            errors: u64::from(response.status().as_u16() >= 400),
            throttled: response.extensions().get::<Throttled>().map_or(0, |throttled| throttled.0),
            faults: 0,
            bytes_in,
            bytes_out: response.body().len_exact().unwrap_or(0),
        };
        self.meter.add(service.name(), &call.operation, counts);
        stamp(&mut response, &call.request_id, service.name());
        response
    }

    fn unknown(&self, name: &str, request_id: &str) -> Response<ResponseBody> {
        let here: Vec<&str> = self.services.iter().map(|service| service.name()).collect();
        let message = format!("this endpoint has no service {name}; it has {}", here.join(", "));
        let body = serde_json::json!({ "__type": "NotImplemented", "message": message }).to_string();
        let mut response = wire::answer(StatusCode::NOT_IMPLEMENTED, wire::JSON_1_0, Body::from(body));
        stamp(&mut response, request_id, name);
        response
    }
}

/// The request's id, under the name that the service gives it.
fn stamp(response: &mut Response<ResponseBody>, request_id: &str, service: &str) {
    let name = if service == "s3" { AMZ_REQUEST_ID } else { AMZN_REQUEST_ID };
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().entry(name).or_insert(value);
    }
}
