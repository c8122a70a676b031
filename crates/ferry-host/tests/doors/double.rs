//! A scripted [`Invoke`]: each function is a closure, and every request it got is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use ferry_host::doors::{DroppedEvent, HostFacts, PackageFacts};
use ferry_host::invoke::{
    ConfigurationChange, FunctionError, Invoke, InvokeAnswer, InvokeError, InvokeRequest, Metrics, Payload, StreamPart,
};
use ferry_template::{CodeSource, Function};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

pub(crate) type Outcome = Result<InvokeAnswer, InvokeError>;
type Script = Box<dyn Fn(InvokeRequest) -> BoxFuture<'static, Outcome> + Send + Sync>;

#[derive(Default)]
pub(crate) struct Double {
    functions: Mutex<Vec<Arc<Function>>>,
    scripts: BTreeMap<String, Script>,
    pub(crate) requests: Mutex<Vec<InvokeRequest>>,
    pub(crate) dropped: Mutex<Vec<DroppedEvent>>,
}

impl Double {
    pub(crate) fn with<F>(mut self, function: Function, script: impl Fn(InvokeRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        self.scripts.insert(function.name.clone(), Box::new(move |request| Box::pin(script(request))));
        self.functions.get_mut().unwrap().push(Arc::new(function));
        self
    }

    pub(crate) fn requests(&self) -> Vec<InvokeRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// The event of the last request, as JSON.
    pub(crate) fn last_event(&self) -> serde_json::Value {
        serde_json::from_slice(&self.requests().last().expect("a request").payload).expect("an event is JSON")
    }
}

impl Invoke for Double {
    fn functions(&self) -> Vec<Arc<Function>> {
        self.functions.lock().unwrap().clone()
    }

    fn function(&self, name: &str) -> Option<Arc<Function>> {
        self.functions.lock().unwrap().iter().find(|function| function.name == name || function.logical_id == name).cloned()
    }

    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Outcome> {
        self.requests.lock().unwrap().push(request.clone());
        self.scripts[&request.function](request)
    }

    fn update_configuration(&self, name: &str, change: ConfigurationChange) -> Result<Arc<Function>, InvokeError> {
        let mut functions = self.functions.lock().unwrap();
        let slot = functions.iter_mut().find(|function| function.name == name).expect("doors ask for known functions");
        let mut function = Function::clone(slot);
        function.memory_mib = change.memory_mib.unwrap_or(function.memory_mib);
        function.timeout_s = change.timeout_s.unwrap_or(function.timeout_s);
        function.environment = change.environment.unwrap_or(function.environment);
        *slot = Arc::new(function);
        Ok(Arc::clone(slot))
    }
}

impl HostFacts for Double {
    fn enforcement(&self) -> serde_json::Value {
        serde_json::json!({"cpu": true, "memory": false})
    }

    fn package(&self, function: &str) -> Option<PackageFacts> {
        (function != "unbuilt").then(|| PackageFacts {
            code_bytes: 1_000,
            zip_bytes: 1_200,
            unzipped_bytes: 3_000,
            code_sha256: "c2hh".to_owned(),
            runtime_used: "python3.11".to_owned(),
            warnings: vec!["python3.13 is not installed".to_owned()],
            last_modified_ms: 1_583_348_638_390,
        })
    }

    fn event_dropped(&self, event: &DroppedEvent) {
        self.dropped.lock().unwrap().push(event.clone());
    }
}

pub(crate) fn function(name: &str) -> Function {
    let id = format!("{name}Id");
    Function { name: name.to_owned(), ..Function::new(&id, "python3.13", "app.handler", CodeSource::Folder("/code".into())) }
}

/// An answer without error; with a log and measures where the request asked for them.
pub(crate) fn answer(request: &InvokeRequest, payload: impl Into<Bytes>) -> Outcome {
    Ok(InvokeAnswer {
        payload: Payload::Buffered(payload.into()),
        function_error: None,
        log_tail: request.tail.then(|| Bytes::from_static(b"START\nEND\n")),
        metrics: request.tail.then(|| Metrics { duration_us: 1_500, billed_ms: 2, cpu_us: 700, max_memory_mib: 14, ..Metrics::default() }),
        content_type: "application/json".to_owned(),
    })
}

pub(crate) fn function_error(request: &InvokeRequest, payload: &'static str) -> Outcome {
    Ok(InvokeAnswer { function_error: Some(FunctionError::Handled), ..answer(request, payload)? })
}

/// A streamed answer of these parts.
pub(crate) fn streamed(content_type: &str, parts: Vec<StreamPart>) -> Outcome {
    let (sender, receiver) = mpsc::channel(parts.len().max(1));
    for part in parts {
        sender.try_send(part).expect("room for every part");
    }
    Ok(InvokeAnswer {
        payload: Payload::Streamed(receiver),
        function_error: None,
        log_tail: None,
        metrics: None,
        content_type: content_type.to_owned(),
    })
}

pub(crate) fn chunk(bytes: impl Into<Bytes>) -> StreamPart {
    StreamPart::Chunk(bytes.into())
}

pub(crate) const END: StreamPart = StreamPart::Complete { error: None, log_tail: None };

pub(crate) async fn echo(request: InvokeRequest) -> Outcome {
    let payload = request.payload.clone();
    answer(&request, payload)
}
