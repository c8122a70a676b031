//! Telling the page, off the write path: a load never waits for a browser and never fails by one.
//!
//! Messages go into a bounded queue from which a task of its own sends them in order. When the page is slower than the load the oldest progress is dropped; when it is gone (410), or fails several times
//! one after the other, nothing is sent any more.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::client::{Aws, Request};
use crate::limits::{PROGRESS_EVERY, PROGRESS_FAILURES_MAX, PROGRESS_LAST_WAIT, PROGRESS_QUEUE_MAX, PROGRESS_TIMEOUT};
use crate::message::{Connection, LoadMessage, Speaker};

/// Tells a connection, if there is one.
#[derive(Debug)]
pub struct Teller {
    speaker: Speaker,
    began: Instant,
    before: Duration,
    told: u64,
    told_at: Instant,
    post: Option<Post>,
}

#[derive(Debug)]
struct Post {
    queue: Arc<Queue>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<String>,
    closed: bool,
}

impl Drop for Post {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Teller {
    /// `written` items were written, and told of, by earlier invocations of the run, which took `before`.
    pub fn new(aws: &Aws, connection: Option<&Connection>, speaker: Speaker, written: u64, before: Duration) -> Self {
        let post = connection.map(|connection| {
            let queue = Arc::new(Queue::default());
            let task = tokio::spawn(deliver(aws.clone(), connection.clone(), Arc::clone(&queue)));
            Post { queue, task }
        });
        let now = Instant::now();
        Self { speaker, began: now, before, told: written - written % PROGRESS_EVERY, told_at: now, post }
    }

    pub fn speaker(&self) -> &Speaker {
        &self.speaker
    }

    pub fn started(&self) {
        self.tell(&LoadMessage::Started { speaker: self.speaker.clone(), total_records: None });
    }

    /// So many items are in the table by now: one message for each full thousand.
    pub fn written(&mut self, written: u64) {
        while written >= self.told + PROGRESS_EVERY {
            let now = Instant::now();
            self.told += PROGRESS_EVERY;
            let last_1000_ms = now.duration_since(self.told_at).as_secs_f64() * 1e3;
            self.told_at = now;
            let elapsed_ms = (self.before + now.duration_since(self.began)).as_secs_f64() * 1e3;
            self.tell(&LoadMessage::Progress { speaker: self.speaker.clone(), records: self.told, elapsed_ms, last_1000_ms });
        }
    }

    /// Sends the last message and waits for it, but not for long.
    pub async fn finish(mut self, last: Option<LoadMessage>) {
        if let Some(last) = last {
            self.tell(&last);
        }
        if let Some(mut post) = self.post.take() {
            post.queue.close();
            // Whether it arrived is the page's concern: the answer of the function says the same.
            let _ = timeout(PROGRESS_LAST_WAIT, &mut post.task).await;
        }
    }

    fn tell(&self, message: &LoadMessage) {
        if let Some(post) = &self.post
            && let Ok(text) = serde_json::to_string(message)
        {
            post.queue.push(text);
        }
    }
}

impl Queue {
    fn push(&self, message: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.messages.len() >= PROGRESS_QUEUE_MAX {
            state.messages.pop_front();
        }
        state.messages.push_back(message);
        drop(state);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_one();
    }

    /// The oldest message; `None` when there will be none.
    async fn pop(&self) -> Option<String> {
        loop {
            {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(message) = state.messages.pop_front() {
                    return Some(message);
                }
                if state.closed {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }
}

async fn deliver(aws: Aws, connection: Connection, queue: Arc<Queue>) {
    let mut failures = 0;
    while let Some(message) = queue.pop().await {
        let request = Request::to_connection(&connection.id, &connection.endpoint, message).timeout(PROGRESS_TIMEOUT);
        match aws.send(request).await {
            Ok(answer) if answer.status.is_success() => failures = 0,
            Ok(answer) if answer.status == StatusCode::GONE => return,
            _ => failures += 1,
        }
        if failures == PROGRESS_FAILURES_MAX {
            return;
        }
    }
}
