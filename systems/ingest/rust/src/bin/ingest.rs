//! `IngestRust`, the Lambda function: one event, one load. Everything else is in the library.

use std::time::{Duration, SystemTime};

use ingest::client::Aws;
use ingest::load::{Settings, load};
use ingest::message::LoadRequest;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    let (aws, settings) = (&Aws::from_env()?, &Settings::from_variables(|name| std::env::var_os(name)?.into_string().ok())?);
    let handler = service_fn(move |event: LambdaEvent<Value>| async move {
        // The page warms functions up: the sandbox has started, and that is all.
        if event.payload.get("warm") == Some(&Value::Bool(true)) {
            return Ok::<_, Error>(json!({"warm": true, "runtime": "rust", "memory_mb": settings.memory_mb}));
        }
        let left = time_left(event.context.deadline());
        let request: LoadRequest = serde_json::from_value(event.payload)?;
        let answer = load(aws, settings, &request, Some(left)).await.map_err(|error| Error::from(error.in_full()))?;
        Ok(serde_json::to_value(answer)?)
    });
    // One request at a time is Lambda's rule, and below 1,769 MB there is less than one CPU: one thread does all, and starts soonest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(Runtime::new(handler).run())
}

#[expect(clippy::disallowed_methods, reason = "Lambda tells the deadline as wall clock time")]
fn time_left(deadline: SystemTime) -> Duration {
    deadline.duration_since(SystemTime::now()).unwrap_or_default()
}
