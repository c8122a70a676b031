//! The table in a terminal: plain text, at most 110 columns.

use super::figures::{interval, times};
use super::rows::{self, Row};
use super::{Notes, answers, circumstances};
use crate::limits::TABLE_WIDTH_MAX;
use crate::result::Comparison;

/// Widths of the name, unit, ratio and interval columns; what is left goes to the two functions.
const NAME: usize = 24;
const UNIT: usize = 3;
const RATIO: usize = 9;
const INTERVAL: usize = 18;
const FUNCTION_MIN: usize = 16;
const FUNCTION_MAX: usize = (TABLE_WIDTH_MAX - NAME - UNIT - RATIO - INTERVAL) / 2 - GAP;
const GAP: usize = 2;
const HEADING: usize = 11;

/// The comparison as text; ends with a line feed.
pub fn render_table(comparison: &Comparison) -> String {
    let mut text = format!("{} -> {}\n\n", comparison.pair.baseline, comparison.pair.candidate);
    notes(&mut text, &answers(comparison));
    if comparison.equal.differing == 0 {
        text.push('\n');
        figures(&mut text, comparison);
    }
    text.push('\n');
    notes(&mut text, &circumstances(comparison));
    text
}

fn figures(text: &mut String, comparison: &Comparison) {
    let names = [cut(&comparison.pair.baseline), cut(&comparison.pair.candidate)];
    let package = rows::package(comparison);
    let tiers: Vec<Vec<Row>> = comparison.tiers.iter().map(rows::tier).collect();
    let cells = tiers.iter().flatten().chain(&package).flat_map(|row| [&row.baseline, &row.candidate]);
    let widest = cells.chain(&names).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let function = widest.clamp(FUNCTION_MIN, FUNCTION_MAX) + GAP;
    let width = NAME + UNIT + 2 * function + RATIO + INTERVAL;
    let blank = NAME + UNIT;
    line(text, &format!("{:blank$}{:>function$}{:>function$}{:>RATIO$}{:>INTERVAL$}", "", names[0], names[1], "ratio", "95 % interval"));
    line(text, &"=".repeat(width));
    package.iter().for_each(|row| line(text, &columns(row, function)));
    for (tier, rows) in comparison.tiers.iter().zip(&tiers) {
        let title = rows::tier_title(comparison, tier);
        let rest = width.saturating_sub(title.chars().count() + 1);
        text.push('\n');
        wrapped(text, "", "  ", &format!("{title} {}", "-".repeat(rest)));
        rows.iter().for_each(|row| line(text, &columns(row, function)));
        for failure in rows::failures(comparison, tier) {
            wrapped(text, "! ", "  ", &failure);
        }
    }
}

fn columns(row: &Row, function: usize) -> String {
    let ratio = row.ratio.as_ref().map(times).unwrap_or_default();
    let interval = row.ratio.as_ref().and_then(interval).unwrap_or_default();
    let Row { name, unit, baseline, candidate, .. } = row;
    format!("{name:<NAME$}{unit:<UNIT$}{baseline:>function$}{candidate:>function$}{ratio:>RATIO$}{interval:>INTERVAL$}")
}

fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn notes(text: &mut String, notes: &Notes) {
    for (heading, note) in notes {
        wrapped(text, &format!("{heading:<HEADING$}"), &" ".repeat(HEADING), note);
    }
}

/// Breaks at spaces so that no line passes the width, and within a word only when the word alone would.
fn wrapped(text: &mut String, first: &str, indent: &str, note: &str) {
    let mut current = first.to_owned();
    let mut fresh = true;
    for word in note.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        if !fresh && current.chars().count() + 1 + rest.len() > TABLE_WIDTH_MAX {
            line(text, &current);
            indent.clone_into(&mut current);
            fresh = true;
        }
        if !fresh {
            current.push(' ');
        }
        while current.chars().count() + rest.len() > TABLE_WIDTH_MAX {
            let room = TABLE_WIDTH_MAX - current.chars().count();
            current.extend(rest.drain(..room));
            line(text, &current);
            indent.clone_into(&mut current);
        }
        current.extend(rest);
        fresh = false;
    }
    line(text, &current);
}

/// A function's name as a column heading.
fn cut(name: &str) -> String {
    if name.chars().count() <= FUNCTION_MAX {
        name.to_owned()
    } else {
        format!("{}~", name.chars().take(FUNCTION_MAX - 1).collect::<String>())
    }
}
