//! The pacer against a simulated table: a token bucket that holds 100 ms of its rate, in virtual time.

use std::time::Duration;

use super::{Heard, Now, Pacer, Permit};

/// The table. It takes items one by one while it has tokens.
struct Table {
    per_s: f64,
    tokens: f64,
    at: Now,
    /// Refuses a whole call that it cannot take whole.
    whole: bool,
}

impl Table {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "25 items")]
    fn take(&mut self, now: Now, items: usize) -> usize {
        let flown_in = (now - self.at).as_secs_f64() * self.per_s;
        self.at = now;
        self.tokens = (self.tokens + flown_in).min(self.per_s * 0.1);
        let taken = if self.whole && self.tokens < items as f64 { 0 } else { items.min(self.tokens as usize) };
        self.tokens -= taken as f64;
        taken
    }
}

#[derive(Debug)]
struct Outcome {
    seconds: f64,
    calls: usize,
    refused_calls: usize,
    items_taken: usize,
}

/// How calls travel: `latency` at least, and on average `1 + jitter` times that; one in `pause_every` finds the sender asleep for up to 40 ms afterwards.
#[derive(Clone, Copy)]
struct Way {
    latency: Duration,
    jitter: f64,
    pause_every: Option<u32>,
    seed: u64,
}

const SENDER: Duration = Duration::from_micros(300);

/// A call under way.
struct Flight {
    sent_at: Now,
    arrives_at: Now,
    answered_at: Now,
    items: usize,
    /// Once it has arrived.
    taken: Option<usize>,
}

/// Writes `items` with calls that take [`SENDER`] of the sender's time each.
fn write(table: &mut Table, mut items: usize, way: Way, mut each_call: impl FnMut(&mut Table, Now)) -> Outcome {
    // A load opens its source first.
    let (mut pacer, mut now) = (Pacer::new(), Duration::from_millis(50));
    let mut random = fastrand::Rng::with_seed(way.seed);
    let mut flights: Vec<Flight> = Vec::new();
    let (mut calls, mut refused_calls, mut items_taken) = (0, 0, 0);
    while items > 0 || !flights.is_empty() {
        let permit = pacer.permit(now, flights.len());
        if items > 0 && permit == Permit::Now {
            let sent = items.min(25);
            pacer.sent(now, sent);
            items -= sent;
            calls += 1;
            let latency = way.latency.mul_f64(1.0 - way.jitter * random.f64().max(1e-9).ln());
            flights.push(Flight { sent_at: now, arrives_at: now + latency / 2, answered_at: now + latency, items: sent, taken: None });
            now += SENDER;
            if way.pause_every.is_some_and(|every| random.u32(..every) == 0) {
                now += Duration::from_millis(random.u64(5..40));
            }
        } else {
            let event = flights.iter().map(|flight| flight.taken.map_or(flight.arrives_at, |_| flight.answered_at)).min();
            let permitted = match permit {
                Permit::At(at) if items > 0 => Some(at),
                _ => None,
            };
            now = now.max(event.into_iter().chain(permitted).min().expect("something to wait for"));
        }
        flights.sort_by_key(|flight| flight.arrives_at);
        for flight in flights.iter_mut().filter(|flight| flight.taken.is_none() && flight.arrives_at <= now) {
            each_call(table, flight.arrives_at);
            flight.taken = Some(table.take(flight.arrives_at, flight.items));
        }
        while let Some(index) = flights.iter().position(|flight| flight.answered_at <= now) {
            let flight = flights.swap_remove(index);
            let taken = flight.taken.expect("it arrived before it is answered");
            let refused = flight.items - taken;
            items += refused;
            items_taken += taken;
            refused_calls += usize::from(refused > 0);
            pacer.heard(now, flight.sent_at, Heard::Items { taken, refused });
        }
    }
    Outcome { seconds: now.as_secs_f64(), calls, refused_calls, items_taken }
}

