//! `IngestRust`, the Lambda function: one event, one load. Everything else is in the library.

use std::time::{Duration, SystemTime};

use ingest::client::Aws;
use ingest::load::{Settings, load};
use ingest::message::LoadRequest;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

fn main() -> Result<(), Error> {
    let aws = Aws::from_env()?;
    let settings = Settings::from_variables(|name| std::env::var_os(name)?.into_string().ok())?;
    let (aws, settings) = (&aws, &settings);
    let handler = service_fn(|event: LambdaEvent<LoadRequest>| async move {
        let left = time_left(event.context.deadline());
        load(aws, settings, &event.payload, Some(left)).await.map_err(|error| Error::from(error.in_full()))
    });
    // One request at a time is Lambda's rule, and below 1,769 MB there is less than one CPU: one thread does all, and starts soonest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(Runtime::new(handler).run())
}

#[expect(clippy::disallowed_methods, reason = "Lambda tells the deadline as wall clock time")]
fn time_left(deadline: SystemTime) -> Duration {
    deadline.duration_since(SystemTime::now()).unwrap_or_default()
}
