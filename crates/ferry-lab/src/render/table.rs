//! The table in a terminal: plain text, at most 110 columns.

use super::figures::{interval, times};
use super::rows::{self, Row};
use super::{Notes, answers, circumstances};
use crate::limits::TABLE_WIDTH_MAX;
use crate::result::Comparison;

/// Widths of the name, statistic, unit, ratio and interval columns; what is left goes to the two functions.
const NAME: usize = 15;
const STATISTIC: usize = 5;
const UNIT: usize = 4;
const RATIO: usize = 10;
const INTERVAL: usize = 20;
const FUNCTION_MIN: usize = 14;
const FUNCTION_MAX: usize = (TABLE_WIDTH_MAX - NAME - STATISTIC - UNIT - RATIO - INTERVAL) / 2 - 2;
const HEADING: usize = 11;

/// The comparison as text; ends with a line feed.
pub fn render_table(comparison: &Comparison) -> String {
    let names = [cut(&comparison.pair.baseline), cut(&comparison.pair.candidate)];
    let function = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(FUNCTION_MIN) + 2;
    let width = NAME + STATISTIC + UNIT + 2 * function + RATIO + INTERVAL;
    let mut text = format!("{} -> {}\n\n", comparison.pair.baseline, comparison.pair.candidate);
    notes(&mut text, &answers(comparison));
    if comparison.equal.differing == 0 {
        text.push('\n');
        let blank = NAME + STATISTIC + UNIT;
        line(
            &mut text,
            &format!("{:blank$}{:>function$}{:>function$}{:>RATIO$}{:>INTERVAL$}", "", names[0], names[1], "ratio", "95 % interval"),
        );
        line(&mut text, &"=".repeat(width));
        rows::package(comparison).iter().for_each(|row| line(&mut text, &columns(row, function)));
        for tier in &comparison.tiers {
            text.push('\n');
            line(&mut text, &rows::tier_title(comparison, tier));
            line(&mut text, &"-".repeat(width));
            rows::tier(tier).iter().for_each(|row| line(&mut text, &columns(row, function)));
            for failure in rows::failures(comparison, tier) {
                wrapped(&mut text, "  ! ", "    ", &failure);
            }
        }
    }
    text.push('\n');
    notes(&mut text, &circumstances(comparison));
    text
}

fn columns(row: &Row, function: usize) -> String {
    let ratio = row.ratio.as_ref().map(times).unwrap_or_default();
    let interval = row.ratio.as_ref().and_then(interval).unwrap_or_default();
    format!(
        "{:<NAME$}{:<STATISTIC$}{:<UNIT$}{:>function$}{:>function$}{:>RATIO$}{:>INTERVAL$}",
        row.name, row.statistic, row.unit, row.baseline, row.candidate, ratio, interval
    )
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
