//! The Lambda function: maps the city in INIT, then answers `POST /route`. Everything else is in the library.

use std::future::ready;
use std::path::PathBuf;

use anyhow::Context;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use router::city::City;
use router::city::map::map_file;
use router::http::{HttpEvent, handle};
use router::route::Router;

/// Where the city's layer is mounted.
const DEFAULT_GRAPH: &str = "/opt/city.graph";

fn main() -> Result<(), Error> {
    let path = std::env::var_os("ROUTER_GRAPH").map_or_else(|| PathBuf::from(DEFAULT_GRAPH), PathBuf::from);
    let map = map_file(&path)?;
    let city = City::open(&map).with_context(|| format!("cannot use {}", path.display()))?;
    let mut router = Router::new(city);
    let answer = service_fn(move |event: LambdaEvent<HttpEvent>| ready(Ok::<_, Error>(handle(&mut router, &event.payload))));
    // One request at a time is Lambda's rule, so one thread is enough, and starts soonest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(Runtime::new(answer).run())
}
