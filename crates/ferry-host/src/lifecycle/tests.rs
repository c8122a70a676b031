//! The machine against its model, and the stories that AWS's documentation tells.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::model::{Expected, Model, Process};
use super::*;
use crate::kernel::Exit;

const TIMING: Timing = Timing { init_cap: Duration::from_secs(10), freeze_linger: Some(Duration::from_millis(3)) };
const TIMEOUT: Duration = Duration::from_secs(3);

/// Something that the surroundings do, if they can.
#[derive(Debug, Clone)]
enum Step {
    Invoke(u8),
    Started,
    StartFailed,
    Next,
    Response { id: u8, invocation: Option<u8>, body: ResponseBody },
    StreamEnd { id: u8, ending: Ending },
    Error { id: u8 },
    InitError,
    Exit,
    Wait { ms: u64 },
    Shutdown,
}

fn step() -> impl Strategy<Value = Step> {
    let body = prop_oneof![
        4 => Just(ResponseBody::Complete),
        2 => Just(ResponseBody::Stream),
        1 => Just(ResponseBody::TooLarge),
        1 => Just(ResponseBody::Truncated),
        1 => Just(ResponseBody::InvalidMode),
    ];
    let ending = prop_oneof![Just(Ending::Complete), Just(Ending::Error), Just(Ending::TooLarge), Just(Ending::Truncated)];
    // Three request ids: one is met again soon, which is what must not confuse the machine.
    prop_oneof![
        6 => (0u8..3).prop_map(Step::Invoke),
        6 => Just(Step::Started),
        1 => Just(Step::StartFailed),
        8 => Just(Step::Next),
        6 => (0u8..3, prop::option::weighted(0.3, 0u8..5), body).prop_map(|(id, invocation, body)| Step::Response { id, invocation, body }),
        3 => (0u8..3, ending).prop_map(|(id, ending)| Step::StreamEnd { id, ending }),
        2 => (0u8..3).prop_map(|id| Step::Error { id }),
        1 => Just(Step::InitError),
        2 => Just(Step::Exit),
        3 => prop_oneof![Just(1), Just(5), Just(1_000), Just(4_000), Just(11_000)].prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Shutdown),
    ]
}

/// Machine and model side by side.
struct Pair {
    machine: Lifecycle,
    model: Model,
    now: Instant,
    streams: std::collections::HashSet<u64>,
}

impl Pair {
    fn new() -> Self {
        Self { machine: Lifecycle::new(TIMING), model: Model::new(), now: Instant::now(), streams: std::collections::HashSet::new() }
    }

    fn tell(&mut self, event: Event<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        self.machine.handle(self.now, event, &mut actions);
        for action in &actions {
            self.model.observe(action, &mut None);
        }
        actions
    }

    fn call(&mut self, call: Call<'_>) {
        let expected = self.model.expected(&call);
        let what = format!("{call:?}");
        let stream = matches!(call, Call::Response { body: ResponseBody::Stream, .. });
        let mut actions = Vec::new();
        self.machine.handle(self.now, Event::Call(call), &mut actions);
        if let Some(current) = self.model.current.as_mut().filter(|_| stream && expected == Expected::Status(202)) {
            current.streaming = true;
            self.streams.insert(current.number);
        }
        let mut reply = None;
        for action in &actions {
            self.model.observe(action, &mut reply);
        }
        let held = actions.contains(&Action::Park);
        assert_eq!(reply.map_or(Expected::Held, Expected::Status), expected, "{what}");
        assert_eq!(held, expected == Expected::Held, "{what}");
    }

    fn step(&mut self, step: &Step) {
        let name = |id: &u8| format!("request-{id}");
        // A process that has been killed may have spoken before it died; one that is not there cannot.
        let talks = matches!(self.model.process, Process::Alive | Process::Killed) && !self.model.frozen;
        match step {
            Step::Invoke(id) if self.model.may_invoke() => {
                let request_id = name(id);
                self.model.invoked(&request_id);
                self.tell(Event::Invoke { request_id, timeout: TIMEOUT });
            }
            Step::Started if self.model.process == Process::Requested => {
                self.model.process = Process::Alive;
                self.tell(Event::Started);
            }
            Step::StartFailed if self.model.process == Process::Requested => {
                self.model.process = Process::None;
                self.tell(Event::StartFailed);
            }
            Step::Next if talks => self.call(Call::Next),
            Step::Response { id, invocation, body } if talks => {
                let request_id = name(id);
                let invocation_id = invocation.map(|number| Some(u64::from(number)));
                self.call(Call::Response { ids: Ids { request_id: &request_id, invocation_id }, body: *body });
            }
            // Only who has begun a stream ends it.
            Step::StreamEnd { id, ending } if talks && !self.streams.is_empty() => {
                let request_id = name(id);
                self.call(Call::StreamEnd { ids: Ids { request_id: &request_id, invocation_id: None }, ending: *ending });
            }
            Step::Error { id } if talks => {
                let request_id = name(id);
                self.call(Call::Error { ids: Ids { request_id: &request_id, invocation_id: None }, error_type: "Runtime.X".into() });
            }
            Step::InitError if talks => self.call(Call::InitError { error_type: "Runtime.X".into() }),
            Step::Exit if matches!(self.model.process, Process::Alive | Process::Killed) => {
                self.model.process = Process::None;
                self.model.parked = false;
                self.model.frozen = false;
                self.tell(Event::Exited(Exit { code: Some(1), signal: None, oom: false }));
            }
            Step::Wait { ms } => {
                self.now += Duration::from_millis(*ms);
                self.tell(Event::Tick);
            }
            Step::Shutdown if !self.model.ended => {
                self.tell(Event::Shutdown);
                self.model.ready = false;
                self.model.current = None;
            }
            _ => {}
        }
        assert!(self.machine.wake_at().is_none() || !self.model.ended);
        assert_eq!(self.machine.has_invocation(), self.model.current.is_some());
    }

