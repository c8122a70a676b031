//! From an object in S3 to a table in DynamoDB: everything of a load joined, in one task.
//!
//! One loop does what can be done now (parse rows into batches, send batches that may be sent) and then waits for whatever comes first: an answer of the table, a piece of the source, the time at which
//! something may be sent again, the time to stop. What it decides by is pure and elsewhere: [`crate::rows`] parses, [`crate::batch`] and [`crate::outbox`] order, [`crate::pacer`] paces,
//! [`crate::checkpoint`] remembers what is durable.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::batch::KeyHash;
use crate::checkpoint::Durable;
use crate::client::{Answer, Aws, ClientError, Request};
use crate::dead_letter::DeadLetters;
use crate::limits::{BATCH_TIMEOUT, DEAD_LETTER_QUOTA, DRAIN_SHARE, INVOCATIONS_MAX, NO_PROGRESS_MAX, STOP_BEFORE_DEADLINE, STOP_SHARE};
use crate::message::{Calls, Checkpoint, Language, LoadAnswer, LoadMessage, LoadRequest, LoadTimings, ObjectName, OnDeadline, Speaker};
use crate::outbox::{Outbox, Shipment};
use crate::pacer::{Heard, Now, Pacer, Permit};
use crate::progress::Teller;
use crate::retry::{Budget, Verdict, judge};
use crate::rows::Parser;
use crate::source::{Source, Version};

mod error;
mod next;
mod reader;
mod unprocessed;

pub use error::{LoadError, SettingsError};
use reader::Reader;

/// What a loading function knows from its environment.
#[derive(Clone, Debug)]
pub struct Settings {
    pub source_bucket: String,
    pub table: String,
    /// Itself, to be invoked again when its time is over.
    pub function: Option<String>,
    pub memory_mb: u32,
    pub dead_letter_quota: u64,
}

impl Settings {
    /// From `SOURCE_BUCKET`, `TABLE_NAME`, `DEAD_LETTER_QUOTA` (optional) and what Lambda tells of the function itself.
    ///
    /// # Errors
    /// [`SettingsError`] names the variable.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let need = |name: &'static str| set(name).ok_or(SettingsError::Missing { name });
        let quota = set("DEAD_LETTER_QUOTA").map(|value| value.parse().map_err(|_| SettingsError::Quota { value })).transpose()?;
        Ok(Self {
            source_bucket: need("SOURCE_BUCKET")?,
            table: need("TABLE_NAME")?,
            function: set("AWS_LAMBDA_FUNCTION_NAME"),
            memory_mb: set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|size| size.parse().ok()).unwrap_or(0),
            dead_letter_quota: quota.unwrap_or(DEAD_LETTER_QUOTA),
        })
    }
}

/// Loads an object, or goes on where a checkpoint says. `time_left` is the invocation's.
///
/// # Errors
/// [`LoadError`]: what was written until then stays; loading again from the beginning gives the same table.
pub async fn load(aws: &Aws, settings: &Settings, request: &LoadRequest, time_left: Option<Duration>) -> Result<LoadAnswer, LoadError> {
    let run = request.run.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let speaker = Speaker { run, runtime: Language::Rust, format: request.format, memory_mb: settings.memory_mb };
    let (written, before) = request.checkpoint.as_ref().map_or((0, 0.0), |from| (from.counts.written, from.timings.total_ms));
    let mut teller = Teller::new(aws, request.connection.as_ref(), speaker, written, Duration::from_secs_f64(before.max(0.0) / 1e3));
    if request.checkpoint.is_none() {
        teller.started();
    }
    // Boxed: the future holds every part of a load.
    let done = Box::pin(run_load(aws, settings, request, time_left, &mut teller)).await;
    let last = match &done {
        Ok(answer) if answer.complete => Some(LoadMessage::Finished(Box::new(answer.clone()))),
        Ok(_) => None,
        Err(error) => Some(LoadMessage::Failed { speaker: teller.speaker().clone(), error: error.in_full() }),
    };
    teller.finish(last).await;
    done
}

async fn run_load(
    aws: &Aws,
    settings: &Settings,
    request: &LoadRequest,
    time_left: Option<Duration>,
    teller: &mut Teller,
) -> Result<LoadAnswer, LoadError> {
    let began = Instant::now();
    let mut load = Load::open(aws, settings, request, teller, began, time_left).await?;
    let outcome = match load.run().await {
        Err(error) if !error.leaves_dead_letters() => return Err(error),
        outcome => outcome,
    };
    let stopped = load.stopping && outcome.is_ok();
    let (offset, counts) = load.durable.checkpoint();
    if stopped {
        load.reader.letters.cut(offset);
    }
    let dead_letters = load.reader.letters.put(aws).await.map_err(|source| LoadError::DeadLetters { source })?;
    outcome?;
    let checkpoint = Checkpoint {
        etag: load.source.version().etag.clone(),
        bytes: load.source.version().bytes,
        offset,
        invocation: request.checkpoint.as_ref().map_or(0, |from| from.invocation) + 1,
        header: load.reader.parser.header(),
        counts,
        timings: load.timings(),
        calls: load.calls_made(),
    };
    if stopped {
        let from = request.checkpoint.as_ref().map_or(0, |from| from.offset);
        if offset == from || checkpoint.invocation >= INVOCATIONS_MAX {
            return Err(LoadError::Stuck { offset, invocation: checkpoint.invocation });
        }
    }
    let answer = answer(teller.speaker(), dead_letters, checkpoint, stopped);
    if stopped && request.on_deadline.unwrap_or_default() == OnDeadline::Continue {
        next::invoke(aws, settings, request, &answer).await?;
    }
    Ok(answer)
}

