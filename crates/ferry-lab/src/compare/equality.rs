//! Every event to both, before anything is timed.

use super::side::Side;
use super::{LabError, Progress};
use crate::equal::Rule;
use crate::event_files::EventFile;
use crate::limits::DIFFERING_EVENTS_MAX;
use crate::result::{Equality, Sides};

pub(super) struct Found {
    /// By event: whether both answer it with a function error, which is then no failure when it is measured.
    pub raises: Vec<bool>,
}

/// Asks all events even after a difference, so that the user sees how many differ. Fills in `equal`.
/// `memory_mib` is set on both functions; without one they stay as they are configured.
pub(super) fn ask(
    sides: &Sides<Side<'_>>,
    events: &[EventFile],
    rule: &Rule,
    memory_mib: Option<u32>,
    equal: &mut Equality,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Found, LabError> {
    for side in [&sides.baseline, &sides.candidate] {
        side.force_cold(memory_mib.unwrap_or(side.facts.memory_mib))?;
    }
    let mut raises = Vec::with_capacity(events.len());
    for (done, event) in events.iter().enumerate() {
        let baseline = sides.baseline.invoke(&event.payload)?;
        let candidate = sides.candidate.invoke(&event.payload)?;
        raises.push(baseline.function_error.is_some());
        if let Some(difference) = rule.difference(&event.name, &baseline, &candidate) {
            equal.differing += 1;
            if equal.differing_events.len() < DIFFERING_EVENTS_MAX {
                equal.differing_events.push(event.name.clone());
            }
            equal.first_difference.get_or_insert(difference);
        }
        equal.events += 1;
        progress(Progress::Equality { done: done + 1, total: events.len(), event: &event.name });
    }
    Ok(Found { raises })
}