    /// Lets everything come to its end and settles the accounts.
    fn end(mut self) {
        self.step(&Step::Shutdown);
        self.step(&Step::Started);
        self.step(&Step::Exit);
        assert!(self.model.ended, "not ended: {:?}", self.machine);
        for number in 1..=self.model.number {
            assert_eq!(self.model.answers.get(&number), Some(&1), "answers to invocation {number}");
            let ends = u32::from(self.streams.contains(&number));
            assert_eq!(self.model.stream_ends.get(&number).copied().unwrap_or_default(), ends, "ends of stream {number}");
            assert!(self.model.reports.get(&number).is_none_or(|reports| *reports == 1), "reports of invocation {number}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn keeps_every_rule_of_the_model(steps in prop::collection::vec(step(), 0..60)) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.step(step);
        }
        pair.end();
    }
}

/// The actions of one event after another.
struct Story {
    machine: Lifecycle,
    now: Instant,
}

impl Story {
    fn new() -> Self {
        Self { machine: Lifecycle::new(TIMING), now: Instant::now() }
    }

    fn after(&mut self, ms: u64, event: Event<'_>) -> Vec<Action> {
        self.now += Duration::from_millis(ms);
        let mut actions = Vec::new();
        self.machine.handle(self.now, event, &mut actions);
        actions
    }

    fn invoke(&mut self, id: &str) -> Vec<Action> {
        self.after(0, Event::Invoke { request_id: id.into(), timeout: TIMEOUT })
    }

    fn response<'a>(id: &'a str) -> Event<'a> {
        Event::Call(Call::Response { ids: Ids { request_id: id, invocation_id: None }, body: ResponseBody::Complete })
    }

    /// Started, INIT of 100 ms, invocation `id` delivered.
    fn cold(id: &str) -> Self {
        let mut story = Self::new();
        assert_eq!(story.invoke(id), [Action::Start]);
        assert_eq!(story.after(1, Event::Started), []);
        let init = InitReport { duration: Duration::from_millis(100), suppressed: false, status: InitStatus::Success };
        assert_eq!(story.after(100, Event::Call(Call::Next)), [Action::InitReport(init), Action::Park, Action::Deliver]);
        story
    }
}

fn report(ms: u64, init_ms: Option<u64>, status: Status) -> Action {
    Action::Report(Report { duration: Duration::from_millis(ms), init: init_ms.map(Duration::from_millis), status })
}

const EXIT_1: Exit = Exit { code: Some(1), signal: None, oom: false };
const EXITED: Failure = Failure::Exited { code: Some(1), signal: None };

#[test]
fn a_cold_and_a_warm_invocation() {
    let mut story = Story::cold("a");
    assert_eq!(story.after(20, Story::response("a")), [Action::Answer(Outcome::Response), Action::Reply(Reply::Accepted)]);
    assert_eq!(story.after(1, Event::Call(Call::Next)), [report(21, Some(100), Status::Success), Action::Park, Action::Release]);
    assert_eq!(story.after(3, Event::Tick), [Action::Freeze]);
    assert_eq!(story.invoke("b"), [Action::Thaw, Action::Deliver]);
    assert_eq!(story.after(5, Story::response("b")), [Action::Answer(Outcome::Response), Action::Reply(Reply::Accepted)]);
    assert_eq!(story.after(0, Event::Call(Call::Next)), [report(5, None, Status::Success), Action::Park, Action::Release]);
    assert_eq!(story.invoke("c"), [Action::Deliver], "not frozen yet");
}

#[test]
fn a_timeout_is_exact_kills_and_makes_late_answers_gone() {
    let mut story = Story::cold("a");
    assert_eq!(story.after(2_999, Event::Tick), []);
    let actions = story.after(2, Event::Tick);
    assert_eq!(actions, [Action::Answer(Outcome::Failed(Failure::TimedOut)), report(3_000, Some(100), Status::Timeout), Action::Kill]);
    assert_eq!(story.after(0, Story::response("a")), [Action::Reply(Reply::InvokeTimeout)]);
    assert_eq!(story.after(0, Story::response("b")), [Action::Reply(Reply::InvalidRequestId)]);
    assert_eq!(story.after(0, Event::Exited(Exit { code: None, signal: Some(9), oom: false })), [Action::End]);
}

