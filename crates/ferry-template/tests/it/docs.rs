//! Every example of docs/template.md is a whole template that loads.

use std::path::Path;

/// The fenced blocks of this language, each with its first line in the page.
fn examples<'t>(page: &'t str, language: &str) -> Vec<(usize, String)> {
    let mut examples = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let block: Vec<&'t str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            if found == language {
                examples.push((index + 2, block.join("\n")));
            }
        }
    }
    examples
}

#[test]
fn every_example_loads() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/template.md")).expect("docs/template.md");
    let examples = examples(&page, "yaml");
    assert!(examples.len() >= 5, "the page has {} examples", examples.len());
    for (line, text) in examples {
        let template = crate::parse_with(&text, &[]).unwrap_or_else(|errors| panic!("the example at line {line}:\n{errors}"));
        assert!(!template.functions.is_empty(), "the example at line {line} has no function");
    }
}
