//! The Lambda function: opens its cities in INIT, then answers. Everything else is in the library.

use std::ffi::OsString;
use std::time::Instant;

use anyhow::Context;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use router::api::{ApiKey, answer};
use router::http::HttpEvent;
use router::source::{Atlas, Source};

fn main() -> Result<(), Error> {
    let source = Source::from_environment(variable)?;
    let key = variable("ROUTER_API_KEY").map(|key| key.into_string().map_err(|_| anyhow::anyhow!("ROUTER_API_KEY is not UTF-8")));
    let key = key.transpose()?.map(ApiKey::new);
    let mut atlas = Atlas::open(source).context("cannot open the cities")?;
    let answer = service_fn(move |event: LambdaEvent<HttpEvent>| {
        if let Some(error) = atlas.refresh(Instant::now()) {
            report(&anyhow::Error::from(error));
        }
        std::future::ready(Ok::<_, Error>(answer(&mut atlas, key.as_ref(), &event.payload)))
    });
    // One request at a time is Lambda's rule, so one thread is enough, and starts soonest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(Runtime::new(answer).run())
}

/// What is set, and not empty: a template cannot leave a variable out.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[expect(clippy::print_stderr, reason = "the function's log")]
fn report(error: &anyhow::Error) {
    eprintln!("cannot refresh the cities: {error:#}");
}
