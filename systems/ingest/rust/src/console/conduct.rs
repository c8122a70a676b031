//! The conductor: one piece of work after the other, each in an invocation of its own.
//!
//! A Python run at 128 MB takes minutes and an invocation ends after 15, so no invocation does more than one run: it queues the rest for the next
//! one, with the list of what is left. A run that a loader did not finish in its own time comes back with a checkpoint, and is the next one's first.
//! When the page has gone, the run under way is finished and no other begun.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::Console;
use super::action::Action;
use super::functions::{FunctionError, Functions, Invocation};
use super::lease::{Claim, Lease, Taken};
use super::limits::INVOCATIONS_MAX;
use super::page::Page;
use super::report::Report;
use crate::message::{Checkpoint, Connection, Format, Language, LoadMessage, LoadRequest, OnDeadline, Speaker};

/// What is left to do for a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conduct {
    connection: Connection,
    /// Name of the whole chain of invocations, and how many were before this one.
    holder: String,
    step: u32,
    work: VecDeque<Work>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Work {
    WarmUp { memory_mb: u32 },
    Run(Box<Run>),
    Verify { format: Format },
}

/// A run of a loader, or what is left of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    #[serde(flatten)]
    speaker: Speaker,
    checkpoint: Option<Checkpoint>,
    /// Invocations so far, and what they were billed.
    invocations: u32,
    report: Option<Report>,
}

/// The part of a loader's answer that the conductor needs.
#[derive(Deserialize)]
struct Loaded {
    complete: bool,
    checkpoint: Option<Checkpoint>,
}

#[derive(Debug, Error)]
enum ConductError {
    #[error(transparent)]
    Function(#[from] FunctionError),
    #[error("function {function} failed: {reason}")]
    Failed { function: String, reason: String },
}

/// The order of `runAll`.
const ALL_RUNS: [(Language, Format); 4] =
    [(Language::Rust, Format::Csv), (Language::Rust, Format::Json), (Language::Python, Format::Csv), (Language::Python, Format::Json)];

impl Conduct {
    /// `name` draws a new unique name.
    pub fn new(action: Action, connection: Connection, name: impl Fn() -> String) -> Self {
        let run = |runtime, format, memory_mb| {
            let speaker = Speaker { run: name(), runtime, format, memory_mb };
            Work::Run(Box::new(Run { speaker, checkpoint: None, invocations: 0, report: None }))
        };
        let work = match action {
            Action::WarmUp { memory_mb } => [Work::WarmUp { memory_mb }].into(),
            Action::RunOne { runtime, format, memory_mb } => [run(runtime, format, memory_mb)].into(),
            Action::RunAll { memory_mb } => ALL_RUNS.map(|(runtime, format)| run(runtime, format, memory_mb)).into(),
            Action::Verify { format } => [Work::Verify { format }].into(),
        };
        Self { connection, holder: name(), step: 0, work }
    }

    fn runs(&self) -> Vec<&Speaker> {
        let mut runs = Vec::new();
        for work in &self.work {
            if let Work::Run(run) = work {
                runs.push(&run.speaker);
            }
        }
        runs
    }
}

impl Console {
    /// Does the first piece of work, and queues the rest.
    pub(super) async fn conduct(&self, mut conduct: Conduct) {
        let connection = conduct.connection.clone();
        let page = Page::new(&self.aws, &connection, self.log);
        let claim = Claim { holder: conduct.holder.clone(), step: conduct.step, invocation: Uuid::new_v4().to_string() };
        let lease = match Lease::take(&self.aws, &self.settings.bucket, claim, self.clock, self.log).await {
            Ok(Taken::Ours(lease)) => lease,
            Ok(Taken::Others { for_ms }) => return page.send(&busy(for_ms)).await,
            Ok(Taken::Repeated) => return (self.log)("this step was done before: nothing to do"),
            Err(error) => return self.tell(&page, &error).await,
        };
        if conduct.step == 0 && !conduct.runs().is_empty() {
            page.send(&json!({"type": "queued", "runs": conduct.runs()})).await;
        }
        let Some(work) = conduct.work.pop_front() else { return lease.release().await };
        match lease.hold(self.perform(&page, &conduct.connection, work)).await {
            Ok(Some(rest)) => conduct.work.push_front(rest),
            Ok(None) => {}
            Err(error) => {
                // What stopped one run would stop the others.
                self.tell(&page, &error).await;
                conduct.work.clear();
            }
        }
        // The rest of a run under way goes on for a page that has gone, too; other runs do not begin.
        if page.is_gone() {
            conduct.work.retain(Work::is_under_way);
        }
        if !conduct.work.is_empty() {
            conduct.step += 1;
            match Functions::new(&self.aws).invoke_later(&self.settings.console, &json!({"conduct": conduct})).await {
                Ok(()) => return,
                Err(error) => self.tell(&page, &error).await,
            }
        }
        // Before the page is told, so that it may ask for more at once.
        lease.release().await;
        page.send(&json!({"type": "done"})).await;
    }

