//! The queue beside its slow, obvious twin, on random calls; and how fast it drains.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const RETENTION_MS: u64 = 60_000;

fn message(number: u64, sent_ms: u64) -> Message {
    Message {
        id: Uuid::from_u128(u128::from(number) + 1),
        body: format!("{number}"),
        attributes: BTreeMap::new(),
        sender_id: String::new(),
        sent_ms,
        trace_header: None,
        group_id: None,
        dead_letter_source: None,
    }
}

fn number_of(message: &Message) -> u64 {
    message.body.parse().unwrap()
}

#[derive(Debug, Clone)]
enum Act {
    Send {
        delay_ms: u64,
    },
    Receive {
        max: usize,
        visibility_ms: u64,
    },
    /// The handle of the nth delivery so far, counted from the newest.
    Delete {
        back: usize,
    },
    Change {
        back: usize,
        timeout_ms: u64,
    },
    Wait {
        ms: u64,
    },
    Purge,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let times = || prop_oneof![Just(0), 1..5_000_u64, Just(50_000)];
    let act = prop_oneof![
        4 => times().prop_map(|delay_ms| Act::Send { delay_ms }),
        4 => (1..5_usize, times()).prop_map(|(max, visibility_ms)| Act::Receive { max, visibility_ms }),
        2 => (0..8_usize).prop_map(|back| Act::Delete { back }),
        2 => (0..8_usize, times()).prop_map(|(back, timeout_ms)| Act::Change { back, timeout_ms }),
        3 => times().prop_map(|ms| Act::Wait { ms }),
        1 => Just(Act::Purge),
    ];
    proptest::collection::vec(act, 0..80)
}

/// One message of the twin: hidden until a time, in flight or not, looked for from the front each time.
#[derive(Debug)]
struct Plain {
    number: u64,
    sent_ms: u64,
    hidden_until_ms: u64,
    in_flight: bool,
    received_ms: u64,
    receive_count: u32,
}

#[derive(Debug, Default)]
struct Twin(Vec<Plain>);

impl Twin {
    fn advance(&mut self, now_ms: u64) {
        self.0.retain(|plain| plain.sent_ms + RETENTION_MS > now_ms);
        for plain in &mut self.0 {
            plain.in_flight &= plain.hidden_until_ms > now_ms;
        }
    }

    fn is_visible(plain: &Plain, now_ms: u64) -> bool {
        plain.hidden_until_ms <= now_ms
    }

    fn counts(&self, now_ms: u64) -> Counts {
        let count = |wanted: fn(&Plain, u64) -> bool| self.0.iter().filter(|plain| wanted(plain, now_ms)).count();
        Counts {
            visible: count(Self::is_visible),
            in_flight: count(|plain, now_ms| plain.in_flight && !Self::is_visible(plain, now_ms)),
            delayed: count(|plain, now_ms| !plain.in_flight && !Self::is_visible(plain, now_ms)),
        }
    }
}

/// What a store would hold that follows the changes.
#[derive(Debug, Default)]
struct Kept(BTreeMap<u64, Entry>);

impl Kept {
    fn follow(&mut self, queue: &mut Queue) {
        for (sequence, change, entry) in queue.changes() {
            match (change, entry) {
                (Change::New, Some(entry)) => assert!(self.0.insert(sequence, entry.clone()).is_none()),
                (Change::Progressed, Some(entry)) => self.0.get_mut(&sequence).unwrap().progress = entry.progress,
                (Change::Gone, None) => assert!(self.0.remove(&sequence).is_some()),
                (change, entry) => panic!("{change:?} {entry:?}"),
            }
        }
        queue.forget_changes();
    }

    fn reopened(&self, queue: &Queue) -> Queue {
        let mut again = Queue::new(queue.id, queue.retention_ms);
        for (sequence, entry) in &self.0 {
            again.restore(*sequence, entry.clone());
        }
        again
    }
}

struct Run {
    queue: Queue,
    twin: Twin,
    kept: Kept,
    now_ms: u64,
    sent: u64,
    handles: Vec<ReceiptHandle>,
    receive_count_max: Option<u32>,
}

impl Run {
    fn new(receive_count_max: Option<u32>) -> Self {
        let queue = Queue::new(Uuid::nil(), RETENTION_MS);
        Self { queue, twin: Twin::default(), kept: Kept::default(), now_ms: 1_000_000, sent: 0, handles: Vec::new(), receive_count_max }
    }

    fn handle(&self, back: usize) -> Option<ReceiptHandle> {
        self.handles.iter().rev().nth(back).copied()
    }

