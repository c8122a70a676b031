//! The interleaved measurement of one memory size.
//!
//! A round asks both sides the same event, one right after the other; who goes first alternates. So whatever else the
//! machine does (a neighbour, a clock that throttles, a page cache that fills) meets both sides alike.

use std::time::Duration;

use super::side::Side;
use super::{Progress, Settings, Tier};
use crate::equal::FunctionFailure;
use crate::event_files::EventFile;
use crate::limits::ROUNDS_MIN;
use crate::result::{Failure, Phase, Sample, SideSamples, Sides};
use crate::target::{Invocation, TargetError};

/// Share of the budget that cold rounds may take.
const COLD_SHARE: f64 = 0.6;

pub(super) struct TierRun<'a> {
    pub memory_mib: u32,
    /// Baseline, candidate. The baseline is absent from candidate-only tiers.
    pub sides: [Option<SideRun<'a>>; 2],
    events: &'a [EventFile],
    /// By event: whether its answer is a function error by rights.
    raises: &'a [bool],
    settings: &'a Settings,
}

pub(super) struct SideRun<'a> {
    side: &'a Side<'a>,
    pub samples: SideSamples,
    pub failed: Option<Failure>,
}

impl<'a> TierRun<'a> {
    pub(super) fn new(sides: &'a Sides<Side<'a>>, tier: Tier, events: &'a [EventFile], raises: &'a [bool], settings: &'a Settings) -> Self {
        let run = |side| Some(SideRun { side, samples: SideSamples::default(), failed: None });
        let baseline = if tier.candidate_only { None } else { run(&sides.baseline) };
        Self { memory_mib: tier.memory_mib, sides: [baseline, run(&sides.candidate)], events, raises, settings }
    }

    /// Cold rounds, then warm ones on the last cold round's sandboxes. An `Err` is the target's; a function's failure is a result.
    pub(super) fn measure(mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Self, TargetError> {
        let began = self.now();
        let budget = self.settings.budget_per_tier;
        self.phase(Phase::Cold, self.settings.cold_rounds, began + budget.mul_f64(COLD_SHARE), progress)?;
        self.phase(Phase::Warm, self.settings.warm_rounds, began + budget, progress)?;
        Ok(self)
    }

    fn phase(&mut self, phase: Phase, rounds: u32, until: Duration, progress: &mut dyn FnMut(Progress<'_>)) -> Result<(), TargetError> {
        for round in 0..rounds {
            let all_failed = self.sides.iter().flatten().all(|side| side.failed.is_some());
            if all_failed || (round >= ROUNDS_MIN && self.now() >= until) {
                break;
            }
            for at in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
                self.turn(at, phase, round, progress)?;
            }
            progress(Progress::Round { memory_mib: self.memory_mib, phase, done: round + 1, total: rounds });
        }
        Ok(())
    }

    /// One side's part of a round.
    fn turn(&mut self, at: usize, phase: Phase, round: u32, progress: &mut dyn FnMut(Progress<'_>)) -> Result<(), TargetError> {
        let Some(run) = self.sides[at].as_mut().filter(|run| run.failed.is_none()) else { return Ok(()) };
        let which = round as usize % self.events.len();
        let event = &self.events[which];
        if phase == Phase::Cold {
            run.side.force_cold(self.memory_mib)?;
        }
        let invocation = run.side.invoke(&event.payload)?;
        match FunctionFailure::of(&invocation) {
            Some(FunctionFailure { error_type, message }) if !self.raises[which] => {
                let failure = Failure { error_type, message, event: event.name.clone(), phase, rounds_before: round };
                progress(Progress::Failed { memory_mib: self.memory_mib, function: &run.side.id.logical_id, failure: &failure });
                run.failed = Some(failure);
            }
            _ => {
                let samples = if phase == Phase::Cold { &mut run.samples.cold } else { &mut run.samples.warm };
                samples.push(sample(round, &event.name, &invocation));
            }
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.sides.iter().flatten().map(|run| run.side.target.now()).next().unwrap_or_default()
    }
}

fn sample(round: u32, event: &str, invocation: &Invocation) -> Sample {
    let usage = &invocation.usage;
    Sample {
        round,
        event: event.to_owned(),
        client_ms: invocation.client_ms,
        init_ms: usage.init_ms,
        duration_ms: usage.duration_ms,
        billed_ms: usage.billed_ms,
        cpu_ms: usage.cpu_ms,
        init_cpu_ms: usage.init_cpu_ms,
        throttled_ms: usage.throttled_ms,
        max_memory_mib: usage.max_memory_mib,
        host_start_ms: usage.host_start_ms,
    }
}