    async fn tell(&self, page: &Page<'_>, error: &dyn std::error::Error) {
        (self.log)(&super::describe(error));
        page.send(&super::error_message(error)).await;
    }

    /// What is left of `work`, if anything.
    async fn perform(&self, page: &Page<'_>, connection: &Connection, work: Work) -> Result<Option<Work>, ConductError> {
        match work {
            Work::WarmUp { memory_mb } => self.warm_up(page, memory_mb).await.map(|()| None),
            Work::Run(run) => Ok(self.run(page, connection, *run).await?.map(|rest| Work::Run(Box::new(rest)))),
            Work::Verify { format } => self.verify(connection, format).await.map(|()| None),
        }
    }

    async fn warm_up(&self, page: &Page<'_>, memory_mb: u32) -> Result<(), ConductError> {
        let functions = Functions::new(&self.aws);
        let mut warmed = Vec::new();
        for function in [&self.settings.rust, &self.settings.python] {
            functions.set_memory(function, memory_mb).await?;
            let invocation = succeeded(function, functions.invoke(function, &json!({"warm": true})).await?)?;
            let (init_ms, duration_ms) =
                (invocation.report.and_then(|report| report.init_ms), invocation.report.map(|report| report.duration_ms));
            warmed.push(json!({"function": function, "memory_mb": memory_mb, "init_ms": init_ms, "duration_ms": duration_ms}));
        }
        page.send(&json!({"type": "warmed", "functions": warmed})).await;
        Ok(())
    }

    /// One invocation of a loader. A loader that fails is told to the page, and ends this run only.
    async fn run(&self, page: &Page<'_>, connection: &Connection, mut run: Run) -> Result<Option<Run>, ConductError> {
        let (functions, function) = (Functions::new(&self.aws), self.settings.loader(run.speaker.runtime));
        functions.set_memory(function, run.speaker.memory_mb).await?;
        let request = LoadRequest {
            run: Some(run.speaker.run.clone()),
            connection: Some(connection.clone()),
            checkpoint: run.checkpoint.take(),
            on_deadline: Some(OnDeadline::Return),
            ..LoadRequest::new(run.speaker.format)
        };
        let invocation = functions.invoke(function, &request).await?;
        run.invocations += 1;
        run.report = match (run.report, invocation.report) {
            (Some(before), Some(now)) => Some(before.and_then(now)),
            (before, now) => now.or(before),
        };
        let outcome = outcome(&invocation, run.invocations);
        if let Ok(Some(checkpoint)) = outcome {
            return Ok(Some(Run { checkpoint: Some(checkpoint), ..run }));
        }
        if let Err(error) = outcome {
            page.send(&LoadMessage::Failed { speaker: run.speaker.clone(), error }).await;
        }
        match run.report {
            Some(report) => page.send(&Billed { kind: "billed", speaker: run.speaker, report }).await,
            None => (self.log)(&format!("the log of {function} ends without a REPORT line: what the run costs is not known")),
        }
        Ok(None)
    }

