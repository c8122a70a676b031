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

struct Flight {
    sent_at: Now,
    answered_at: Now,
    items: usize,
    taken: usize,
}

#[derive(Debug)]
struct Outcome {
    seconds: f64,
    calls: usize,
    refused_calls: usize,
    items_taken: usize,
}

/// Writes `items` with calls that take `latency`, one millisecond of sender's time each.
fn write(table: &mut Table, mut items: usize, latency: Duration, sender: Duration, mut each_call: impl FnMut(&mut Table, Now)) -> Outcome {
    let mut pacer = Pacer::new();
    let mut flights: Vec<Flight> = Vec::new();
    let (mut now, mut calls, mut refused_calls, mut items_taken) = (Now::ZERO, 0, 0, 0);
    while items > 0 || !flights.is_empty() {
        if items > 0 && pacer.permit(now, flights.len()) == Permit::Now {
            let sent = items.min(25);
            pacer.sent(now, sent);
            each_call(table, now);
            let taken = table.take(now, sent);
            items -= sent;
            calls += 1;
            flights.push(Flight { sent_at: now, answered_at: now + latency, items: sent, taken });
            now += sender;
        } else {
            let answered = flights.iter().map(|flight| flight.answered_at).min();
            let permitted = match pacer.permit(now, flights.len()) {
                Permit::At(at) if items > 0 => Some(at),
                _ => None,
            };
            now = now.max(answered.into_iter().chain(permitted).min().expect("something to wait for"));
        }
        while let Some(index) = flights.iter().position(|flight| flight.answered_at <= now) {
            let flight = flights.swap_remove(index);
            let refused = flight.items - flight.taken;
            items += refused;
            items_taken += flight.taken;
            refused_calls += usize::from(refused > 0);
            pacer.heard(now, flight.sent_at, Heard::Items { taken: flight.taken, refused });
        }
    }
    Outcome { seconds: now.as_secs_f64(), calls, refused_calls, items_taken }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn assert_used_well(per_s: f64, items: usize, outcome: &Outcome) {
    assert_eq!(outcome.items_taken, items);
    let used = items as f64 / outcome.seconds / per_s;
    let wasted = (outcome.calls - items.div_ceil(25)) as f64 / outcome.calls as f64;
    let refused = outcome.refused_calls as f64 / outcome.calls as f64;
    assert!(
        used >= 0.97 && wasted < 0.05 && refused < 0.10,
        "{per_s}/s: {used:.3} used, {wasted:.3} wasted, {refused:.3} of calls refused something: {outcome:?}"
    );
}

#[test]
fn a_limited_table_is_used_to_the_full_with_few_wasted_calls() {
    for per_s in [1_000.0, 4_000.0, 8_000.0] {
        for latency_ms in [1, 6, 20] {
            for whole in [false, true] {
                let mut table = Table { per_s, tokens: per_s * 0.1, at: Now::ZERO, whole };
                let outcome = write(&mut table, 50_000, Duration::from_millis(latency_ms), Duration::from_micros(300), |_, _| {});
                println!("{per_s}/s {latency_ms} ms whole={whole}: {outcome:?} {:?}", 50_000.0 / outcome.seconds / per_s);
                assert_used_well(per_s, 50_000, &outcome);
            }
        }
    }
}

#[test]
fn a_table_that_grows_is_followed_and_one_that_shrinks_is_not_hammered() {
    let mut table = Table { per_s: 4_000.0, tokens: 400.0, at: Now::ZERO, whole: false };
    let change = |table: &mut Table, now: Now| table.per_s = if now < Duration::from_secs(5) { 4_000.0 } else { 8_000.0 };
    let grown = write(&mut table, 80_000, Duration::from_millis(6), Duration::from_micros(300), change);
    // 5 s at 4,000 and 7.5 s at 8,000 are the least.
    assert!(grown.seconds < 12.5 * 1.25, "{grown:?}");

    let mut table = Table { per_s: 8_000.0, tokens: 800.0, at: Now::ZERO, whole: true };
    let change = |table: &mut Table, now: Now| table.per_s = if now < Duration::from_secs(3) { 8_000.0 } else { 1_000.0 };
    let shrunk = write(&mut table, 40_000, Duration::from_millis(6), Duration::from_micros(300), change);
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
