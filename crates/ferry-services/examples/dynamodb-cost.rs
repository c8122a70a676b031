//! What an item costs: CPU time of the services' threads for each item of `BatchWriteItem`, HTTP and JSON included.
//!
//! `cargo run --release -p ferry-services --example dynamodb-cost -- [items] [data folder]`

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use ferry_services::{Resource, Services, ServicesSettings};
use serde_json::json;

const TABLE: &str = "Registrations";
const BATCH: usize = 25;

type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "an example prints what it measured")]
fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let items: usize = arguments.next().map_or(Ok(50_000), |count| count.parse())?;
    let settings = ServicesSettings {
        addr: (Ipv4Addr::LOCALHOST, 0).into(),
        data_dir: arguments.next().map(Into::into),
        ..ServicesSettings::default()
    };
    let services = Services::start(settings)?;
    let request = json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "registration_id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "registration_id", "KeyType": "HASH" }],
    });
    services.create(&[Resource::Table { name: TABLE.to_owned(), request, time_to_live: None }])?;
    // A delete keeps a batch from the quick way of plain loads.
    for (what, delete) in [("puts alone", false), ("puts again", false), ("puts and a delete", true)] {
        let requests: Vec<String> = (0..items / BATCH).map(|batch| http_request(&batch_request(batch, delete))).collect();
        let mut stream = TcpStream::connect(services.addr())?;
        let mut answers = BufReader::new(stream.try_clone()?);
        services.reset_counters();
        let start = Instant::now();
        for request in &requests {
            stream.write_all(request.as_bytes())?;
            read_answer(&mut answers)?;
        }
        let wall_s = start.elapsed().as_secs_f64();
        let cpu_us = services.report().cpu_us.unwrap_or(0);
        let count = requests.len() * BATCH;
        println!("{what}: {count} items, {} us CPU each, {wall_s:.2} s", cpu_us / count as u64);
    }
    Ok(())
}

fn batch_request(batch: usize, delete: bool) -> String {
    let put = |id: usize| {
        json!({ "PutRequest": { "Item": {
            "registration_id": { "S": format!("REG-{id:09}") }, "event_id": { "S": format!("EVT-{:04}", id % 30) },
            "event_name": { "S": "Autumn Lights Symphony" }, "event_date": { "S": "2026-09-14" },
            "venue": { "S": "Harbour Hall, Rotterdam" }, "attendee_name": { "S": "Marguerite van Dijk" },
            "attendee_email": { "S": format!("marguerite.{id}@example.org") }, "ticket_type": { "S": "VIP" },
            "amount_paid": { "N": "78.10" }, "payment_method": { "S": "credit_card" }, "seat_section": { "S": format!("B-{}", id % 100) },
        } } })
    };
    let mut writes: Vec<_> = (batch * BATCH..(batch + 1) * BATCH).map(put).collect();
    if delete {
        writes[0] = json!({ "DeleteRequest": { "Key": { "registration_id": { "S": format!("none-{batch}") } } } });
    }
    json!({ "RequestItems": { TABLE: writes } }).to_string()
}

fn http_request(body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-target: DynamoDB_20120810.BatchWriteItem\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn read_answer(answers: &mut BufReader<TcpStream>) -> Result<(), Failure> {
    let (mut line, mut length) = (String::new(), 0);
    answers.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 200") {
        return Err(line.into());
    }
    while line != "\r\n" {
        line.clear();
        answers.read_line(&mut line)?;
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body)?;
    Ok(())
}
