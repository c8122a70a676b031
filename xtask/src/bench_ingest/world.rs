//! One `ferry up` with both loaders, its services, and a table made anew for each run.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use ferry_lab::Target;
use serde_json::{Value, json};

use super::run::{Format, Run, Side};
use crate::children::{Server, free_port};
use crate::client::Client;

const TEMPLATE: &str = "systems/ingest/bench/template.yaml";
/// What a loader answers at once, having read nothing.
const WARM: &str = r#"{"warm":true}"#;

pub(super) struct World {
    server: Server,
    target: Target,
    services: SocketAddr,
    records: u64,
}

impl World {
    /// Generates the files, starts everything, and puts the files where the loaders look for them.
    pub(super) fn start(root: &Path, records: u64) -> Result<Self> {
        let (address, services) = (free_port()?, free_port()?);
        let mut command = Command::new(root.join("target/release/ferry"));
        command.args(["up", "-t", TEMPLATE]);
        command.args(["--api-port", "0", "--port", &address.port().to_string(), "--aws-port", &services.port().to_string()]);
        let server = Server::start("ferry up", &mut command, root, address, (Side::Rust.function(), WARM))?;
        let target = Target::new(&format!("http://{address}"));
        let world = Self { server, target, services, records };
        let folder = root.join(".ferry/ingest").join(records.to_string());
        generate(root, records, &folder)?;
        for format in Format::BOTH {
            let name = format!("registrations.{}", format.name());
            world.put(&name, &folder.join(&name))?;
        }
        Ok(world)
    }

    pub(super) fn enforced(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&Client::connect(self.server.address)?.send("GET", "/_ferry/enforcement", &[], "")?.body)?)
    }

    pub(super) fn set_physics(&self, physics: &Value) -> Result<()> {
        let reply = Client::connect(self.services)?.send("PUT", "/_ferry/physics", &[], &physics.to_string())?;
        ensure!(reply.status == 200, "physics were refused: {}", String::from_utf8_lossy(&reply.body));
        Ok(())
    }

    pub(super) fn set_memory(&self, side: Side, memory_mib: u32) -> Result<()> {
        let environment = self.target.function(side.function())?.environment;
        Ok(self.target.update_configuration(side.function(), memory_mib, environment)?)
    }

    /// Starts the function's sandbox, so that no run meets a cold start: the article's did not.
    pub(super) fn warm(&self, side: Side) -> Result<()> {
        let answer = self.target.invoke(side.function(), WARM.as_bytes())?;
        ensure!(answer.function_error.is_none(), "{} does not start: {}", side.function(), String::from_utf8_lossy(&answer.payload));
        Ok(())
    }

    /// One run into an empty table, which then holds every record.
    pub(super) fn run(&self, side: Side, format: Format) -> Result<Run> {
        self.load(side, &json!({"format": format.name()}), self.records)
    }

    /// The same for any event and number of records.
    pub(super) fn load(&self, side: Side, event: &Value, records: u64) -> Result<Run> {
        let table = self.target.function(side.function())?.environment.remove("TABLE_NAME").context("a loader without a table")?;
        self.empty(&table)?;
        let before = self.services_cpu_ms()?;
        let mut run = Run::read(side, &self.target.invoke(side.function(), event.to_string().as_bytes())?, records)?;
        run.services_cpu_ms = before.zip(self.services_cpu_ms()?).map(|(before, after)| after - before);
        let found = self.count(&table)?;
        ensure!(found == records, "{}: {found} of {records} items are in {table}", side.function());
        Ok(run)
    }

    /// The table's own definition, without its items.
    fn empty(&self, table: &str) -> Result<()> {
        let described = self.dynamodb("DescribeTable", &json!({"TableName": table}))?;
        let table = &described["Table"];
        self.dynamodb("DeleteTable", &json!({"TableName": table["TableName"]}))?;
        let anew = json!({
            "TableName": table["TableName"], "KeySchema": table["KeySchema"], "AttributeDefinitions": table["AttributeDefinitions"], "BillingMode": "PAY_PER_REQUEST",
        });
        self.dynamodb("CreateTable", &anew)?;
        Ok(())
    }

    fn count(&self, table: &str) -> Result<u64> {
        let mut request = json!({"TableName": table, "Select": "COUNT", "ConsistentRead": true});
        let mut items = 0;
        loop {
            let page = self.dynamodb("Scan", &request)?;
            items += page["Count"].as_u64().context("a Scan without a count")?;
            match page.get("LastEvaluatedKey") {
                Some(key) if !key.is_null() => request["ExclusiveStartKey"] = key.clone(),
                _ => return Ok(items),
            }
        }
    }

    fn dynamodb(&self, operation: &str, request: &Value) -> Result<Value> {
        let target = format!("DynamoDB_20120810.{operation}");
        let headers = [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.0")];
        let reply = Client::connect(self.services)?.send("POST", "/", &headers, &request.to_string())?;
        ensure!(reply.status == 200, "{operation} was refused: {}", String::from_utf8_lossy(&reply.body));
        Ok(serde_json::from_slice(&reply.body)?)
    }

    /// None where the machine does not tell threads apart.
    fn services_cpu_ms(&self) -> Result<Option<f64>> {
        let reply = Client::connect(self.services)?.send("GET", "/_ferry/services", &[], "")?;
        let report: Value = serde_json::from_slice(&reply.body)?;
        Ok(report["cpu_us"].as_f64().map(|us| us / 1e3))
    }

    /// Puts a file into the bucket that the loaders read.
    pub(super) fn put(&self, key: &str, file: &Path) -> Result<()> {
        let function = Side::Rust.function();
        let bucket = self.target.function(function)?.environment.remove("SOURCE_BUCKET").context("a loader without a bucket")?;
        let reply = Client::connect(self.services)?.put_file(&format!("/{bucket}/{key}"), file)?;
        ensure!(reply.status == 200, "{key} was not stored: {}", String::from_utf8_lossy(&reply.body));
        Ok(())
    }
}

/// `registrations.csv` and `registrations.json`, made once.
pub(super) fn generate(root: &Path, records: u64, folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let unfinished = folder.with_extension("new");
    std::fs::create_dir_all(&unfinished)?;
    let mut command = Command::new(crate::tools::program(root, "ingest-generate"));
    command.args(["--records", &records.to_string(), "--seed", "1", "--output"]).arg(&unfinished);
    crate::tools::finish(&mut command)?;
    std::fs::rename(&unfinished, folder).with_context(|| format!("{} could not be put in place", folder.display()))
}
