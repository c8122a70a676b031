//! docs/host-specification.md names a test for every promise; this holds the page to the tests that there are.

use std::path::Path;

use super::{read, root};

const PAGE: &str = "docs/host-specification.md";
const HEADER: &str = "| promise | number or wording | test |";
const PROMISES_MIN: usize = 40;

/// Promise and last cell of every row of the page's tables.
fn promises(page: &str) -> Vec<(&str, &str)> {
    let tables = page.split(HEADER).skip(1);
    let rows = tables.flat_map(|table| table.lines().skip(2).take_while(|line| line.starts_with("| ")));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{PAGE}: not three cells: {row}");
        (cells[0], cells[2])
    })
    .collect()
}

/// Whether `text` has a test called `name` that is run: the attribute above a Rust function counts, and so does `ignore`.
fn has_test(path: &str, text: &str, name: &str) -> bool {
    match Path::new(path).extension().and_then(|ending| ending.to_str()) {
        Some("rs") => {
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let called = format!("fn {name}(");
            let found = lines.iter().position(|line| line.trim_start_matches("async ").starts_with(&called));
            found.is_some_and(|at| {
                let attributes: Vec<&&str> = lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).collect();
                let is_test = attributes.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
                is_test && !attributes.iter().any(|line| line.starts_with("#[ignore"))
            })
        }
        Some("py") => text.contains(&format!("\ndef {name}(")),
        Some("mjs") => text.contains(&format!("\ntest(\"{name}\",")),
        _ => false,
    }
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let page = read(Path::new(PAGE));
    let mut tested = 0;
    for (promise, tests) in promises(&page) {
        if tests == "`pending`" {
            continue;
        }
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{PAGE}: no test is named for: {promise}");
        for test in named {
            let (path, name) = test.split_once("::").unwrap_or_else(|| panic!("{PAGE}: {test} is not file::name"));
            assert!(root().join(path).is_file(), "{PAGE}: there is no file {path}");
            assert!(has_test(path, &read(Path::new(path)), name), "{PAGE}: {path} has no test {name:?} that is run");
        }
        tested += 1;
    }
    assert!(tested >= PROMISES_MIN, "only {tested} promises with a test; {PROMISES_MIN} are the least");
}

#[test]
fn tests_are_told_from_what_only_looks_like_them() {
    let rust = "#[test]\nfn runs() {\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn waits() {\n\nfn helps() {\n#[test]\n#[ignore = \"slow\"]\nfn idles() {\n";
    assert!(has_test("a.rs", rust, "runs") && has_test("a.rs", rust, "waits"));
    assert!(!has_test("a.rs", rust, "helps") && !has_test("a.rs", rust, "idles") && !has_test("a.rs", rust, "run"));
    assert!(has_test("a.py", "\ndef test_a(x):", "test_a") && !has_test("a.py", "\ndef test_ab():", "test_a"));
    assert!(has_test("a.mjs", "\ntest(\"a b\", async", "a b") && !has_test("a.mjs", "\ntest(\"a b\", async", "a"));
}