fn answer(speaker: &Speaker, dead_letters: Option<ObjectName>, checkpoint: Checkpoint, stopped: bool) -> LoadAnswer {
    let Checkpoint { counts, timings, calls, bytes, .. } = checkpoint;
    LoadAnswer {
        run: speaker.run.clone(),
        runtime: speaker.runtime,
        format: speaker.format,
        records: counts.records,
        written: counts.written,
        rejected: counts.rejected,
        duplicates: counts.duplicates,
        dead_letters,
        complete: !stopped,
        checkpoint: stopped.then_some(checkpoint),
        bytes,
        timings,
        calls,
        memory_mb: speaker.memory_mb,
    }
}

/// A load under way.
struct Load<'a> {
    aws: &'a Aws,
    teller: &'a mut Teller,
    source: Source,
    reader: Reader,
    durable: Durable,
    outbox: Outbox,
    pacer: Pacer,
    budget: Budget,
    in_flight: FuturesUnordered<BoxFuture<'static, Sent>>,
    began: Instant,
    stop_at: Option<Instant>,
    drained_by: Option<Instant>,
    stopping: bool,
    taken_at: Now,
    write_time: Duration,
    writing_since: Option<Now>,
    timings_before: LoadTimings,
    calls: Calls,
}

/// A call that was answered, or not.
struct Sent {
    shipment: Shipment,
    at: Now,
    tried: Result<Answer, ClientError>,
}

impl<'a> Load<'a> {
    async fn open(
        aws: &'a Aws,
        settings: &Settings,
        request: &LoadRequest,
        teller: &'a mut Teller,
        began: Instant,
        time_left: Option<Duration>,
    ) -> Result<Self, LoadError> {
        let key = request.key.clone().unwrap_or_else(|| request.format.default_key());
        let from = request.checkpoint.as_ref();
        let (offset, counts) = from.map_or_else(Default::default, |from| (from.offset, from.counts));
        let version = from.map(|from| Version { etag: from.etag.clone(), bytes: from.bytes });
        let (source, first) = Source::open(aws, &settings.source_bucket, &key, offset, version).await?;
        let parser = match from {
            Some(from) => Parser::resume(request.format, from.header.as_deref(), offset)?,
            None => Parser::new(request.format),
        };
        let mut letters = DeadLetters::new(&settings.source_bucket, &teller.speaker().run, counts.rejected, settings.dead_letter_quota);
        letters.fetch(aws).await.map_err(|source| LoadError::DeadLetters { source })?;
        let mut reader = Reader::new(parser, letters, &settings.table, counts.records, offset);
        reader.parser.push(&first);
        let margin = |left: Duration| STOP_BEFORE_DEADLINE.min(left.mul_f64(STOP_SHARE));
        Ok(Self {
            aws,
            teller,
            source,
            reader,
            durable: Durable::new(offset, counts),
            outbox: Outbox::new(&settings.table, fastrand::u64(..)),
            pacer: Pacer::new(),
            budget: Budget::default(),
            in_flight: FuturesUnordered::new(),
            began,
            stop_at: time_left.map(|left| began + (left - margin(left))),
            drained_by: time_left.map(|left| began + (left - margin(left).mul_f64(1.0 - DRAIN_SHARE))),
            stopping: false,
            taken_at: Now::ZERO,
            write_time: Duration::ZERO,
            writing_since: None,
            timings_before: from.map(|from| from.timings).unwrap_or_default(),
            calls: from.map(|from| from.calls).unwrap_or_default(),
        })
    }

    /// Until everything is written, or the time to stop has come and nothing is in flight any more.
    async fn run(&mut self) -> Result<(), LoadError> {
        loop {
            let wants_part = !self.stopping && self.reader.fill(&mut self.durable, &mut self.outbox);
            let wake = if self.stopping { None } else { self.dispatch()? };
            let over = if self.stopping { self.outbox.in_flight() == 0 } else { self.reader.is_done() && self.outbox.is_empty() };
            if over && self.stopping {
                // What ended the reading is met again by the invocation that goes on.
                return Ok(());
            }
            if over {
                return self.reader.failure.take().map_or(Ok(()), Err);
            }
            let until = if self.stopping { self.drained_by } else { self.stop_at };
            tokio::select! {
                Some(sent) = self.in_flight.next(), if !self.in_flight.is_empty() => self.settle(sent)?,
                part = self.source.next_part(), if wants_part => match part? {
                    Some(part) => self.reader.parser.push(&part),
                    None => self.reader.parser.end(),
                },
                () = wait_until(wake.map(|at| self.began + at)) => {}
                () = wait_until(until) => {
                    if self.stopping {
                        return Ok(());
                    }
                    self.stopping = true;
                }
            }
        }
    }

