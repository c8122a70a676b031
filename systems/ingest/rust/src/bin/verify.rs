//! The Lambda function `VerifyTables`. Everything else is in the library.

use anyhow::Context;
use ingest::client::Aws;
use ingest::verify::Verifier;
use ingest::verify::event::Event;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

fn main() -> Result<(), Error> {
    let tables = [variable("TABLE_RUST")?, variable("TABLE_PYTHON")?];
    let verifier = &Verifier { aws: Aws::from_env()?, bucket: variable("SOURCE_BUCKET")?, tables };
    let answer = service_fn(move |event: LambdaEvent<Event>| async move {
        // anyhow's alternate form tells the causes too, and Lambda shows a function's error by its Display.
        verifier.answer(&event.payload).await.map_err(|error| Error::from(format!("{:#}", anyhow::Error::from(error))))
    });
    // One request at a time is Lambda's rule, so one thread is enough, and starts soonest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(Runtime::new(answer).run())
}

fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var_os(name)
        .and_then(|value| value.into_string().ok())
        .filter(|value| !value.is_empty())
        .with_context(|| format!("{name} is not set: the template gives it to the function"))
}