#[test]
fn init_that_outlasts_its_cap_is_done_again_under_the_functions_timeout() {
    let mut story = Story::new();
    story.invoke("a");
    story.after(0, Event::Started);
    let capped = InitReport { duration: Duration::from_secs(10), suppressed: false, status: InitStatus::Failed(Failure::TimedOut) };
    assert_eq!(story.after(10_000, Event::Tick), [Action::InitReport(capped), Action::Kill]);
    assert_eq!(story.after(0, Event::Exited(EXIT_1)), [Action::Start]);
    assert_eq!(story.after(0, Event::Started), []);
    let again = InitReport { duration: Duration::from_secs(2), suppressed: true, status: InitStatus::Success };
    assert_eq!(story.after(2_000, Event::Call(Call::Next)), [Action::InitReport(again), Action::Park, Action::Deliver]);
    // 2 of its 3 seconds are gone, and the duration counts them.
    let actions = story.after(1_000, Event::Tick);
    assert_eq!(actions, [Action::Answer(Outcome::Failed(Failure::TimedOut)), report(3_000, None, Status::Timeout), Action::Kill]);
}

#[test]
fn init_that_fails_twice_fails_the_invocation() {
    let mut story = Story::new();
    story.invoke("a");
    story.after(0, Event::Started);
    let failed =
        |suppressed| Action::InitReport(InitReport { duration: Duration::from_millis(7), suppressed, status: InitStatus::Failed(EXITED) });
    assert_eq!(story.after(7, Event::Exited(EXIT_1)), [failed(false), Action::Start]);
    story.after(0, Event::Started);
    let answer = Action::Answer(Outcome::Failed(EXITED));
    assert_eq!(story.after(7, Event::Exited(EXIT_1)), [failed(true), answer, report(7, None, Status::Failed(EXITED)), Action::End]);
}

#[test]
fn a_crash_after_the_answer_leaves_the_answer_and_marks_the_report() {
    let mut story = Story::cold("a");
    story.after(1, Story::response("a"));
    assert_eq!(story.after(1, Event::Exited(EXIT_1)), [report(2, Some(100), Status::Failed(EXITED)), Action::End]);
}

#[test]
fn a_second_response_is_a_wrong_transition() {
    let mut story = Story::cold("a");
    story.after(1, Story::response("a"));
    let refused = |from| [Action::Reply(Reply::InvalidTransition { from, to: "InvocationResponse" })];
    assert_eq!(story.after(0, Story::response("a")), refused("ResponseSent"));
    story.after(0, Event::Call(Call::Next));
    assert_eq!(story.after(0, Story::response("a")), refused("Ready"));
}

#[test]
fn next_before_the_answer_delivers_the_same_invocation_again() {
    let mut story = Story::cold("a");
    assert_eq!(story.after(1, Event::Call(Call::Next)), [Action::Park, Action::Deliver]);
    assert_eq!(story.machine.invocation_id(), 1);
}

#[test]
fn the_answer_to_an_earlier_try_of_the_same_request_is_stale() {
    let mut story = Story::cold("a");
    story.after(1, Story::response("a"));
    story.after(0, Event::Call(Call::Next));
    story.invoke("a");
    let response = |number| {
        Event::Call(Call::Response { ids: Ids { request_id: "a", invocation_id: Some(Some(number)) }, body: ResponseBody::Complete })
    };
    assert_eq!(story.after(1, response(1)), [Action::Reply(Reply::InvokeTimeout)]);
    assert_eq!(story.after(1, response(2)), [Action::Answer(Outcome::Response), Action::Reply(Reply::Accepted)]);
}

#[test]
fn a_timeout_ends_the_stream_that_the_caller_reads() {
    let mut story = Story::cold("a");
    let ids = Ids { request_id: "a", invocation_id: None };
    let head = Event::Call(Call::Response { ids, body: ResponseBody::Stream });
    assert_eq!(story.after(1, head), [Action::Answer(Outcome::Response), Action::Reply(Reply::Continue)]);
    let actions = story.after(3_000, Event::Tick);
    assert_eq!(actions, [Action::EndStream(Err(Some(Failure::TimedOut))), report(3_000, Some(100), Status::Timeout), Action::Kill]);
    let late = Event::Call(Call::StreamEnd { ids, ending: Ending::Complete });
    assert_eq!(story.after(0, late), [Action::Reply(Reply::InvokeTimeout)]);
}

#[test]
fn a_shutdown_while_starting_kills_what_comes() {
    let mut story = Story::new();
    story.invoke("a");
    assert_eq!(story.after(0, Event::Shutdown), [Action::Answer(Outcome::ShutDown)]);
    assert_eq!(story.after(0, Event::Started), [Action::Kill]);
    assert_eq!(story.after(0, Event::Exited(EXIT_1)), [Action::End]);
}
