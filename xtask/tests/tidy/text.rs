//! What can be seen by reading: sizes, module docs, links, leftovers.

use std::path::Path;

use super::{files, read, root};

/// A production file over this is two concepts (STYLE: 600 a file).
const LINES_MAX: usize = 600;

/// Lines before the unit tests that stand at a file's end.
fn production_lines(text: &str) -> usize {
    text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count()
}

#[test]
fn production_files_are_one_concept() {
    for path in files(&[".rs", ".py", ".mjs"]) {
        let lines = production_lines(&read(&path));
        assert!(lines <= LINES_MAX, "{} has {lines} lines; {LINES_MAX} is the most", path.display());
    }
}

#[test]
fn every_rust_file_says_what_it_is() {
    for path in files(&[".rs"]) {
        let text = read(&path);
        assert!(text.starts_with("//!") || text.starts_with("#!["), "{} does not begin with a module doc", path.display());
    }
}

#[test]
fn nothing_is_left_for_later_and_no_path_is_this_machines() {
    // Spelled in pieces so that this file does not find itself.
    let leftovers = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["unimplemen", "ted!("].concat(), ["to", "do!("].concat()];
    let places = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat()];
    for path in files(&[".rs", ".py", ".mjs", ".yaml", ".md", ".toml", "Makefile", ".sh"]) {
        let text = read(&path);
        for word in leftovers.iter().chain(&places) {
            assert!(!text.contains(word.as_str()), "{} contains {word:?}", path.display());
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut checked = 0;
    for path in files(&[".md"]) {
        let text = read(&path);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let from = root().join(path.parent().unwrap_or(Path::new("")));
            assert!(from.join(target).exists(), "{} links to {target}, which is not there", path.display());
            checked += 1;
        }
    }
    assert!(checked > 5, "only {checked} links seen");
}
