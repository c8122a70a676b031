//! Requests for services on other ports pass unchanged, and stream both ways.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use crate::support::{PATIENCE, request, start};

const SCOPE: &str =
    "authorization: AWS4-HMAC-SHA256 Credential=A/20260131/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=x\r\n";

/// Reads until the text ends so.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn both_bodies_stream_and_nothing_changes() {
    let services = start();
    let neighbour = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    services.set_neighbour("lambda", neighbour.local_addr().unwrap());
    let mut client = patient(TcpStream::connect(services.addr()).unwrap());
    let path = "/2015-03-31/functions/a%20b/invocations?Qualifier=%241";
    let head = format!("POST {path} HTTP/1.1\r\nhost: here:4566\r\n{SCOPE}x-amz-invocation-type: Event\r\ncontent-length: 10\r\n\r\n");
    client.write_all(format!("{head}first").as_bytes()).unwrap();
    let mut inner = patient(neighbour.accept().unwrap().0);
    // The neighbour has the first half while the client still holds the second.
    let got = read_until(&mut inner, "first");
    assert!(got.starts_with(&format!("POST {path} HTTP/1.1\r\n")), "{got}");
    for line in ["host: here:4566\r\n", SCOPE, "x-amz-invocation-type: Event\r\n", "content-length: 10\r\n"] {
        assert!(got.contains(line), "{line} in {got}");
    }
    client.write_all(b"other").unwrap();
    read_until(&mut inner, "other");
    inner.write_all(b"HTTP/1.1 202 Accepted\r\nx-amz-function-error: no\r\ntransfer-encoding: chunked\r\n\r\n5\r\npiece\r\n").unwrap();
    let answer = read_until(&mut client, "5\r\npiece\r\n");
    assert!(answer.starts_with("HTTP/1.1 202 Accepted\r\n") && answer.contains("x-amz-function-error: no\r\n"), "{answer}");
    assert!(!answer.contains("x-amzn-requestid"), "{answer}");
    inner.write_all(b"3\r\nend\r\n0\r\n\r\n").unwrap();
    assert_eq!(read_until(&mut client, "0\r\n\r\n"), "3\r\nend\r\n0\r\n\r\n");
}

#[test]
fn an_absent_neighbour_is_named() {
    let services = start();
    assert_eq!(request(&services, "POST", "/2015-03-31/functions/f/invocations", SCOPE, "").status, 501);
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    services.set_neighbour("lambda", closed);
    let answer = request(&services, "POST", "/2015-03-31/functions/f/invocations", SCOPE, "");
    assert!(answer.status == 502 && answer.body.contains(&closed.to_string()), "{answer:?}");
}
