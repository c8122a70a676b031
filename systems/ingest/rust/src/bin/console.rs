//! The Lambda function `Console`: routes of the page's WebSocket, and the conductor. Everything else is in the library.

use std::time::{SystemTime, UNIX_EPOCH};

use ingest::client::Aws;
use ingest::console::event::Event;
use ingest::console::{Console, Settings};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

fn main() -> Result<(), Error> {
    let settings = Settings::from_variables(|name| std::env::var_os(name)?.into_string().ok())?;
    let console = &Console { aws: Aws::from_env()?, settings, clock: now_ms, log };
    let answer = service_fn(move |event: LambdaEvent<Event>| async move { Ok::<_, Error>(console.answer(event.payload).await) });
    // One request at a time is Lambda's rule, so one thread is enough, and starts soonest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(Runtime::new(answer).run())
}

#[expect(clippy::disallowed_methods, reason = "leases end at a time of day that all instances of the function share")]
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[expect(clippy::print_stderr, reason = "the function's log")]
fn log(line: &str) {
    eprintln!("{line}");
}
