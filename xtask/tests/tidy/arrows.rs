//! Which way the arrows point (ARCHITECTURE.md).

use std::collections::BTreeMap;

use super::{cargo_metadata, files, read, systems};

/// What each workspace crate may depend on inside the workspace. A crate that is not named may depend on none.
const ALLOWED: &[(&str, &[&str])] = &[
    ("ferry", &["ferry-host", "ferry-lab", "ferry-services", "ferry-template"]),
    ("ferry-host", &["ferry-template"]),
    ("ferry-lab", &["ferry-template"]),
    ("ferry-router", &["router"]),
    ("ingest-seed-loop", &["ingest"]),
    // Benchmarks: one definition of percentiles and ratios, one client of the Lambda API.
    ("xtask", &["ferry-lab"]),
];

#[test]
fn crates_depend_only_along_the_arrows() {
    let metadata = cargo_metadata();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let members: Vec<&str> = metadata["workspace_members"].as_array().expect("members").iter().filter_map(|id| id.as_str()).collect();
    let mut seen = 0;
    for package in metadata["packages"].as_array().expect("packages") {
        if !members.contains(&package["id"].as_str().expect("id")) {
            continue;
        }
        seen += 1;
        let name = package["name"].as_str().expect("name");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            if dependency["path"].is_null() {
                continue;
            }
            let target = dependency["name"].as_str().expect("name");
            let may = allowed.get(name).is_some_and(|targets| targets.contains(&target));
            assert!(may, "{name} depends on {target}: that arrow is not in ALLOWED of xtask/tests/tidy/arrows.rs");
        }
    }
    assert!(seen >= 5, "only {seen} workspace members seen");
}

/// Adding a system touches nothing outside its folder, so the workbench may name none.
#[test]
fn the_workbench_names_no_system() {
    let names = logical_ids_of_systems();
    assert!(!names.is_empty(), "no logical id found in systems/*/template.yaml");
    for path in files(&[".rs", ".mjs", ".json"]).into_iter().filter(|path| path.starts_with("crates")) {
        let text = read(&path);
        for name in &names {
            assert!(!text.contains(name.as_str()), "{} names {name}, which belongs to a system", path.display());
        }
        for system in systems() {
            let folder = format!("systems/{}", system.file_name().expect("a name").to_string_lossy());
            assert!(!text.contains(&folder), "{} names {folder}", path.display());
        }
    }
}

fn logical_ids_of_systems() -> Vec<String> {
    let mut names = Vec::new();
    for system in systems() {
        let text = std::fs::read_to_string(system.join("template.yaml")).expect("a template");
        let resources = text.split_once("\nResources:").map_or("", |(_, rest)| rest);
        names.extend(
            resources
                .lines()
                .take_while(|line| line.is_empty() || line.starts_with([' ', '#']))
                .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
                // One word alone (`Socket`, `Console`) is everybody's.
                .filter(|id| id.chars().all(char::is_alphanumeric) && id.chars().filter(|letter| letter.is_uppercase()).count() > 1)
                .map(str::to_owned),
        );
    }
    names
}
