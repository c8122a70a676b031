//! Between the end of a process and the end of what is to be known of it.

use std::time::Instant;

use crate::kernel::{Exit, Process};
use crate::limits::{EXIT_LOOK_AGAIN, LAST_WORDS_WAIT};

#[derive(Debug, Default)]
pub(super) struct LastMoments {
    since: Option<Instant>,
    exit: Option<Exit>,
    /// When to ask again, while something is missing.
    pub(super) look_again_at: Option<Instant>,
}

impl LastMoments {
    /// The process is said to have exited. How it did, as soon as that is known and nothing that it said is still on
    /// its way (`in_silence`), or when enough has been waited for either.
    pub(super) fn moments(&mut self, now: Instant, in_silence: bool, process: &Process) -> Option<Exit> {
        let since = *self.since.get_or_insert_with(|| {
            // Children that outlive the process hold its sockets open.
            process.kill();
            now
        });
        if self.exit.is_none() {
            self.exit = process.try_wait().ok().flatten();
        }
        self.look_again_at = Some(now + EXIT_LOOK_AGAIN);
        let late = now.duration_since(since) >= LAST_WORDS_WAIT;
        match self.exit {
            Some(exit) if in_silence || late => Some(exit),
            // Nobody can tell any more how it ended.
            None if late => Some(Exit { code: None, signal: None, oom: false }),
            Some(_) | None => None,
        }
    }
}
