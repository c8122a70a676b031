//! The function behind the page's WebSocket: six routes, and the conductor that they start.
//!
//! A route has 29 seconds, a run of all four tests many minutes. So a route only checks what the page asks ([`action`]) and queues it for this same function
//! ([`conduct`]); that invocation sets the memory size, invokes loaders and verifier ([`functions`]), and tells the page ([`page`]). One conductor works at
//! a time ([`lease`]). The loaders tell the page their progress themselves.

use std::error::Error;
use std::fmt::Write as _;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Aws;
use crate::message::Language;

pub mod action;
pub mod conduct;
pub mod event;
pub mod functions;
pub mod lease;
pub mod limits;
pub mod page;
pub mod report;

use action::Action;
use conduct::Conduct;
use event::{Event, RequestContext};
use functions::Functions;
use page::Page;

/// Milliseconds since 1970.
pub type Clock = fn() -> u64;
/// Takes a line of the function's log.
pub type Log = fn(&str);

/// Names of what the console works with.
#[derive(Clone, Debug)]
pub struct Settings {
    pub rust: String,
    pub python: String,
    pub verify: String,
    /// The console's own function.
    pub console: String,
    /// Where the lease is.
    pub bucket: String,
}

impl Settings {
    /// From the template's variables; the error is the name of one that is missing.
    ///
    /// # Errors
    /// The variable that is not set, or empty.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
        let need = |name: &'static str| variable(name).filter(|value| !value.is_empty()).ok_or(MissingVariable(name));
        Ok(Self {
            rust: need("FUNCTION_RUST")?,
            python: need("FUNCTION_PYTHON")?,
            verify: need("FUNCTION_VERIFY")?,
            console: need("AWS_LAMBDA_FUNCTION_NAME")?,
            bucket: need("SOURCE_BUCKET")?,
        })
    }

    pub fn loader(&self, runtime: Language) -> &str {
        match runtime {
            Language::Rust => &self.rust,
            Language::Python => &self.python,
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not set: the template gives it to the function")]
pub struct MissingVariable(&'static str);

#[derive(Debug)]
pub struct Console {
    pub aws: Aws,
    pub settings: Settings,
    pub clock: Clock,
    pub log: Log,
}

impl Console {
    /// Answers a route with its status, and a piece of work with null. What goes wrong is told to the page, and logged.
    pub async fn answer(&self, event: Event) -> Value {
        match (event.conduct, event.request_context) {
            (Some(conduct), _) => {
                self.conduct(conduct).await;
                Value::Null
            }
            (None, Some(context)) => {
                self.route(&context, event.body.as_deref().unwrap_or_default()).await;
                json!({"statusCode": 200})
            }
            (None, None) => {
                (self.log)("an event that is neither a WebSocket route's nor this function's own");
                json!({"statusCode": 400})
            }
        }
    }

    async fn route(&self, context: &RequestContext, body: &str) {
        // Nothing is kept of a connection: each message brings its own.
        if matches!(context.route_key.as_str(), "$connect" | "$disconnect") {
            return;
        }
        let connection = context.connection();
        let page = Page::new(&self.aws, &connection, self.log);
        let action = match Action::parse(body) {
            Ok(action) => action,
            Err(error) => return page.send(&error_message(&error)).await,
        };
        let conduct = Conduct::new(action, connection.clone(), || Uuid::new_v4().to_string());
        let queued = Functions::new(&self.aws).invoke_later(&self.settings.console, &json!({"conduct": conduct})).await;
        if let Err(error) = queued {
            (self.log)(&describe(&error));
            page.send(&error_message(&error)).await;
        }
    }
}

/// An error and what caused it, in one line.
pub fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

fn error_message(error: &dyn Error) -> Value {
    json!({"type": "error", "message": describe(error)})
}
