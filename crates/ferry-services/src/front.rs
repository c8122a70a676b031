//! The front: one HTTP/1.1 endpoint before all services. For each request it finds the service, checks the signature, draws
//! what the physics have in store, and counts what came of it.

mod admin;
pub mod error;
mod faults;
mod guard;
mod neighbour;
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
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub(crate) use self::server::serve;
use self::socket::{Broken, ResetSwitch};
use crate::body::{Body, RequestBody, ResponseBody, collect, discard};
use crate::error::chain;
use crate::limits::{CONNECTIONS_MAX, JSON_BODY_BYTES_MAX, TIMEOUT_FAULT};
use crate::meter::{CpuMeter, Meter, ServicesReport, Tally};
use crate::physics::{FaultKind, PhysicsHandle, When};
use crate::service::{Call, Service};
use crate::settings::Secret;
use crate::sigv4::{self, Credential};

use self::error::{FrontError, FrontErrorKind};

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
            tables: self.services.iter().flat_map(|service| service.tables()).collect(),
            cpu_us: self.cpu.cpu_us(),
            physics: self.physics.current(),
            latency_rules,
            fault_rules,
        }
    }

    pub(crate) fn reset_counters(&self) {
        self.meter.reset();
        for service in &self.services {
            service.reset_counters();
        }
        self.cpu.reset();
        self.physics.restart();
    }

    /// Answers one request. `Err` breaks the connection instead: with a reset when the switch was armed.
    async fn answer(&self, request: Request<Incoming>, reset: &ResetSwitch) -> Result<Response<ResponseBody>, Broken> {
        let arrival = Instant::now();
        let request = request.map(Body::from);
        if request.uri().path().starts_with(admin::PREFIX) {
            return Ok(self.admin(request).await);
        }
        let (head, body) = request.into_parts();
        let credential = Credential::of(&head);
        let name = credential.as_ref().map_or_else(|| route::unsigned(&head), |credential| &credential.service);
        let request_id = Uuid::new_v4().to_string();
        let Some(service) = self.services.iter().find(|service| service.name() == name) else {
            let name = name.to_owned();
            return Ok(self.elsewhere(&name, Request::from_parts(head, body), &request_id).await);
        };
        let (access_key, region) = credential.map(|credential| (credential.access_key, credential.region)).unzip();
        let operation = service.operation(&head);
        let call = Call { request_id, arrival, access_key, region, operation, physics: Arc::clone(&self.physics) };
        self.call(service.as_ref(), Request::from_parts(head, body), &call, reset).await
    }

    /// Everything around one call of a service.
    async fn call(
        &self,
        service: &dyn Service,
        request: Request<RequestBody>,
        call: &Call,
        reset: &ResetSwitch,
    ) -> Result<Response<ResponseBody>, Broken> {
        let mut tally = Tally::new(&self.meter, service.name(), &call.operation, request.body().len_exact().unwrap_or(0));
        let answered = match self.checked(request).await {
            Ok(request) => {
                let fate = self.physics.fate(service.name(), &call.operation);
                tally.counts.faults = u64::from(fate.fault.is_some());
                let answered = meet(service, request, call, fate.fault, reset).await;
                if !fate.latency.is_zero() {
                    tokio::time::sleep_until((call.arrival + fate.latency).into()).await;
                }
                answered
            }
            Err(kind) => Ok(service.error(&call.error(kind))),
        };
        answered.map(|response| {
            tally.answered(&response);
            stamped(response, &call.request_id, service.name())
        })
    }

    /// The request without its signature, which was true if the endpoint has a secret.
    async fn checked(&self, request: Request<RequestBody>) -> Result<Request<RequestBody>, FrontErrorKind> {
        let (mut head, mut body) = request.into_parts();
        if let Some(secret) = &self.secret {
            let streams = Credential::of(&head).is_none_or(|credential| credential.service == "s3");
            if streams {
                let verified = sigv4::verify(&head, None, secret, now())?;
                body = sigv4::check_chunks(&head, body, verified);
            } else {
                let whole = collect(body, JSON_BODY_BYTES_MAX).await.map_err(FrontErrorKind::Body)?;
                sigv4::verify(&head, Some(&whole), secret, now())?;
                body = whole.into();
            }
        }
        sigv4::strip(&mut head);
        Ok(Request::from_parts(head, body))
    }

    /// A service that lives on another port, or nowhere.
    async fn elsewhere(&self, name: &str, request: Request<RequestBody>, request_id: &str) -> Response<ResponseBody> {
        let neighbour = self.neighbours.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        let (status, code, message) = match neighbour {
            Some(addr) => match neighbour::forward(addr, request).await {
                Ok(response) => return response,
                Err(error) => (StatusCode::BAD_GATEWAY, "ServiceUnavailable", format!("the service {name} at {}", chain(&error))),
            },
            None => {
                let here: Vec<&str> = self.services.iter().map(|service| service.name()).collect();
                let message = format!("this endpoint has no service {name}; it has {}", here.join(", "));
                (StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
            }
        };
        let body = serde_json::json!({ "__type": code, "message": message }).to_string();
        stamped(wire::answer(status, wire::JSON_1_0, body), request_id, name)
    }
}

/// Lets a request meet its fault, or else its service.
async fn meet(
    service: &dyn Service,
    request: Request<RequestBody>,
    call: &Call,
    fault: Option<(FaultKind, When)>,
    reset: &ResetSwitch,
) -> Result<Response<ResponseBody>, Broken> {
    let refuse = async |kind: FrontErrorKind, request: Request<RequestBody>| {
        // The client gets to read the answer only if it could send its request.
        discard(request.into_body(), 0).await;
        Ok(service.error(&FrontError { kind, request_id: call.request_id.clone() }))
    };
    match fault {
        None => Ok(service.call(request, call).await),
        Some((FaultKind::InternalError, _)) => refuse(FrontErrorKind::InternalError, request).await,
        Some((FaultKind::Unavailable, _)) => refuse(FrontErrorKind::Unavailable, request).await,
        Some((FaultKind::Timeout, _)) => {
            // Dropped with the connection when the client leaves first.
            discard(request.into_body(), 0).await;
            tokio::time::sleep(TIMEOUT_FAULT).await;
            Err(Broken)
        }
        Some((FaultKind::Reset, when)) => {
            if when == When::After {
                let _ = service.call(request, call).await;
            }
            reset.arm();
            Err(Broken)
        }
        Some((FaultKind::Truncate, _)) => faults::truncate(service.call(request, call).await),
    }
}

/// The response with the request's id, under the name that the service gives it.
fn stamped(mut response: Response<ResponseBody>, request_id: &str, service: &str) -> Response<ResponseBody> {
    let name = if service == "s3" { AMZ_REQUEST_ID } else { AMZN_REQUEST_ID };
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

#[expect(clippy::disallowed_methods, reason = "signatures are of a time; this is where it enters")]
fn now() -> OffsetDateTime {
    std::time::SystemTime::now().into()
}