    fn act(&mut self, act: &Act) {
        let now_ms = self.now_ms;
        match *act {
            Act::Send { delay_ms } => {
                self.queue.send(now_ms, message(self.sent, now_ms), delay_ms);
                let hidden_until_ms = now_ms + delay_ms;
                let number = self.sent;
                self.twin.0.push(Plain { number, sent_ms: now_ms, hidden_until_ms, in_flight: false, received_ms: 0, receive_count: 0 });
                self.sent += 1;
            }
            Act::Receive { max, visibility_ms } => self.receive(max, visibility_ms),
            Act::Delete { back } => {
                let Some(handle) = self.handle(back) else { return };
                let at = self.twin.0.iter().position(|plain| {
                    u128::from(plain.number) + 1 == handle.message.as_u128() && plain.receive_count == handle.receive_count
                });
                assert_eq!(self.queue.delete(&handle), at.is_some());
                at.map(|at| self.twin.0.remove(at));
            }
            Act::Change { back, timeout_ms } => {
                let Some(handle) = self.handle(back) else { return };
                self.twin.advance(now_ms);
                let plain = self.twin.0.iter_mut().find(|plain| u128::from(plain.number) + 1 == handle.message.as_u128());
                let expected = match plain {
                    None => Err(VisibilityError::Gone),
                    Some(plain) if !plain.in_flight || plain.receive_count != handle.receive_count => Err(VisibilityError::NotInFlight),
                    Some(plain) if now_ms - plain.received_ms + timeout_ms > VISIBILITY_MS_MAX => Err(VisibilityError::TooLong),
                    Some(plain) => {
                        plain.hidden_until_ms = now_ms + timeout_ms;
                        plain.in_flight = timeout_ms > 0;
                        Ok(())
                    }
                };
                assert_eq!(self.queue.change_visibility(now_ms, &handle, timeout_ms), expected);
            }
            Act::Wait { ms } => self.now_ms += ms,
            Act::Purge => {
                self.queue.purge();
                self.twin.0.clear();
            }
        }
    }

    fn receive(&mut self, max: usize, visibility_ms: u64) {
        let now_ms = self.now_ms;
        self.twin.advance(now_ms);
        let received = self.queue.receive(now_ms, max, visibility_ms, self.receive_count_max);
        for dead in &received.dead {
            let at = self.twin.0.iter().position(|plain| plain.number == number_of(dead)).unwrap();
            let plain = self.twin.0.remove(at);
            assert!(Twin::is_visible(&plain, now_ms));
            assert!(self.receive_count_max.is_some_and(|most| plain.receive_count >= most), "dead too early: {plain:?}");
        }
        let visible = self.twin.0.iter().filter(|plain| Twin::is_visible(plain, now_ms)).count();
        if received.dead.is_empty() {
            assert_eq!(received.deliveries.len(), visible.min(max), "as many as there are");
        }
        for delivery in received.deliveries {
            let plain = self.twin.0.iter_mut().find(|plain| plain.number == number_of(&delivery.message)).unwrap();
            assert!(Twin::is_visible(plain, now_ms), "{plain:?} is another receiver's");
            plain.receive_count += 1;
            assert_eq!(delivery.handle.receive_count, plain.receive_count);
            assert!(self.receive_count_max.is_none_or(|most| plain.receive_count <= most), "not dead: {plain:?}");
            plain.hidden_until_ms = now_ms + visibility_ms;
            plain.in_flight = visibility_ms > 0;
            plain.received_ms = now_ms;
            self.handles.push(delivery.handle);
        }
    }

    fn check(&mut self) {
        self.queue.advance(self.now_ms);
        self.twin.advance(self.now_ms);
        assert_eq!(self.queue.counts(), self.twin.counts(self.now_ms));
        assert_eq!(self.queue.len(), self.twin.0.len());
        let bytes: usize = self.queue.entries.values().map(|entry| entry.message.bytes()).sum();
        assert_eq!(self.queue.bytes(), bytes);
        self.kept.follow(&mut self.queue);
        assert_eq!(self.kept.0.len(), self.queue.len());
        let next = self.twin.0.iter().map(|plain| plain.hidden_until_ms).filter(|until_ms| *until_ms > self.now_ms).min();
        assert_eq!(self.queue.next_visible_ms(), next);
    }
}

proptest! {
    #[test]
    fn it_does_as_its_twin_does_also_after_a_restart(acts in acts(), most in proptest::option::of(1..4_u32), restart in 0..80_usize) {
        let mut run = Run::new(most);
        for (number, act) in acts.iter().enumerate() {
            run.act(act);
            run.check();
            if number == restart {
                run.queue = run.kept.reopened(&run.queue);
            }
        }
    }
}

#[test]
fn a_hundred_thousand_messages_drain() {
    let mut queue = Queue::new(Uuid::nil(), RETENTION_MS);
    for number in 0..100_000 {
        queue.send(number, message(number, number), 0);
    }
    let mut drained = 0;
    loop {
        let received = queue.receive(1_000, 10, 30_000, None).deliveries;
        if received.is_empty() {
            break;
        }
        for delivery in received {
            assert_eq!(number_of(&delivery.message), drained, "in the order sent");
            assert!(queue.delete(&delivery.handle));
            drained += 1;
        }
    }
    // What was sent "later" than now is visible, too: a queue knows no future.
    assert_eq!((drained, queue.len()), (100_000, 0));
}

#[test]
fn no_more_than_the_limit_are_in_flight() {
    let mut queue = Queue::new(Uuid::nil(), RETENTION_MS);
    for number in 0..=IN_FLIGHT_MAX as u64 {
        queue.send(0, message(number, 0), 0);
    }
    let first = queue.receive(0, IN_FLIGHT_MAX + 1, 1_000, None).deliveries;
    assert_eq!((first.len(), queue.is_full_in_flight()), (IN_FLIGHT_MAX, true));
    assert!(queue.receive(0, 1, 1_000, None).deliveries.is_empty());
    assert!(queue.delete(&first[0].handle));
    assert_eq!(queue.receive(0, 1, 1_000, None).deliveries.len(), 1);
}