    fn now(&self) -> Now {
        self.began.elapsed()
    }

    /// Sends what may be sent, and says when there may be more although nothing is answered until then.
    fn dispatch(&mut self) -> Result<Option<Now>, LoadError> {
        let now = self.now();
        if !self.outbox.is_empty() && now.saturating_sub(self.taken_at) > NO_PROGRESS_MAX {
            return Err(LoadError::NoProgress { waited: NO_PROGRESS_MAX });
        }
        if self.outbox.is_empty() {
            self.taken_at = now;
        }
        loop {
            match self.pacer.permit(now, self.outbox.in_flight()) {
                Permit::WhenAnswered => return Ok(None),
                Permit::At(at) => return Ok((!self.outbox.is_empty()).then_some(at)),
                Permit::Now => match self.outbox.next(now) {
                    Some(shipment) => self.send(now, shipment),
                    None => return Ok(self.outbox.wakes_at()),
                },
            }
            // Room has been made for another batch.
            self.reader.fill(&mut self.durable, &mut self.outbox);
        }
    }

    fn send(&mut self, now: Now, shipment: Shipment) {
        self.pacer.sent(now, shipment.puts.len());
        self.calls.batch_write += 1;
        self.writing_since.get_or_insert(now);
        let aws = self.aws.clone();
        let request = Request::json("dynamodb", "DynamoDB_20120810.BatchWriteItem", shipment.body.clone()).timeout(BATCH_TIMEOUT);
        self.in_flight.push(Box::pin(async move {
            let tried = aws.send(request).await;
            Sent { shipment, at: now, tried }
        }));
    }

    fn settle(&mut self, sent: Sent) -> Result<(), LoadError> {
        let now = self.now();
        let items = sent.shipment.puts.len();
        let verdict = judge(&sent.tried);
        match (verdict, sent.tried) {
            (Verdict::Done, Ok(answer)) => match unprocessed::keys(&answer.body) {
                Some(refused) if refused.iter().all(|key| sent.shipment.puts.iter().any(|put| put.key == *key)) => {
                    self.taken(now, sent.at, sent.shipment, &refused)
                }
                _ => self.failed(now, sent.at, sent.shipment, None)?,
            },
            (Verdict::Throttled, _) => {
                self.calls.throttled += 1;
                self.pacer.heard(now, sent.at, Heard::Items { taken: 0, refused: items });
                self.outbox.failed(now, sent.shipment);
            }
            (Verdict::Transient, tried) => self.failed(now, sent.at, sent.shipment, Some(tried))?,
            (Verdict::Final | Verdict::Done, tried) => return Err(LoadError::table(tried)),
        }
        if self.outbox.in_flight() == 0
            && let Some(since) = self.writing_since.take()
        {
            self.write_time += now.saturating_sub(since);
        }
        Ok(())
    }

    fn taken(&mut self, now: Now, sent_at: Now, shipment: Shipment, refused: &[KeyHash]) {
        let items = shipment.puts.len();
        let mut taken = 0;
        for span in self.outbox.taken(now, shipment, refused) {
            self.durable.settle(span);
            taken += 1;
        }
        self.calls.unprocessed_items += (items - taken) as u64;
        self.pacer.heard(now, sent_at, Heard::Items { taken, refused: items - taken });
        if taken > 0 {
            self.budget.earn();
            self.taken_at = now;
            self.teller.written(self.durable.written());
        }
    }

    /// A call without a usable answer: again, as long as the budget lasts.
    fn failed(&mut self, now: Now, sent_at: Now, shipment: Shipment, tried: Option<Result<Answer, ClientError>>) -> Result<(), LoadError> {
        self.calls.retries += 1;
        self.pacer.heard(now, sent_at, Heard::Failure);
        self.outbox.failed(now, shipment);
        if self.budget.spend() {
            return Ok(());
        }
        Err(LoadError::Budget { source: Box::new(tried.map_or(LoadError::Answer, LoadError::table)) })
    }

    fn timings(&self) -> LoadTimings {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let before = self.timings_before;
        let writing = self.writing_since.map_or(Duration::ZERO, |since| self.now().saturating_sub(since));
        LoadTimings {
            total_ms: before.total_ms + ms(self.now()),
            download_ms: before.download_ms + ms(self.source.stats().busy),
            parse_ms: before.parse_ms + ms(self.reader.parse_time),
            write_ms: before.write_ms + ms(self.write_time + writing),
        }
    }

    fn calls_made(&self) -> Calls {
        Calls { retries: self.calls.retries + self.source.stats().retries + self.reader.letters.retries(), ..self.calls }
    }
}

/// For ever, without a time.
async fn wait_until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
