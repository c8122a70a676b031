//! Which batch is sent when: order of one key, items that came back, calls that failed.
//!
//! Pure: the loader asks what to send and tells what came of it. A key is *busy* from the moment an item of it is sent until the table has it, through every retry. A batch that holds a busy key waits,
//! and every batch behind it, so a later row of a key is never overtaken by an earlier one. Items that the table gave back are sent again together, in batches of their own.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use crate::batch::{Batch, KeyHash, Put};
use crate::checkpoint::SpanId;
use crate::limits::{BATCH_ITEMS_MAX, GIVEN_BACK_WAIT, IN_FLIGHT_BYTES_MAX};
use crate::pacer::Now;
use crate::retry::full_jitter;

/// A request to be sent, or in flight.
#[derive(Clone, Debug)]
pub struct Shipment {
    pub body: Bytes,
    pub puts: Vec<Put<SpanId>>,
    /// How often it, or what it is made of, was tried before.
    pub attempt: u32,
}

#[derive(Debug)]
pub struct Outbox {
    table: String,
    sealed: VecDeque<Shipment>,
    busy: HashMap<KeyHash, u32>,
    /// Whole calls that failed, and when they may be tried again.
    failed: Vec<(Now, Shipment)>,
    given_back: VecDeque<GivenBack>,
    /// When [`Self::given_back`] is sent, also if it is no full batch.
    given_back_at: Now,
    in_flight: usize,
    in_flight_bytes: usize,
    random: fastrand::Rng,
}

/// An item that the table did not take.
#[derive(Debug)]
struct GivenBack {
    key: KeyHash,
    put: Box<[u8]>,
    span: SpanId,
    attempt: u32,
}

impl Outbox {
    pub fn new(table: &str, seed: u64) -> Self {
        Self {
            table: table.to_owned(),
            sealed: VecDeque::new(),
            busy: HashMap::new(),
            failed: Vec::new(),
            given_back: VecDeque::new(),
            given_back_at: Now::ZERO,
            in_flight: 0,
            in_flight_bytes: 0,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The next batch of the file.
    pub fn push(&mut self, batch: Batch<SpanId>) {
        let (body, puts) = batch.seal();
        self.sealed.push_back(Shipment { body, puts, attempt: 0 });
    }

    pub fn sealed(&self) -> usize {
        self.sealed.len()
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Everything that was pushed is in the table.
    pub fn is_empty(&self) -> bool {
        self.sealed.is_empty() && self.failed.is_empty() && self.given_back.is_empty() && self.in_flight == 0
    }

    /// What is to be sent now, if anything.
    pub fn next(&mut self, now: Now) -> Option<Shipment> {
        let shipment = self.due(now)?;
        self.in_flight += 1;
        self.in_flight_bytes += shipment.body.len();
        Some(shipment)
    }

    /// When [`Self::next`] may have something although no call is answered until then.
    pub fn wakes_at(&self) -> Option<Now> {
        let failed = self.failed.iter().map(|(at, _)| *at).min();
        let given_back = (!self.given_back.is_empty()).then_some(self.given_back_at);
        failed.into_iter().chain(given_back).min()
    }

    /// The table took everything but the puts of these keys. Gives the spans of what it took.
    pub fn taken(&mut self, now: Now, shipment: Shipment, refused: &[KeyHash]) -> impl Iterator<Item = SpanId> {
        self.landed(&shipment);
        let (back, done): (Vec<_>, Vec<_>) = shipment.puts.into_iter().partition(|put| refused.contains(&put.key));
        for put in &done {
            self.release(put.key);
        }
        if !back.is_empty() && self.given_back.is_empty() {
            self.given_back_at = now + self.wait(shipment.attempt).min(GIVEN_BACK_WAIT);
        }
        for put in back {
            let text = shipment.body[put.start..put.end].into();
            self.given_back.push_back(GivenBack { key: put.key, put: text, span: put.tag, attempt: shipment.attempt + 1 });
        }
        done.into_iter().map(|put| put.tag)
    }

    /// The call failed, or was refused whole: nothing is known of what the table took, and it is sent again as it was.
    pub fn failed(&mut self, now: Now, shipment: Shipment) {
        self.landed(&shipment);
        let at = now + self.wait(shipment.attempt);
        self.failed.push((at, Shipment { attempt: shipment.attempt + 1, ..shipment }));
    }

    fn landed(&mut self, shipment: &Shipment) {
        self.in_flight -= 1;
        self.in_flight_bytes -= shipment.body.len();
    }

    fn wait(&mut self, attempt: u32) -> Duration {
        full_jitter(attempt, &mut self.random)
    }

    fn due(&mut self, now: Now) -> Option<Shipment> {
        if let Some(index) = self.failed.iter().position(|(at, _)| *at <= now) {
            return Some(self.failed.swap_remove(index).1);
        }
        if self.given_back.len() >= BATCH_ITEMS_MAX || (!self.given_back.is_empty() && self.given_back_at <= now) {
            return Some(self.again(now));
        }
        let head = self.sealed.front()?;
        let room = self.in_flight == 0 || self.in_flight_bytes + head.body.len() <= IN_FLIGHT_BYTES_MAX;
        if !room || head.puts.iter().any(|put| self.busy.contains_key(&put.key)) {
            return None;
        }
        let shipment = self.sealed.pop_front()?;
        for put in &shipment.puts {
            *self.busy.entry(put.key).or_default() += 1;
        }
        Some(shipment)
    }

    /// A batch of what was given back. Its keys are busy still.
    fn again(&mut self, now: Now) -> Shipment {
        let mut batch = Batch::new(&self.table, 0);
        let mut attempt = 0;
        while !batch.is_full()
            && let Some(item) = self.given_back.pop_front()
        {
            batch.add_written(item.key, &item.put, item.span);
            attempt = attempt.max(item.attempt);
        }
        self.given_back_at = now;
        let (body, puts) = batch.seal();
        Shipment { body, puts, attempt }
    }

    fn release(&mut self, key: KeyHash) {
        if let Some(count) = self.busy.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(&key);
            }
        }
    }
}
