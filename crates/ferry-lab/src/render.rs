//! A comparison for people: a plain-text table and the same as Markdown.

mod figures;
mod markdown;
mod rows;
mod table;

pub use markdown::render_markdown;
pub use table::render_table;

use crate::result::{Comparison, Sides};
use figures::{count, figure};

/// The lines round the figures, as (heading, text).
type Notes = Vec<(&'static str, String)>;

/// Whether the answers are equal, and by which rule; or else what differs first.
fn answers(comparison: &Comparison) -> Notes {
    let equal = &comparison.equal;
    let mut rule = Vec::new();
    if !equal.ignore.is_empty() {
        rule.push(format!("leaving out {}", equal.ignore.join(", ")));
    }
    if equal.tolerance > 0.0 {
        rule.push(format!("numbers within {:e}", equal.tolerance));
    }
    let rule = if rule.is_empty() { String::new() } else { format!(" ({})", rule.join("; ")) };
    let events = if equal.events == 1 { "1 event".to_owned() } else { format!("{} events", count(equal.events as u64)) };
    let Some(first) = &equal.first_difference else {
        return vec![("answers", format!("{events}, equal{rule}"))];
    };
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "(absent)".to_owned());
    let place = if first.pointer.is_empty() { "the answer as a whole" } else { &first.pointer };
    let mut notes = vec![
        ("answers", format!("DIFFERENT: {} of {events} differ{rule}; nothing was measured", count(equal.differing as u64))),
        ("first", format!("event {}, at {place}: {}", first.event, first.reason)),
        ("baseline", format!("{}: {}", comparison.pair.baseline, side(&first.baseline))),
        ("candidate", format!("{}: {}", comparison.pair.candidate, side(&first.candidate))),
    ];
    if equal.differing_events.len() > 1 {
        notes.push(("events", equal.differing_events.join(", ")));
    }
    notes
}

/// What the figures were measured on and how; then every warning.
fn circumstances(comparison: &Comparison) -> Notes {
    let machine = &comparison.machine;
    let memory = machine.memory_mib.map(|mib| format!(", {} MB", count(mib))).unwrap_or_default();
    let Sides { baseline, candidate } = &comparison.runtime;
    let runtime = |name: &Option<String>| name.clone().unwrap_or_else(|| "unknown runtime".to_owned());
    let mut notes = vec![
        ("machine", format!("{} x {}{memory}, {}", machine.cores, machine.cpu, machine.kernel)),
        ("runtimes", format!("{}, {}", runtime(baseline), runtime(candidate))),
        ("enforced", enforced(comparison)),
    ];
    notes.extend(services(comparison));
    if !comparison.tiers.is_empty() {
        notes.push(("ratio", "baseline / candidate of the first figure in the row, in brackets its 95 % bootstrap interval".to_owned()));
        notes.push((
            "$",
            format!("per million invocations on x86, billed INIT included; {}, {}", comparison.prices.source, comparison.prices.date),
        ));
    }
    notes.push(("run", format!("{}, ferry {}, {}", comparison.date, comparison.ferry_version, comparison.endpoint)));
    notes.extend(comparison.warnings.iter().map(|warning| ("warning", warning.clone())));
    notes
}

/// The local AWS services, when they were asked anything or told to be anything but themselves.
fn services(comparison: &Comparison) -> Notes {
    let Some(services) = &comparison.services else { return Vec::new() };
    let mut notes: Notes = services.physics.iter().map(|physics| ("physics", physics.to_string())).collect();
    let side = |calls: u64, cpu_ms: Option<f64>| {
        let cpu = cpu_ms.map(|ms| format!(", {} ms of their own CPU", figure(ms))).unwrap_or_default();
        format!("{} calls{cpu}", count(calls))
    };
    if services.calls != Sides::default() {
        let (calls, cpu) = (services.calls, services.cpu_ms);
        notes.push(("services", format!("{}; {}", side(calls.baseline, cpu.baseline), side(calls.candidate, cpu.candidate))));
    }
    notes
}

fn enforced(comparison: &Comparison) -> String {
    let lists = [("", comparison.parts("enforced")), ("NOT enforced: ", comparison.unenforced())];
    let lists = lists.iter().filter(|(_, parts)| !parts.is_empty());
    let mut said: Vec<String> = lists.map(|(label, parts)| format!("{label}{}", parts.join(", "))).collect();
    if said.is_empty() {
        said.push("not said by the target".to_owned());
    }
    if let Some(period_ms) = comparison.cpu_period_ms {
        said.push(format!("CPU period {period_ms} ms"));
    }
    said.extend(comparison.init_boost.map(|boost| if boost { "INIT at full CPU".to_owned() } else { "INIT at the tier's CPU".to_owned() }));
    said.join("; ")
}
