//! How fast a table may be written: a window of calls and, once the table has said "slower", a rate of items.
//!
//! Pure: time comes in, permission goes out. Two controls, because two things can be short. The *window* of concurrent calls grows by one a round trip and shrinks by a factor on failures and throttles
//! (AIMD): it finds what the service can bear. The *rate* is what a table's capacity is made of. It is unlimited until the first refusal; from then on it follows the share of items that the table
//! took, because a table that is written at `r` with a capacity of `c` takes `c / r` of them. A few calls say that badly, so it is held against what cannot be wrong by much: a table that refuses has
//! nothing left, so what it took from one refusal to a later one flowed in between, and its capacity is no less. After a refusal the rate goes just below the capacity, stays near it for a second, and then
//! grows with the cube of the time (as TCP CUBIC does), so that capacity is used to the full, overstepped seldom and by little, and a table that scales up is followed within seconds. As long as
//! both measures are far apart, as after the first refusals, the rate doubles instead until they agree.
//! Refusals of calls sent before the last change say nothing new and are ignored.

use std::time::Duration;

use crate::limits::{
    BATCH_ITEMS_MAX, RATE_AFTER_THROTTLE, RATE_CHANGES_IN_VAIN, RATE_DOUBLE_S, RATE_EPOCH, RATE_EPOCH_ITEMS, RATE_FACTOR_MIN,
    RATE_FACTOR_MIN_SEARCHING, RATE_FLOW_SHARE_MIN, RATE_MIN, RATE_PLATEAU_S, RATE_SHARE_BORNE, RATE_SLACK, WINDOW_AFTER_FAILURE,
    WINDOW_AFTER_THROTTLE, WINDOW_MAX, WINDOW_MIN, WINDOW_START,
};

/// Time since the load began.
pub type Now = Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    Now,
    /// Not before then.
    At(Now),
    /// Not before a call in flight is answered.
    WhenAnswered,
}

/// What a call came to, as far as the pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Of the items sent, `taken` were.
    Items { taken: usize, refused: usize },
    /// Nothing about capacity: the network or the service failed.
    Failure,
}

#[derive(Debug)]
pub struct Pacer {
    window: f64,
    window_cut_at: Now,
    rate: Option<Rate>,
    epoch: Epoch,
    /// The epoch before, unless the rate has changed since: one refusal after a handful of calls says little.
    before: Option<Epoch>,
    /// Items a second in the last whole epoch.
    measured: f64,
    changed_at: Now,
    /// Items taken of all calls.
    taken: usize,
    dry: Option<Dry>,
    /// Changes soon after one another, less those that lasted: a table that refuses some items at any rate. Slowing down for each of them would come to a standstill.
    in_vain: u32,
}

/// Items a second, by the time since the last refusal.
#[derive(Clone, Copy, Debug)]
struct Rate {
    capacity: f64,
    /// The capacity is a guess.
    searching: bool,
    since: Now,
    next_at: Now,
}

/// A refusal: the table had nothing left after all that it had taken.
#[derive(Clone, Copy, Debug)]
struct Dry {
    at: Now,
    taken: usize,
}

/// What was answered of the calls sent since `from`.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    from: Now,
    taken: usize,
    refused: usize,
}

impl Epoch {
    fn at(from: Now) -> Self {
        Self { from, taken: 0, refused: 0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "items of a quarter of a second")]
    fn items_per_s(&self, until: Now) -> f64 {
        let seconds = until.saturating_sub(self.from).as_secs_f64().max(0.001);
        (self.taken + self.refused) as f64 / seconds
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new()
    }
}

impl Pacer {
    pub fn new() -> Self {
        let zero = Now::ZERO;
        Self {
            window: WINDOW_START,
            window_cut_at: zero,
            rate: None,
            epoch: Epoch::at(zero),
            before: None,
            measured: 0.0,
            changed_at: zero,
            taken: 0,
            dry: None,
            in_vain: 0,
        }
    }

    /// Whether one more call may be sent beside `in_flight` others.
    #[expect(clippy::cast_precision_loss, reason = "calls in flight are few")]
    pub fn permit(&self, now: Now, in_flight: usize) -> Permit {
        if in_flight as f64 + 1.0 > self.window.max(WINDOW_MIN) {
            return Permit::WhenAnswered;
        }
        match self.rate {
            Some(rate) if rate.next_at > now => Permit::At(rate.next_at),
            _ => Permit::Now,
        }
    }

    /// A call with this many items leaves.
    pub fn sent(&mut self, now: Now, items: usize) {
        if let Some(rate) = &mut self.rate {
            let takes = rate.takes(now, items);
            // A pause of ours is made up for, but not more of it than the slack.
            rate.next_at = rate.next_at.max(now.saturating_sub(RATE_SLACK)) + takes;
        }
    }

