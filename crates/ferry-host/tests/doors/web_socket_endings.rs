//! However a connection ends, and whenever: one `$disconnect`, and nothing of it is left.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use ferry_host::doors::DoorsSettings;
use ferry_host::invoke::InvokeRequest;
use proptest::prelude::*;

use crate::double::{Double, Outcome, answer, function};
use crate::harness::{Harness, eventually, raw, settings};
use crate::socket::{api, authority, connect, events, open_with};

/// As many as there are clients at once: a place that is not given back shows.
const CONNECTIONS: usize = 4;

const UPGRADE: &str = "GET /live HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// What a client does, one after the other, before it is gone.
#[derive(Debug, Clone)]
enum Act {
    /// Bytes, as they come.
    Write(Vec<u8>),
    /// A whole frame of this opcode, masked.
    Frame(u8, Vec<u8>),
    /// Lets the server do something.
    Yield,
    ReadSome,
    StopWriting,
    /// `DELETE @connections` of all that were ever opened.
    Delete,
    /// Some message to all that were ever opened.
    Post,
}

/// Masked with zeros, which is a mask too.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | opcode];
    match u8::try_from(payload.len()) {
        Ok(length @ 0..126) => bytes.push(0x80 | length),
        _ => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

fn act() -> impl Strategy<Value = Act> {
    let opcode = prop_oneof![Just(0_u8), Just(1), Just(1), Just(2), Just(8), Just(9), Just(10), Just(3)];
    let payload = prop_oneof![
        Just(b"hello".to_vec()),
        Just(Vec::new()),
        Just(vec![0x03, 0xe8, b'b', b'y', b'e']),
        Just(vec![b'x'; 200]),
        Just(vec![b'x'; 33_000]),
        Just(vec![0xff; 3]),
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12).prop_map(Act::Write),
        (opcode, payload).prop_map(|(opcode, payload)| Act::Frame(opcode, payload)),
        Just(Act::Yield),
        Just(Act::ReadSome),
        Just(Act::StopWriting),
        Just(Act::Delete),
        Just(Act::Post),
    ]
}

async fn chat(request: InvokeRequest) -> Outcome {
    tokio::time::sleep(Duration::from_millis(1)).await;
    answer(&request, r#"{"statusCode":200,"body":"hi"}"#)
}

fn ids_of(harness: &Harness, route_key: &str) -> Vec<String> {
    let id = |event: &serde_json::Value| event["requestContext"]["connectionId"].as_str().unwrap().to_owned();
    events(&harness.double, route_key).iter().map(id).collect()
}

fn ids(harness: &Harness) -> Vec<String> {
    ids_of(harness, "$connect")
}

/// One client's whole life. Errors are part of it.
fn live(harness: &Harness, sent: usize, acts: &[Act]) {
    let mut stream = TcpStream::connect(authority(harness)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let _ = stream.write_all(&UPGRADE.as_bytes()[..sent.min(UPGRADE.len())]);
    for act in acts {
        let _ = match act {
            Act::Write(bytes) => stream.write_all(bytes),
            Act::Frame(opcode, payload) => stream.write_all(&frame(*opcode, payload)),
            Act::ReadSome => stream.read(&mut [0; 64]).map(|_| ()),
            Act::StopWriting => stream.shutdown(Shutdown::Write),
            Act::Yield => {
                std::thread::yield_now();
                Ok(())
            }
            Act::Delete | Act::Post => {
                let method = if matches!(act, Act::Delete) { "DELETE" } else { "POST" };
                for id in ids(harness) {
                    let head = format!(
                        "{method} /@connections/{id} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"
                    );
                    raw(&harness.lambda_url(), head.as_bytes());
                }
                Ok(())
            }
        };
    }
}

fn begin() -> Harness {
    let settings = DoorsSettings { web_socket_connections: CONNECTIONS, ..settings() };
    let routes = [("$connect", "chat"), ("$disconnect", "chat"), ("$default", "chat")];
    open_with(Double::default().with(function("chat"), chat), api(&routes), settings)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, max_shrink_iters: 8, ..ProptestConfig::default() })]

    #[test]
    fn every_connection_ends_once_and_leaves_nothing(
        lives in prop::collection::vec((prop_oneof![4 => Just(usize::MAX), 1 => 0..300_usize], prop::collection::vec(act(), 0..8)), CONNECTIONS),
    ) {
        let mut harness = begin();
        let tasks_before = harness.runtime.metrics().num_alive_tasks();
        std::thread::scope(|threads| {
            for (sent, acts) in &lives {
                threads.spawn(|| live(&harness, *sent, acts));
            }
        });
        // The last of them may still wait to be accepted, but before these.
        eventually("every place is free again", || {
            let clients: Vec<_> = (0..CONNECTIONS).map(|_| connect(&harness, "/live", &[])).collect();
            clients.iter().all(Result::is_ok)
        });
        eventually("every connection is told of", || ids_of(&harness, "$disconnect").len() == ids(&harness).len());
        eventually("no task is left", || harness.runtime.metrics().num_alive_tasks() <= tasks_before);
        harness.close();
        let (mut told, mut opened) = (ids_of(&harness, "$disconnect"), ids(&harness));
        told.sort();
        opened.sort();
        prop_assert_eq!(told, opened);
    }

    #[test]
    fn a_shutdown_at_any_moment_tells_of_every_connection(
        lives in prop::collection::vec(prop::collection::vec(act(), 0..4), CONNECTIONS),
        clients in 0..=CONNECTIONS,
    ) {
        let mut harness = begin();
        let open: Vec<_> = (0..clients).map(|_| crate::socket::Client::to(&harness).socket).collect();
        std::thread::scope(|threads| {
            for acts in lives.iter().skip(clients) {
                threads.spawn(|| live(&harness, usize::MAX, acts));
            }
        });
        harness.close();
        drop(open);
        let mut lefts = ids_of(&harness, "$disconnect");
        lefts.sort();
        let told = lefts.len();
        lefts.dedup();
        prop_assert_eq!(told, lefts.len(), "told twice");
        prop_assert!(told >= clients);
        eventually("no task is left", || harness.runtime.metrics().num_alive_tasks() == 0);
    }
}