/// Share of the capacity that was used, and share of the calls that were not needed.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn used_and_wasted(per_s: f64, items: usize, way: Way, whole: bool) -> (f64, f64) {
    let mut table = Table { per_s, tokens: per_s * 0.1, at: Now::ZERO, whole };
    let outcome = write(&mut table, items, way, |_, _| {});
    assert_eq!(outcome.items_taken, items);
    (items as f64 / outcome.seconds / per_s, (outcome.calls - items.div_ceil(25)) as f64 / outcome.calls as f64)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn a_limited_table_is_used_to_the_full_with_few_wasted_calls() {
    const SEEDS: u64 = 15;
    for per_s in [1_000.0, 4_000.0, 8_000.0] {
        for (latency_ms, jitter) in [(1, 0.5), (4, 1.0), (6, 0.2), (20, 0.2)] {
            for (pause_every, whole) in [(None, false), (None, true), (Some(50), false), (Some(50), true)] {
                let way = |seed| Way { latency: Duration::from_millis(latency_ms), jitter, pause_every, seed };
                let (used, wasted): (Vec<f64>, Vec<f64>) = (0..SEEDS).map(|seed| used_and_wasted(per_s, 50_000, way(seed), whole)).unzip();
                let least = used.iter().copied().fold(f64::INFINITY, f64::min);
                let (used, wasted) = (median(used), median(wasted));
                assert!(
                    used >= 0.97 && least >= 0.9 && wasted < 0.05,
                    "{per_s}/s, {latency_ms} ms, pauses {pause_every:?}, whole {whole}: {used:.3} used ({least:.3} at least), {wasted:.3} wasted"
                );
            }
        }
    }
}

#[test]
fn a_table_that_grows_is_followed_and_one_that_shrinks_is_not_hammered() {
    let way = Way { latency: Duration::from_millis(6), jitter: 0.2, pause_every: None, seed: 1 };
    let mut table = Table { per_s: 4_000.0, tokens: 400.0, at: Now::ZERO, whole: false };
    let change = |table: &mut Table, now: Now| table.per_s = if now < Duration::from_secs(5) { 4_000.0 } else { 8_000.0 };
    let grown = write(&mut table, 80_000, way, change);
    // 5 s at 4,000 and 7.5 s at 8,000 are the least.
    assert!(grown.seconds < 12.5 * 1.25, "{grown:?}");

    let mut table = Table { per_s: 8_000.0, tokens: 800.0, at: Now::ZERO, whole: true };
    let change = |table: &mut Table, now: Now| table.per_s = if now < Duration::from_secs(3) { 8_000.0 } else { 1_000.0 };
    let shrunk = write(&mut table, 40_000, way, change);
    assert!(shrunk.seconds < 19.0 * 1.1, "{shrunk:?}");
    assert!(shrunk.refused_calls * 10 < shrunk.calls, "{shrunk:?}");
}

#[test]
fn a_table_that_refuses_some_items_at_any_rate_is_written_on() {
    let (mut pacer, mut now) = (Pacer::new(), Now::ZERO);
    let mut taken = 0;
    for call in 0.. {
        match pacer.permit(now, 0) {
            Permit::At(at) => now = at,
            permit => assert_eq!(permit, Permit::Now),
        }
        if now > Duration::from_secs(10) {
            break;
        }
        pacer.sent(now, 25);
        let refused = usize::from(call % 4 == 0);
        taken += 25 - refused;
        pacer.heard(now + Duration::from_millis(5), now, Heard::Items { taken: 25 - refused, refused });
        now += Duration::from_millis(5);
    }
    // 5,000 a second is what one call at a time can do.
    assert!(taken > 25_000, "{taken} items in 10 s, {:?} items/s at the end", pacer.items_per_s(now));
}

#[test]
fn without_refusals_only_the_window_bounds() {
    let mut pacer = Pacer::new();
    let mut now = Now::ZERO;
    for _ in 0..2_000 {
        now += Duration::from_millis(1);
        pacer.sent(now, 25);
        pacer.heard(now, now, Heard::Items { taken: 25, refused: 0 });
    }
    assert_eq!(pacer.items_per_s(now), None);
    assert!(pacer.window() > 31.0);
    assert_eq!(pacer.permit(now, 32), Permit::WhenAnswered);
}

#[test]
fn failures_halve_the_window_once_a_round_trip() {
    let mut pacer = Pacer::new();
    let at = Duration::from_secs(1);
    for _ in 0..5 {
        pacer.heard(at + Duration::from_millis(5), at, Heard::Failure);
    }
    assert!((pacer.window() - 4.0).abs() < 1e-9, "{}", pacer.window());
}
