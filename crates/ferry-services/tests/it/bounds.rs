//! What is too much, is refused; what ends, ends.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use ferry_services::{Services, ServicesError, ServicesSettings};

use crate::support::{PATIENCE, identity, request, settings, start};

#[test]
fn large_heads_and_bodies_are_refused() {
    let services = start();
    let header = format!("x-large: {}\r\n", "x".repeat(70 * 1024));
    assert_eq!(request(&services, "GET", "/", &header, "").status, 431);
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let answer = request(&services, "POST", "/", form, &format!("Action=GetCallerIdentity&x={}", "x".repeat(64 * 1024)));
    assert!(answer.status == 413 && answer.body.contains("<Code>RequestEntityTooLarge</Code>"), "{answer:?}");
}

#[test]
fn only_this_machine_is_listened_to_and_a_taken_port_is_named() {
    let everywhere = ServicesSettings { addr: (Ipv4Addr::UNSPECIFIED, 0).into(), ..settings() };
    assert!(matches!(Services::start(everywhere), Err(ServicesError::NotLoopback { .. })));
    let taken = start();
    let error = Services::start(ServicesSettings { addr: taken.addr(), ..settings() }).unwrap_err();
    assert!(error.to_string().contains(&taken.addr().to_string()), "{error}");
}

#[test]
fn a_further_listener_serves_until_its_guard_is_dropped() {
    let services = start();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    let guard = services.serve(listener).unwrap();
    let mut idle = TcpStream::connect(addr).unwrap();
    idle.set_read_timeout(Some(PATIENCE)).unwrap();
    std::io::Write::write_all(&mut idle, crate::support::IDENTITY.as_bytes()).unwrap();
    let mut start = [0; 15];
    idle.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    drop(guard);
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).unwrap();
    crate::support::wait_until(|| TcpStream::connect(addr).is_err());
    assert_eq!(identity(&services).status, 200);
}

#[tokio::test]
async fn services_end_within_an_asynchronous_caller() {
    let services = start();
    let addr = services.addr();
    assert_eq!(services.create(&[]).unwrap(), Vec::<String>::new());
    services.shutdown();
    services.shutdown();
    assert!(TcpStream::connect(addr).is_err());
    assert!(matches!(services.create(&[]), Err(ServicesError::ShutDown)));
}

#[test]
fn an_unknown_service_is_named() {
    let services = start();
    let scope = "authorization: AWS4-HMAC-SHA256 Credential=A/20260131/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=x\r\n";
    let answer = request(&services, "POST", "/", scope, "");
    assert!(answer.status == 501 && answer.body.contains("no service sns"), "{answer:?}");
}
