//! Everything linked is permissively licensed.

use super::{cargo_metadata, read};
use std::path::Path;

/// The list in deny.toml, so that there is one.
fn allowed() -> Vec<String> {
    let text = read(Path::new("deny.toml"));
    let line = text.lines().find(|line| line.starts_with("allow = [")).expect("deny.toml has the list on one line");
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether an SPDX expression can be satisfied from the list. `AND` binds the alternatives beside it, as far as the
/// expressions that crates use go: `(A OR B) AND C`.
fn permitted(expression: &str, allowed: &[String]) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], "");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|licence| allowed.iter().any(|name| name == licence.trim())))
}

#[test]
fn every_dependency_is_permissive() {
    let allowed = allowed();
    let metadata = cargo_metadata();
    for package in metadata["packages"].as_array().expect("packages") {
        let licence = package["license"].as_str().unwrap_or("none named");
        assert!(permitted(licence, &allowed), "{} is under {licence}: not in deny.toml's list", package["name"]);
    }
}

#[test]
fn expressions_are_read_as_meant() {
    let allowed = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
    assert!(permitted("MIT OR GPL-3.0", &allowed));
    assert!(permitted("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(permitted("MIT/Apache-2.0", &allowed));
    assert!(!permitted("MIT AND GPL-3.0", &allowed));
    assert!(!permitted("AGPL-3.0", &allowed));
}
