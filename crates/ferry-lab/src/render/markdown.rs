//! The same figures as Markdown, to be spliced into a README.

use std::fmt::Write as _;

use super::figures::{interval, times};
use super::rows::{self, Row};
use super::{answers, circumstances};
use crate::result::Comparison;

/// The comparison as Markdown; ends with a line feed.
pub fn render_markdown(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (heading, note) in answers(comparison) {
        let _ = writeln!(text, "- **{heading}**: {}", escaped(&note));
    }
    if comparison.equal.differing == 0 {
        table(&mut text, comparison, "package", &rows::package(comparison));
        for tier in &comparison.tiers {
            table(&mut text, comparison, &rows::tier_title(comparison, tier), &rows::tier(tier));
            for failure in rows::failures(comparison, tier) {
                let _ = writeln!(text, "\n{}", escaped(&failure));
            }
        }
    }
    text.push('\n');
    for (heading, note) in circumstances(comparison) {
        let _ = writeln!(text, "- **{}**: {}", escaped(heading), escaped(&note));
    }
    text
}

fn table(text: &mut String, comparison: &Comparison, title: &str, rows: &[Row]) {
    let pair = &comparison.pair;
    let heads = [title, "unit", &pair.baseline, &pair.candidate, "ratio", "95 % interval"].map(escaped);
    let _ = writeln!(text, "\n| {} |\n|:--|:--|--:|--:|--:|--:|", heads.join(" | "));
    for row in rows {
        let ratio = row.ratio.as_ref().map(times).unwrap_or_default();
        let interval = row.ratio.as_ref().and_then(interval).unwrap_or_default();
        let Row { name, unit, baseline, candidate, .. } = row;
        let _ = writeln!(text, "| {name} | {unit} | {baseline} | {candidate} | {ratio} | {interval} |", name = escaped(name));
    }
}

/// Text that Markdown shows as it is, also within a table.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\|*_`<>[]$".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(if letter.is_control() { ' ' } else { letter });
    }
    escaped
}