    async fn verify(&self, connection: &Connection, format: Format) -> Result<(), ConductError> {
        let function = &self.settings.verify;
        let event = json!({"format": format, "connection": connection});
        succeeded(function, Functions::new(&self.aws).invoke(function, &event).await?).map(|_| ())
    }
}

impl Work {
    fn is_under_way(&self) -> bool {
        matches!(self, Self::Run(run) if run.invocations > 0)
    }
}

#[derive(Serialize)]
struct Billed {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    speaker: Speaker,
    #[serde(flatten)]
    report: Report,
}

/// Where a run goes on; None when it is complete, an error when it failed.
fn outcome(invocation: &Invocation, invocations: u32) -> Result<Option<Checkpoint>, String> {
    if invocation.failed {
        return Err(reason(&invocation.payload));
    }
    let loaded: Loaded =
        serde_json::from_slice(&invocation.payload).map_err(|error| format!("the function's answer is not a loader's: {error}"))?;
    match loaded {
        Loaded { complete: true, .. } => Ok(None),
        Loaded { checkpoint: None, .. } => Err("the function did not finish, and left no checkpoint to go on from".to_owned()),
        Loaded { .. } if invocations >= INVOCATIONS_MAX => {
            Err(format!("not finished after {INVOCATIONS_MAX} invocations: give the function more memory, or a smaller file"))
        }
        Loaded { checkpoint, .. } => Ok(checkpoint),
    }
}

fn succeeded(function: &str, invocation: Invocation) -> Result<Invocation, ConductError> {
    if invocation.failed {
        return Err(ConductError::Failed { function: function.to_owned(), reason: reason(&invocation.payload) });
    }
    Ok(invocation)
}

/// `{"errorType", "errorMessage"}` as a sentence; anything else as it is.
fn reason(payload: &[u8]) -> String {
    let parsed: Value = serde_json::from_slice(payload).unwrap_or_default();
    let field = |name: &str| parsed.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (field("errorType"), field("errorMessage")) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (None, Some(message)) => message.to_owned(),
        _ => String::from_utf8_lossy(payload).into_owned(),
    }
}

fn busy(for_ms: u64) -> Value {
    let message = format!(
        "another run is under way, started from this page or another: wait until it is done (a run that died gives way after {} s)",
        for_ms.div_ceil(1_000)
    );
    json!({"type": "error", "message": message})
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn invocation(payload: &'static str, failed: bool) -> Invocation {
        Invocation { payload: Bytes::from_static(payload.as_bytes()), failed, report: None }
    }

    #[test]
    fn all_runs_come_in_the_pages_order_each_with_a_name_of_its_own() {
        let connection = Connection { id: "a=".to_owned(), endpoint: "https://x/live".to_owned() };
        let drawn = std::cell::Cell::new(0);
        let name = || {
            drawn.set(drawn.get() + 1);
            format!("n{}", drawn.get())
        };
        let conduct = Conduct::new(Action::RunAll { memory_mb: 512 }, connection, name);
        let back: Conduct = serde_json::from_str(&json!(conduct).to_string()).unwrap();
        let told: Vec<_> =
            back.runs().into_iter().map(|run| format!("{} {:?} {:?} {}", run.run, run.runtime, run.format, run.memory_mb)).collect();
        assert_eq!(told, ["n1 Rust Csv 512", "n2 Rust Json 512", "n3 Python Csv 512", "n4 Python Json 512"]);
        assert_eq!((back.holder.as_str(), back.step), ("n5", 0));
    }

    #[test]
    fn what_a_loader_answers_decides_how_its_run_goes_on() {
        assert!(matches!(outcome(&invocation(r#"{"complete":true,"checkpoint":null}"#, false), 1), Ok(None)));
        assert!(outcome(&invocation(r#"{"complete":false,"checkpoint":null}"#, false), 1).unwrap_err().contains("no checkpoint"));
        assert!(outcome(&invocation("null", false), 1).unwrap_err().contains("not a loader's"));
        let failed = outcome(&invocation(r#"{"errorType":"KeyError","errorMessage":"'amount_paid'"}"#, true), 1).unwrap_err();
        assert_eq!(failed, "KeyError: 'amount_paid'");
        assert_eq!(outcome(&invocation("Killed", true), 1).unwrap_err(), "Killed");
    }
}