    /// A call that was sent at `sent_at` is answered.
    pub fn heard(&mut self, now: Now, sent_at: Now, heard: Heard) {
        let Heard::Items { taken, refused } = heard else { return self.cut_window(now, sent_at, WINDOW_AFTER_FAILURE) };
        if refused == 0 {
            self.window = (self.window + 1.0 / self.window.max(1.0)).min(WINDOW_MAX);
        } else {
            self.cut_window(now, sent_at, WINDOW_AFTER_THROTTLE);
        }
        self.taken += taken;
        if sent_at < self.changed_at {
            return;
        }
        self.epoch.taken += taken;
        self.epoch.refused += refused;
        if refused > 0 {
            let soon = self.rate.is_some_and(|rate| now.saturating_sub(rate.since).as_secs_f64() < RATE_PLATEAU_S);
            if !(soon && self.in_vain >= RATE_CHANGES_IN_VAIN && self.share_taken() >= RATE_SHARE_BORNE) {
                self.in_vain = if soon { (self.in_vain + 1).min(RATE_CHANGES_IN_VAIN) } else { self.in_vain.saturating_sub(1) };
                self.slow_down(now, sent_at);
            }
        } else if now.saturating_sub(self.epoch.from) >= RATE_EPOCH && self.epoch.taken >= RATE_EPOCH_ITEMS {
            self.measured = self.epoch.items_per_s(now);
            self.before = Some(std::mem::replace(&mut self.epoch, Epoch::at(now)));
        }
    }

    /// Items a second, once the table has refused any.
    pub fn items_per_s(&self, now: Now) -> Option<f64> {
        self.rate.map(|rate| rate.items_per_s(now))
    }

    pub fn window(&self) -> f64 {
        self.window
    }

    fn slow_down(&mut self, now: Now, sent_at: Now) {
        let sent_per_s = match self.rate {
            Some(rate) => rate.items_per_s(sent_at),
            None => self.measured.max(self.epoch.items_per_s(now)),
        };
        let share = self.share_taken();
        let searching = self.rate.is_none_or(|rate| rate.searching);
        let (capacity, searching) = match self.flow_since_dry(now) {
            Some(flow) => {
                let capacity = (sent_per_s * share.max(RATE_FACTOR_MIN_SEARCHING)).max(flow);
                (capacity, flow < capacity * RATE_FLOW_SHARE_MIN)
            }
            None => (sent_per_s * share.max(if searching { RATE_FACTOR_MIN_SEARCHING } else { RATE_FACTOR_MIN }), searching),
        };
        let mut rate = Rate { capacity: capacity.max(RATE_MIN), searching, since: now, next_at: now };
        // The table has nothing left: by the time of the next call it shall have what that takes.
        rate.next_at = now + rate.takes(now, BATCH_ITEMS_MAX);
        self.rate = Some(rate);
        self.epoch = Epoch::at(now);
        self.before = None;
        self.changed_at = now;
    }

    /// Items a second that flowed in since the table had nothing left, now that it has nothing left again. `None` too soon after the last time.
    #[expect(clippy::cast_precision_loss, reason = "items of a load")]
    fn flow_since_dry(&mut self, now: Now) -> Option<f64> {
        let dry = *self.dry.get_or_insert(Dry { at: now, taken: self.taken });
        let seconds = now.saturating_sub(dry.at);
        if seconds < RATE_EPOCH {
            return None;
        }
        self.dry = Some(Dry { at: now, taken: self.taken });
        Some((self.taken - dry.taken) as f64 / seconds.as_secs_f64())
    }

    #[expect(clippy::cast_precision_loss, reason = "items of half a second")]
    fn share_taken(&self) -> f64 {
        let before = self.before.map_or(0, |epoch| epoch.taken);
        let taken = (before + self.epoch.taken) as f64;
        taken / (taken + self.epoch.refused as f64)
    }

    fn cut_window(&mut self, now: Now, sent_at: Now, factor: f64) {
        if sent_at >= self.window_cut_at {
            self.window = (self.window * factor).max(WINDOW_MIN);
            self.window_cut_at = now;
        }
    }
}

impl Rate {
    #[expect(clippy::cast_precision_loss, reason = "at most 25 items")]
    fn takes(&self, now: Now, items: usize) -> Duration {
        Duration::from_secs_f64(items as f64 / self.items_per_s(now))
    }

    /// `capacity * (1 + a (t - plateau)^3)`: [`RATE_AFTER_THROTTLE`] of the capacity at first, all of it at the plateau, and more behind it. Of a guess: double every [`RATE_DOUBLE_S`].
    fn items_per_s(&self, now: Now) -> f64 {
        let t = now.saturating_sub(self.since).as_secs_f64();
        if self.searching {
            return self.capacity * (t / RATE_DOUBLE_S).exp2();
        }
        let a = (1.0 - RATE_AFTER_THROTTLE) / RATE_PLATEAU_S.powi(3);
        (self.capacity * (1.0 + a * (t - RATE_PLATEAU_S).powi(3))).max(RATE_MIN)
    }
}

#[cfg(test)]
mod tests;
